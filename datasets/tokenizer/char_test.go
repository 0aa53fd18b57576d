package tokenizer

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/janpfeifer/must"
)

func TestChar(t *testing.T) {
	c := must.M1(NewChar("b好a\nab\xff", endOfText))
	if got, want := c.VocabSize(), 6; got != want { // �, \n, a, b, 好, <|endoftext|>
		t.Errorf("vocabulary of %d, want %d", got, want)
	}
	for text, want := range map[string][]int32{
		"":               {},
		"ab好\n":          {2, 3, 4, 1},
		"axa\xffa\uFFFD": {2, 0, 2, 0, 2, 0},
		"<a>":            {0, 2, 0},
	} {
		if got := c.Encode(text); !slices.Equal(got, want) {
			t.Errorf("Encode(%q) = %v, want %v", text, got, want)
		}
	}
	if got := c.EncodeWithSpecials("a" + endOfText + "b"); !slices.Equal(got, []int32{2, 5, 3}) {
		t.Errorf("EncodeWithSpecials gives %v", got)
	}
	if slices.Contains(c.Encode(endOfText), must.M1(c.Special(endOfText))) {
		t.Error("text gives the special id")
	}
	if got, want := c.Decode([]int32{2, 99, 3, -1, 5, 4}), "a�b�"+endOfText+"好"; got != want {
		t.Errorf("Decode gives %q, want %q", got, want)
	}
	text := opticks(t)
	c = must.M1(NewChar(text))
	if got := c.Decode(c.Encode(text)); got != text {
		t.Error("Opticks does not come back")
	}
	for _, bad := range [][]string{{"x"}, {""}, {"\xff\xff"}, {"<|a|>", "<|a|>"}} {
		if _, err := NewChar("a", bad...); err == nil {
			t.Errorf("special tokens %q give no error", bad)
		}
	}
}

func TestLoadChar(t *testing.T) {
	dir := t.TempDir()
	c := must.M1(NewChar("a\"\\\n\x00<好🤗", endOfText))
	must.M(c.Save(dir))
	back := must.M1(Load(dir)).(*Char)
	if !slices.Equal(back.tokens, c.tokens) || must.M1(back.Special(endOfText)) != must.M1(c.Special(endOfText)) {
		t.Errorf("loaded vocabulary %q, want %q", back.tokens, c.tokens)
	}
	for text, want := range map[string]string{
		"{}":            "vocab.json: id 0 is not '�'",
		`{"a":0}`:       "vocab.json: id 0 is not '�'",
		`{"�":0,"":1}`:  "vocab.json:1: token 1 is empty",
		`{"�":0,"a":2}`: "vocab.json: no token has id 1",
	} {
		must.M(os.WriteFile(filepath.Join(dir, vocabFile), []byte(text), 0o666))
		if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives the error %v, want one with %s", text, err, want)
		}
	}
	if _, err := Load(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no tokenizer in folder") {
		t.Errorf("an empty folder gives the error %v", err)
	}
}
