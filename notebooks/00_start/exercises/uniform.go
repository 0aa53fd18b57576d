//go:build !solution

// Package exercises holds the exercise of chapter 0. Fill in the function, then run
//
//	go test -run Uniform ./notebooks/00_start/exercises
package exercises

// Uniform returns the loss, in nats per token, of a model that gives each of vocab tokens the same
// probability p. The loss is the mean of -ln p over all tokens of a text.
func Uniform(vocab int) float64 {
	return 0 // Your code.
}
