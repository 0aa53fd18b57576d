package paired

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gptbook/notebooks/internal/nbformat"
)

const (
	tagNoTest    = "notest"    // An Example without Output: compiled, not run by go test.
	tagUnordered = "unordered" // "Unordered output:"
)

// FromNotebook reads the chapter that a notebook holds. old is the chapter as it was in Go,
// or nil: its Outputs stand for those of cells that the notebook has not executed. name is for
// messages alone, which count the cells from 1.
func FromNotebook(name string, nb *nbformat.Notebook, old *Chapter) (*Chapter, error) {
	chapter := &Chapter{Package: "chapter_test"}
	if old != nil {
		chapter.Package = old.Package
	}
	names := map[string]bool{}
	for i := range nb.Cells {
		cells, err := fromCell(&nb.Cells[i])
		if err != nil {
			return nil, fmt.Errorf("%s: cell %d: %w", name, i+1, err)
		}
		for _, c := range cells {
			if c.Kind == Example {
				c.Name = unique(c.Name, names)
				c.Output.keep(&nb.Cells[i], old, c.Name)
			}
			chapter.Cells = append(chapter.Cells, c)
		}
	}
	if err := chapter.redeclared(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return chapter, chapter.hoistImports()
}

// fromCell returns the cells of a chapter that one cell of a notebook makes.
func fromCell(nc *nbformat.Cell) ([]Cell, error) {
	text := strings.TrimRight(strings.ReplaceAll(string(nc.Source), "\r\n", "\n"), " \t\n")
	text = strings.TrimLeft(text, "\n")
	if len(nc.Attachments) > 0 {
		return nil, errors.New("an image is pasted into it; save the image as a file and link to that")
	}
	switch {
	case text == "":
		return nil, nil
	case nc.Type == nbformat.Markdown:
		return []Cell{{Kind: Text, Source: hardBreaks(text)}}, nil
	case nc.Type == nbformat.Raw:
		mime, _ := nc.Metadata["raw_mimetype"].(string)
		return []Cell{{Kind: Raw, Mime: mime, Source: text}}, nil
	}
	lines := strings.Split(text, "\n")
	inside := insideToken(text)
	var marks []int
	for i, line := range lines {
		line = strings.TrimPrefix(line, gonbPrefix)
		switch word, rest, _ := strings.Cut(line, " "); {
		case inside[i] != 0 || !strings.HasPrefix(line, "%"):
		case word == "%%" || word == "%main":
			if strings.TrimSpace(rest) != "" {
				return nil, fmt.Errorf("line %d: %s: an Example takes no arguments", i+1, line)
			}
			marks = append(marks, i)
		case strings.HasPrefix(line, "%%") || word == "%test" || word == "%exec" || word == "%wasm":
			return nil, fmt.Errorf("line %d: %s cells have no Go form", i+1, word)
		}
	}
	if len(marks) == 0 {
		return fromDeclarations(text, exampleFor(nc.ID))
	}
	if len(marks) > 1 {
		return nil, fmt.Errorf("line %d: a second %%%%, which GoNB does not survive; split the cell", marks[1]+1)
	}
	return fromProgram(nc, lines, marks[0])
}

// fromDeclarations reads a cell without %%. A func main, which GoNB runs as it runs %%, is an
// Example called name.
func fromDeclarations(text, name string) ([]Cell, error) {
	text = mainFunc.ReplaceAllString(text, "func Example_"+name+"() {")
	chapter, err := ParseGo("line", []byte("package p\n"+commands(text, true)))
	if err != nil {
		return nil, shorten(err, 1)
	}
	return chapter.Cells, nil
}

var mainFunc = regexp.MustCompile(`(?m)^func main\(\) \{`)

// fromProgram reads a cell with %% on the line mark: what stands above are declarations, but
// for the comment right above, which is the Example's.
func fromProgram(nc *nbformat.Cell, lines []string, mark int) ([]Cell, error) {
	begin := mark
	for begin > 0 && (strings.HasPrefix(lines[begin-1], "//") || isCommand(lines[begin-1])) {
		begin--
	}
	var cells []Cell
	if above := strings.TrimSpace(strings.Join(lines[:begin], "\n")); above != "" {
		var err error
		if cells, err = fromDeclarations(above, exampleFor(nc.ID)); err != nil {
			return nil, err
		}
	}
	doc := commands(strings.Join(lines[begin:mark], "\n"), true)
	body := indent(commands(strings.Join(lines[mark+1:], "\n"), true))
	text := fmt.Sprintf("package p\n%s\nfunc Example_%s() {\n%s\n}\n", doc, exampleFor(nc.ID), body)
	chapter, err := ParseGo("line", []byte(text))
	if err != nil {
		return nil, shorten(err, 1+max(mark-begin, 1)-mark)
	}
	if len(chapter.Cells) != 1 || chapter.Cells[0].Kind != Example {
		return nil, fmt.Errorf("line %d: declarations after %%%%; move them above it or to a cell of their own", mark+2)
	}
	program := chapter.Cells[0]
	for _, tag := range nc.Tags() {
		if tag != tagNoTest && tag != tagUnordered {
			program.Tags = append(program.Tags, tag)
		}
	}
	slices.Sort(program.Tags)
	return append(cells, program), nil
}
