package exercises

import (
	"math"
	"slices"
	"testing"

	"gptbook/notebooks/course"
)

func TestLastMask(t *testing.T) {
	course.Exercise(t)
	const end, user, assistant = 90, 91, 92
	for _, tc := range []struct {
		ids  []int32
		want []float32
		hint string
	}{
		{[]int32{user, 1, end, assistant, 2, 3, end}, []float32{0, 0, 0, 1, 1, 1, 0},
			"the mark predicts the first word, the last word predicts the end, " +
				"and what the end predicts is nobody's"},
		{[]int32{user, 1, end, assistant, 2, end, user, 3, end, assistant, 4, end},
			[]float32{0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0},
			"only the last of the two answers counts"},
		{[]int32{user, 1, end, assistant, 2, end, user, 3, end},
			[]float32{0, 0, 0, 1, 1, 0, 0, 0, 0},
			"the last answer need not be the last turn"},
		{[]int32{user, 1, end, assistant, 2, 3}, []float32{0, 0, 0, 1, 1, 1},
			"an answer that breaks off counts up to where it breaks off"},
		{[]int32{user, 1, end}, []float32{0, 0, 0}, "there is no answer"},
	} {
		if got := LastMask(tc.ids, assistant, end); !slices.Equal(got, tc.want) {
			t.Fatalf("LastMask(%v) = %v, want %v: %s", tc.ids, got, tc.want, tc.hint)
		}
	}
}

func TestMeans(t *testing.T) {
	course.Exercise(t)
	for _, tc := range []struct {
		nll, mask           [][]float64
		perToken, perAnswer float64
		hint                string
	}{
		{[][]float64{{1, 1}, {3, 3}}, [][]float64{{1, 1}, {1, 1}}, 2, 2,
			"answers of one length: the two means agree"},
		{[][]float64{{1, 1, 1, 1}, {6, 0, 0, 0}}, [][]float64{{1, 1, 1, 1}, {1, 0, 0, 0}}, 2, 3.5,
			"a long answer has four votes in the first mean and one in the second"},
		{[][]float64{{9, 2}, {9, 4}}, [][]float64{{0, 1}, {0, 1}}, 3, 3,
			"what the mask leaves out does not count"},
		{[][]float64{{5, 5}, {1, 3}}, [][]float64{{0, 0}, {1, 1}}, 2, 2,
			"an answer without a token that counts is left out of both"},
	} {
		perToken, perAnswer := Means(tc.nll, tc.mask)
		if !(math.Abs(perToken-tc.perToken) < 1e-12 && math.Abs(perAnswer-tc.perAnswer) < 1e-12) {
			t.Fatalf("Means(%v, %v) = %g and %g, want %g and %g: %s", tc.nll, tc.mask,
				perToken, perAnswer, tc.perToken, tc.perAnswer, tc.hint)
		}
	}
}

func TestSharpen(t *testing.T) {
	course.Exercise(t)
	for _, tc := range []struct {
		probs       []float64
		temperature float64
		want        []float64
		hint        string
	}{
		{[]float64{0.65, 0.35}, 1, []float64{0.65, 0.35}, "temperature 1 changes nothing"},
		{[]float64{0.8, 0.2}, 0.5, []float64{16. / 17, 1. / 17},
			"half the temperature squares the ratio of two probabilities: 4 becomes 16"},
		{[]float64{0.64, 0.36}, 2, []float64{4. / 7, 3. / 7},
			"twice the temperature takes its root"},
		{[]float64{0.65, 0.35}, 0.01, []float64{1, 0},
			"a majority of 65 % takes everything as the temperature falls; " +
				"beware of numbers that become 0 for all"},
		{[]float64{0.4, 0.2, 0.2, 0.2}, 0.5, []float64{4. / 7, 1. / 7, 1. / 7, 1. / 7},
			"many rare errors together outnumber one right answer, but each loses against it"},
		{[]float64{0.5, 0.5, 0}, 0.7, []float64{0.5, 0.5, 0}, "what is impossible stays so"},
	} {
		got := Sharpen(tc.probs, tc.temperature)
		if len(got) != len(tc.probs) {
			t.Fatalf("Sharpen(%v, %g) has %d numbers, want %d",
				tc.probs, tc.temperature, len(got), len(tc.probs))
		}
		for i := range got {
			if !(math.Abs(got[i]-tc.want[i]) < 1e-9) {
				t.Fatalf("Sharpen(%v, %g) = %.4f, want %.4f: %s",
					tc.probs, tc.temperature, got, tc.want, tc.hint)
			}
		}
	}
}
