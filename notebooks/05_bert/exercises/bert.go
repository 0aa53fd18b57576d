//go:build !solution

// Package exercises holds the exercises of chapter 5; fill in the functions.
package exercises

import "math/rand/v2"

// WholeWords picks the positions of tokens to ask for, in ascending order. tokens are the pieces
// of a text as WordPiece writes them: a piece that goes on within a word begins with "##". Words
// come in the order of rng.Perm(number of words), and each is picked with all its pieces until at
// least share of the tokens are. "[CLS]" and "[SEP]" are never picked, nor counted.
func WholeWords(tokens []string, share float64, rng *rand.Rand) []int {
	return nil // Your code.
}

// Matthews is the correlation of two lists of 0 and 1, the true classes and the guessed ones, of
// equal length:
//
//	(TP·TN - FP·FN) / √((TP+FP)·(TP+FN)·(TN+FP)·(TN+FN))
//
// where TP counts true 1 guessed 1, FP true 0 guessed 1, and so on; 0 if the denominator is 0.
func Matthews(truth, guess []int) float64 {
	return -9 // Your code.
}
