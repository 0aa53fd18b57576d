package gpt2

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/janpfeifer/must"
	"github.com/tiktoken-go/tokenizer/codec"

	"gptbook/datasets/tokenizer"
)

// Recovered from the tokens alone, the merges are OpenAI's vocab.bpe byte for
// byte: the checksum is the one that tiktoken (openai_public.py) demands of that file.
func TestMergesAreOpenAIs(t *testing.T) {
	tok := must.M1(Tokenizer())
	if got := tok.VocabSize(); got != 50257 {
		t.Errorf("vocabulary of %d, want 50257", got)
	}
	dir := t.TempDir()
	must.M(tok.Save(dir))
	sum := sha256.Sum256(must.M1(os.ReadFile(filepath.Join(dir, "merges.txt"))))
	const want = "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5"
	if got := fmt.Sprintf("%x", sum); got != want {
		t.Errorf("SHA-256 of merges.txt is %s, want %s", got, want)
	}
}

// The ids are those of tiktoken 0.14 (Python) for the same text.
func TestGolden(t *testing.T) {
	tok := must.M1(Tokenizer())
	text := "Hello world, it's  naïve 你好 \n\n 1234 🤗"
	want := []int32{15496, 995, 11, 340, 338, 220, 41492, 220, 19526, 254, 25001, 121, 220, 628, 1105, 2682,
		12520, 97, 245}
	got := tok.Encode(text)
	if !slices.Equal(got, want) {
		t.Errorf("Encode(%q) = %v, want %v", text, got, want)
	}
	if back := tok.Decode(got); back != text {
		t.Errorf("Decode gives %q, want %q", back, text)
	}
	del := []int32{64, 221, 65, 220, 221, 16, 221, 221}
	if got := tok.Encode("a\x7fb \x7f1\x7f\x7f"); !slices.Equal(got, del) {
		t.Errorf("with U+007F the ids are %v, want %v", got, del)
	}
	if eot := must.M1(tok.Special(EndOfText)); eot != 50256 {
		t.Errorf("%s has id %d, want 50256", EndOfText, eot)
	}
}

// The ids are tiktoken's on text of every kind: all of Unicode, by character and
// mixed at random. Left out is the control character U+007F, which tiktoken-go
// v0.10 loses; TestGolden has it from the original.
func TestEqualsTiktoken(t *testing.T) {
	tok, oracle := must.M1(Tokenizer()), codec.NewR50kBase()
	check := func(text string) {
		t.Helper()
		text = strings.ReplaceAll(text, "\x7f", "")
		want, _, err := oracle.Encode(text)
		must.M(err)
		got := tok.Encode(text)
		same := len(got) == len(want)
		for i := 0; same && i < len(got); i++ {
			same = got[i] == int32(want[i])
		}
		if !same {
			t.Fatalf("Encode(%q) = %v, tiktoken %v", text, got, want)
		}
		if back := tok.Decode(got); back != text {
			t.Fatalf("%q comes back as %q", text, back)
		}
	}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r < 0x3100 || r%17 == 0 {
			check(fmt.Sprintf("a%cb %c1%c%c", r, r, r, r))
		}
	}
	rng := rand.New(rand.NewPCG(7, 8))
	var tables []*unicode.RangeTable
	for _, name := range slices.Sorted(maps.Keys(unicode.Categories)) {
		tables = append(tables, unicode.Categories[name])
	}
	tables = append(tables, unicode.White_Space, unicode.White_Space, unicode.Han, unicode.Arabic, unicode.Latin)
	common := []string{" ", " ", "\n", "  ", "'s", "'re", "'VE", "'", "the", "Hello", "42", EndOfText}
	for range 20000 {
		var text strings.Builder
		for range rng.IntN(20) {
			if rng.IntN(2) == 0 {
				text.WriteString(common[rng.IntN(len(common))])
			} else {
				text.WriteRune(anyOf(rng, tables[rng.IntN(len(tables))]))
			}
		}
		check(text.String())
	}
	check(EndOfText)
}

func anyOf(rng *rand.Rand, table *unicode.RangeTable) rune {
	if n := len(table.R16); n > 0 && (len(table.R32) == 0 || rng.IntN(2) == 0) {
		r := table.R16[rng.IntN(n)]
		return rune(r.Lo) + rune(r.Stride)*rng.Int32N(int32((r.Hi-r.Lo)/r.Stride)+1)
	}
	r := table.R32[rng.IntN(len(table.R32))]
	return rune(r.Lo) + rune(r.Stride)*rng.Int32N(int32((r.Hi-r.Lo)/r.Stride)+1)
}

// GPT-2's own files, saved and loaded again, give the same tokenizer.
func TestSaveLoad(t *testing.T) {
	tok, dir := must.M1(Tokenizer()), t.TempDir()
	must.M(tok.Save(dir))
	back := must.M1(tokenizer.LoadBPE(dir))
	if !slices.Equal(back.Merges(), tok.Merges()) || back.VocabSize() != tok.VocabSize() ||
		must.M1(back.Special(EndOfText)) != 50256 {
		t.Error("the loaded tokenizer is another one")
	}
}

func BenchmarkTokenizer(b *testing.B) {
	for b.Loop() {
		must.M1(load())
	}
}
