package paired

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"unicode"

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
	text := lineEnds.Replace(string(nc.Source))
	if len(nc.Attachments) > 0 {
		return nil, errors.New("an image is pasted into it; save the image as a file and link to that")
	}
	if nc.Type != nbformat.Code {
		text = trimLines(text, nc.Type == nbformat.Markdown)
	}
	switch text = strings.TrimLeft(strings.TrimRight(text, " \t\n"), "\n"); {
	case text == "":
		return nil, nil
	case nc.Type == nbformat.Markdown:
		return []Cell{{Kind: Text, Source: text}}, nil
	case nc.Type == nbformat.Raw:
		mime, _ := nc.Metadata["raw_mimetype"].(string)
		return []Cell{{Kind: Raw, Mime: mime, Source: text}}, nil
	case nc.Type != nbformat.Code:
		return nil, fmt.Errorf("its type is %q, want code, markdown or raw", nc.Type)
	}
	return fromCode(nc, text)
}

// lineEnds makes all ends of lines Go's; a byte order mark, which Go refuses, is nothing to see.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\ufeff", "")

// fromCode is [fromCell] for a code cell whose code is text.
func fromCode(nc *nbformat.Cell, text string) ([]Cell, error) {
	lines := strings.Split(text, "\n")
	kinds := lineKinds(text)
	var marks []int
	for i, line := range lines {
		if kinds[i] < command {
			continue
		}
		if lines[i] = strings.TrimRightFunc(line, unicode.IsSpace); lines[i] != line && strings.HasSuffix(lines[i], `\`) {
			return nil, fmt.Errorf("line %d: blanks behind the \\ that continues a command; take them away", i+1)
		}
		switch word, rest := cutWord(strings.TrimPrefix(line, gonbPrefix)); {
		case kinds[i] == continued:
		case isMain(line) && rest != "":
			return nil, fmt.Errorf("line %d: %s: an Example takes no arguments", i+1, line)
		case isMain(line):
			marks = append(marks, i)
		case strings.HasPrefix(word, "%%") || word == "%test" || word == "%exec" || word == "%wasm":
			return nil, fmt.Errorf("line %d: %s cells have no Go form", i+1, word)
		}
	}
	if len(marks) > 1 {
		return nil, fmt.Errorf("line %d: a second %%%%, which GoNB does not survive; split the cell", marks[1]+1)
	}
	var cells []Cell
	var err error
	if len(marks) == 0 {
		cells, err = fromDeclarations(strings.Join(lines, "\n"), exampleFor(nc.ID))
	} else {
		cells, err = fromProgram(nc, lines, kinds, marks[0])
	}
	if err != nil {
		return nil, err
	}
	missing := countCommands(text) - len(marks)
	for _, c := range cells {
		missing -= countCommands(c.Source)
	}
	if missing != 0 {
		return nil, errors.New("a command of GoNB inside a block of Go, which would run before it; move it out")
	}
	return cells, nil
}

func countCommands(code string) (n int) {
	for _, kind := range lineKinds(code) {
		if kind == command {
			n++
		}
	}
	return n
}

// fromDeclarations reads a cell without %%. A func main, which GoNB runs as it runs %%, is an
// Example called name.
func fromDeclarations(text, name string) ([]Cell, error) {
	text = mainFunc.ReplaceAllString(text, "func Example_"+name+"() {")
	code := "package p\n" + commands(text, true)
	if _, err := parser.ParseFile(token.NewFileSet(), "line", code, parser.SkipObjectResolution); err != nil {
		return nil, shorten(first("line", err), 1)
	}
	chapter, err := ParseGo("line", []byte("package p\n"+commands(isolated(text), true)))
	if err != nil {
		return nil, shorten(err, 1)
	}
	return chapter.Cells, nil
}

// isolated puts empty lines around commands: in Go they must not be part of a declaration's comment.
func isolated(text string) string {
	var lines []string
	kinds := lineKinds(text)
	for i, line := range strings.Split(text, "\n") {
		if i > 0 && (kinds[i] >= command) != (kinds[i-1] >= command) {
			lines = append(lines, "")
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

var mainFunc = regexp.MustCompile(`(?m)^func main\(\) \{`)

// fromProgram reads a cell with %% on the line mark: what stands above are declarations, but
// for the comment right above, which is the Example's.
func fromProgram(nc *nbformat.Cell, lines []string, kinds []lineKind, mark int) ([]Cell, error) {
	begin := mark
	for begin > 0 && kinds[begin-1] == statement && strings.HasPrefix(lines[begin-1], "//") {
		begin--
	}
	var cells []Cell
	if above := strings.TrimSpace(strings.Join(lines[:begin], "\n")); above != "" {
		var err error
		if cells, err = fromDeclarations(above, exampleFor(nc.ID)); err != nil {
			return nil, err
		}
	}
	doc := strings.Join(lines[begin:mark], "\n")
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
