//go:build !solution

// Package exercises holds the exercises of chapter 8; fill in the functions.
package exercises

// Optimal is how many weights and tokens to spend a budget of floating-point operations on, if a
// training takes 6 for each weight and token, and 20 tokens for each weight are best (Hoffmann et
// al. 2022).
func Optimal(flops float64) (weights, tokens float64) {
	return 0, 0 // Your code.
}

// Shot is an example in a prompt.
type Shot struct{ X, Y int }

// Posterior is what can be known about the answer to x after some examples: the probability of
// each answer 0 to n-1, if all rules were equally likely before the first example, and one of them
// made the examples. If no rule fits, all answers are equally likely.
func Posterior(rules []func(x int) int, shots []Shot, x, n int) []float64 {
	return nil // Your code.
}
