package reward

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/janpfeifer/must"
)

// The estimate equals the mean over all subsets, counted one by one.
func TestBestOfNCountsAllSubsets(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	scores, gold := make([]float64, 7), make([]float64, 7)
	for i := range scores {
		scores[i], gold[i] = rng.NormFloat64(), rng.NormFloat64()
	}
	for n := 1; n <= 7; n++ {
		sum, sets := 0.0, 0.0
		for set := range 1 << 7 {
			best, size := -1, 0
			for i := range 7 {
				if set>>i&1 == 1 {
					if size++; best < 0 || scores[i] >= scores[best] {
						best = i
					}
				}
			}
			if size == n {
				sum, sets = sum+gold[best], sets+1
			}
		}
		near(t, "best of n", must.M1(BestOfN(scores, gold, n)), sum/sets, 1e-12)
	}
	for _, n := range []int{0, 8} {
		if _, err := BestOfN(scores, gold, n); err == nil || !strings.HasPrefix(err.Error(), "reward: best of ") {
			t.Errorf("best of %d of 7: %v", n, err)
		}
	}
}

// The KL of best-of-n is that of the order statistic: ∫ n·uⁿ⁻¹·log(n·uⁿ⁻¹) du for scores without ties.
func TestBestOfNKL(t *testing.T) {
	for n, want := range map[int]float64{1: 0, 2: math.Ln2 - .5, 16: math.Log(16) - 15./16} {
		near(t, "KL", BestOfNKL(n), want, 1e-12)
		sum, steps := 0.0, 200_000
		for i := range steps {
			u := (float64(i) + .5) / float64(steps)
			density := float64(n) * math.Pow(u, float64(n-1))
			sum += density * math.Log(density) / float64(steps)
		}
		near(t, "KL by integration", BestOfNKL(n), sum, 1e-4)
	}
}

func TestOveroptimizationFitsItsOwnLaw(t *testing.T) {
	for _, law := range []Overoptimization{{Alpha: .8, Beta: .2}, {Alpha: .5, Beta: .3, RL: true}} {
		var d, r []float64
		for x := .2; x < 5; x += .4 {
			d, r = append(d, x), append(r, law.Gain(x))
		}
		fit := must.M1(FitOveroptimization(d, r, law.RL))
		near(t, "alpha", fit.Alpha, law.Alpha, 1e-9)
		near(t, "beta", fit.Beta, law.Beta, 1e-9)
		near(t, "residual", fit.Residual, 0, 1e-9)
		peak := fit.Peak()
		if g := fit.Gain(peak); g < fit.Gain(peak*.99) || g < fit.Gain(peak*1.01) || fit.Gain(0) != 0 {
			t.Errorf("%+v does not peak at %v", fit, peak)
		}
	}
	for want, call := range map[string][2][]float64{
		"2 distances and 1 gains": {{1, 2}, {1}},
		"want more than 0":        {{0, 1}, {0, 1}},
		"two different ones":      {{1, 1}, {1, 1}},
	} {
		if _, err := FitOveroptimization(call[0], call[1], false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q", err, want)
		}
	}
}
