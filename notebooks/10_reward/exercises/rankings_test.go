package exercises

import (
	"math"
	"testing"

	"gptbook/notebooks/course"
)

func TestRankingLoss(t *testing.T) {
	course.Exercise(t)
	for _, tc := range []struct {
		scores []float64
		want   float64
		hint   string
	}{
		{[]float64{0, 0}, math.Ln2, "a tie costs log 2"},
		{[]float64{1, 0}, 0.3132616875, "log(1 + 1/e)"},
		{[]float64{1.2, 0.3, -0.5, 0.1}, 0.46716711917, "the mean over six pairs"},
		{[]float64{101.2, 100.3, 99.5, 100.1}, 0.46716711917, "only differences count"},
		{[]float64{0, 800}, 800,
			"e^800 is too large for a float64: find a form in which no power is above 1"},
		{[]float64{800, 0}, 0, "a pair that is right by 800 costs nothing"},
	} {
		if got := RankingLoss(tc.scores); !(math.Abs(got-tc.want) < 1e-9) {
			t.Fatalf("RankingLoss(%v) = %.10f, want %.10f: %s", tc.scores, got, tc.want, tc.hint)
		}
	}
}

func TestAgreement(t *testing.T) {
	course.Exercise(t)
	for _, tc := range []struct {
		shares         []float64
		labelers, best float64
		hint           string
	}{
		{[]float64{1, 0}, 1, 1, "nobody disagrees, whichever of the two answers it is"},
		{[]float64{0.5}, 0.5, 0.5, "heads or tails: both agree by chance"},
		{[]float64{0.8}, 0.68, 0.8, "both say the first (0.64) or both the second (0.04)"},
		{[]float64{0.2}, 0.68, 0.8, "the majority may prefer the second answer"},
		{[]float64{0.5, 1}, 0.75, 0.75,
			"a mean over pairs; if they are either clear or a toss-up, " +
				"the model is no better than a labeler"},
	} {
		labelers, best := Agreement(tc.shares)
		if !(math.Abs(labelers-tc.labelers) < 1e-12 && math.Abs(best-tc.best) < 1e-12) {
			t.Fatalf("Agreement(%v) = %.3f and %.3f, want %.3f and %.3f: %s",
				tc.shares, labelers, best, tc.labelers, tc.best, tc.hint)
		}
	}
}

func TestStrengths(t *testing.T) {
	course.Exercise(t)
	// The games that scores 1, 0 and -1 make, without chance:
	fair := [][]float64{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}}
	for i := range fair {
		for j := range fair {
			if i != j {
				fair[i][j] = 100 / (1 + math.Exp(float64(i-j)))
			}
		}
	}
	for _, tc := range []struct {
		wins [][]float64
		want []float64
		hint string
	}{
		{[][]float64{{0, 5}, {5, 0}}, []float64{0, 0}, "as many wins as defeats: equal scores"},
		{[][]float64{{0, 3}, {1, 0}}, []float64{math.Log(3) / 2, -math.Log(3) / 2},
			"3 to 1: the scores differ by log 3, their sum is 0"},
		{fair, []float64{1, 0, -1}, "games in these shares were made by the scores 1, 0 and -1"},
		{[][]float64{{0, 2, 0}, {1, 0, 2}, {0, 1, 0}}, []float64{math.Log(2), 0, -math.Log(2)},
			"0 and 2 have never met, but 1 has met both"},
	} {
		got := Strengths(tc.wins, 1000)
		if len(got) != len(tc.want) {
			t.Fatalf("Strengths(%v) has %d scores, want %d", tc.wins, len(got), len(tc.want))
		}
		for i := range got {
			if !(math.Abs(got[i]-tc.want[i]) < 1e-6) {
				t.Fatalf("Strengths(%v) = %.4f, want %.4f: %s", tc.wins, got, tc.want, tc.hint)
			}
		}
	}
}
