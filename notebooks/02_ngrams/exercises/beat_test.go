package exercises

import (
	"math"
	"slices"
	"testing"

	"gptbook/datasets/corpus"
	"gptbook/notebooks/course"
)

func TestBeat(t *testing.T) {
	course.Exercise(t)
	book := course.Opticks()
	seen := make(map[rune]bool)
	for _, r := range book.Train + book.Held {
		seen[r] = true
	}
	var alphabet []rune
	for r := range seen {
		alphabet = append(alphabet, r)
	}
	slices.Sort(alphabet)
	model := Learn(book.Train, alphabet)
	for _, context := range []string{"", "T", "the Ligh", "zzzz", "no such passage"} {
		sum := 0.0
		for _, next := range alphabet {
			p := model([]rune(context), next)
			if !(p >= 0) {
				t.Fatalf("after %q the probability of %q is %v, want 0 or more", context, next, p)
			}
			sum += p
		}
		if math.Abs(sum-1) > 1e-6 {
			t.Fatalf("after %q all probabilities sum to %.4f, want 1: "+
				"what is given to the unseen must be taken from the seen",
				context, sum)
		}
	}
	nats, text := 0.0, []rune(book.Held)
	for i, next := range text {
		nats -= math.Log(model(text[max(0, i-20):i], next))
	}
	bits := corpus.BitsPerByte(nats/float64(len(text)), len(text), len(book.Held))
	t.Logf("%.3f bits per byte", bits)
	if !(bits < 2.17) {
		t.Fatalf("%.3f bits per byte on the held-out tenth, want less than 2.17: "+
			"the hints are in the chapter",
			bits)
	}
}
