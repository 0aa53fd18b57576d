package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gptbook/notebooks/internal/nbformat"
	"gptbook/notebooks/internal/paired"
)

const demoChapter = `// # 1. A demo
//
// Can a test run a notebook?
//
// More.

package demo_test

import "fmt"

// The greeting.

// greet returns a greeting, or an error value as text if name is empty.
func greet(name string) string {
	if name == "" {
		panic("nobody to greet")
	}
	return "hello " + name
}

// It prints:

func Example_greet() {
	fmt.Println(greet("you"))
	// Output:
	// hello you
}
`

// demoCourse makes a course of one chapter in a temporary folder.
func demoCourse(t *testing.T) *course {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, "notebooks")
	put(t, filepath.Join(dir, "01_demo", "demo_test.go"), demoChapter)
	chapters, err := paired.Chapters(dir)
	if err != nil || len(chapters) != 1 {
		t.Fatalf("got %v, %v, want one chapter", chapters, err)
	}
	return &course{root: root, dir: dir, all: chapters}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestSyncAndCheck(t *testing.T) {
	c := demoCourse(t)
	if err := c.check(nil); err == nil || !strings.Contains(err.Error(), "-sync demo") {
		t.Errorf("without a notebook: got %v", err)
	}
	if err := c.sync(nil, paired.Pair.Sync); err != nil {
		t.Fatal(err)
	}
	if err := c.check(nil); err == nil || !strings.Contains(err.Error(), "-run demo") {
		t.Errorf("never run: got %v", err)
	}
	nb, err := nbformat.Read(c.all[0].Notebook)
	if err != nil {
		t.Fatal(err)
	}
	nb.SetRun(nbformat.Run{Code: paired.CodeOf(nb), Size: "full", Minutes: 1.5})
	if _, err := nb.Write(c.all[0].Notebook); err != nil {
		t.Fatal(err)
	}
	if err := c.check(nil); err == nil || !strings.Contains(err.Error(), "README.ipynb is out of date") {
		t.Errorf("other minutes: got %v", err)
	}
	if err := c.sync([]string{"1"}, paired.Pair.Sync); err != nil {
		t.Fatal(err)
	}
	if err := c.check(nil); err != nil {
		t.Errorf("in step: %v", err)
	}
	// As Git for Windows may check them out.
	for _, path := range []string{c.all[0].Go, c.all[0].Notebook, c.startPath()} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		put(t, path, strings.ReplaceAll(string(text), "\n", "\r\n"))
	}
	if err := c.check(nil); err != nil {
		t.Errorf("with CR LF: %v", err)
	}
	start, err := nbformat.Read(c.startPath())
	if err != nil {
		t.Fatal(err)
	}
	row := "| 1 | [A demo](01_demo/demo.ipynb) | Can a test run a notebook? | 1.5 |"
	if !strings.Contains(string(start.Cells[1].Source), row) {
		t.Errorf("the start page lacks %s:\n%s", row, start.Cells[1].Source)
	}
	put(t, c.all[0].Go, strings.Replace(demoChapter, `"hello "`, `"bye "`, 1))
	if err := c.check(nil); err == nil || !strings.Contains(err.Error(), "differ") {
		t.Errorf("edited: got %v", err)
	}
}

func TestPick(t *testing.T) {
	c := &course{}
	for _, dir := range []string{"00_start", "05_bert"} {
		c.all = append(c.all, paired.Pair{Name: dir[3:], Dir: dir})
	}
	for _, arg := range []string{"05_bert", "notebooks/05_bert/", "bert", "5", "05"} {
		if got, err := c.pick([]string{arg}); err != nil || len(got) != 1 || got[0].Name != "bert" {
			t.Errorf("%s: got %v, %v", arg, got, err)
		}
	}
	if got, err := c.pick([]string{"all"}); err != nil || len(got) != 2 {
		t.Errorf("all: got %v, %v", got, err)
	}
	if _, err := c.pick([]string{"gpt9"}); err == nil || err.Error() != `no chapter "gpt9"; have 00_start, 05_bert` {
		t.Errorf("got %v", err)
	}
}

// What a long run brings home must not overwrite what was written meanwhile.
func TestStoreAfterEdit(t *testing.T) {
	c := demoCourse(t)
	if err := c.sync(nil, paired.Pair.Sync); err != nil {
		t.Fatal(err)
	}
	p := c.all[0]
	_, ran, err := p.InStep()
	if err != nil {
		t.Fatal(err)
	}
	put(t, p.Go, strings.Replace(demoChapter, `"hello "`, `"bye "`, 1))
	if _, err := p.Sync(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(p.Notebook)
	if err != nil {
		t.Fatal(err)
	}
	err = c.store(p, ran, "", nil)
	want := "the chapter was edited while it ran (see " + filepath.Join("out", "notebooks", "01_demo", "demo.ipynb") + ")"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if after, err := os.ReadFile(p.Notebook); err != nil || string(after) != string(before) {
		t.Errorf("the chapter was overwritten: %v", err)
	}
	if _, err := os.Stat(filepath.Join(c.root, "out", "notebooks", "01_demo", "demo.ipynb")); err != nil {
		t.Error(err)
	}
}
