//go:build !solution

// Package exercises holds the exercises of chapter 9; fill in the functions.
package exercises

// LastMask marks the positions whose next token belongs to the last of the assistant's turns, the
// end of that turn included. assistant is the mark that opens the assistant's turns, end the one
// that closes every turn.
func LastMask(ids []int32, assistant, end int32) []float32 {
	return nil // Your code.
}

// Means returns the mean loss per token and per answer of a batch: nll and mask hold a row for each
// answer. In the second mean every answer counts once, however long it is. Answers without a token
// that counts are left out.
func Means(nll, mask [][]float64) (perToken, perAnswer float64) {
	return 0, 0 // Your code.
}

// Sharpen is the distribution from which one draws at a temperature above 0, if probs, whose sum is
// 1, is that at temperature 1.
func Sharpen(probs []float64, temperature float64) []float64 {
	return nil // Your code.
}
