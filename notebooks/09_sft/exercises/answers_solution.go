//go:build solution

// Package exercises holds the exercises of chapter 9, solved.
package exercises

import "math"

// LastMask looks for the last mark that opens a turn of the assistant's, and marks from there up to
// the position before the end.
func LastMask(ids []int32, assistant, end int32) []float32 {
	mask := make([]float32, len(ids))
	for t := len(ids) - 1; t >= 0; t-- {
		if ids[t] != assistant {
			continue
		}
		for ; t < len(ids) && ids[t] != end; t++ {
			mask[t] = 1
		}
		break
	}
	return mask
}

// Means sums by answer first.
func Means(nll, mask [][]float64) (perToken, perAnswer float64) {
	tokens, answers := 0.0, 0.0
	for i := range nll {
		sum, n := 0.0, 0.0
		for t := range nll[i] {
			sum, n = sum+mask[i][t]*nll[i][t], n+mask[i][t]
		}
		perToken, tokens = perToken+sum, tokens+n
		if n > 0 {
			perAnswer, answers = perAnswer+sum/n, answers+1
		}
	}
	return perToken / tokens, perAnswer / answers
}

// Sharpen divides the logits, which are the logarithms of probs, by the temperature: p^(1/T),
// scaled to the sum 1.
func Sharpen(probs []float64, temperature float64) []float64 {
	most := 0.0
	for _, p := range probs {
		most = max(most, p)
	}
	out, sum := make([]float64, len(probs)), 0.0
	for i, p := range probs {
		out[i] = math.Pow(p/most, 1/temperature)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}
