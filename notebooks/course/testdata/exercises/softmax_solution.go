//go:build solution

// Package exercises shows the form of a chapter's exercises; see course.Exercise.
package exercises

import (
	"math"
	"slices"
)

// Softmax returns e^x[i] / Σ e^x[j] for every i. Subtracting the largest x changes nothing, for
// it cancels, and keeps every exponent at or below 0.
func Softmax(x []float64) []float64 {
	out, sum := make([]float64, len(x)), 0.0
	for i := range x {
		out[i] = math.Exp(x[i] - slices.Max(x))
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}
