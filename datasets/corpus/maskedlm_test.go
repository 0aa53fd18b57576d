package corpus

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

var special = Special{Pad: 0, Unknown: 1, CLS: 2, SEP: 3, Mask: 4, Vocab: 50_000}

// numbered makes documents whose ids tell where they come from: 1000·(document+1) + place.
func numbered(documents, sentences, words int) [][][]int32 {
	out := make([][][]int32, documents)
	for d := range out {
		at := int32(1000 * (d + 1))
		for range sentences {
			var s []int32
			for range words {
				s = append(s, at)
				at++
			}
			out[d] = append(out[d], s)
		}
	}
	return out
}

// example is one row, taken apart.
type example struct {
	tokens, original, a, b []int32
	places                 []int32
	next                   int32
}

// examples takes batches apart and checks everything that holds for each row.
func examples(t *testing.T, ds *Batches, batches, length int) (out []example) {
	t.Helper()
	for n := range batches {
		b := ds.At(n)
		tokens, segments, mask, positions := rows(b.Inputs[0]), rows(b.Inputs[1]), rows(b.Inputs[2]), rows(b.Inputs[3])
		targets, weights, next := rows(b.Labels[0]), b.Labels[1].Value().([][]float32), b.Labels[2].Value().([]int32)
		for r := range tokens {
			e := example{tokens: tokens[r], original: slices.Clone(tokens[r]), next: next[r]}
			for i, w := range weights[r] {
				switch {
				case w == 1:
					e.original[positions[r][i]] = targets[r][i]
					e.places = append(e.places, positions[r][i])
				case w != 0 || positions[r][i] != 0 || targets[r][i] != 0:
					t.Fatalf("place %d has weight %v, position %d, target %d", i, w, positions[r][i], targets[r][i])
				case i+1 < len(weights[r]) && weights[r][i+1] != 0:
					t.Fatal("a picked place behind an empty one")
				}
			}
			if !slices.IsSorted(e.places) || len(slices.Compact(slices.Clone(e.places))) != len(e.places) {
				t.Fatalf("places %v", e.places)
			}
			e.check(t, segments[r], mask[r], length)
			out = append(out, e)
		}
	}
	return out
}

// check finds A and B in the row and compares segments and padding with them.
func (e *example) check(t *testing.T, segments, mask []int32, length int) {
	t.Helper()
	first := slices.Index(e.original, special.SEP)
	second := first + 1 + slices.Index(e.original[first+1:], special.SEP)
	if len(e.original) != length || e.original[0] != special.CLS || first < 2 || second < first+2 {
		t.Fatalf("row %v is not [CLS] A [SEP] B [SEP]", e.original)
	}
	e.a, e.b = e.original[1:first], e.original[first+1:second]
	for i := range e.original {
		real, segment := int32(0), int32(0)
		if i <= second {
			real = 1
		}
		if i > first && i <= second {
			segment = 1
		}
		if mask[i] != real || segments[i] != segment {
			t.Fatalf("place %d: mask %d segment %d, want %d and %d", i, mask[i], segments[i], real, segment)
		}
		if real == 0 && e.tokens[i] != special.Pad {
			t.Fatalf("padding holds %d", e.tokens[i])
		}
	}
	for _, p := range e.places {
		if special.has(e.original[p]) || int(p) >= second {
			t.Fatalf("special token %d at %d was picked", e.original[p], p)
		}
	}
	if words := len(e.a) + len(e.b); len(e.places) != max(1, int(math.Round(0.15*float64(words)))) {
		t.Fatalf("%d of %d words picked", len(e.places), words)
	}
}

func TestMaskedLM(t *testing.T) {
	const length = 64
	ds := must(MaskedLM(numbered(20, 30, 7), special, 16, length, 1))
	var next, masked, kept, random, total float64
	starts := map[int32]bool{}
	for _, e := range examples(t, ds, 500, length) {
		for _, p := range e.places {
			total++
			switch e.tokens[p] {
			case special.Mask:
				masked++
			case e.original[p]:
				kept++
			default:
				random++
				if special.has(e.tokens[p]) || e.tokens[p] < 0 || int(e.tokens[p]) >= special.Vocab {
					t.Fatalf("random word %d", e.tokens[p])
				}
			}
		}
		for i, id := range e.tokens {
			if !slices.Contains(e.places, int32(i)) && id != e.original[i] {
				t.Fatalf("place %d changed without being picked", i)
			}
		}
		// Each part is a stretch of one document; B is behind A in the same one, or in another.
		for _, part := range [][]int32{e.a, e.b} {
			for i := range part[1:] {
				if part[i+1] != part[i]+1 {
					t.Fatalf("%v is no stretch of a document", part)
				}
			}
		}
		same := e.a[0]/1000 == e.b[0]/1000
		if same != (e.next == 0) || same && e.b[0] <= e.a[len(e.a)-1] {
			t.Fatalf("label %d for A %v, B %v", e.next, e.a, e.b)
		}
		next += 1 - float64(e.next)
		starts[e.a[0]] = true
	}
	within := func(what string, got, n, want float64) {
		if sigma := math.Sqrt(want * (1 - want) / n); math.Abs(got/n-want) > 4*sigma {
			t.Errorf("%s: %.4f, want %.2f ± %.4f", what, got/n, want, 4*sigma)
		}
	}
	within("B follows A", next, 500*16, 0.5)
	within("[MASK]", masked, total, 0.8)
	within("kept", kept, total, 0.1)
	within("random", random, total, 0.1)
	if len(starts) < 20*29 {
		t.Errorf("only %d places to start", len(starts))
	}
}

