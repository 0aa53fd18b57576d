package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gptbook/notebooks/internal/modroot"
	"gptbook/notebooks/internal/paired"
)

// Each sentence of the chapters' paragraphs has a line of its own, so that a change shows what it changes.
func TestOneSentencePerLine(t *testing.T) {
	root, err := modroot.Above(".")
	if err != nil {
		t.Fatal(err)
	}
	chapters, err := paired.Chapters(filepath.Join(root, "notebooks"))
	if err != nil || len(chapters) == 0 {
		t.Fatalf("%d chapters: %v", len(chapters), err)
	}
	for _, p := range chapters {
		text, err := os.ReadFile(p.Go)
		if err != nil {
			t.Fatal(err)
		}
		c, err := paired.ParseGo(p.Go, text)
		if err != nil {
			t.Fatal(err)
		}
		short, _ := filepath.Rel(root, p.Go)
		wanted := map[string]bool{}
		for _, cell := range c.Cells {
			if cell.Kind == paired.Text {
				for line := range strings.SplitSeq(paired.Sentences(cell.Source), "\n") {
					wanted[line] = true
				}
			}
		}
		for _, cell := range c.Cells {
			for line := range strings.SplitSeq(cell.Source, "\n") {
				if cell.Kind == paired.Text && !wanted[line] {
					t.Errorf("%s:%d: not one whole sentence: %.60s …; `go run ./notebooks -format %s`",
						short, lineOf(string(text), line), line, p.Name)
				}
			}
		}
	}
}

// lineOf returns the first line of a Go file, counted from 1, that has words in a comment.
func lineOf(text, words string) int {
	before, _, _ := strings.Cut(text, "// "+words)
	return 1 + strings.Count(before, "\n")
}
