package archtest

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/doc"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A name in brackets in a doc comment is a link, and go doc shows where it leads; one that leads nowhere is the trace
// of a symbol that was renamed or moved.
func TestDocLinksResolve(t *testing.T) {
	others := library{}
	for _, p := range packages(t) {
		documented, err := document(p.ImportPath, p.Dir, p.GoFiles)
		if err != nil {
			t.Fatal(err)
		}
		for _, problem := range documented.deadLinks(others) {
			t.Error(problem)
		}
	}
}

func TestDeadLinksAreFound(t *testing.T) {
	documented, err := document("x", "testdata/deadlinks", []string{"x.go"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, problem := range documented.deadLinks(library{}) {
		_, what, _ := strings.Cut(problem, ": ")
		got = append(got, what)
	}
	want := []string{
		"[Lost] is nothing of this package", "[strings.…]: the files here import no such package",
		"[hidden] is not exported, so go doc cannot link to it: leave out the brackets",
		"[Kept.Gone] is nothing of this package", "[io.Nothing] is nothing of io",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// documentation is a package's files and what go doc makes of them.
type documentation struct {
	*doc.Package
	files []*ast.File
	fset  *token.FileSet
}

func document(path, dir string, names []string) (*documentation, error) {
	d := &documentation{fset: token.NewFileSet()}
	for _, name := range names {
		file, err := parser.ParseFile(d.fset, filepath.Join(dir, name), nil,
			parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		d.files = append(d.files, file)
	}
	var err error
	d.Package, err = doc.NewFromFiles(d.fset, d.files, path, doc.AllDecls|doc.PreserveAST)
	return d, err
}

// lowerCase finds what looks like a link to a name that is not exported: go doc prints it with its brackets.
var lowerCase = regexp.MustCompile(`(?:^|[\s(])\[([a-z]\w+)\]`)

// notLinks are what stands in brackets for another reason: dimensions, and the tokens of BERT.
var notLinks = map[string]bool{"B": true, "C": true, "K": true, "N": true, "P": true, "T": true, "V": true,
	"CLS": true, "SEP": true, "MASK": true, "UNK": true, "PAD": true}

// deadLinks lists the links that lead nowhere, of all comments of declarations and fields.
func (d *documentation) deadLinks(others library) (problems []string) {
	var where token.Pos
	var text string
	report := func(format string, args ...any) {
		at := d.fset.Position(where)
		problems = append(problems, fmt.Sprintf("%s:%d: %s", at.Filename, at.Line, fmt.Sprintf(format, args...)))
	}
	links := d.Parser()
	symbol, imported := links.LookupSym, links.LookupPackage
	links.LookupSym = func(recv, name string) bool {
		found := symbol(recv, name)
		if !found && !notLinks[name] {
			report("[%s] is nothing of this package", dotted(recv, name))
		}
		return found
	}
	links.LookupPackage = func(name string) (path string, found bool) {
		if path, found = imported(name); !found && token.IsIdentifier(name) && strings.Contains(text, "["+name+".") {
			report("[%s.…]: the files here import no such package", name)
		}
		return path, found
	}
	for _, file := range d.files {
		ast.Inspect(file, func(n ast.Node) bool {
			group, ok := n.(*ast.CommentGroup)
			if !ok {
				return true
			}
			where, text = group.Pos(), group.Text()
			for _, link := range docLinks(links.Parse(text).Content) {
				if link.ImportPath != "" && !others.has(link) {
					report("[%s] is nothing of %s",
						dotted(filepath.Base(link.ImportPath), link.Recv, link.Name), link.ImportPath)
				}
			}
			if group != file.Doc {
				return true // an editor follows names that are not exported, too
			}
			for _, m := range lowerCase.FindAllStringSubmatch(text, -1) {
				if d.declares(m[1]) {
					report("[%s] is not exported, so go doc cannot link to it: leave out the brackets", m[1])
				}
			}
			return true
		})
	}
	return problems
}

func dotted(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), ".")
}

// docLinks collects the links of blocks.
func docLinks(blocks []comment.Block) (links []*comment.DocLink) {
	add := func(text []comment.Text) {
		for _, piece := range text {
			if link, ok := piece.(*comment.DocLink); ok {
				links = append(links, link)
			}
		}
	}
	for _, block := range blocks {
		switch b := block.(type) {
		case *comment.Paragraph:
			add(b.Text)
		case *comment.Heading:
			add(b.Text)
		case *comment.List:
			for _, item := range b.Items {
				links = append(links, docLinks(item.Content)...)
			}
		}
	}
	return links
}

// declares says whether the package has a function, type, variable or constant of that name.
func (d *documentation) declares(name string) bool {
	for _, file := range d.files {
		for _, decl := range file.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if decl.Recv == nil && decl.Name.Name == name {
					return true
				}
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						if spec.Name.Name == name {
							return true
						}
					case *ast.ValueSpec:
						for _, id := range spec.Names {
							if id.Name == name {
								return true
							}
						}
					}
				}
			}
		}
	}
	return false
}

// library is the packages that comments link to, read when they are asked for.
type library map[string]*documentation

// has says whether what the link names is there.
func (l library) has(link *comment.DocLink) bool {
	d, read := l[link.ImportPath]
	if !read {
		if p, err := build.Import(link.ImportPath, root, 0); err == nil {
			d, _ = document(p.ImportPath, p.Dir, p.GoFiles)
		}
		l[link.ImportPath] = d
	}
	return d != nil && (link.Name == "" || d.Parser().LookupSym(link.Recv, link.Name))
}
