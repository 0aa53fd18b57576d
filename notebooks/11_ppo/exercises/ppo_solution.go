//go:build solution

// Package exercises holds the exercises of chapter 11, solved.
package exercises

import (
	"math"

	"gptbook/train/ppo"
)

// Baseline sets the derivative for b to zero: E[(r - b)·g²] = 0 with g² = |∇log π|², so b is the
// mean of the rewards, each arm counted with the square of its gradient.
func Baseline(p, rewards []float64) float64 {
	all := 0.0
	for _, q := range p {
		all += q * q
	}
	sum, weight := 0.0, 0.0
	for a, q := range p {
		// The arm's own part of the gradient is 1-q, the others' are -p.
		square := all - q*q + (1-q)*(1-q)
		sum, weight = sum+q*square*rewards[a], weight+q*square
	}
	return sum / weight
}

// LeaveOneOut takes each score out of the sum.
func LeaveOneOut(scores []float64) []float64 {
	sum := 0.0
	for _, s := range scores {
		sum += s
	}
	advantages := make([]float64, len(scores))
	for i, s := range scores {
		advantages[i] = s - (sum-s)/float64(len(scores)-1)
	}
	return advantages
}

// Penalty halves an interval, in logarithms: the heavier the penalty, the smaller the distance.
func Penalty(reference, scores []float64, nats float64) float64 {
	low, high := 1e-6, 1e6
	for range 200 {
		beta := math.Sqrt(low * high)
		if distance(reference, scores, beta) > nats {
			low = beta
		} else {
			high = beta
		}
	}
	return high
}

// distance is the KL of the best policy at a penalty β. Scores are counted from the best, so that
// no exponential overflows.
func distance(reference, scores []float64, beta float64) (kl float64) {
	best := scores[0]
	for _, s := range scores {
		best = max(best, s)
	}
	lower := make([]float64, len(scores))
	for i, s := range scores {
		lower[i] = s - best
	}
	p, _ := ppo.Optimum(reference, lower, beta)
	for i := range p {
		if p[i] > 0 {
			kl += p[i] * math.Log(p[i]/reference[i])
		}
	}
	return kl
}
