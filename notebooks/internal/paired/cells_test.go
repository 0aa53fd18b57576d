package paired

import (
	"strings"
	"testing"
	"unicode/utf8"

	"gptbook/notebooks/internal/nbformat"
)

// throughGo sends a notebook of one cell to Go and back.
func throughGo(t *testing.T, kind, source string) (text string, after *nbformat.Notebook, err error) {
	t.Helper()
	nb := &nbformat.Notebook{Format: 4, Minor: 5, Cells: []nbformat.Cell{
		{Type: kind, ID: "abc", Source: nbformat.Text(source)}}}
	c, err := FromNotebook("d.ipynb", nb, nil)
	if err != nil {
		return "", nil, err
	}
	data, err := c.Go("d_test.go")
	if err != nil {
		return "", nil, err
	}
	after = mustParse(t, string(data)).Notebook(nb)
	back, err := FromNotebook("d.ipynb", after, c)
	if err != nil {
		t.Fatalf("%q: the notebook that came back is refused: %v", source, err)
	}
	if again := mustGo(t, back); again != string(data) {
		t.Fatalf("%q: Go became other Go:\n%s\n%s", source, data, again)
	}
	return string(data), after, nil
}

// A text is any text.
func FuzzMarkdown(f *testing.F) {
	for _, s := range []string{
		"Intro\n\n+build linux", "+build linux", "  +build a", "//go:build linux", "// +build linux", "go:build x", "+build",
		"```go\n//go:build linux\n// +build x\n+build y\n/* no\n```", "~~~\na  \nb\n~~~", "a  \nb", "/* open", "close */",
		"*/ /*", "```{=html}\n<b>x</b>\n```", "    indented", " \n\nx", "\tx\n\n\ty\t", "a\rb\r\nc", "\ufeffx", "x\u00a0",
		"x\u2028y\f", "//notebook:text x", "notebook:text x", "//gonb:!ls", "!ls \\\n  -l", "%%\nx := 1", "C:\\Users\\\n\\",
		"package p", "line x.go:7", "//line x.go:7", "Output:\nx",
		"| a | b |\n|---|---|", "$$\nx\n$$", strings.Repeat("long ", 20_000), "", "//", "\\", "a\\  \nb",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		if !utf8.ValidString(source) || strings.Contains(source, "\x00") {
			t.Skip("no text")
		}
		text, nb, err := throughGo(t, nbformat.Markdown, source)
		if err != nil {
			t.Fatalf("%q: %v", source, err)
		}
		want := strings.TrimLeft(strings.TrimRight(trimLines(lineEnds.Replace(source), true), "\n"), "\n")
		if want == "" && len(nb.Cells) == 0 {
			return
		}
		if len(nb.Cells) != 1 || string(nb.Cells[0].Source) != want || nb.Cells[0].Type != nbformat.Markdown {
			t.Fatalf("%q: got %+v\nwant %q, by way of\n%s", source, nb.Cells, want, text)
		}
	})
}

// What a code cell may hold, and the Go that it becomes.
func TestCodeCells(t *testing.T) {
	for _, test := range []struct{ source, want string }{
		{"!echo one \\\n  two", "//gonb:!echo one \\\n//gonb:  two\n"},
		{"%env A=1 \\\n\\\n\n!ls  \n", "//gonb:%env A=1 \\\n//gonb:\\\n//gonb:\n//gonb:!ls\n"},
		{"!echo `a \\\n  'b \\\n%% c\n!ls", "//gonb:!echo `a \\\n//gonb:  'b \\\n//gonb:%% c\n//gonb:!ls\n"},
		{"!dir C:\\", "//gonb:!dir C:\\\n"},
		{"//gonb:!ls \\\n//gonb:-l", "//gonb:!ls \\\n//gonb:-l\n"},
		{"// Why.\n!ls\nvar x = 1", "// Why.\n\n//gonb:!ls\n\nvar x = 1\n"},
		{"var x = 1\n!ls \\\n  -l\n// Doc.\n%%\nprintln(x)",
			"var x = 1\n\n//gonb:!ls \\\n//gonb:  -l\n\n// Doc.\nfunc Example_abc() {\n\tprintln(x)\n}\n"},
		{"%%\n!echo one \\\n  two\nprintln(1)",
			"func Example_abc() {\n\t//gonb:!echo one \\\n\t//gonb:  two\n\tprintln(1)\n}\n"},
		{"%main \t\nprintln(\"%%\", `a %% b`)", "func Example_abc() {\n\tprintln(\"%%\", `a %% b`)\n}\n"},
		{"%%\nprintln(`\n %%\n !ls`)", "func Example_abc() {\n\tprintln(`\n %%\n !ls`)\n}\n"},
		{"var path = \"C:\\\\\" // C:\\\nvar y = '\\\\'", "var path = \"C:\\\\\" // C:\\\nvar y = '\\\\'\n"},
		{"//line far.go:900\nvar x = 1", "//line far.go:900\nvar x = 1\n"},
		{"var x = 1\r\n\r\nvar y = `a\r\nb`", "var x = 1\n\nvar y = `a\nb`\n"},
		{"var s = `" + strings.Repeat("x", 1<<20) + "`", "var s = `" + strings.Repeat("x", 1<<20) + "`\n"},
		{"// only words", "// only words\n"},
		{" \n\t\n", ""},
		{"%%", "func Example_abc() {\n}\n"},
	} {
		text, _, err := throughGo(t, nbformat.Code, test.source)
		got := strings.Trim(strings.Replace(text, "package chapter_test\n\n", "", 1), "\n")
		// of a cell that is nothing but text
		got = strings.TrimSuffix(strings.TrimSuffix(got, "package chapter_test"), "\n\n")
		if got != "" {
			got += "\n"
		}
		if err != nil || got != test.want {
			t.Errorf("%.200q: %v, got\n%.300s\nwant\n%.300s", test.source, err, got, test.want)
		}
	}
}

