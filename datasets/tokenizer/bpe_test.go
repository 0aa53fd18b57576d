package tokenizer

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/janpfeifer/must"
)

const endOfText = "<|endoftext|>"

func TestPreTokenize(t *testing.T) {
	for text, want := range map[string]string{
		"":                           ``,
		"Hello world, it's  naïve":   `Hello| world|,| it|'s| | naïve`,
		"we'll don't I'm 'tis DON'T": `we|'ll| don|'t| I|'m| '|tis| DON|'|T`,
		"'ve've'r":                   `'ve|'ve|'|r`,
		"a  b\n\n c \n":              `a| | b|\n\n| c| \n`,
		"1234 5½ x²":                 `1234| 5½| x|²`,
		"你好 世界。":                     `你好| 世界|。`,
		"\u00a0a\u3000\u3000b":       `\u00a0|a|\u3000|\u3000|b`,
		"e\u0301 🤗!":                 `e|́| 🤗!`,
		" ":                          ` `,
		"x\xff\xfe y":                `x|\xff\xfe| y`,
	} {
		want = must.M1(unquote(want))
		if got := strings.Join(slices.Collect(PreTokenize(text)), "|"); got != want {
			t.Errorf("%q is cut into %q, want %q", text, got, want)
		}
	}
	for range PreTokenize("stop after one") {
		break
	}
}

func unquote(s string) (string, error) {
	var out string
	_, err := fmt.Sscanf(`"`+s+`"`, "%q", &out)
	return out, err
}

// randomText mixes what real text does not: letters of many scripts, every kind
// of blank, marks, emoji, controls, contractions, and bytes that are not UTF-8.
func randomText(rng *rand.Rand, pieces int) string {
	kinds := []string{"abcXYZ", "  \t\n\r", "\u00a0\u0085\u2028\u3000\u200b\x1c", "0129½²Ⅷ٣", "éß你好가日",
		"\u0301\u0308", ".,!?'\"#", "🤗👍🏽\u200d", "\x00\x07\ufffd\ue000", "\xff\xc0\x80\xed"}
	var text strings.Builder
	for range pieces {
		kind := kinds[rng.IntN(len(kinds))]
		if rng.IntN(8) == 0 {
			text.WriteString([]string{"'s", "'ll", "'t", endOfText, "the", " and"}[rng.IntN(6)])
		} else if utf8.ValidString(kind) {
			runes := []rune(kind)
			text.WriteRune(runes[rng.IntN(len(runes))])
		} else {
			text.WriteByte(kind[rng.IntN(len(kind))])
		}
	}
	return text.String()
}

// joined returns the bytes of all tokens.
func joined(b *BPE, ids []int32) string {
	var text []byte
	for _, id := range ids {
		text = append(text, b.Token(id)...)
	}
	return string(text)
}

func TestRoundTrip(t *testing.T) {
	b := must.M1(Train(opticks(t), 1000, endOfText))
	rng := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		text := randomText(rng, rng.IntN(40))
		ids := b.Encode(text)
		if got := joined(b, ids); got != text {
			t.Fatalf("%q comes back as %q", text, got)
		}
		if want := strings.ToValidUTF8(text, "\uFFFD"); b.Decode(ids) != want {
			t.Fatalf("%q decodes to %q, want %q", text, b.Decode(ids), want)
		}
		if slices.Contains(ids, must.M1(b.Special(endOfText))) {
			t.Fatalf("text %q gives the special id", text)
		}
	}
	random := make([]byte, 1<<16)
	for i := range random {
		random[i] = byte(rng.Uint32())
	}
	if got := joined(b, b.Encode(string(random))); got != string(random) {
		t.Error("random bytes do not come back")
	}
}

func TestDecodeOutside(t *testing.T) {
	b := must.M1(Train("", 256))
	ids := []int32{b.byteIDs['a'], 256, -1, b.byteIDs['b']}
	if got, want := b.Decode(ids), "a\uFFFD\uFFFDb"; got != want {
		t.Errorf("Decode gives %q, want %q", got, want)
	}
	if b.Token(256) != nil || b.Token(-1) != nil {
		t.Error("Token gives bytes for an id outside the vocabulary")
	}
}

