package tokenizer

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/janpfeifer/must"
)

// parity is what testdata/parity.py wrote.
type parity struct {
	Texts    []string
	Contents []string // of files
	Read     []parityFolder
	Refused  []parityFolder
}

type parityFolder struct {
	Name  string
	Files map[string]int // index of Contents
	IDs   [][][]int32    // of each text: without special tokens, and with them if those are others
	Error string
}

// withSpecials is what all three tokenizers have beside the interface.
type withSpecials interface {
	EncodeWithSpecials(text string) []int32
}

func readParity(t testing.TB) (p parity) {
	must.M(json.Unmarshal(must.M1(os.ReadFile("testdata/parity.json")), &p))
	return p
}

// write writes the files of f into a new folder.
func (p parity) write(t testing.TB, f parityFolder) string {
	dir := t.TempDir()
	for name, at := range f.Files {
		must.M(os.WriteFile(filepath.Join(dir, name), []byte(p.Contents[at]), 0o666))
	}
	return dir
}

// The ids are those of tokenizers 0.23.3 and transformers 5.24.0, on every folder that they and we read.
func TestParity(t *testing.T) {
	p := readParity(t)
	if len(p.Read) < 50 || len(p.Texts) < 30 {
		t.Errorf("%d folders and %d texts, want 50 and 30 or more", len(p.Read), len(p.Texts))
	}
	for _, f := range p.Read {
		t.Run(f.Name, func(t *testing.T) {
			tok, err := Load(p.write(t, f))
			if err != nil {
				t.Fatal(err)
			}
			both := tok.(withSpecials)
			for i, text := range p.Texts {
				want := f.IDs[i]
				if got := tok.Encode(text); !slices.Equal(got, want[0]) {
					t.Errorf("Encode(%q) is\n%v, want\n%v", text, got, want[0])
				}
				if got := both.EncodeWithSpecials(text); !slices.Equal(got, want[len(want)-1]) {
					t.Errorf("EncodeWithSpecials(%q) is\n%v, want\n%v", text, got, want[len(want)-1])
				}
			}
		})
	}
}

// What would give other ids is refused in one line that names it and the folder.
func TestParityRefuses(t *testing.T) {
	p := readParity(t)
	for _, f := range p.Refused {
		t.Run(f.Name, func(t *testing.T) {
			dir := p.write(t, f)
			tok, err := Load(dir)
			if err == nil {
				t.Fatalf("is read as a %T", tok)
			}
			text := err.Error()
			if !strings.HasPrefix(text, "tokenizer: "+dir) || !strings.Contains(text, f.Error) ||
				strings.Contains(text, "\n") {
				t.Errorf("error %v\nwant one with %s", err, f.Error)
			}
		})
	}
}

// What Save writes of a loaded tokenizer gives the same ids, or it says that it cannot.
func TestParitySaved(t *testing.T) {
	p := readParity(t)
	saved := 0
	for _, f := range p.Read {
		t.Run(f.Name, func(t *testing.T) {
			tok := must.M1(Load(p.write(t, f)))
			dir := t.TempDir()
			if err := tok.(interface{ Save(string) error }).Save(dir); err != nil {
				normalizer := strings.HasPrefix(err.Error(), "tokenizer: the normalizer")
				if !normalizer && !strings.Contains(err.Error(), "neither the result of a merge") {
					t.Error(err)
				}
				return
			}
			saved++
			back := must.M1(Load(dir))
			for i, text := range p.Texts {
				want := f.IDs[i]
				got, whole := back.Encode(text), back.(withSpecials).EncodeWithSpecials(text)
				if !slices.Equal(got, want[0]) || !slices.Equal(whole, want[len(want)-1]) {
					t.Errorf("%q gives other ids", text)
				}
			}
			if back.VocabSize() != tok.VocabSize() {
				t.Errorf("%d tokens, want %d", back.VocabSize(), tok.VocabSize())
			}
		})
	}
	if saved < 35 {
		t.Errorf("only %d folders could be saved", saved)
	}
}
