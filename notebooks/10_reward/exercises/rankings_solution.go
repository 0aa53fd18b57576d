//go:build solution

// Package exercises holds the exercises of chapter 10, solved.
package exercises

import "math"

// RankingLoss uses -log σ(d) = log(1 + e^-d) = max(0, -d) + log(1 + e^-|d|), in which no power is
// above 1.
func RankingLoss(scores []float64) float64 {
	sum, pairs := 0.0, 0.0
	for i, better := range scores {
		for _, worse := range scores[i+1:] {
			d := better - worse
			sum, pairs = sum+max(0, -d)+math.Log1p(math.Exp(-math.Abs(d))), pairs+1
		}
	}
	return sum / pairs
}

// Agreement sums P² + (1-P)² and max(P, 1-P).
func Agreement(shares []float64) (labelers, best float64) {
	for _, p := range shares {
		labelers += (p*p + (1-p)*(1-p)) / float64(len(shares))
		best += max(p, 1-p) / float64(len(shares))
	}
	return labelers, best
}

// Strengths is an iteration of which each round makes the games more probable (Hunter 2004).
func Strengths(wins [][]float64, rounds int) []float64 {
	s := make([]float64, len(wins))
	for i := range s {
		s[i] = 1
	}
	for range rounds {
		next := make([]float64, len(s))
		for i := range s {
			won, weight := 0.0, 0.0
			for j := range s {
				if i != j {
					won, weight = won+wins[i][j], weight+(wins[i][j]+wins[j][i])/(s[i]+s[j])
				}
			}
			next[i] = won / weight
		}
		s = next
	}
	mean := 0.0
	for i := range s {
		s[i] = math.Log(s[i])
		mean += s[i] / float64(len(s))
	}
	for i := range s {
		s[i] -= mean
	}
	return s
}
