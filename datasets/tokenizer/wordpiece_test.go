package tokenizer

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/janpfeifer/must"
)

// The ids are those of transformers 5.23.0 on words, accents, Chinese, emoji,
// control characters, very long words and random mixtures of all.
func TestWordPieceEqualsHuggingFace(t *testing.T) {
	type textIDs struct {
		text string
		ids  []int32
	}
	var golden struct {
		Vocab                    []string
		Uncased, Cased, Specials [][2]json.RawMessage
		Pairs                    []struct {
			A, B          string
			Limit         int
			IDs, Segments []int32
		}
	}
	must.M(json.Unmarshal(must.M1(os.ReadFile("testdata/wordpiece.json")), &golden))
	uncased := must.M1(bertOf(golden.Vocab, uncased))
	cased := must.M1(bertOf(golden.Vocab, bertNormalizer{Clean: true, Chinese: true}))
	for name, c := range map[string]struct {
		encode func(string) []int32
		cases  [][2]json.RawMessage
	}{
		"uncased":  {uncased.Encode, golden.Uncased},
		"cased":    {cased.Encode, golden.Cased},
		"specials": {uncased.EncodeWithSpecials, golden.Specials},
	} {
		if len(c.cases) < 20 {
			t.Errorf("%s: only %d cases", name, len(c.cases))
		}
		for _, raw := range c.cases {
			var want textIDs
			must.M(json.Unmarshal(raw[0], &want.text))
			must.M(json.Unmarshal(raw[1], &want.ids))
			if got := c.encode(want.text); !slices.Equal(got, want.ids) {
				t.Errorf("%s: %q gives %q, want %q", name, want.text, uncased.Decode(got), uncased.Decode(want.ids))
			}
		}
	}
	for _, c := range golden.Pairs {
		sentences := [][]int32{uncased.Encode(c.A), uncased.Encode(c.B)}
		ids, segments := uncased.Join(c.Limit, sentences...)
		if !slices.Equal(ids, c.IDs) || !slices.Equal(segments, c.Segments) {
			t.Errorf("%q and %q in %d tokens: %q %d, want %q %d",
				c.A, c.B, c.Limit, uncased.Decode(ids), segments, uncased.Decode(c.IDs), c.Segments)
		}
	}
}

// miniWordPiece has the pieces of BERT's example, unaffable, and little else.
func miniWordPiece() *WordPiece {
	tokens := append(slices.Clone(wordPieceSpecials), "una", "##ffa", "##ble", "un", "the", "##n", "[", "]", "mask")
	return must.M1(bertOf(tokens, uncased))
}

func TestWordPiece(t *testing.T) {
	w := miniWordPiece()
	for text, want := range map[string]string{
		"":                       "",
		"Unaffable":              "una ##ffa ##ble",
		"unn thenn unaffabl":     "un ##n the ##n ##n [UNK]", // one gap makes the whole word unknown
		"the\x00the\tÜN":         "[UNK] un",
		"the 你好the":              "the [UNK] [UNK] the",
		"[MASK] [mask]":          "[ mask ] [ mask ]",
		strings.Repeat("un", 51): "[UNK]",
		"\xffthe\xff":            "the",
	} {
		var got []string
		for _, id := range w.Encode(text) {
			got = append(got, w.Token(id))
		}
		if joined := strings.Join(got, " "); joined != want {
			t.Errorf("%q gives %q, want %q", text, joined, want)
		}
	}
	got, want := w.Decode(w.EncodeWithSpecials("[CLS]unaffable [MASK][SEP]")), "[CLS] unaffable [MASK] [SEP]"
	if got != want {
		t.Errorf("Decode gives %q, want %q", got, want)
	}
	if got, want := w.Decode([]int32{-1, 14, 9}), "\uFFFD \uFFFD the"; w.Token(14) != "" || got != want {
		t.Errorf("outside the vocabulary Decode gives %q, want %q", got, want)
	}
	if id := must.M1(w.Special(Mask)); id != 4 {
		t.Errorf("%s has id %d, want 4", Mask, id)
	}
	mask := must.M1(w.Special(Mask))
	rng := rand.New(rand.NewPCG(9, 10))
	for range 2000 { // text from a user cannot forge a special token
		if text := randomText(rng, 10) + "[MASK]" + randomText(rng, 10); slices.Contains(w.Encode(text), mask) {
			t.Fatalf("text %q gives %s", text, Mask)
		}
	}
}

func TestLoadWordPieceKeepsAccents(t *testing.T) {
	dir := t.TempDir()
	pieces := append(slices.Clone(wordPieceSpecials), "müde", "mude", "schön")
	must.M(os.WriteFile(filepath.Join(dir, piecesFile), []byte(strings.Join(pieces, "\n")), 0o666))
	for choice, want := range map[string]string{`false`: "müde schön", `true`: "mude [UNK]", `null`: "mude [UNK]"} {
		config := `{"do_lower_case": true, "strip_accents": ` + choice + `}`
		must.M(os.WriteFile(filepath.Join(dir, configFile), []byte(config), 0o666))
		w := must.M1(LoadWordPiece(dir))
		if got := w.Decode(w.Encode("Müde schön")); got != want {
			t.Errorf("%s gives %s, want %s", config, got, want)
		}
	}
}

