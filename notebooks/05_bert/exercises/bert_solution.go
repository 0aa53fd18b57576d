//go:build solution

// Package exercises holds the exercises of chapter 5, solved.
package exercises

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// WholeWords first gathers the pieces of each word, then draws words. A long word may carry the
// share a little beyond what was asked.
func WholeWords(tokens []string, share float64, rng *rand.Rand) []int {
	var words [][]int
	total := 0
	for i, token := range tokens {
		switch {
		case token == "[CLS]" || token == "[SEP]":
			continue
		case strings.HasPrefix(token, "##") && len(words) > 0:
			words[len(words)-1] = append(words[len(words)-1], i)
		default:
			words = append(words, []int{i})
		}
		total++
	}
	var picked []int
	for _, w := range rng.Perm(len(words)) {
		if float64(len(picked)) >= share*float64(total) {
			break
		}
		picked = append(picked, words[w]...)
	}
	slices.Sort(picked)
	return picked
}

// Matthews counts the four cases. Whoever always guesses the same class has a factor 0 below the
// line, and gets 0.
func Matthews(truth, guess []int) float64 {
	var count [2][2]float64 // by truth and guess
	for i := range truth {
		count[truth[i]][guess[i]]++
	}
	tn, fp, fn, tp := count[0][0], count[0][1], count[1][0], count[1][1]
	below := (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
	if below == 0 {
		return 0
	}
	return (tp*tn - fp*fn) / math.Sqrt(below)
}