func TestCellsRefused(t *testing.T) {
	for _, test := range []struct{ kind, source, want string }{
		{nbformat.Code, "!echo \\ \n  two", `cell 1: line 1: blanks behind the \ that continues a command; take them away`},
		{nbformat.Code, "!echo one\n  two", "cell 1: line 2: expected declaration"},
		{nbformat.Code, "//gonb:!echo \\\n  two", "cell 1: line 2: expected declaration"},
		{nbformat.Code, "! ", "cell 1: line 1: expected declaration"},
		{nbformat.Code, "func f() {\n!ls\n}", "cell 1: a command of GoNB inside a block of Go"},
		{nbformat.Code, "%%\nif true {\n!ls\n}", "cell 1: a command of GoNB inside a block of Go"},
		{nbformat.Code, "%%\tx\nprintln()", "cell 1: line 1: %%\tx: an Example takes no arguments"},
		{nbformat.Code, "%%bash\nls", "cell 1: line 1: %%bash cells have no Go form"},
		{nbformat.Code, "!a \\\nb\n%test", "cell 1: line 3: %test cells have no Go form"},
		{nbformat.Code, "var s = `\n%%\n`", "GoNB would not see"},
		{nbformat.Code, "// +build x\nvar a int", "//go:build x has no place in a chapter"},
		{nbformat.Code, "var a = 'x\n", "cell 1: line 1: "},
		{nbformat.Markdown, "nul \x00", "illegal character NUL"},
		{"heading", "x", `cell 1: its type is "heading", want code, markdown or raw`},
	} {
		_, _, err := throughGo(t, test.kind, test.source)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: got %v\nwant one line with %s", test.source, err, test.want)
		}
	}
	nb := &nbformat.Notebook{Cells: []nbformat.Cell{{Type: nbformat.Markdown, Source: "![x](attachment:x.png)",
		Attachments: map[string]any{"x.png": 1}}}}
	if _, err := FromNotebook("d.ipynb", nb, nil); err == nil ||
		!strings.Contains(err.Error(), "cell 1: an image is pasted into it") {
		t.Errorf("an attachment: got %v", err)
	}
}

// Ids that the format forbids get others; all are different.
func TestIDs(t *testing.T) {
	long := strings.Repeat("x", 64)
	nb := &nbformat.Notebook{}
	for _, id := range []string{"", "a b", "é", "ok-1_B", "ok-1_B", long, long, long + "y", "../x"} {
		nb.Cells = append(nb.Cells, nbformat.Cell{Type: nbformat.Markdown, ID: id, Source: nbformat.Text("Text of " + id)},
			nbformat.Cell{Type: nbformat.Code, ID: id, Source: "%%\n"})
	}
	c, err := FromNotebook("d.ipynb", nb, nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	after := mustParse(t, mustGo(t, c)).Notebook(nb)
	for i, cell := range after.Cells {
		if !validID.MatchString(cell.ID) || seen[cell.ID] {
			t.Errorf("cell %d has the id %q, which is %q", i+1, cell.ID, nb.Cells[i].ID)
		}
		seen[cell.ID] = true
	}
	if len(after.Cells) != len(nb.Cells) || after.Cells[6].ID != "ok-1_B" || after.Cells[10].ID != long {
		t.Errorf("valid ids changed: %+v", after.Cells)
	}
	if again := c.Notebook(after); mustBytes(t, again) != mustBytes(t, after) {
		t.Error("the ids change again")
	}
}

// A command is code: other words, another digest.
func TestDigestOfCommands(t *testing.T) {
	a := Digest("!curl http://a // `\n%%\nx := 1")
	for _, other := range []string{"!curl http://b // `\n%%\nx := 1", "!curl http://a // `\n%%\nx := 2",
		"!curl http://a // ` \\\n%%\nx := 1"} {
		if Digest(other) == a {
			t.Errorf("%q has the same digest", other)
		}
	}
	if Digest("!curl http://a // `\n%%\nx  :=  1 // one") != a {
		t.Error("layout counts")
	}
}
