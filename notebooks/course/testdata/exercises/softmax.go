//go:build !solution

// Package exercises shows the form of a chapter's exercises; see course.Exercise.
package exercises

// Softmax returns e^x[i] / Σ e^x[j] for every i, without overflow for large x.
func Softmax(x []float64) []float64 {
	return nil // Your code.
}