func TestJoin(t *testing.T) {
	w := miniWordPiece()
	a, b := w.Encode("the the the"), w.Encode("un un un un")
	for _, c := range []struct {
		limit     int
		sentences [][]int32
		want      string
		segments  []int32
	}{
		{99, [][]int32{a}, "[CLS] the the the [SEP]", []int32{0, 0, 0, 0, 0}},
		{4, [][]int32{a}, "[CLS] the the [SEP]", []int32{0, 0, 0, 0}},
		{0, [][]int32{a}, "[CLS] [SEP]", []int32{0, 0}},
		{99, [][]int32{a, b}, "[CLS] the the the [SEP] un un un un [SEP]", []int32{0, 0, 0, 0, 0, 1, 1, 1, 1, 1}},
		{8, [][]int32{a, b}, "[CLS] the the the [SEP] un un [SEP]", []int32{0, 0, 0, 0, 0, 1, 1, 1}},
		{0, [][]int32{a, b}, "[CLS] [SEP] [SEP]", []int32{0, 0, 1}},
	} {
		ids, segments := w.Join(c.limit, c.sentences...)
		if got := w.Decode(ids); got != c.want || !slices.Equal(segments, c.segments) {
			t.Errorf("limit %d: %q %d, want %q %d", c.limit, got, segments, c.want, c.segments)
		}
	}
	if len(a) != 3 || len(b) != 4 || w.Decode(a) != "the the the" {
		t.Error("Join changed its arguments")
	}
}

// The words of Hugging Face's course (chapter 6, WordPiece tokenization).
func TestTrainWordPiece(t *testing.T) {
	var text strings.Builder
	for word, count := range map[string]int{"hug": 10, "pug": 5, "pun": 12, "bun": 4, "hugs": 5} {
		text.WriteString(strings.Repeat(word+" ", count))
	}
	const alphabet = 7 + 4 // b g h n p s u, ##g ##n ##s ##u
	w := must.M1(TrainWordPiece(text.String(), 5+alphabet+3))
	if got, want := strings.Join(w.tokens[5+alphabet:], " "), "##ug ##un hug"; got != want {
		t.Errorf("learns %s, want %s", got, want)
	}
	if _, err := TrainWordPiece(text.String(), 5+alphabet-1); err == nil ||
		!strings.Contains(err.Error(), "vocabulary size 15 is too small, want at least 16") {
		t.Errorf("a small vocabulary gives the error %v", err)
	}
	if got := must.M1(TrainWordPiece("Ab ab", 1000)).tokens[5:]; !slices.Equal(got, []string{"a", "b", "##b", "ab"}) {
		t.Errorf("a small text gives %q", got)
	}
}

// Every step takes the pair that is most frequent, counted from scratch.
func TestTrainWordPieceNaive(t *testing.T) {
	text := opticks(t)[:6000]
	counts := make(map[string]int)
	for _, word := range miniWordPiece().words(text) {
		counts[word]++
	}
	tokens, words := spell(counts)
	w := must.M1(TrainWordPiece(text, len(tokens)+200))
	for len(tokens) < w.VocabSize() {
		both := make(map[pair]int)
		for _, word := range words {
			for i := range len(word.ids) - 1 {
				both[pair{word.ids[i], word.ids[i+1]}] += word.count
			}
		}
		var best pair
		for p, count := range both {
			if both[best] == 0 || before(p, count, best, both[best]) {
				best = p
			}
		}
		id := int32(len(tokens))
		tokens = append(tokens, tokens[best.left]+strings.TrimPrefix(tokens[best.right], within))
		for i := range words {
			words[i].ids = mergeNaive(words[i].ids, best, id)
		}
	}
	if !slices.Equal(w.tokens, tokens) {
		t.Errorf("learns %q, want %q", w.tokens, tokens)
	}
}

func TestSaveLoadWordPiece(t *testing.T) {
	dir := t.TempDir()
	w := must.M1(TrainWordPiece(opticks(t)[:20000], 300))
	yes, no := true, false
	for i := range 12 {
		bert := bertNormalizer{Clean: true, Chinese: i%2 == 0, Lower: i/2%2 == 0}
		bert.StripAccents = []*bool{nil, &yes, &no}[i/4]
		w := must.M1(bertOf(w.tokens, bert))
		must.M(w.Save(dir))
		back := must.M1(Load(dir)).(*WordPiece)
		if !slices.Equal(back.tokens, w.tokens) || !reflect.DeepEqual(back.bert, w.bert) ||
			!reflect.DeepEqual(back.list, w.list) {
			t.Errorf("%+v: the loaded vocabulary is another one", bert)
		}
	}
	config := filepath.Join(dir, configFile)
	must.M(os.WriteFile(config, []byte("{}\r\n"), 0o666))
	must.M(os.WriteFile(filepath.Join(dir, piecesFile), []byte(strings.Join(w.tokens, "\r\n")), 0o666))
	if back := must.M1(LoadWordPiece(dir)); !slices.Equal(back.tokens, w.tokens) || *back.bert != uncased {
		t.Error("with Windows line ends the loaded vocabulary is another one")
	}
	for want, text := range map[string]string{
		"vocab.txt: no token \"[MASK]\"":        "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n",
		"vocab.txt:2: \"\" is not a token":      "[PAD]\n\n[UNK]\n",
		"vocab.txt:1: \"\" is not a token":      "",
		`vocab.txt:2: "\xff" is not a token`:    "[PAD]\n\xff\n",
		`vocab.txt:3: token "a" appears twice`:  "[PAD]\na\na\n",
		`vocab.txt:3: token "##a" appears twic`: "[PAD]\n##a\n##a\n",
	} {
		must.M(os.WriteFile(filepath.Join(dir, piecesFile), []byte(text), 0o666))
		if _, err := LoadWordPiece(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %s", err, want)
		}
	}
	must.M(w.Save(dir))
	must.M(os.WriteFile(config, []byte("{"), 0o666))
	if _, err := LoadWordPiece(dir); err == nil || !strings.Contains(err.Error(), configFile) {
		t.Errorf("a damaged %s gives the error %v", configFile, err)
	}
}
