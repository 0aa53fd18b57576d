// Package nbformat reads and writes Jupyter notebooks, format 4.5, laid out as Jupyter lays
// them out: keys sorted, one blank of indentation, texts as lists of lines.
//
// Start with [Notebook]. https://nbformat.readthedocs.io/en/latest/format_description.html
package nbformat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"gptbook/internal/atomic"
)

// Notebook is one .ipynb file.
type Notebook struct {
	Cells    []Cell         `json:"cells"`
	Metadata map[string]any `json:"metadata"`
	Format   int            `json:"nbformat"`
	Minor    int            `json:"nbformat_minor"`
}

// The types of a cell.
const (
	Code     = "code"
	Markdown = "markdown"
	Raw      = "raw"
)

// Cell is a cell of any type; Count and Outputs are for code alone.
type Cell struct {
	Attachments map[string]any `json:"attachments,omitempty"`
	Type        string         `json:"cell_type"`
	Count       *int           `json:"execution_count"` // nil if not executed
	ID          string         `json:"id"`
	Metadata    map[string]any `json:"metadata"`
	Outputs     []Output       `json:"outputs"`
	Source      Text           `json:"source"`
}

// Output is one output of a code cell: text of a stream, displayed data or an error.
type Output map[string]any

// Text is a string that is stored as a list of lines.
type Text string

// Read reads the notebook at path.
func Read(path string) (*Notebook, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var nb Notebook
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	decoder.UseNumber() // Numbers come back as they were written.
	if err := decoder.Decode(&nb); err != nil {
		return nil, fmt.Errorf("%s is not a notebook: %w", path, err)
	}
	if nb.Format != 4 {
		return nil, fmt.Errorf("%s has notebook format %d, want 4", path, nb.Format)
	}
	return &nb, nil
}

// Write writes nb to path, whole or not at all, and reports whether the file changed.
func (nb *Notebook) Write(path string) (changed bool, err error) {
	data, err := nb.Bytes()
	if err != nil {
		return false, fmt.Errorf("%s: %w", path, err)
	}
	return atomic.Update(path, data)
}

// Bytes returns nb as it stands in its file.
func (nb *Notebook) Bytes() ([]byte, error) {
	return marshal(nb)
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	err := encoder.Encode(v)
	return []byte(asPython.Replace(b.String())), err
}

// asPython undoes the one escape of Go's that Python does not make.
var asPython = strings.NewReplacer(`\\`, `\\`, `\u2028`, "\u2028", `\u2029`, "\u2029")

// MarshalJSON leaves out of text cells what belongs to code.
func (c Cell) MarshalJSON() ([]byte, error) {
	if c.Metadata == nil {
		c.Metadata = map[string]any{}
	}
	if c.Outputs == nil {
		c.Outputs = []Output{}
	}
	if c.Type == Code {
		type plain Cell // Cell without this method.
		return marshal(plain(c))
	}
	return marshal(struct {
		Attachments map[string]any `json:"attachments,omitempty"`
		Type        string         `json:"cell_type"`
		ID          string         `json:"id"`
		Metadata    map[string]any `json:"metadata"`
		Source      Text           `json:"source"`
	}{c.Attachments, c.Type, c.ID, c.Metadata, c.Source})
}

// MarshalJSON writes the lines, each with its end.
func (t Text) MarshalJSON() ([]byte, error) {
	lines := []string{}
	for rest := string(t); rest != ""; {
		end := len(rest)
		if m := lineEnd.FindStringIndex(rest); m != nil {
			end = m[1]
		}
		lines, rest = append(lines, rest[:end]), rest[end:]
	}
	return marshal(lines)
}

// lineEnd is where Python's splitlines cuts.
var lineEnd = regexp.MustCompile("\r\n|[\n\v\f\r\x1c-\x1e\u0085\u2028\u2029]")

// UnmarshalJSON reads a string or a list of lines.
func (t *Text) UnmarshalJSON(data []byte) error {
	var lines []string
	if json.Unmarshal(data, &lines) == nil {
		*t = Text(strings.Join(lines, ""))
		return nil
	}
	return json.Unmarshal(data, (*string)(t))
}

// Tags returns the tags of the cell.
func (c *Cell) Tags() []string {
	var tags []string
	list, _ := c.Metadata["tags"].([]any)
	for _, tag := range list {
		if s, ok := tag.(string); ok {
			tags = append(tags, s)
		}
	}
	return tags
}

// SetTags replaces the tags of the cell; without tags there is no list of them.
func (c *Cell) SetTags(tags []string) {
	if len(tags) == 0 {
		delete(c.Metadata, "tags")
		return
	}
	list := make([]any, len(tags))
	for i, tag := range slices.Sorted(slices.Values(tags)) {
		list[i] = tag
	}
	c.Metadata["tags"] = list
}

// Stdout returns what the cell printed.
func (c *Cell) Stdout() string {
	var b strings.Builder
	for _, o := range c.Outputs {
		if o.IsStream("stdout") {
			b.WriteString(o.Text())
		}
	}
	return b.String()
}

// Stream returns text on a stream, stdout or stderr.
func Stream(name, text string) Output {
	return Output{"output_type": "stream", "name": name, "text": Text(text)}
}

// IsStream tells whether o is text on the stream called name.
func (o Output) IsStream(name string) bool {
	return o["output_type"] == "stream" && o["name"] == name
}

// Text returns the text of a stream.
func (o Output) Text() string {
	switch text := o["text"].(type) {
	case Text:
		return string(text)
	case string:
		return text
	case []any:
		var b strings.Builder
		for _, line := range text {
			s, _ := line.(string)
			b.WriteString(s)
		}
		return b.String()
	}
	return ""
}
