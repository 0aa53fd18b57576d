package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"gptbook/notebooks/internal/nbformat"
	"gptbook/notebooks/internal/paired"
)

const courseTitle = "ChatGPT from scratch, in Go"

// entry is what the start page and the site tell about one chapter.
type entry struct {
	Number  string  // "5"
	Title   string  // the heading of the first cell, without the number
	Summary string  // its question: the first bold one in the first cell, else the first paragraph
	Link    string  // relative to notebooks/, of the .ipynb
	Minutes float64 // of the last full run, 0 if there was none
}

var (
	heading = regexp.MustCompile(`^# +(?:Chapter +)?(?:\d+ *[.:·–-]? +)?(.*)$`)

	question = regexp.MustCompile(`(?s)\*\*([^*]+\?)\*\*`)
)

// entries reads the chapters' first cells.
func (c *course) entries() ([]entry, error) {
	var entries []entry
	for _, p := range c.all {
		nb, err := nbformat.Read(p.Notebook)
		if errors.Is(err, fs.ErrNotExist) {
			continue // Not synced yet; check says so.
		}
		if err != nil {
			return nil, err
		}
		e, err := describe(p, nb)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func describe(p paired.Pair, nb *nbformat.Notebook) (entry, error) {
	folder := filepath.Base(p.Dir)
	number, _ := strconv.Atoi(folder[:2])
	e := entry{Number: strconv.Itoa(number), Link: folder + "/" + filepath.Base(p.Notebook)}
	if len(nb.Cells) == 0 || nb.Cells[0].Type != nbformat.Markdown {
		return e, fmt.Errorf("%s: the first cell must be its title, \"# Title\", and a paragraph on what it asks", p.Name)
	}
	paragraphs := strings.Split(string(nb.Cells[0].Source), "\n\n")
	m := heading.FindStringSubmatch(strings.TrimSpace(paragraphs[0]))
	if m == nil || len(paragraphs) < 2 {
		return e, fmt.Errorf("%s: the first cell must be \"# Title\", an empty line and a paragraph on what the chapter asks",
			p.Name)
	}
	e.Title, e.Summary = m[1], strings.Join(strings.Fields(paragraphs[1]), " ")
	if m := question.FindStringSubmatch(string(nb.Cells[0].Source)); m != nil {
		e.Summary = strings.Join(strings.Fields(m[1]), " ")
	}
	if run, ok := nb.Run(); ok {
		e.Minutes = run.Minutes
	}
	return e, nil
}

const welcome = "# " + courseTitle + `

You are in JupyterLab, with a kernel for Go. Every chapter is a notebook: text, and cells of Go that
you run with **Shift-Enter**, from top to bottom. Change them, break them, run them again: nothing you do here
can hurt the library, and ` + "`git checkout notebooks`" + ` brings every chapter back.

The outputs that you see before you run a cell are those of a full run on two processor cores. Those of chapters 0
to 6 had other programs to run as well: alone they take about half the minutes.`

// startPage returns the notebook that the course opens on.
func (c *course) startPage() (*nbformat.Notebook, error) {
	entries, err := c.entries()
	if err != nil {
		return nil, err
	}
	var table strings.Builder
	table.WriteString("| | Chapter | What it asks | Minutes |\n|---:|:---|:---|---:|\n")
	for _, e := range entries {
		minutes := ""
		if e.Minutes > 0 {
			minutes = fmt.Sprintf("%.1f", e.Minutes)
		}
		fmt.Fprintf(&table, "| %s | [%s](%s) | %s | %s |\n", e.Number, e.Title, e.Link,
			strings.ReplaceAll(e.Summary, "|", `\|`), minutes)
	}
	text := func(id, source string) nbformat.Cell {
		return nbformat.Cell{Type: nbformat.Markdown, ID: id, Source: nbformat.Text(strings.TrimSpace(source))}
	}
	nb := &nbformat.Notebook{Metadata: map[string]any{}, Cells: []nbformat.Cell{
		text("welcome", welcome), text("chapters", table.String()),
	}}
	nb.Normalise()
	return nb, nil
}

func (c *course) startPath() string { return filepath.Join(c.dir, "README.ipynb") }

func (c *course) writeStartPage() (changed bool, err error) {
	nb, err := c.startPage()
	if err != nil {
		return false, err
	}
	return nb.Write(c.startPath())
}

func (c *course) checkStartPage() error {
	nb, err := c.startPage()
	if err != nil {
		return err
	}
	want, err := nb.Bytes()
	if err != nil {
		return err
	}
	if !paired.Holds(c.startPath(), want) {
		return errors.New("notebooks/README.ipynb is out of date: `go run ./notebooks -sync`")
	}
	return nil
}
