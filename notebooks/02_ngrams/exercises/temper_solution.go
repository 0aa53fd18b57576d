//go:build solution

// Package exercises holds the exercises of chapter 2.
package exercises

import (
	"math"
	"slices"
)

// Temper returns the distribution p at a temperature. 0.1^1000 is too small for a float64, so it
// works with logarithms, where the power is a division: ln p / temperature. Those are scores, and
// what follows is the softmax of the chapter: the largest score is taken away first.
func Temper(p []float64, temperature float64) []float64 {
	out, sum := make([]float64, len(p)), 0.0
	top := math.Log(slices.Max(p)) / temperature
	for i := range p {
		out[i] = math.Exp(math.Log(p[i])/temperature - top) // ln 0 = -∞, and e^-∞ = 0
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}
