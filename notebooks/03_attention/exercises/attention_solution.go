//go:build solution

// Package exercises holds the exercises of chapter 3, solved.
package exercises

import "math"

// Band returns the mask of a layer that sees only the last window positions: not the future
// (s > t), and nothing that is window or more positions back.
func Band(T, window int) [][]bool {
	mask := make([][]bool, T)
	for t := range mask {
		mask[t] = make([]bool, T)
		for s := max(0, t-window+1); s <= t; s++ {
			mask[t][s] = true
		}
	}
	return mask
}

// A Reader is one attention head that reads a text position by position.
type Reader struct {
	Keys, Values [][]float64 // of all positions so far
}

// Step needs no mask: what has not been read yet is not in the list. The work is proportional to
// the length so far, where the whole matrix would be computed anew for its last row.
func (r *Reader) Step(q, k, v []float64) []float64 {
	r.Keys, r.Values = append(r.Keys, k), append(r.Values, v)
	y, sum := make([]float64, len(v)), 0.0
	for s, key := range r.Keys {
		score := 0.0
		for c := range q {
			score += q[c] * key[c]
		}
		weight := math.Exp(score / math.Sqrt(float64(len(q))))
		sum += weight
		for c := range y {
			y[c] += weight * r.Values[s][c]
		}
	}
	for c := range y {
		y[c] /= sum
	}
	return y
}
