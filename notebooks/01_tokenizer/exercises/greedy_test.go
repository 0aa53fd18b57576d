package exercises

import (
	"slices"
	"strings"
	"testing"

	"github.com/janpfeifer/must"

	"gptbook/datasets/tokenizer"
	"gptbook/notebooks/course"
)

func TestGreedy(t *testing.T) {
	course.Exercise(t)
	small := make(map[string]bool)
	for _, token := range []string{"l", "i", "g", "h", "t", "li", "ight", "light", "lig"} {
		small[token] = true
	}
	for word, want := range map[string]string{
		"light": "light", "lights": "light|s", "tight": "t|ight", "ligt": "lig|t", "": "",
	} {
		if got := strings.Join(Greedy(word, small), "|"); got != want {
			t.Fatalf("Greedy(%q) = %q, want %q: try the whole rest first, then make it shorter",
				word, got, want)
		}
	}
	tok := must.M1(tokenizer.Train(course.Opticks().Train, 1024))
	vocabulary := make(map[string]bool)
	for id := range int32(tok.VocabSize()) {
		vocabulary[string(tok.Token(id))] = true
	}
	if len(slices.Collect(tokenizer.PreTokenize(Different))) != 1 {
		t.Fatalf("Different = %q, want one word without blanks or signs", Different)
	}
	var merged []string
	for _, id := range tok.Encode(Different) {
		merged = append(merged, string(tok.Token(id)))
	}
	if got := Greedy(Different, vocabulary); slices.Equal(got, merged) {
		t.Fatalf("both cut %q into %q; compare them for the words of the book until two differ",
			Different, got)
	}
}
