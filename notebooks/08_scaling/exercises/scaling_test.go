package exercises

import (
	"math"
	"testing"

	"gptbook/notebooks/course"
)

func TestOptimal(t *testing.T) {
	course.Exercise(t)
	for _, tc := range []struct {
		name                   string
		flops, weights, tokens float64 // published, rounded
		hint                   string
	}{
		{"Chinchilla", 5.76e23, 70e9, 1.4e12, "two equations: 6·N·D = flops and D = 20·N"},
		{"GPT-3's budget", 3.14e23, 51e9, 1.02e12,
			"GPT-3 spent it on 175 billion weights and 300 billion tokens"},
	} {
		weights, tokens := Optimal(tc.flops)
		if math.Abs(weights/tc.weights-1) > 0.02 || math.Abs(tokens/tc.tokens-1) > 0.02 {
			t.Fatalf("%s, %g operations: %.3g weights and %.3g tokens, "+
				"want about %.3g and %.3g: %s",
				tc.name, tc.flops, weights, tokens, tc.weights, tc.tokens, tc.hint)
		}
	}
}

// Twenty rules on the digits: x+s and s-x, both modulo 10.
func TestPosterior(t *testing.T) {
	course.Exercise(t)
	var rules []func(int) int
	for s := range 10 {
		rules = append(rules, func(x int) int { return (x + s) % 10 })
		rules = append(rules, func(x int) int { return (s - x + 10) % 10 })
	}
	for _, tc := range []struct {
		shots []Shot
		x     int
		want  map[int]float64
		hint  string
	}{
		{nil, 4, map[int]float64{0: 0.1, 4: 0.1, 9: 0.1},
			"without an example every rule counts, and they spread over all answers"},
		{[]Shot{{3, 5}}, 4, map[int]float64{6: 0.5, 4: 0.5},
			"3 to 5 is x+2 or 8-x: two answers, one half each"},
		{[]Shot{{3, 5}}, 3, map[int]float64{5: 1},
			"both rules that are left agree on what was in the prompt"},
		{[]Shot{{3, 5}, {4, 6}}, 7, map[int]float64{9: 1}, "the second example leaves x+2 alone"},
		{[]Shot{{3, 5}, {3, 6}}, 7, map[int]float64{0: 0.1, 9: 0.1},
			"no rule fits: all answers are equally likely"},
	} {
		got := Posterior(rules, tc.shots, tc.x, 10)
		if len(got) != 10 {
			t.Fatalf("Posterior has %d probabilities, want one for each answer 0 to 9", len(got))
		}
		sum := 0.0
		for y, p := range got {
			sum += p
			if want, ok := tc.want[y]; ok && math.Abs(p-want) > 1e-9 {
				t.Fatalf("after %v the answer to %d is %d with probability %.2f, want %.2f: %s",
					tc.shots, tc.x, y, p, want, tc.hint)
			}
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Fatalf("after %v the probabilities add up to %g, want 1", tc.shots, sum)
		}
	}
}
