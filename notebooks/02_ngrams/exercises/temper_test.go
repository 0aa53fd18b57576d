package exercises

import (
	"math"
	"testing"

	"gptbook/notebooks/course"
)

func TestTemper(t *testing.T) {
	course.Exercise(t)
	for _, test := range []struct {
		p           []float64
		temperature float64
		want        []float64
		hint        string
	}{
		{[]float64{0.5, 0.3, 0.2}, 1, []float64{0.5, 0.3, 0.2}, "temperature 1 changes nothing"},
		{[]float64{0.8, 0.2}, 0.5, []float64{0.64 / 0.68, 0.04 / 0.68},
			"the power is 1/0.5 = 2; do the results sum to 1?"},
		{[]float64{0.8, 0.2}, 2, []float64{2. / 3, 1. / 3}, "the power is 1/2, a square root"},
		{[]float64{0.75, 0.25, 0}, 2, []float64{0.633975, 0.366025, 0},
			"what was impossible stays so"},
		{[]float64{0.1, 0.2, 0.7}, 0.001, []float64{0, 0, 1},
			"0.7^1000 is 0 for a float64: work with logarithms, and take the largest away first"},
		{[]float64{0.1, 0.2, 0.7}, 1e9, []float64{1. / 3, 1. / 3, 1. / 3},
			"so hot that all are equal"},
	} {
		got := Temper(test.p, test.temperature)
		if len(got) != len(test.p) {
			t.Fatalf("Temper of %d probabilities returns %d: make a slice as long as p",
				len(test.p), len(got))
		}
		for i := range got {
			if !(math.Abs(got[i]-test.want[i]) < 1e-6) {
				t.Fatalf("Temper(%v, %v) = %.6f, want %.6f: %s",
					test.p, test.temperature, got, test.want, test.hint)
			}
		}
	}
}
