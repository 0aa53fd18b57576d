//go:build !solution

// Package exercises holds the exercises of chapter 2. Fill in the functions, then run
//
//	go test -run Temper ./notebooks/02_ngrams/exercises
//	go test -run Beat ./notebooks/02_ngrams/exercises
package exercises

// Temper returns the distribution p at a temperature: proportional to p[i]^(1/temperature), and
// summing to 1. Below 1 the likely becomes likelier, above 1 all come closer together. p may hold
// zeros, which stay zero; temperature is above 0 and may be as low as 0.001.
func Temper(p []float64, temperature float64) []float64 {
	return nil // Your code.
}
