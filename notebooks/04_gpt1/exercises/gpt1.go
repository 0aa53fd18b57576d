//go:build !solution

// Package exercises holds the exercises of chapter 4; fill in the functions.
package exercises

// Params counts the weights of a pre-norm GPT: two tables, the blocks with their biases and gains,
// and the final normalisation. The output layer is the token table again.
func Params(layers, width, vocab, context int) int {
	return 0 // Your code.
}

// Memory is the number of bytes that params weights take while AdamW trains them in float32: the
// weights, their gradients, and the two moments.
func Memory(params int) int {
	return 0 // Your code.
}

// Rate is the learning rate of GPT-1 at the given update, counted from 1, of a training of steps
// updates: it rises linearly to 2.5e-4 at update 2000 and falls along half a cosine to 0 at the
// last.
func Rate(step, steps int) float64 {
	return 0 // Your code.
}
