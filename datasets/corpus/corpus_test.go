package corpus

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// godocOnce is slow: thousands of files are parsed for it.
var godocOnce = sync.OnceValues(godoc)

func load(t testing.TB, name string) *Corpus {
	t.Helper()
	read := func() (*Corpus, error) { return Load(name) }
	if name == "godoc" {
		read = godocOnce
	}
	c, err := read()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOpticks(t *testing.T) {
	c := load(t, "opticks")
	// The file has been the same in every Go release since 1.5.
	if got, want := c.SHA256(), "d4a9ac22462b35e7821a4f2706c211093da678620a8f9997989ee7cf8d507bbd"; got != want {
		t.Errorf("SHA-256 %s, want %s", got, want)
	}
	documents := c.Documents()
	const theorem = "The Light of the Sun consists of Rays differently Refrangible"
	if len(documents) < 60 || !strings.Contains(strings.Join(documents, "\n"), theorem) {
		t.Errorf("%d documents", len(documents))
	}
	n, axioms := 0, 0
	for _, d := range documents {
		n += len(d)
		if strings.HasPrefix(d, "AX. VI.") {
			axioms++
		}
		if strings.HasPrefix(d, "AX. VI.") &&
			(!strings.Contains(d, "Homogeneal Rays") || strings.Contains(d, "AX. VII.")) {
			t.Errorf("axiom VI is not one document: %.60q … %.60q", d, d[max(0, len(d)-60):])
		}
	}
	if axioms != 1 {
		t.Errorf("%d documents are axiom VI", axioms)
	}
	if n < 99*len(c.Text)/100 {
		t.Errorf("documents hold %d of %d bytes", n, len(c.Text))
	}
}

func TestGodoc(t *testing.T) {
	c := load(t, "godoc")
	if again, err := Load("godoc"); err != nil || again.SHA256() != c.SHA256() {
		t.Errorf("two loads differ: %v", err)
	}
	documents := c.Documents()
	t.Logf("%d bytes in %d packages", len(c.Text), len(documents))
	if len(c.Text) < 1_000_000 || len(documents) < 100 {
		t.Errorf("only %d bytes in %d packages", len(c.Text), len(documents))
	}
	for i, d := range documents {
		if !strings.HasPrefix(d, "package ") {
			t.Fatalf("document %d starts with %.40q", i, d)
		}
		const sprintf = "Sprintf formats according to a format specifier and returns the resulting string."
		if strings.HasPrefix(d, "package fmt\n") && !strings.Contains(d, sprintf) {
			t.Error("fmt.Sprintf is not documented")
		}
		if strings.Contains(d[:strings.IndexByte(d, '\n')], "internal") {
			t.Errorf("%.40q is internal", d)
		}
	}
}

// newCorpus is a corpus of a text at hand.
func newCorpus(name, text string) (*Corpus, error) {
	text, err := clean(text)
	return &Corpus{Name: name, Source: name, Text: text, starts: after(text, between)}, err
}

func TestSplit(t *testing.T) {
	paragraph := strings.Repeat("Light is bent by glass. ", 20)
	for name, c := range map[string]*Corpus{
		"opticks":    load(t, "opticks"),
		"paragraphs": must(newCorpus("p", strings.Repeat(paragraph+"\n\n", 100))),
		"lines":      must(newCorpus("l", strings.Repeat(paragraph+"\n", 100))),
		"characters": must(newCorpus("c", strings.Repeat("光", 1000))),
	} {
		for _, fraction := range []float64{0.05, 0.1, 0.5} {
			train, held, err := c.Split(fraction)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if train.Text+held.Text != c.Text {
				t.Errorf("%s: the parts are not the text", name)
			}
			if got := float64(len(held.Text)) / float64(len(c.Text)); math.Abs(got-fraction) > fraction/5+1e-6 {
				t.Errorf("%s: held out %v, want about %v", name, got, fraction)
			}
			if !utf8.ValidString(train.Text) || !utf8.ValidString(held.Text) {
				t.Errorf("%s: cut inside a character", name)
			}
			if name != "characters" && !strings.HasSuffix(train.Text, "\n") {
				t.Errorf("%s: cut inside a line", name)
			}
			n, m, all := len(train.Documents()), len(held.Documents()), len(c.Documents())
			if n+m != all && n+m != all+1 {
				t.Errorf("%s: %d and %d documents of %d", name, n, m, all)
			}
		}
	}
	train, held, err := load(t, "opticks").Split(0.1)
	if err != nil {
		t.Fatal(err)
	}
	if n, m := len(train.Text), len(held.Text); n+m != 567_198 || !strings.HasSuffix(train.Text, "\n\n") {
		t.Errorf("opticks: %d and %d bytes, ends in %q", n, m, train.Text[n-40:])
	}
	a, b, err := load(t, "opticks").Split(0.1)
	if err != nil || a.SHA256() != train.SHA256() || b.SHA256() != held.SHA256() {
		t.Error("a second split is another one")
	}
	for _, fraction := range []float64{0, 1, -1, math.NaN(), 2} {
		if _, _, err := load(t, "opticks").Split(fraction); err == nil {
			t.Errorf("Split(%v): no error", fraction)
		}
	}
	if _, _, err := must(newCorpus("tiny", "x")).Split(0.5); err == nil || !strings.Contains(err.Error(), "tiny") {
		t.Errorf("a text of one byte was split: %v", err)
	}
}

func TestReadPath(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("book/b.txt", "second")
	write("book/a.md", "\ufefffirst\r\nline")
	write("book/deep/er/c.TXT", "third\n\n\n\nstill third")
	write("book/picture.png", "\x00\x01")
	c := load(t, filepath.Join(dir, "book"))
	if want := "first\nline\n\n\nsecond\n\n\nthird\n\n\n\nstill third"; c.Text != want {
		t.Errorf("got %q, want %q", c.Text, want)
	}
	if d := c.Documents(); len(d) != 3 || d[2] != "third\n\n\n\nstill third" {
		t.Errorf("documents %q", d)
	}
	one := load(t, write("one.txt", "\n\n\n\nfirst\n\npart\n\n\n\nsecond\n\n\n"))
	if d := one.Documents(); len(d) != 2 || d[0] != "first\n\npart" || d[1] != "second" {
		t.Errorf("documents %q", d)
	}
	for path, want := range map[string]string{
		write("empty.txt", ""):                   "is empty",
		write("blank.txt", " \n\t\n"):            "is empty",
		write("binary.txt", "abc\x00def"):        "zero byte at offset 3",
		write("latin1.txt", "caf\xe9"):           "invalid UTF-8 at offset 3",
		write("cut.txt", "ab\xe5\x85"):           "invalid UTF-8 at offset 2",
		write("only/picture.png", "x"):           "", // a file that is text, whatever its name says
		filepath.Join(dir, "only"):               "no file ending in .txt",
		filepath.Join(dir, "nothing"):            "have opticks, godoc, tinyshakespeare",
		filepath.Join(dir, "one.txt", "inside"):  "inside",
		write("bad/x.txt", "ok") + "\x00":        "bad/x.txt",
		filepath.Dir(write("mix/y.txt", "\xff")): "y.txt",
	} {
		_, err := Load(path)
		if want == "" {
			if err != nil {
				t.Error(err)
			}
		} else if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "corpus: ") {
			t.Errorf("%q: got %v, want an error with %q", path, err, want)
		}
	}
	if _, err := Load(""); err == nil {
		t.Error("no error for no name")
	}
	if os.Geteuid() != 0 {
		path := write("secret.txt", "x")
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "secret.txt") {
			t.Errorf("unreadable file: %v", err)
		}
	}
	if text := load(t, write("replacement.txt", "a\ufffdb")).Text; text != "a\ufffdb" {
		t.Errorf("U+FFFD itself is valid: %q", text)
	}
}

