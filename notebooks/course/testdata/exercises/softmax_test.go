package exercises

import (
	"math"
	"testing"

	"gptbook/notebooks/course"
)

func TestSoftmax(t *testing.T) {
	course.Exercise(t)
	if got := Softmax([]float64{0, math.Log(3)}); len(got) != 2 {
		t.Fatalf("Softmax of two numbers has %d, want 2: make a slice as long as x", len(got))
	} else if math.Abs(got[0]-0.25) > 1e-12 || math.Abs(got[1]-0.75) > 1e-12 {
		t.Fatalf("Softmax(0, ln 3) = %.4f, want [0.25 0.75]: do they add up to 1?", got)
	}
	if got := Softmax([]float64{1000, 1000}); got[0] != 0.5 {
		t.Fatalf("Softmax(1000, 1000) = %.4f, want [0.5 0.5]: e^1000 overflows, subtract the largest x first", got)
	}
}
