package tokenizer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/janpfeifer/must"
)

// fuzzText has what the added tokens of testdata/parity.py look for.
const fuzzText = "Müde wolf <mark>  cat[MASK] <|user|>你好 é\xff\r\n'll low abc <|endoftext|>"

// fuzzFiles seeds f with the folders of parity.json that have the first of the files names, and checks that any such
// files give a tokenizer that works, or an error in one line.
func fuzzFiles(f *testing.F, names ...string) {
	p := readParity(f)
	for _, folder := range append(p.Read, p.Refused...) {
		if _, ok := folder.Files[names[0]]; !ok {
			continue
		}
		contents := make([]any, len(names))
		for i, name := range names {
			contents[i] = ""
			if at, ok := folder.Files[name]; ok {
				contents[i] = p.Contents[at]
			}
		}
		f.Add(contents...)
	}
	check := func(t *testing.T, contents ...string) {
		dir := t.TempDir()
		for i, name := range names {
			if contents[i] != "" {
				must.M(os.WriteFile(filepath.Join(dir, name), []byte(contents[i]), 0o666))
			}
		}
		tok, err := Load(dir)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "tokenizer: ") || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q, want one line that begins with the package", err)
			}
			return
		}
		for _, ids := range [][]int32{tok.Encode(fuzzText), tok.(withSpecials).EncodeWithSpecials(fuzzText)} {
			for _, id := range ids {
				if id < 0 || int(id) >= tok.VocabSize() {
					t.Errorf("id %d of a vocabulary of %d", id, tok.VocabSize())
				}
			}
			if back := tok.Decode(ids); !utf8.ValidString(back) {
				t.Errorf("Decode gives %q", back)
			}
		}
	}
	if len(names) == 2 {
		f.Fuzz(func(t *testing.T, a, b string) { check(t, a, b) })
	} else {
		f.Fuzz(func(t *testing.T, a, b, c string) { check(t, a, b, c) })
	}
}

func FuzzLoadBPE(f *testing.F)       { fuzzFiles(f, mergesFile, vocabFile, configFile) }
func FuzzLoadWordPiece(f *testing.F) { fuzzFiles(f, piecesFile, configFile) }
func FuzzLoadJSON(f *testing.F)      { fuzzFiles(f, tokenizerFile, configFile) }
func FuzzLoadAdded(f *testing.F)     { fuzzFiles(f, addedFile, specialsMapFile, piecesFile) }
