//go:build !solution

// Package exercises holds the exercises of chapter 10; fill in the functions.
package exercises

// RankingLoss is the mean of -log σ(better - worse) over all pairs of a ranking, whose scores come
// from the best answer to the worst. There are at least two. It is finite for every finite score.
func RankingLoss(scores []float64) float64 {
	return 0 // Your code.
}

// Agreement returns how often two labelers, picked at random, agree, and how often the best
// possible model agrees with one: means over pairs of answers. shares holds, for each pair, the
// share of the labelers who prefer the first of its answers.
func Agreement(shares []float64) (labelers, best float64) {
	return 0, 0 // Your code.
}

// Strengths finds the Bradley–Terry scores under which the games that were played are most
// probable. wins[i][j] is how often i has beaten j. Let s be e^score: begin with s = 1 for all, and
// in each round set, for all i at once,
//
//	s[i] = (all wins of i) / Σ_j (games between i and j) / (s[i] + s[j])
//
// (Zermelo 1929). Everybody has won and lost at least once. The scores are shifted to the sum 0.
func Strengths(wins [][]float64, rounds int) []float64 {
	return nil // Your code.
}
