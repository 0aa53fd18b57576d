package exercises

import (
	"math"
	"math/rand/v2"
	"testing"

	"gptbook/notebooks/course"
)

func TestBand(t *testing.T) {
	course.Exercise(t)
	mask := Band(4, 2)
	if len(mask) != 4 || len(mask[0]) != 4 {
		t.Fatalf("Band(4, 2) = %v, want 4 rows of 4", mask)
	}
	for q := range mask {
		for k, sees := range mask[q] {
			switch {
			case k > q && sees:
				t.Fatalf("position %d sees %d, which is the future", q, k)
			case q-k >= 2 && sees:
				t.Fatalf("position %d sees %d, which is %d back: "+
					"a window of 2 holds itself and one more",
					q, k, q-k)
			case k <= q && q-k < 2 && !sees:
				t.Fatalf("position %d does not see %d", q, k)
			}
		}
	}
	for q, row := range Band(3, 3) {
		for k, sees := range row {
			if sees != (k <= q) {
				t.Fatalf("a window as long as the text is the causal mask, but [%d][%d] is %v",
					q, k, sees)
			}
		}
	}
}

func TestStep(t *testing.T) {
	course.Exercise(t)
	rng := rand.New(rand.NewPCG(1, 2))
	vector := func() []float64 {
		return []float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
	}
	reader := &Reader{}
	var keys, values [][]float64
	for step := range 6 {
		q, k, v := vector(), vector(), vector()
		keys, values = append(keys, k), append(values, v)
		got, want := reader.Step(q, k, v), attend(q, keys, values)
		if len(got) != len(want) {
			t.Fatalf("step %d returned %v, want %d numbers: the weighted mean of the values",
				step, got, len(want))
		}
		for c := range want {
			if math.Abs(got[c]-want[c]) > 1e-9 {
				t.Fatalf("step %d read %.4f, want %.4f: "+
					"is its own key among the keys, and is the score divided by √d?",
					step, got, want)
			}
		}
	}
}

// attend is the last row of the attention matrix, computed the long way.
func attend(q []float64, keys, values [][]float64) []float64 {
	scores, sum := make([]float64, len(keys)), 0.0
	for s, k := range keys {
		for c := range q {
			scores[s] += q[c] * k[c] / 2 // √4
		}
		sum += math.Exp(scores[s])
	}
	y := make([]float64, len(q))
	for s, v := range values {
		for c := range y {
			y[c] += math.Exp(scores[s]) / sum * v[c]
		}
	}
	return y
}
