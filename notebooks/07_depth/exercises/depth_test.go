package exercises

import (
	"math"
	"testing"

	"gptbook/notebooks/course"
)

func TestSurvives(t *testing.T) {
	course.Exercise(t)
	for _, tc := range []struct {
		layers     int
		gain, want float64
		hint       string
	}{
		{1, 0, 1, "without a branch nothing changes"},
		{1, 1, math.Sqrt2, "one layer adds two vectors of length 1 at right angles"},
		{4, 2, 4, "four layers of √2 each: 1 + 2²/4 is 2"},
		{96, 0.4, 1.0833, "the more layers, the less each may say"},
	} {
		if got := Survives(tc.layers, tc.gain); math.Abs(got-tc.want) > 1e-4 {
			t.Fatalf("Survives(%d, %g) = %g, want %.4f: %s",
				tc.layers, tc.gain, got, tc.want, tc.hint)
		}
	}
	for _, gain := range []float64{0.4, 1, 2} {
		if got, want := Limit(gain), Survives(1e7, gain); math.Abs(got/want-1) > 1e-4 {
			t.Fatalf("Limit(%g) = %g, but ten million layers give %g: "+
				"what does (1 + a/n)ⁿ approach?",
				gain, got, want)
		}
	}
}

func TestCheckpoints(t *testing.T) {
	course.Exercise(t)
	for _, tc := range []struct {
		layers, every, want int
		hint                string
	}{
		{96, 1, 96,
			"every input is kept, as the layered trainer does, and none has to be computed again"},
		{96, 96, 96, "one is kept, and on the way down all the others are there at once"},
		{96, 8, 19, "12 are kept, and 7 more of the stretch that is being computed"},
		{10, 4, 6, "inputs 0, 4 and 8 are kept, and 3 more of the longest stretch"},
	} {
		if got := Cost(tc.layers, tc.every); got != tc.want {
			t.Fatalf("Cost(%d, %d) = %d, want %d: %s", tc.layers, tc.every, got, tc.want, tc.hint)
		}
	}
	if got := Best(96); got != 8 {
		t.Fatalf("Best(96) = %d with a cost of %d, want 8 with 19: "+
			"about the root of the number of layers",
			got, Cost(96, max(1, got)))
	}
}
