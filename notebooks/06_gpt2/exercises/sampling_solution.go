//go:build solution

// Package exercises holds the exercises of chapter 6, solved.
package exercises

import "slices"

// MinP cuts where a token is far behind the best one. Where the model is sure the cut is high,
// where it is not it is low.
func MinP(probs []float64, share float64) []float64 {
	kept, sum, least := make([]float64, len(probs)), 0.0, share*slices.Max(probs)
	for i, p := range probs {
		if p >= least {
			kept[i] = p
			sum += p
		}
	}
	for i := range kept {
		kept[i] /= sum
	}
	return kept
}

// Banned looks for the last n-1 tokens elsewhere in the text; what came after them there may not
// come again.
func Banned(text []int32, n int) (banned []int32) {
	if len(text) < n {
		return nil
	}
	last := text[len(text)-(n-1):]
	for at := 0; at+n <= len(text); at++ {
		if slices.Equal(text[at:at+n-1], last) {
			banned = append(banned, text[at+n-1])
		}
	}
	slices.Sort(banned)
	return slices.Compact(banned)
}

// Texts divides what the weights leave by the cache of one text: a key and a value of width
// numbers for each layer and token.
func Texts(bytes, weights, layers, width, tokens int) int {
	cache := 2 * layers * width * tokens * 2
	return max(0, bytes-2*weights) / cache
}
