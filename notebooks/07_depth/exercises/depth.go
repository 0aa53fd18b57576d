//go:build !solution

// Package exercises holds the exercises of chapter 7; fill in the functions.
package exercises

// Survives is the expected length, as a root of the mean square, of a gradient of length 1 after
// its way down through so many layers y = x + W·x, where W makes a vector gain/√layers times as
// long, in a direction of its own.
func Survives(layers int, gain float64) float64 {
	return 0 // Your code.
}

// Limit is Survives for infinitely many layers.
func Limit(gain float64) float64 {
	return 0 // Your code.
}

// Cost is how many inputs of layers are in memory at most, if the way up keeps the input of every
// every-th layer, from the first on, and the way down computes the inputs of one such stretch of
// layers at a time once more. The first input of a stretch is counted once.
func Cost(layers, every int) int {
	return 0 // Your code.
}

// Best is the smallest spacing with the lowest Cost.
func Best(layers int) int {
	return 0 // Your code.
}
