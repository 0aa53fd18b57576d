package paired

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/tools/imports"

	"gptbook/notebooks/internal/nbformat"
)

// keep fills in what the Example promises to print, from the notebook or, where the notebook
// has not executed the cell, from the Go file. An Output comment in the cell itself stands.
func (o *Output) keep(nc *nbformat.Cell, old *Chapter, name string) {
	tags := nc.Tags()
	if o.Checked || slices.Contains(tags, tagNoTest) {
		return
	}
	if old != nil {
		i := slices.IndexFunc(old.Cells, func(c Cell) bool { return c.Kind == Example && c.Name == name })
		if i >= 0 && (nc.Count == nil || old.Cells[i].Output.printed(nc.Stdout())) {
			*o = old.Cells[i].Output
			return
		}
	}
	if nc.Count == nil && nc.Stdout() == "" {
		return
	}
	var lines []string
	for line := range strings.SplitSeq(nc.Stdout(), "\n") {
		lines = append(lines, strings.TrimRightFunc(line, unicode.IsSpace))
	}
	*o = Output{Checked: true, Unordered: slices.Contains(tags, tagUnordered),
		Text: strings.Trim(strings.Join(lines, "\n"), "\n")}
	o.Text = strings.TrimLeft(o.Text, " \t") // go test trims both ends.
}

var notInName = regexp.MustCompile(`[^A-Za-z0-9_]+`)

// exampleFor turns the id of a cell into the name of an Example. The long random ids that
// Jupyter gives are cut to their first eight digits.
func exampleFor(id string) string {
	name := notInName.ReplaceAllString(id, "_")
	if randomID.MatchString(id) {
		name = "cell_" + id[:8]
	}
	if name == "" || name[0] < 'a' || name[0] > 'z' {
		name = "cell_" + name
	}
	return name[:min(len(name), 60)]
}

var randomID = regexp.MustCompile(`^[0-9a-f]{8}(-?[0-9a-f]{4}){0,3}(-?[0-9a-f]{12})?$`)

// unique returns name, or name with a number behind it if it is taken, and takes it.
func unique(name string, taken map[string]bool) string {
	free := name
	for n := 2; taken[free]; n++ {
		free = name[:min(len(name), 58)] + "_" + strconv.Itoa(n)
	}
	taken[free] = true
	return free
}

// trimLines drops the blanks at the ends of lines, and form feeds, as gofmt would. Two blanks mean a line
// break in Markdown, for which a backslash stands as well.
func trimLines(text string, markdown bool) string {
	lines := strings.Split(formFeeds.Replace(text), "\n")
	code := fenced(lines)
	for i, line := range lines {
		trimmed := strings.TrimRightFunc(line, unicode.IsSpace)
		inParagraph := i+1 < len(lines) && strings.TrimSpace(lines[i+1]) != "" && trimmed != ""
		if markdown && !code[i] && inParagraph && strings.HasSuffix(line, "  ") {
			trimmed += `\`
		}
		lines[i] = trimmed
	}
	return strings.Join(lines, "\n")
}

var formFeeds = strings.NewReplacer("\f", " ", "\v", " ")

// fence is the first line of fenced code in Markdown, also in a list or a quotation.
var fence = regexp.MustCompile("^[ \t>]*(`{3,}|~{3,})([^`]*)$")

// fenced tells which lines of Markdown belong to fenced code, its fences included.
func fenced(lines []string) []bool {
	code := make([]bool, len(lines))
	open := "" // the fence that is open
	for i, line := range lines {
		m := fence.FindStringSubmatch(line)
		code[i] = open != "" || m != nil
		switch {
		case m == nil:
		case open == "":
			open = m[1]
		case strings.HasPrefix(m[1], open) && strings.TrimSpace(m[2]) == "":
			open = ""
		}
	}
	return code
}

// redeclared finds what GoNB allows and Go does not: a name declared by two cells.
func (c *Chapter) redeclared() error {
	first := map[string]int{}
	for i, cell := range c.Cells {
		if cell.Kind != Code {
			continue
		}
		for _, name := range cell.declared() {
			if j, ok := first[name]; ok && j != i {
				return fmt.Errorf("%s is declared by two cells, first in %q, then in %q; keep one", name,
					excerpt(c.Cells[j].Source), excerpt(cell.Source))
			}
			first[name] = i
		}
	}
	return nil
}

// parse parses the declarations of a code cell.
func (c *Cell) parse() *ast.File {
	file, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+commands(c.Source, true),
		parser.SkipObjectResolution)
	if err != nil {
		return &ast.File{} // Checked when the cell was read.
	}
	return file
}

// declared returns the names that a code cell declares; methods as Type.Name.
func (c *Cell) declared() (names []string) {
	for _, d := range c.parse().Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			name := d.Name.Name
			if d.Recv != nil && len(d.Recv.List) == 1 {
				name = receiver(d.Recv.List[0].Type) + "." + name
			}
			names = append(names, name)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					names = append(names, spec.Name.Name)
				case *ast.ValueSpec:
					for _, id := range spec.Names {
						names = append(names, id.Name)
					}
				}
			}
		}
	}
	return slices.DeleteFunc(names, func(n string) bool { return n == "_" || n == "init" })
}

func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// hoistImports moves all imports to one cell, before the first that is not text: Go wants
// them on top, a notebook may import anywhere.
func (c *Chapter) hoistImports() error {
	isImports := func(cell Cell) bool { return cell.imports() }
	at := slices.IndexFunc(c.Cells, isImports)
	if at < 0 {
		return nil
	}
	all := c.Cells[at]
	var more []string
	have := map[string]bool{}
	note := func(cell *Cell, list *[]string) {
		for _, spec := range cell.parse().Imports {
			line := spec.Path.Value
			if spec.Name != nil {
				line = spec.Name.Name + " " + line
			}
			if !have[line] && list != nil {
				*list = append(*list, line)
			}
			have[line] = true
		}
	}
	note(&all, nil)
	for _, cell := range c.Cells[at+1:] {
		if cell.imports() {
			note(&cell, &more)
		}
	}
	if len(more) > 0 {
		all.Source = all.Source + "\nimport (\n\t" + strings.Join(more, "\n\t") + "\n)"
		joined, err := imports.Process("", []byte("package p\n"+all.Source+"\n"), &imports.Options{
			Comments: true, TabIndent: true, TabWidth: 8, FormatOnly: true})
		if err != nil {
			return err
		}
		parsed, err := ParseGo("imports", joined)
		if err != nil {
			return err
		}
		all = parsed.Cells[0]
	}
	c.Cells = slices.DeleteFunc(c.Cells, isImports)
	top := slices.IndexFunc(c.Cells, func(cell Cell) bool { return cell.Kind == Code || cell.Kind == Example })
	if top < 0 {
		top = len(c.Cells)
	}
	// Imports that stood between texts stay there.
	c.Cells = slices.Insert(c.Cells, min(at, top), all)
	return nil
}

var atLine = regexp.MustCompile(`^line:(\d+)(:\d+)?: `)

// shorten turns "line:7:3: message" of a parsed cell into "line 5: message".
func shorten(err error, offset int) error {
	m := atLine.FindStringSubmatch(err.Error())
	if m == nil {
		return fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "line: "))
	}
	line, _ := strconv.Atoi(m[1])
	return fmt.Errorf("line %d: %s", max(line-offset, 1), err.Error()[len(m[0]):])
}
