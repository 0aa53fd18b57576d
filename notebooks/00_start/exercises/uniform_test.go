package exercises

import (
	"math"
	"testing"

	"gptbook/notebooks/course"
)

func TestUniform(t *testing.T) {
	course.Exercise(t)
	for _, test := range []struct {
		vocab int
		want  float64
		hint  string
	}{
		{1, 0, "where only one thing can happen there is no surprise"},
		{2, 0.693147, "a coin: p is 1/2, and -ln(1/2) is 0.693"},
		{92, 4.521789, "the curve of the chapter starts here; math.Log is the natural logarithm"},
		{50257, 10.824905, "GPT-2's vocabulary"},
	} {
		if got := Uniform(test.vocab); math.Abs(got-test.want) > 1e-5 {
			t.Fatalf("Uniform(%d) = %.6f, want %.6f: %s", test.vocab, got, test.want, test.hint)
		}
	}
}
