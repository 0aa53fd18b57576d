package tokenizer

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/janpfeifer/must"
)

// opticks is the text that every Go toolchain carries.
func opticks(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(runtime.GOROOT(), "src", "testdata", "Isaac.Newton-Opticks.txt"))
	if err != nil {
		t.Skip("this Go has no Opticks: ", err)
	}
	return string(text)
}

// mergesFileOf returns what Save writes as merges.txt.
func mergesFileOf(t testing.TB, b *BPE) string {
	t.Helper()
	dir := t.TempDir()
	must.M(b.Save(dir))
	return string(must.M1(os.ReadFile(filepath.Join(dir, mergesFile))))
}

// Trained on the same text, our merges are those of Hugging Face tokenizers 0.23.3.
func TestTrainEqualsHuggingFace(t *testing.T) {
	var cases []struct {
		Text    string
		Opticks bool
		Size    int
		Merges  string
		SHA256  string
	}
	must.M(json.Unmarshal(must.M1(os.ReadFile("testdata/bpe.json")), &cases))
	for _, c := range cases {
		name := fmt.Sprintf("%.17s-%d", c.Text, c.Size)
		if c.Opticks {
			c.Text, name = opticks(t), fmt.Sprintf("opticks-%d", c.Size)
		}
		t.Run(name, func(t *testing.T) {
			got := mergesFileOf(t, must.M1(Train(c.Text, c.Size)))
			if c.SHA256 != "" {
				got, c.Merges = fmt.Sprintf("%x", sha256.Sum256([]byte(got))), c.SHA256
			}
			if got != c.Merges {
				t.Errorf("merges are\n%s\nwant\n%s", got, c.Merges)
			}
		})
	}
}

// trainNaive does what Train documents and counts all pairs again for every merge.
func trainNaive(text string, size int) []Merge {
	var words []word
	b := newBPE()
	for text, count := range countPreTokens(text) {
		words = append(words, word{b.mergeLong(text), count}) // no merges yet: the bytes
	}
	for len(b.tokens) < size {
		counts := make(map[pair]int)
		for _, w := range words {
			for i := range len(w.ids) - 1 {
				counts[pair{w.ids[i], w.ids[i+1]}] += w.count
			}
		}
		var best pair
		for at, count := range counts {
			if counts[best] == 0 || before(at, count, best, counts[best]) {
				best = at
			}
		}
		if counts[best] == 0 {
			break
		}
		id := b.addMerge(best)
		for i, w := range words {
			words[i].ids = mergeNaive(w.ids, best, id)
		}
	}
	return b.merges
}

func mergeNaive(ids []int32, at pair, id int32) (merged []int32) {
	for i := 0; i < len(ids); i++ {
		if i+1 < len(ids) && (pair{ids[i], ids[i+1]}) == at {
			merged = append(merged, id)
			i++
		} else {
			merged = append(merged, ids[i])
		}
	}
	return merged
}

func TestTrainNaive(t *testing.T) {
	texts := []string{opticks(t)[:20000]}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 40 { // few letters: long overlaps and many ties
		var text strings.Builder
		for range 200 {
			text.WriteString([]string{"a", "b", "c", " ", "é"}[rng.IntN(5)])
		}
		texts = append(texts, text.String())
	}
	for _, text := range texts {
		got, want := must.M1(Train(text, 420)).merges, trainNaive(text, 420)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("text %.80q: merges %v, want %v", text, got, want)
		}
	}
}

func TestTrainSmall(t *testing.T) {
	b := must.M1(Train("low low low lower lower newest", 262, "<|endoftext|>", "<|user|>"))
	if got := b.VocabSize(); got != 262 {
		t.Fatalf("vocabulary of %d, want 262", got)
	}
	var learned []string
	for _, m := range b.Merges() {
		learned = append(learned, string(b.Token(m.ID)))
		if string(b.Token(m.Left))+string(b.Token(m.Right)) != string(b.Token(m.ID)) {
			t.Errorf("merge %v does not join its parts", m)
		}
	}
	// l+o occurs 5 times, as o+w does, but l comes first; the blank before low 4 times; e+r 2 times.
	if got, want := fmt.Sprintf("%q", learned), `["lo" "low" " low" "er"]`; got != want {
		t.Errorf("learned %s, want %s", got, want)
	}
	if id := must.M1(b.Special("<|user|>")); id != 261 {
		t.Errorf("<|user|> has id %d, want 261", id)
	}
	for text, want := range map[string]int{"": 256, "x": 256, "§": 257, "\xff\xff": 257} { // text may run out of pairs
		if got := must.M1(Train(text, 1000)).VocabSize(); got != want {
			t.Errorf("Train(%q) has %d tokens, want %d", text, got, want)
		}
	}
}

func TestTrainRefuses(t *testing.T) {
	for _, c := range []struct {
		want     string
		size     int
		specials []string
	}{
		{"vocabulary size 257 is too small, want at least 258", 257, []string{"<|a|>", "<|b|>"}},
		{`"word" cannot be a special token`, 300, []string{"word"}},
		{`"Ã©" cannot be a special token`, 300, []string{"Ã©"}}, // the form of "é" in vocab.json
		{`"" cannot be a special token`, 300, []string{""}},
		{`"<|a|>" is given twice`, 300, []string{"<|a|>", "<|a|>"}},
	} {
		if _, err := Train("a", c.size, c.specials...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %s", err, c.want)
		}
	}
}

func BenchmarkTrain(b *testing.B) {
	text := opticks(b)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		must.M1(Train(text, 4096))
	}
}
