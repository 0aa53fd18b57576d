//go:build solution

// Package exercises holds the exercises of chapter 4, solved.
package exercises

import "math"

// Params counts the weights of a pre-norm GPT: in each block 3C² + C² for attention and 8C² for
// the MLP, 9C biases and 4C for the two normalisations; around them the two tables and one more
// normalisation.
func Params(layers, width, vocab, context int) int {
	C := width
	block := 12*C*C + 13*C
	return vocab*C + context*C + layers*block + 2*C
}

// Memory is four numbers of four bytes for each weight.
func Memory(params int) int { return 4 * 4 * params }

// Rate is the learning rate of GPT-1 at the given update, counted from 1, of a training of steps
// updates.
func Rate(step, steps int) float64 {
	const peak, warmup = 2.5e-4, 2000
	if step < warmup {
		return peak * float64(step) / warmup
	}
	done := float64(step-warmup) / float64(steps-warmup)
	return peak * (1 + math.Cos(math.Pi*done)) / 2
}
