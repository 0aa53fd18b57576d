package exercises

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gptbook/notebooks/course"
)

func TestWholeWords(t *testing.T) {
	course.Exercise(t)
	tokens := strings.Fields("[CLS] the re ##fra ##cted rays of light [SEP] " +
		"un ##affa ##ble cats [SEP]")
	words := [][]int{{1}, {2, 3, 4}, {5}, {6}, {7}, {9, 10, 11}, {12}}
	seen := make(map[int]int)
	for seed := range uint64(200) {
		got := WholeWords(tokens, 0.15, rand.New(rand.NewPCG(seed, 1)))
		if !slices.IsSorted(got) {
			t.Fatalf("positions %v are not in ascending order", got)
		}
		if len(got) < 2 || len(got) > 4 {
			t.Fatalf("%d of 11 tokens are picked: %v; "+
				"want 15 %%, which is 1.65, to be reached, and nothing more once it is",
				len(got), got)
		}
		for _, position := range got {
			if position == 0 || position == 8 || position == 13 {
				t.Fatalf("position %d is %s, which is never asked for", position, tokens[position])
			}
			seen[position]++
			for _, word := range words {
				first, last := word[0], word[len(word)-1]
				if slices.Contains(word, position) &&
					!(slices.Contains(got, first) && slices.Contains(got, last)) {
					t.Fatalf("%v holds %s, but not all pieces of its word (positions %v)",
						got, tokens[position], word)
				}
			}
		}
	}
	if len(seen) != 11 {
		t.Errorf("in 200 tries only positions %v are ever picked: "+
			"go through the words in the order of rng.Perm",
			seen)
	}
	if all := WholeWords(tokens, 1, rand.New(rand.NewPCG(1, 1))); len(all) != 11 {
		t.Errorf("a share of 1 picks %v, want all 11 tokens but the special ones", all)
	}
}

func TestMatthews(t *testing.T) {
	course.Exercise(t)
	for _, tc := range []struct {
		truth, guess []int
		want         float64
		hint         string
	}{
		{[]int{0, 1, 0, 1}, []int{0, 1, 0, 1}, 1, "all right is 1"},
		{[]int{0, 1, 0, 1}, []int{1, 0, 1, 0}, -1, "all wrong is -1"},
		{[]int{0, 1, 1, 1, 1}, []int{1, 1, 1, 1, 1}, 0,
			"always the same class knows nothing, though right in 0.8; the denominator is 0"},
		{[]int{1, 1, 1, 0, 0, 0}, []int{1, 1, 0, 0, 0, 1}, 1. / 3, "TP 2, TN 2, FP 1, FN 1"},
	} {
		if got := Matthews(tc.truth, tc.guess); math.Abs(got-tc.want) > 1e-9 {
			t.Fatalf("Matthews(%v, %v) = %.3f, want %.3f: %s",
				tc.truth, tc.guess, got, tc.want, tc.hint)
		}
	}
}
