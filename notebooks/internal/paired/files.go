package paired

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"golang.org/x/tools/imports"

	"gptbook/internal/atomic"
	"gptbook/notebooks/internal/nbformat"
)

// Pair is the two files of one chapter.
type Pair struct {
	Name     string // "bert"
	Dir      string // ".../notebooks/05_bert"
	Go       string // ".../05_bert/bert_test.go"
	Notebook string // ".../05_bert/bert.ipynb"
}

var chapterDir = regexp.MustCompile(`^\d\d_([a-z][a-z0-9_]*)$`)

// Chapters returns the chapters under dir in the order of their numbers: the folders called
// NN_name.
func Chapters(dir string) ([]Pair, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var chapters []Pair
	for _, e := range entries {
		m := chapterDir.FindStringSubmatch(e.Name())
		if m == nil || !e.IsDir() {
			continue
		}
		folder := filepath.Join(dir, e.Name())
		chapters = append(chapters, Pair{
			Name: m[1], Dir: folder,
			Go:       filepath.Join(folder, m[1]+"_test.go"),
			Notebook: filepath.Join(folder, m[1]+".ipynb"),
		})
	}
	return chapters, nil
}

// Sync brings the notebook up to date with the Go file, and the Go file into the one form
// that the notebook gives back. It reports which files it changed.
func (p Pair) Sync() (changed []string, err error) {
	return p.sync(func(*Chapter) {})
}

// sync is Sync after an edit of what the Go file says.
func (p Pair) sync(edit func(*Chapter)) (changed []string, err error) {
	text, nb, err := p.synced(edit)
	if err != nil {
		return nil, err
	}
	return p.write(text, nb)
}

// Pull brings the Go file up to date with the notebook, with the imports it needs, and the
// notebook into the one form that the Go file gives back. It reports which files it changed.
func (p Pair) Pull() (changed []string, err error) {
	nb, err := nbformat.Read(p.Notebook)
	if err != nil {
		return nil, err
	}
	before, err := os.ReadFile(p.Go)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	old := &Chapter{Package: p.Name + "_test"}
	if before != nil {
		if old, err = ParseGo(p.Go, before); err != nil {
			return nil, err
		}
	}
	chapter, err := FromNotebook(p.Notebook, nb, old)
	if err != nil {
		return nil, err
	}
	text, err := chapter.Go(p.Go)
	if err != nil {
		return nil, err
	}
	if same, _ := old.Go(p.Go); !slices.Equal(text, same) { // GoNB adds imports by itself, so must we.
		if text, err = imports.Process(p.Go, text, nil); err != nil {
			return nil, first(p.Go, err)
		}
		if chapter, err = ParseGo(p.Go, text); err != nil {
			return nil, err
		}
		if text, err = chapter.Go(p.Go); err != nil {
			return nil, err
		}
	}
	return p.write(text, chapter.Notebook(nb))
}

// Check returns an error if the files differ in more than what Sync leaves as it is, or if the
// notebook does not show the outputs of a full run of its code.
func (p Pair) Check() error {
	_, nb, err := p.InStep()
	if err != nil {
		return err
	}
	run, ok := nb.Run()
	if !ok || run.Size != "full" || run.Code != CodeOf(nb) {
		return fmt.Errorf("%s: the notebook does not show a full run of its code: `go run ./notebooks -run %s`",
			p.Name, p.Name)
	}
	return nil
}

// InStep returns the chapter in both forms, or an error if they differ in more than what Sync
// leaves as it is.
func (p Pair) InStep() (*Chapter, *nbformat.Notebook, error) {
	text, nb, err := p.synced(func(*Chapter) {})
	if err != nil {
		return nil, nil, err
	}
	data, err := nb.Bytes()
	if err != nil {
		return nil, nil, err
	}
	for path, want := range map[string][]byte{p.Go: text, p.Notebook: data} {
		if !Holds(path, want) {
			return nil, nil, fmt.Errorf("%s: Go file and notebook differ: `go run ./notebooks -sync %s` takes the Go file, "+
				"-pull the notebook", p.Name, p.Name)
		}
	}
	chapter, err := ParseGo(p.Go, text)
	return chapter, nb, err
}

// Holds tells whether the file at path says text. Line ends do not count: Git may have made them CR LF.
func Holds(path string, text []byte) bool {
	got, err := os.ReadFile(path)
	return err == nil && bytes.Equal(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")), text)
}

// CodeOf returns the digest of all code in a notebook.
func CodeOf(nb *nbformat.Notebook) string {
	var code []string
	for _, c := range nb.Cells {
		if c.Type == nbformat.Code {
			code = append(code, string(c.Source))
		}
	}
	return Digest(code...)
}

// synced returns both files as sync would write them.
func (p Pair) synced(edit func(*Chapter)) (text []byte, nb *nbformat.Notebook, err error) {
	text, err = os.ReadFile(p.Go)
	if err != nil {
		return nil, nil, err
	}
	chapter, err := ParseGo(p.Go, text)
	if err != nil {
		return nil, nil, err
	}
	edit(chapter)
	if text, err = chapter.Go(p.Go); err != nil {
		return nil, nil, err
	}
	old, err := nbformat.Read(p.Notebook)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	nb = chapter.Notebook(old)
	back, err := FromNotebook(p.Notebook, nb, chapter)
	if err != nil {
		return nil, nil, err
	}
	again, err := back.Go(p.Go)
	if err == nil && !slices.Equal(again, text) {
		err = fmt.Errorf("%s: does not come back from its notebook as it is", p.Go)
	}
	if err != nil {
		return nil, nil, err
	}
	return text, nb, nil
}

func (p Pair) write(text []byte, nb *nbformat.Notebook) (changed []string, err error) {
	data, err := nb.Bytes()
	if err != nil {
		return nil, err
	}
	for _, f := range []struct {
		path string
		data []byte
	}{{p.Go, text}, {p.Notebook, data}} {
		written, err := atomic.Update(f.path, f.data)
		if err != nil {
			return changed, err
		}
		if written {
			changed = append(changed, f.path)
		}
	}
	return changed, nil
}