// Short texts, long sentences, little room: everything still holds, and padding appears.
func TestMaskedLMShapes(t *testing.T) {
	for _, c := range []struct{ documents, sentences, words, length int }{
		{2, 2, 1, 5}, {2, 2, 1, 64}, {2, 2, 200, 16}, {5, 3, 2, 128}, {3, 50, 1, 32},
	} {
		ds := must(MaskedLM(numbered(c.documents, c.sentences, c.words), special, 4, c.length, 3))
		padded := false
		for _, e := range examples(t, ds, 50, c.length) {
			padded = padded || e.tokens[c.length-1] == special.Pad
		}
		if short := c.words*c.sentences*2+3 < c.length; short && !padded {
			t.Errorf("%+v: no padding", c)
		}
	}
	// One document of one sentence can only be a random B.
	documents := numbered(2, 9, 3)
	documents[1] = documents[1][:1]
	for _, e := range examples(t, must(MaskedLM(documents, special, 4, 16, 3)), 50, 16) {
		if e.a[0] >= 2000 {
			t.Fatalf("A is %v, which nothing follows", e.a)
		}
	}
}

// Masks are dynamic, and a function of seed and batch number.
func TestMaskedLMIsPure(t *testing.T) {
	spell := func(ds *Batches, n int) string {
		b := ds.At(n)
		return fmt.Sprint(b.Inputs[0].Value(), b.Inputs[3].Value(), b.Labels[0].Value(), b.Labels[2].Value())
	}
	documents := numbered(4, 5, 6)
	ds, again := must(MaskedLM(documents, special, 2, 32, 9)), must(MaskedLM(documents, special, 2, 32, 9))
	seen := map[string]bool{}
	for n := 99; n >= 0; n-- {
		if spell(ds, n) != spell(again, n) {
			t.Fatalf("batch %d differs", n)
		}
		seen[spell(ds, n)] = true
	}
	if len(seen) != 100 {
		t.Errorf("%d different batches of 100", len(seen))
	}
	if spell(must(MaskedLM(documents, special, 2, 32, 10)), 0) == spell(ds, 0) {
		t.Error("seeds 9 and 10 give the same batch")
	}
	if got := fmt.Sprint(documents); got != fmt.Sprint(numbered(4, 5, 6)) {
		t.Error("the documents were changed")
	}
}

// The unknown token may be in the text; it is never picked.
func TestMaskedLMUnknown(t *testing.T) {
	documents := numbered(3, 4, 5)
	for _, d := range documents {
		for _, s := range d {
			s[2] = special.Unknown
		}
	}
	ds := must(MaskedLM(documents, special, 8, 32, 1))
	for n := range 50 {
		b := ds.At(n)
		for r, row := range rows(b.Labels[0]) {
			for i, id := range row {
				if b.Labels[1].Value().([][]float32)[r][i] == 1 && id == special.Unknown {
					t.Fatal("[UNK] was picked")
				}
			}
		}
	}
}

func TestMaskedLMRefuses(t *testing.T) {
	good := numbered(2, 2, 3)
	bad := func(id int32) [][][]int32 {
		d := numbered(2, 2, 3)
		d[1][0][2] = id
		return d
	}
	tiny := special
	tiny.Vocab = 5
	unknown := [][][]int32{{{1}, {1}}, {{1}}}
	for want, err := range map[string]error{
		"length 4":                           second(MaskedLM(good, special, 1, 4, 0)),
		"batch 0":                            second(MaskedLM(good, special, 0, 9, 0)),
		"0 documents":                        second(MaskedLM(nil, special, 1, 9, 0)),
		"1 documents with text":              second(MaskedLM(good[:1], special, 1, 9, 0)),
		"0 pairs of neighbouring":            second(MaskedLM(numbered(5, 1, 3), special, 1, 9, 0)),
		"document 1, sentence 0 holds id 4,": second(MaskedLM(bad(special.Mask), special, 1, 9, 0)),
		"holds id 50000":                     second(MaskedLM(bad(50_000), special, 1, 9, 0)),
		"holds id -1":                        second(MaskedLM(bad(-1), special, 1, 9, 0)),
		"sentence 1 is empty":                second(MaskedLM([][][]int32{{{9}, {}}}, special, 1, 9, 0)),
		"no words beside":                    second(MaskedLM(unknown, tiny, 1, 9, 0)),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

// What the length of A and B alone tells about the label: a model must not be able to guess it without reading.
func TestLengthTellsLittle(t *testing.T) {
	encode := func(s string) []int32 {
		ids := make([]int32, len(strings.Fields(s)))
		for i := range ids {
			ids[i] = 5
		}
		return ids
	}
	ds := must(MaskedLM(EncodeSentences(sentences(load(t, "opticks")), encode), special, 16, 64, 1))
	count := map[int][2]int{}
	all := examples(t, ds, 500, 64)
	for _, e := range all {
		c := count[len(e.a)+len(e.b)]
		c[e.next]++
		count[len(e.a)+len(e.b)] = c
	}
	right := 0
	for _, c := range count {
		right += max(c[0], c[1])
	}
	if share := float64(right) / float64(len(all)); share > 0.56 {
		t.Errorf("the length alone gives the label in %.0f %% of rows", 100*share)
	}
}