func TestGoroot(t *testing.T) {
	t.Setenv("GOROOT", t.TempDir()) // also misleads `go env GOROOT`
	if _, err := Load("opticks"); err == nil || !strings.Contains(err.Error(), "go.dev/dl") {
		t.Errorf("without a Go tree: %v", err)
	}
	t.Setenv("GOROOT", "") // then `go env` finds it
	t.Setenv("PATH", t.TempDir())
	if _, err := Load("godoc"); err == nil || !strings.Contains(err.Error(), "go.dev/dl") {
		t.Errorf("without a go command: %v", err)
	}
}

func TestBitsPerByte(t *testing.T) {
	// A uniform guess among 256 bytes costs 8 bits for each; with tokens of 4 bytes, a quarter.
	if got := BitsPerByte(math.Log(256), 1000, 1000); math.Abs(got-8) > 1e-12 {
		t.Errorf("got %v, want 8", got)
	}
	if got := BitsPerByte(math.Log(256), 250, 1000); math.Abs(got-2) > 1e-12 {
		t.Errorf("got %v, want 2", got)
	}
}

func TestSHA256(t *testing.T) {
	sum := sha256.Sum256([]byte("abc"))
	if got := must(newCorpus("x", "abc")).SHA256(); got != hex.EncodeToString(sum[:]) {
		t.Errorf("got %s", got)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
