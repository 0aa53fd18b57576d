//go:build !solution

// Package exercises holds the exercises of chapter 3; fill in the functions.
package exercises

// Band returns the mask of a layer that sees only the last window positions, its own included:
// element [t][s] is true where position t may look at position s. T is the number of positions;
// window is at least 1.
func Band(T, window int) [][]bool {
	return nil // Your code.
}

// A Reader is one attention head that reads a text position by position.
type Reader struct {
	Keys, Values [][]float64 // of all positions so far
}

// Step takes the query, key and value of the next position, each of the same length d, and returns
// what that position reads.
func (r *Reader) Step(q, k, v []float64) []float64 {
	return nil // Your code: remember k and v, then attend over everything remembered.
}
