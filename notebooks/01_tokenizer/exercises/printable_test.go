package exercises

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/janpfeifer/must"

	"gptbook/datasets/tokenizer"
	"gptbook/notebooks/course"
)

func TestPrintable(t *testing.T) {
	course.Exercise(t)
	for _, test := range []struct{ token, want, hint string }{
		{"the", "the", "letters stand for themselves"},
		{" the", "Ġthe", "the blank is byte 32, and bytes 0 to 31 do not print either"},
		{"\n", "Ċ", "the line end is byte 10"},
		{"é", "Ã©", "é is two bytes, both of which print; each becomes a character of its own"},
		{"\xad", "Ń", "byte 173 is the last of those that do not print"},
	} {
		if got := Printable([]byte(test.token)); got != test.want {
			t.Fatalf("Printable(%q) = %q, want %q: %s", test.token, got, test.want, test.hint)
		}
	}
	// The library writes all tokens so.
	tok := must.M1(tokenizer.Train(string(bytes.Repeat([]byte("naïve 你好\n"), 9)), 270))
	dir := t.TempDir()
	must.M(tok.Save(dir))
	var vocab map[string]int32
	must.M(json.Unmarshal(must.M1(os.ReadFile(filepath.Join(dir, "vocab.json"))), &vocab))
	for id := range int32(tok.VocabSize()) {
		if got, ok := vocab[Printable(tok.Token(id))]; !ok || got != id {
			t.Fatalf("token % X: vocab.json does not have %q as %d",
				tok.Token(id), Printable(tok.Token(id)), id)
		}
	}
}
