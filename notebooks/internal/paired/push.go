package paired

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"gptbook/notebooks/internal/nbformat"
)

// Notebook writes the chapter as a notebook. From old, which may be nil, it keeps the ids and the
// metadata of the cells, and the outputs of those whose code is the same.
func (c *Chapter) Notebook(old *nbformat.Notebook) *nbformat.Notebook {
	nb := &nbformat.Notebook{Metadata: map[string]any{}}
	if old != nil {
		nb.Metadata = maps.Clone(old.Metadata)
	}
	pairs := c.pair(old)
	taken := map[string]bool{}
	for _, cell := range c.Cells { // The names of Examples are theirs.
		taken[cell.Name] = true
	}
	for i, cell := range c.Cells {
		nc := nbformat.Cell{Type: nbTypes[cell.Kind], Source: nbformat.Text(cell.notebookText()), Metadata: map[string]any{}}
		var before *nbformat.Cell
		if pairs[i] >= 0 {
			before = &old.Cells[pairs[i]]
			nc.ID = before.ID
			if before.Metadata != nil {
				nc.Metadata = maps.Clone(before.Metadata)
			}
		}
		switch cell.Kind {
		case Example:
			nc.ID = cell.Name
			nc.SetTags(cell.notebookTags())
		case Raw:
			if delete(nc.Metadata, "raw_mimetype"); cell.Mime != "" {
				nc.Metadata["raw_mimetype"] = cell.Mime
			}
		}
		if cell.Kind != Example {
			if !validID.MatchString(nc.ID) {
				nc.ID = kindNames[cell.Kind] + "-" + digest(cell.Source)
			}
			nc.ID = unique(nc.ID, taken)
		}
		cell.outputs(&nc, before)
		nb.Cells = append(nb.Cells, nc)
	}
	nb.Normalise()
	return nb
}

// validID is what the format allows: JupyterLab replaces others.
var validID = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

var (
	nbTypes   = [...]string{Text: nbformat.Markdown, Raw: nbformat.Raw, Code: nbformat.Code, Example: nbformat.Code}
	kindNames = [...]string{Text: "text", Raw: "raw", Code: "code", Example: "example"}
)

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:4])
}

// notebookText returns the source of the cell's notebook form.
func (c *Cell) notebookText() string {
	if c.Kind != Example {
		return c.Source
	}
	text := "%%\n" + c.Source
	if c.Doc != "" {
		text = c.Doc + "\n" + text
	}
	return text
}

func (c *Cell) notebookTags() []string {
	tags := slices.Clone(c.Tags)
	if !c.Output.Checked {
		tags = append(tags, tagNoTest)
	}
	if c.Output.Unordered {
		tags = append(tags, tagUnordered)
	}
	return tags
}

// pair finds for each cell the index of the cell of old that it comes from, or -1: first the
// one with the same content, then the Example of the same name, then the one that follows the
// predecessor's.
func (c *Chapter) pair(old *nbformat.Notebook) []int {
	pairs := slices.Repeat([]int{-1}, len(c.Cells))
	if old == nil {
		return pairs
	}
	used := make([]bool, len(old.Cells))
	match := func(i int, same func(*nbformat.Cell) bool) {
		for j := range old.Cells {
			if nc := &old.Cells[j]; pairs[i] < 0 && !used[j] && nc.Type == nbTypes[c.Cells[i].Kind] && same(nc) {
				pairs[i], used[j] = j, true
			}
		}
	}
	for i, cell := range c.Cells {
		key := cell.key()
		match(i, func(nc *nbformat.Cell) bool { return key == sourceKey(nc) })
	}
	for i, cell := range c.Cells {
		if cell.Kind == Example {
			match(i, func(nc *nbformat.Cell) bool { return nc.ID == cell.Name })
		}
	}
	for i, cell := range c.Cells {
		next := 0
		if i > 0 {
			next = pairs[i-1] + 1
		}
		if cell.Kind != Example && (i == 0 || pairs[i-1] >= 0) && next < len(old.Cells) {
			match(i, func(nc *nbformat.Cell) bool { return nc == &old.Cells[next] && !isProgram(nc) })
		}
	}
	return pairs
}

func isProgram(nc *nbformat.Cell) bool {
	return nc.Type == nbformat.Code && slices.Contains(strings.Split(string(nc.Source), "\n"), "%%")
}

// key identifies the content of the cell: code by its tokens, text letter by letter.
func (c *Cell) key() string {
	return sourceKey(&nbformat.Cell{Type: nbTypes[c.Kind], Source: nbformat.Text(c.notebookText())})
}

func sourceKey(nc *nbformat.Cell) string {
	if nc.Type == nbformat.Code {
		return Digest(string(nc.Source))
	}
	return string(nc.Source)
}

// outputs fills in what nc shows: what it showed before if its code is the same, else the
// promise of its Output comment. Where the two contradict each other the promise stands.
func (c *Cell) outputs(nc, before *nbformat.Cell) {
	if nc.Type != nbformat.Code {
		return
	}
	if before != nil && sourceKey(before) == sourceKey(nc) {
		nc.Count, nc.Outputs = before.Count, before.Outputs
	}
	if !c.Output.Checked || c.Output.printed(nc.Stdout()) {
		return
	}
	nc.Count = nil
	nc.Outputs = slices.DeleteFunc(slices.Clone(nc.Outputs), func(o nbformat.Output) bool { return o.IsStream("stdout") })
	if c.Output.Text != "" {
		nc.Outputs = slices.Insert(nc.Outputs, 0, nbformat.Stream("stdout", c.Output.Text+"\n"))
	}
}

// printed tells whether text keeps the promise, judged as go test does.
func (o *Output) printed(text string) bool {
	want, got := squeeze(o.Text), squeeze(text)
	if o.Unordered {
		slices.Sort(want)
		slices.Sort(got)
	}
	return slices.Equal(want, got)
}

// Promised returns an error if a cell of nb, which has been executed, printed something else than the
// Output comment of its Example says.
func (c *Chapter) Promised(nb *nbformat.Notebook) error {
	for i, cell := range c.Cells {
		if i >= len(nb.Cells) || !cell.Output.Checked || slices.Contains(cell.Tags, "skip-execution") {
			continue
		}
		if got := nb.Cells[i].Stdout(); !cell.Output.printed(got) {
			return fmt.Errorf("cell %d: printed %q, but its Output comment says %q",
				i+1, strings.TrimSpace(got), cell.Output.Text)
		}
	}
	return nil
}

// squeeze drops blanks at the ends of lines and empty lines, which go test's reading of
// comments does not see.
func squeeze(text string) []string {
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		if line = strings.TrimRightFunc(line, unicode.IsSpace); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}
