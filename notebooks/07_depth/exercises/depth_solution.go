//go:build solution

// Package exercises holds the exercises of chapter 7, solved.
package exercises

import "math"

// Survives: x and W·x are at right angles on average, so each layer multiplies the squared length
// by 1 + gain²/layers.
func Survives(layers int, gain float64) float64 {
	return math.Pow(1+gain*gain/float64(layers), float64(layers)/2)
}

// Limit is √(e^gain²): (1 + a/n)ⁿ approaches eᵃ.
func Limit(gain float64) float64 { return math.Exp(gain * gain / 2) }

// Cost is one input for each stretch, rounded up, and the other inputs of the longest stretch.
func Cost(layers, every int) int {
	return (layers+every-1)/every + min(every, layers) - 1
}

// Best tries them all; it is about the root of layers.
func Best(layers int) int {
	best := 1
	for every := 2; every <= layers; every++ {
		if Cost(layers, every) < Cost(layers, best) {
			best = every
		}
	}
	return best
}