func TestSpecials(t *testing.T) {
	plain := must.M1(Train("hello hello <|endoftext|> <|endoftext|>", 290))
	b := must.M1(plain.WithSpecials(endOfText, "<|endoftext|><|x|>", "<|x|>"))
	eot, both, x := must.M1(b.Special(endOfText)), must.M1(b.Special("<|endoftext|><|x|>")), must.M1(b.Special("<|x|>"))
	if want := int32(plain.VocabSize()); eot != want || both != want+1 || x != want+2 {
		t.Errorf("special ids are %d %d %d, want %d and the next", eot, both, x, want)
	}
	text := "hello<|x|> " + endOfText + endOfText + "<|x|>hello"
	if got, want := b.Encode(text), plain.Encode(text); !slices.Equal(got, want) {
		t.Errorf("Encode(%q) = %v, want no special: %v", text, got, want)
	}
	var want []int32
	want = append(append(want, plain.Encode("hello")...), x)
	want = append(append(want, plain.Encode(" ")...), eot, both) // the longer special wins
	want = append(want, plain.Encode("hello")...)
	got := b.EncodeWithSpecials(text)
	if !slices.Equal(got, want) {
		t.Errorf("EncodeWithSpecials(%q) = %v, want %v", text, got, want)
	}
	if back := b.Decode(got); back != text {
		t.Errorf("decodes to %q, want %q", back, text)
	}
	if got := plain.EncodeWithSpecials(text); !slices.Equal(got, plain.Encode(text)) {
		t.Errorf("without specials EncodeWithSpecials(%q) = %v", text, got)
	}
	wantErr := `tokenizer: no special token "<|y|>"; have ["<|endoftext|>" "<|endoftext|><|x|>" "<|x|>"]`
	if _, err := b.Special("<|y|>"); err == nil || err.Error() != wantErr {
		t.Errorf("error %v, want %s", err, wantErr)
	}
}

func TestRankTable(t *testing.T) {
	table, want := newRankTable(), make(map[pair]int32)
	rng := rand.New(rand.NewPCG(11, 12))
	for range 20000 {
		p := pair{rng.Int32N(300), rng.Int32N(300)}
		if _, ok := want[p]; !ok {
			want[p] = int32(len(want))
			table.set(p, want[p])
		}
	}
	for p := range int32(300 * 300) {
		p := pair{p / 300, p % 300}
		rank, ok := want[p]
		if slot := table.find(p); ok != (slot.rank != 0) || ok && slot.rank-1 != rank {
			t.Fatalf("pair %v has rank %d, want %d, %t", p, slot.rank-1, rank, ok)
		}
	}
}

// Three ways to merge a word give one answer: the scan, the heap, and GPT-2's
// own (encoder.py), which merges all occurrences of the best pair in one pass.
func TestMergeLong(t *testing.T) {
	b := must.M1(Train(opticks(t)+strings.Repeat("aaaaaaa aaaaa aabab ", 100), 2000))
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range 300 {
		letters := []string{"a", "ab", "etaoinshr", "thermometer "}[i%4]
		word := make([]byte, 1+rng.IntN(400))
		for j := range word {
			word[j] = letters[rng.IntN(len(letters))]
		}
		scan, long := b.merge(&scratch{}, string(word)), b.mergeLong(string(word))
		if !slices.Equal(scan, long) {
			t.Fatalf("%q: scan gives %v, heap %v", word, scan, long)
		}
		if all := mergeAll(b, string(word)); !slices.Equal(scan, all) {
			t.Fatalf("%q: scan gives %v, GPT-2's way %v", word, scan, all)
		}
	}
	if got := len(b.Encode(strings.Repeat("a", 1<<20))); got >= 1<<20 { // n² would take hours
		t.Errorf("%d tokens for 1<<18 letters", got)
	}
}

func mergeAll(b *BPE, word string) []int32 {
	var ids []int32
	for i := range len(word) {
		ids = append(ids, b.byteIDs[word[i]])
	}
	for {
		lowest := int32(noMerge)
		for i := range len(ids) - 1 {
			lowest = min(lowest, b.rank(ids[i], ids[i+1]))
		}
		if lowest == noMerge {
			return ids
		}
		var merged []int32
		for i := 0; i < len(ids); i++ {
			if i+1 < len(ids) && b.rank(ids[i], ids[i+1]) == lowest {
				merged = append(merged, b.merges[lowest].ID)
				i++
			} else {
				merged = append(merged, ids[i])
			}
		}
		ids = merged
	}
}

// Run with -race: one tokenizer serves many goroutines.
func TestEncodeInParallel(t *testing.T) {
	b := must.M1(Train(opticks(t)[:50000], 600))
	lines := strings.Split(opticks(t), "\n")
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for i, line := range lines {
				if got := b.Decode(b.Encode(line)); got != line {
					t.Errorf("line %d: %q comes back as %q", i, line, got)
				}
			}
		})
	}
	group.Wait()
}

// The memory of known words is bounded.
func TestKnownWordsBounded(t *testing.T) {
	b := must.M1(Train("", 256))
	s := &scratch{known: make(map[string][]int32)}
	for i := range maxKnown + 10 {
		b.encodeWord(s, fmt.Sprint(i))
	}
	b.encodeWord(s, strings.Repeat("x", maxKnownLen+1))
	if len(s.known) != 10 {
		t.Errorf("%d known words, want 10", len(s.known))
	}
}

func BenchmarkEncode(b *testing.B) {
	text := opticks(b)
	tok := must.M1(Train(text, 4096))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		tok.Encode(text)
	}
}
