package paired

import (
	"fmt"
	"go/build/constraint"
	"go/format"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// Go writes the chapter as a Go test file. What is written reads back as the same chapter; it is
// an error if a cell has no such form.
func (c *Chapter) Go(name string) ([]byte, error) {
	var b strings.Builder
	cells := c.Cells
	if len(cells) > 0 && (cells[0].Kind == Text || cells[0].Kind == Raw) {
		b.WriteString(cells[0].goText() + "\n") // The title stands above the package clause.
		cells = cells[1:]
	}
	fmt.Fprintf(&b, "package %s\n", c.Package)
	for i, cell := range cells {
		if i > 0 && cell.declares() && cells[i-1].declares() && !(cells[i-1].imports() && !cell.imports()) {
			b.WriteString("\n//\n") // Keeps their cells apart.
		}
		b.WriteString("\n" + cell.goText())
	}
	text, err := format.Source([]byte(b.String()))
	if err != nil {
		return nil, first(name, err)
	}
	again, err := ParseGo(name, text)
	if err != nil {
		return nil, err
	}
	for i, cell := range c.Cells {
		if i >= len(again.Cells) || !reflect.DeepEqual(cell, again.Cells[i]) {
			return nil, fmt.Errorf("%s: cell %d has no equal Go form: %s", name, i+1, excerpt(cell.Source))
		}
	}
	if len(again.Cells) != len(c.Cells) {
		return nil, fmt.Errorf("%s: %d cells became %d", name, len(c.Cells), len(again.Cells))
	}
	return text, nil
}

func excerpt(s string) string {
	if line, _, more := strings.Cut(s, "\n"); more {
		return line + " …"
	}
	return s
}

// declares tells whether the cell stands in Go as declarations, not as a comment of commands.
func (c *Cell) declares() bool {
	if c.Kind != Code {
		return false
	}
	return slices.ContainsFunc(lineKinds(c.Source), func(k lineKind) bool { return k < command })
}

// imports tells whether the cell is one of imports.
func (c *Cell) imports() bool {
	code := strings.TrimLeft(c.Source, " \t\n")
	for strings.HasPrefix(code, "//") {
		_, code, _ = strings.Cut(code, "\n")
	}
	return c.Kind == Code && (strings.HasPrefix(code, "import ") || strings.HasPrefix(code, "import("))
}

// goText returns the cell as Go text, with a line end, not formatted.
func (c *Cell) goText() string {
	switch c.Kind {
	case Text:
		text := comment(c.Source)
		if rawFence.MatchString(c.Source) {
			text = textPrefix + strings.TrimPrefix(text, "// ")
		}
		return text + "\n"
	case Raw:
		fence := "```"
		for strings.Contains(c.Source, fence) {
			fence += "`"
		}
		mime := c.Mime
		if mime == "" {
			mime = "raw"
		}
		return comment(fence+"{="+mime+"}\n"+c.Source+"\n"+fence) + "\n"
	case Code:
		return commands(c.Source, true) + "\n"
	}
	var b strings.Builder
	if c.Doc != "" {
		b.WriteString(c.Doc + "\n")
	}
	if len(c.Tags) > 0 {
		b.WriteString(tagsPrefix + strings.Join(c.Tags, ",") + "\n")
	}
	fmt.Fprintf(&b, "func Example_%s() {\n", c.Name)
	if c.Source != "" {
		b.WriteString(indent(commands(c.Source, true)) + "\n")
	}
	if c.Output.Checked {
		head := "Output:"
		if c.Output.Unordered {
			head = "Unordered output:"
		}
		kinds := lineKinds(c.Source)
		lastLine := c.Source[strings.LastIndex(c.Source, "\n")+1:]
		if strings.HasPrefix(lastLine, "//") || kinds[len(kinds)-1] >= command || strings.HasSuffix(lastLine, "*/") {
			b.WriteString("\n") // Else both would be one comment.
		}
		b.WriteString(indent(comment(strings.TrimRight(head+"\n"+c.Output.Text, "\n"))) + "\n")
	}
	b.WriteString("}\n")
	return b.String()
}

// comment puts slashes before every line. Go would move a line that begins with +build to the top of the file.
func comment(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRightFunc("// "+line, unicode.IsSpace)
		if constraint.IsPlusBuild(lines[i]) {
			lines[i] = strings.TrimRightFunc(textPrefix+line, unicode.IsSpace)
		}
	}
	return strings.Join(lines, "\n")
}

// indent undoes dedent.
func indent(body string) string {
	lines := strings.Split(body, "\n")
	for i, kind := range lineKinds(body) {
		if kind != inString {
			lines[i] = "\t" + lines[i]
		}
	}
	return strings.Join(lines, "\n")
}
