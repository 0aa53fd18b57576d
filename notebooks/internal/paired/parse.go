package paired

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/scanner"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// source is a Go file with what is needed to cut it by lines.
type source struct {
	name  string
	text  string
	lines []string
	fset  *token.FileSet
	file  *ast.File
}

var gonbLine = regexp.MustCompile(`(?m)^\t*//gonb:[!%].`)

// ParseGo reads the chapter that a Go test file holds. name is for messages alone.
func ParseGo(name string, text []byte) (*Chapter, error) {
	formatted, err := format.Source(text)
	if err != nil {
		return nil, first(name, err)
	}
	if len(gonbLine.FindAll(text, -1)) != len(gonbLine.FindAll(formatted, -1)) {
		return nil, fmt.Errorf("%s: gofmt takes a //gonb: line right above a declaration for its comment: "+
			"leave an empty line between", name)
	}
	s := &source{name: name, text: string(formatted), fset: token.NewFileSet()}
	s.lines = strings.Split(s.text, "\n")
	s.file, err = parser.ParseFile(s.fset, name, formatted, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, first(name, err)
	}
	cells, err := s.cells()
	if err != nil {
		return nil, err
	}
	for i := range cells {
		c := &cells[i]
		if c.Kind == Code {
			c.Source = commands(c.Source, false)
		}
		if err := c.trap(); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return &Chapter{Package: s.file.Name.Name, Cells: cells}, nil
}

// cells cuts the file.
func (s *source) cells() (cells []Cell, err error) {
	join := false // Whether the next declaration continues the last cell.
	for _, span := range s.spans() {
		fn, _ := span.decl.(*ast.FuncDecl)
		switch {
		case span.comment != nil:
			texts, err := s.comment(span.comment)
			if err != nil {
				return nil, err
			}
			cells, join = append(cells, texts...), false
		case fn != nil && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Example"):
			example, err := s.example(fn)
			if err != nil {
				return nil, err
			}
			cells, join = append(cells, example), false
		case join:
			last := &cells[len(cells)-1]
			last.Source += "\n" + strings.Join(s.lines[s.endOfLast(span.start):span.end], "\n")
			join = !isImport(span.decl) || s.importFollows(span.end)
		default:
			code := strings.Join(s.lines[span.start-1:span.end], "\n")
			cells = append(cells, Cell{Kind: Code, Source: code})
			join = !isImport(span.decl) || s.importFollows(span.end)
		}
	}
	return cells, nil
}

// span is a declaration with its comment, or a comment between declarations; start and end
// are its first and last line, counted from 1.
type span struct {
	start, end int
	decl       ast.Decl
	comment    *ast.CommentGroup
}

// spans returns the parts of the file from top to bottom.
func (s *source) spans() []span {
	var spans []span
	for _, d := range s.file.Decls {
		start := s.line(d.Pos())
		if doc := docOf(d); doc != nil {
			start = s.line(doc.Pos())
		}
		spans = append(spans, span{start: start, end: s.line(d.End()), decl: d})
	}
	decls := spans
	for _, group := range s.file.Comments {
		start, end := s.line(group.Pos()), s.line(group.End())
		// A comment that begins on a line of a declaration belongs to it, behind it too.
		if !slices.ContainsFunc(decls, func(d span) bool { return d.start <= start && start <= d.end }) {
			spans = append(spans, span{start: start, end: end, comment: group})
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return a.start - b.start })
	return spans
}

func (s *source) line(p token.Pos) int { return s.fset.PositionFor(p, false).Line }

// endOfLast returns the last line before start that is not blank.
func (s *source) endOfLast(start int) int {
	end := start - 1
	for end > 0 && s.lines[end-1] == "" {
		end--
	}
	return end
}

// importFollows tells whether the declaration after the given line is an import.
func (s *source) importFollows(line int) bool {
	return slices.ContainsFunc(s.file.Decls, func(d ast.Decl) bool { return isImport(d) && s.line(d.Pos()) > line })
}

func isImport(d ast.Decl) bool {
	g, ok := d.(*ast.GenDecl)
	return ok && g.Tok == token.IMPORT
}

func docOf(d ast.Decl) *ast.CommentGroup {
	switch d := d.(type) {
	case *ast.FuncDecl:
		return d.Doc
	case *ast.GenDecl:
		return d.Doc
	}
	return nil
}

// comment returns the cells that a comment between declarations stands for: none if it is
// empty, else a text, a raw text or commands of GoNB.
func (s *source) comment(group *ast.CommentGroup) ([]Cell, error) {
	var lines []string
	command, escaped := true, false
	for _, c := range group.List {
		switch {
		case strings.HasPrefix(c.Text, "/*"):
			return nil, fmt.Errorf("%s:%d: write text between declarations with //, not /*", s.name, s.line(c.Pos()))
		case strings.HasPrefix(c.Text, "//go:"):
			return nil, fmt.Errorf("%s:%d: %s has no place in a chapter", s.name, s.line(c.Pos()), c.Text)
		}
		command = command && strings.HasPrefix(c.Text, gonbPrefix)
		escaped = escaped || strings.HasPrefix(c.Text, textPrefix)
		lines = append(lines, c.Text)
	}
	if command {
		return []Cell{{Kind: Code, Source: strings.Join(lines, "\n")}}, nil
	}
	text := uncomment(lines)
	if text == "" {
		return nil, nil
	}
	if m := rawFence.FindStringSubmatch(text); m != nil && m[1] == m[4] && !escaped {
		return []Cell{{Kind: Raw, Mime: strings.TrimPrefix(m[2], "raw"), Source: m[3]}}, nil
	}
	return []Cell{{Kind: Text, Source: text}}, nil
}

// rawFence is Pandoc's raw attribute: a fenced block marked {=format} passes as it is.
var rawFence = regexp.MustCompile("(?s)^(`{3,})\\{=([^}\\s]+)\\}\n(.*)\n(`{3,})$")

// textPrefix marks a line of a text that Go or this package would otherwise take for something else.
const textPrefix = "//notebook:text "

// uncomment takes the slashes off; lines that are empty at both ends go.
func uncomment(lines []string) string {
	var out []string
	for _, line := range lines {
		text, escaped := strings.CutPrefix(line, textPrefix)
		if !escaped {
			text = strings.TrimPrefix(strings.TrimPrefix(line, "//"), " ")
		}
		out = append(out, text)
	}
	return strings.Trim(strings.Join(out, "\n"), "\n")
}

var (
	exampleName  = regexp.MustCompile(`^Example_([a-z][A-Za-z0-9_]*)$`)
	outputPrefix = regexp.MustCompile(`(?i)^\s*(unordered )?output:[ \t]*`)
)

const tagsPrefix = "//notebook:tags "

// example reads a func Example_name.
func (s *source) example(fn *ast.FuncDecl) (Cell, error) {
	m := exampleName.FindStringSubmatch(fn.Name.Name)
	if m == nil || len(m[1]) > 64 {
		return Cell{}, fmt.Errorf("%s:%d: %s: an Example of a chapter is called Example_name, name in lower case",
			s.name, s.line(fn.Pos()), fn.Name.Name)
	}
	if fn.Type.Params.NumFields() > 0 || fn.Type.Results.NumFields() > 0 || fn.Type.TypeParams != nil {
		return Cell{}, fmt.Errorf("%s:%d: %s takes and returns nothing", s.name, s.line(fn.Pos()), fn.Name.Name)
	}
	cell := Cell{Kind: Example, Name: m[1]}
	if fn.Doc != nil {
		cell.doc(fn.Doc)
	}
	open, end := s.offset(fn.Body.Lbrace)+1, s.offset(fn.Body.Rbrace)
	var last *ast.CommentGroup
	for _, group := range s.file.Comments {
		if group.Pos() > fn.Body.Lbrace && group.End() <= fn.Body.Rbrace {
			last = group
		}
	}
	// As in go/doc, only the last comment counts; one inside a statement does not.
	if last != nil && (len(fn.Body.List) == 0 || last.Pos() > fn.Body.List[len(fn.Body.List)-1].End()) {
		if m := outputPrefix.FindStringSubmatch(last.Text()); m != nil {
			end = s.offset(last.Pos())
			cell.Output = readOutput(last, m[1] != "")
		}
	}
	cell.Source = commands(dedent(s.text[open:end]), false)
	return cell, nil
}

func (s *source) offset(p token.Pos) int { return s.fset.PositionFor(p, false).Offset }

// doc takes over the comment of an Example, without the line for tags.
func (c *Cell) doc(group *ast.CommentGroup) {
	var lines []string
	for _, comment := range group.List {
		if tags, ok := strings.CutPrefix(comment.Text, tagsPrefix); ok {
			c.Tags = append(c.Tags, strings.Split(strings.TrimSpace(tags), ",")...)
			continue
		}
		lines = append(lines, comment.Text)
	}
	slices.Sort(c.Tags)
	for len(lines) > 0 && lines[len(lines)-1] == "//" { // gofmt sets directives apart.
		lines = lines[:len(lines)-1]
	}
	c.Doc = strings.Join(lines, "\n")
}

func readOutput(group *ast.CommentGroup, unordered bool) Output {
	var lines []string
	for _, c := range group.List {
		lines = append(lines, c.Text)
	}
	text := uncomment(lines)
	text = text[len(outputPrefix.FindString(text)):]
	return Output{Checked: true, Unordered: unordered, Text: strings.Trim(text, "\n")}
}

// dedent takes one tab off every line that does not begin inside a raw string.
func dedent(body string) string {
	lines := strings.Split(body, "\n")
	for i, kind := range lineKinds(body) {
		if kind != inString {
			lines[i] = strings.TrimPrefix(lines[i], "\t")
		}
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// trap refuses what GoNB, which reads line by line, would misunderstand.
func (c *Cell) trap() error {
	if c.Kind != Code && c.Kind != Example {
		return nil
	}
	kinds := lineKinds(c.Source)
	for i, line := range strings.Split(c.Source, "\n") {
		if inside := kinds[i] == inString || kinds[i] == inComment; inside &&
			(isCommand(line) || strings.HasPrefix(line, "package")) {
			return fmt.Errorf("GoNB would not see that the line %q is inside a string or comment: begin it with a blank", line)
		}
	}
	return nil
}

// first shortens the errors of the parser to one line.
func first(name string, err error) error {
	if list, ok := err.(scanner.ErrorList); ok && len(list) > 0 {
		return fmt.Errorf("%s:%d:%d: %s", name, list[0].Pos.Line, list[0].Pos.Column, list[0].Msg)
	}
	return fmt.Errorf("%s: %w", name, err)
}
