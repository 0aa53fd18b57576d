//go:build !solution

// Package exercises holds the exercises of chapter 6; fill in the functions.
package exercises

// MinP keeps the tokens that are at least share times as probable as the most probable one, and
// scales what is left to the sum 1. probs sums to 1 and is not changed; share is above 0 and at
// most 1.
func MinP(probs []float64, share float64) []float64 {
	return nil // Your code.
}

// Banned returns, in ascending order and each once, the tokens that may not come next if no run of
// n tokens is to stand twice in the text. n is at least 1.
func Banned(text []int32, n int) []int32 {
	return nil // Your code.
}

// Texts is the number of texts of the given number of tokens that a model can continue at once in
// that many bytes, when every number takes 2 bytes. The memory holds the weights once, and a cache
// for each text.
func Texts(bytes, weights, layers, width, tokens int) int {
	return 0 // Your code.
}
