package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// chapterFile is a file whose code is also read in a notebook, where there is less room.
var chapterFile = regexp.MustCompile(`(^|/)notebooks/\d\d_[^/]+/[^/]+_test\.go$`)

// widest is how many characters a line of code may have, a tab counting as one.
func widest(path string) int {
	if chapterFile.MatchString(path) {
		return 100
	}
	return 120
}

func TestWidth(t *testing.T) {
	cmd := exec.Command("go", "list", "-f", `{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}
{{end}}{{range .TestGoFiles}}{{$d}}/{{.}}
{{end}}{{range .XTestGoFiles}}{{$d}}/{{.}}
{{end}}{{range .IgnoredGoFiles}}{{$d}}/{{.}}
{{end}}`, "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	files := strings.Fields(string(out))
	if len(files) < 100 {
		t.Errorf("found %d files, is this the module's root?", len(files))
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		short, _ := filepath.Rel(root, path)
		for line, width := range wide(t, filepath.ToSlash(short), string(text)) {
			if width > 0 {
				t.Errorf("%s:%d: %d characters, want %d at most", short, line+1, width, widest(filepath.ToSlash(short)))
			}
		}
	}
}

// wide returns for each line of a Go file its width if that is too large, else 0. Lines that cannot be broken may
// have any width: those of raw strings, of what an Example prints, of directives, and the texts of chapters, which
// hold a sentence each.
func wide(t *testing.T, path, text string) []int {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(text, "\n")
	widths := make([]int, len(lines))
	for i, line := range lines {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\r")); n > widest(path) {
			widths[i] = n
		}
	}
	free := func(n ast.Node) {
		first, last := fset.PositionFor(n.Pos(), false).Line, fset.PositionFor(n.End(), false).Line
		clear(widths[first-1 : last])
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && strings.Contains(lit.Value, "\n") {
			free(lit)
		}
		return true
	})
	for _, group := range file.Comments {
		if output.MatchString(group.Text()) || chapterFile.MatchString(path) && floats(file, group) {
			free(group)
		}
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, "//go:") {
				free(c)
			}
		}
	}
	return widths
}

var output = regexp.MustCompile(`(?i)^\s*(unordered )?output:`)

// floats tells whether a comment stands between the declarations of file and is not that of one.
func floats(file *ast.File, group *ast.CommentGroup) bool {
	for _, decl := range file.Decls {
		begin := decl.Pos()
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Doc != nil {
				begin = d.Doc.Pos()
			}
		case *ast.GenDecl:
			if d.Doc != nil {
				begin = d.Doc.Pos()
			}
		}
		if begin <= group.Pos() && group.Pos() <= decl.End()+1 {
			return false
		}
	}
	return true
}

func TestWide(t *testing.T) {
	long := strings.Repeat("é", 119)
	text := "// " + long + "\n\npackage p\n\n// " + long + "\n\n// " + long + "\nvar a = `\n" + long + long + "`\n\n" +
		"//go:embed " + long + "\nvar b = \"" + long + "\" // b\n\nfunc ExampleA() {\n\t// " + long +
		"\n\tx()\n\t// Output:\n\t// " + long + "\n}\n"
	for path, want := range map[string][]int{
		"gpt/gpt.go":                             {1, 5, 7, 12, 15},
		"notebooks/05_bert/bert_test.go":         {7, 12, 15},
		"notebooks/05_bert/exercises/x_test.go":  {1, 5, 7, 12, 15},
		"notebooks/internal/paired/pair_test.go": {1, 5, 7, 12, 15},
	} {
		var got []int
		for i, width := range wide(t, path, text) {
			if width > 0 {
				got = append(got, i+1)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: lines %v, want %v", path, got, want)
		}
	}
}
