package exercises

import (
	"math"
	"slices"
	"testing"

	"gptbook/notebooks/course"
	"gptbook/train/ppo"
)

// noise is E[|(reward - b)·∇log π|²].
func noise(p, rewards []float64, b float64) (sum float64) {
	for arm, q := range p {
		for k, pk := range p {
			g := -pk
			if k == arm {
				g++
			}
			sum += q * (rewards[arm] - b) * (rewards[arm] - b) * g * g
		}
	}
	return sum
}

func TestBaseline(t *testing.T) {
	course.Exercise(t)
	for _, c := range []struct {
		p, rewards []float64
		hint       string
	}{
		{[]float64{0.5, 0.5}, []float64{0, 1}, "two arms alike: the middle of their rewards"},
		{[]float64{0.5, 0.3, 0.2}, []float64{0, 1, 2},
			"not the mean reward: " +
				"an arm that is rare moves the logits more when it comes, and counts more"},
		{[]float64{0.5, 0.3, 0.2}, []float64{10, 11, 12},
			"10 more for every arm is 10 more for the baseline"},
		{[]float64{0.9, 0.05, 0.05}, []float64{1, -3, 7},
			"set the derivative for b to zero: " +
				"the rewards' mean, each arm weighted by p and by the square of its gradient"},
	} {
		got := Baseline(c.p, c.rewards)
		for _, other := range []float64{got - 0.01, got + 0.01} {
			now, better := noise(c.p, c.rewards, got), noise(c.p, c.rewards, other)
			if !(now < better) {
				t.Fatalf("Baseline(%v, %v) = %.3f makes a noise of %.4f, but %.3f one of %.4f: %s",
					c.p, c.rewards, got, now, other, better, c.hint)
			}
		}
	}
}

func TestLeaveOneOut(t *testing.T) {
	course.Exercise(t)
	for _, c := range []struct {
		scores, want []float64
		hint         string
	}{
		{[]float64{1, 3}, []float64{-2, 2}, "each against the mean of the others, here of one"},
		{[]float64{5, 5, 5}, []float64{0, 0, 0}, "nobody is better than the others"},
		{[]float64{0, 1, 2, 5}, []float64{-8. / 3, -4. / 3, 0, 4},
			"the third is compared with the mean of 0, 1 and 5"},
		{[]float64{100, 101, 102, 105}, []float64{-8. / 3, -4. / 3, 0, 4},
			"100 more for all changes nothing"},
	} {
		got := LeaveOneOut(slices.Clone(c.scores))
		if !slices.EqualFunc(got, c.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }) {
			t.Fatalf("LeaveOneOut(%v) = %.3f, want %.3f: %s", c.scores, got, c.want, c.hint)
		}
	}
}

func TestPenalty(t *testing.T) {
	course.Exercise(t)
	reference := []float64{0.5, 0.3, 0.2}
	for _, scores := range [][]float64{{0, 1, 2}, {3, 3, 2}, {0, 40, -500}} {
		for _, nats := range []float64{0.001, 0.1, 0.2} {
			beta := Penalty(reference, scores, nats)
			p, _ := ppo.Optimum(reference, scores, beta)
			kl := 0.0
			for i := range p {
				if p[i] > 0 {
					kl += p[i] * math.Log(p[i]/reference[i])
				}
			}
			if !(math.Abs(kl-nats) < 1e-6) {
				t.Fatalf("Penalty(%v, %v, %g) = %g: there the best policy is %.4f nats away: "+
					"the distance falls as the penalty grows; "+
					"halve an interval of penalties until it is small",
					reference, scores, nats, beta, kl)
			}
		}
	}
}
