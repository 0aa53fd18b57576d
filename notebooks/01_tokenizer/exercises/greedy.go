//go:build !solution

// Package exercises holds the exercises of chapter 1. Fill in the functions, then run
//
//	go test -run Printable ./notebooks/01_tokenizer/exercises
//	go test -run Greedy ./notebooks/01_tokenizer/exercises
package exercises

// Greedy cuts word into tokens of the vocabulary, from left to right, each time the longest that
// fits. The vocabulary holds every single byte, so that something always fits.
func Greedy(word string, vocabulary map[string]bool) []string {
	return nil // Your code.
}

// Different is a word that Greedy and the tokenizer cut in different places, when both have the
// 1,024 tokens of Opticks. Search for one with a loop over the words of the book, or think of one.
const Different = ""
