package paired

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gptbook/notebooks/internal/nbformat"
)

// The demo holds every kind of cell.
const demo = "// # A demo\n//\n// One *table*: $p(x_{t+1} \\mid x_t)$,\n//\n// - a row,\n//   continued.\n" + `
package demo_test

import (
	"fmt"
	"strings"
)

// ## Declarations
//
//     indented    code

// Greeting is what we say.
type Greeting string // a kind of text

// Shout says it louder.
func (g Greeting) Shout() string {
	return strings.ToUpper(string(g)) + ` + "`\n\traw, with a tab\nand none\n`" + `
}

var loud = true // behind it

//

const Times = 2

//gonb:%env DEMO=1
//gonb:!ls

// ` + "```{=text/html}" + `
// <b>raw</b>
// ` + "```" + `

// The first shout.
func Example_shout() {
	for range Times {
		fmt.Println(Greeting("hello").Shout(), loud)
	}
	text := ` + "`a\n\tb\nc`" + `
	/* a comment
	   of two lines */
	fmt.Println(text)
	//gonb:!date

	// Output:
	// HELLO
	//
	// again
}

// Between.

//notebook:tags hide-input,skip-execution
func Example_slow() {
	fmt.Println("not run by go test")
	// Output: is not the last comment

	// since this is
}

func Example_nothing() {
	// Output:
}

func Example_any() {
	for k := range map[int]int{1: 1, 2: 2} {
		fmt.Println(k)
	}
	// Unordered output:
	// 2
	// 1
}

func TestDemo(t *testing.T) {}
`

func mustParse(t *testing.T, text string) *Chapter {
	t.Helper()
	c, err := ParseGo("demo_test.go", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func mustGo(t *testing.T, c *Chapter) string {
	t.Helper()
	text, err := c.Go("demo_test.go")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func mustBytes(t *testing.T, nb *nbformat.Notebook) string {
	t.Helper()
	data, err := nb.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestDemoCells(t *testing.T) {
	c := mustParse(t, demo)
	var got []string
	for _, nc := range c.Notebook(nil).Cells {
		got = append(got, fmt.Sprintf("%s %v %q", nc.Type, nc.Tags(), nc.Source))
	}
	want := []string{
		`markdown [] "# A demo\n\nOne *table*: $p(x_{t+1} \\mid x_t)$,\n\n- a row,\n  continued."`,
		`code [] "import (\n\t\"fmt\"\n\t\"strings\"\n)"`,
		`markdown [] "## Declarations\n\n    indented    code"`,
		`code [] "// Greeting is what we say.\ntype Greeting string // a kind of text\n\n// Shout says it louder.\n` +
			`func (g Greeting) Shout() string {\n\treturn strings.ToUpper(string(g)) + ` +
			"`\\n\\traw, with a tab\\nand none\\n`" + `\n}\n\nvar loud = true // behind it"`,
		`code [] "const Times = 2"`,
		`code [] "%env DEMO=1\n!ls"`,
		`raw [] "<b>raw</b>"`,
		`code [] "// The first shout.\n%%\nfor range Times {\n` +
			`\tfmt.Println(Greeting(\"hello\").Shout(), loud)\n}\n` +
			`text := ` + "`a\\n\\tb\\nc`" + `\n/* a comment\n   of two lines */\nfmt.Println(text)\n!date"`,
		`markdown [] "Between."`,
		`code [hide-input notest skip-execution] "%%\nfmt.Println(\"not run by go test\")\n` +
			`// Output: is not the last comment\n\n// since this is"`,
		`code [] "%%\n"`,
		`code [unordered] "%%\nfor k := range map[int]int{1: 1, 2: 2} {\n\tfmt.Println(k)\n}"`,
		`code [] "func TestDemo(t *testing.T) {}"`,
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("cell %d:\n got %s\nwant %s", i, got[min(i, len(got)-1)], want[min(i, len(want)-1)])
		}
	}
}

// roundTrip checks Go -> notebook -> Go and notebook -> Go -> notebook, on text in canonical form.
func roundTrip(t *testing.T, text string) {
	t.Helper()
	c := mustParse(t, text)
	if again := mustGo(t, c); again != text {
		t.Fatalf("Go -> cells -> Go:\n%s\nbecame\n%s", text, again)
	}
	nb := c.Notebook(nil)
	back, err := FromNotebook("demo.ipynb", nb, c)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if again := mustGo(t, back); again != text {
		t.Fatalf("Go -> notebook -> Go:\n%s\nbecame\n%s", text, again)
	}
	if a, b := mustBytes(t, nb), mustBytes(t, back.Notebook(nb)); a != b {
		t.Fatalf("notebook -> Go -> notebook:\n%s\nbecame\n%s", a, b)
	}
	// Once it is executed, the notebook alone holds the chapter.
	for i := range nb.Cells {
		nb.Cells[i].Count = &i
	}
	alone, err := FromNotebook("demo.ipynb", nb, &Chapter{Package: c.Package})
	if err != nil || !reflect.DeepEqual(alone.Cells, c.Cells) {
		t.Fatalf("%v: a notebook alone gave other cells: %+v\nwant %+v", err, alone, c)
	}
}

func TestDemoRoundTrip(t *testing.T) { roundTrip(t, demo) }

func TestRandomRoundTrips(t *testing.T) {
	for seed := range uint64(400) {
		c := randomChapter(rand.New(rand.NewPCG(seed, 1)))
		text, err := c.Go("random_test.go")
		if err != nil {
			t.Fatalf("seed %d: %v\n%+v", seed, err, c)
		}
		roundTrip(t, string(text))
	}
}

// randomChapter composes a chapter of pieces that are hard to cut.
func randomChapter(r *rand.Rand) *Chapter {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	c := &Chapter{Package: "random_test"}
	if r.IntN(4) > 0 {
		c.Cells = append(c.Cells, Cell{Kind: Text, Source: "# Title " + pick("é", "日本語", "`x`", "$\\alpha$")})
	}
	if r.IntN(4) > 0 {
		c.Cells = append(c.Cells, Cell{Kind: Code, Source: pick("import \"fmt\"",
			"import (\n\t\"fmt\"\n\n\tm \"math\" // short\n)", "// Why.\nimport \"fmt\"\nimport _ \"embed\"")})
	}
	for n := range r.IntN(12) {
		id := fmt.Sprintf("x%d", n)
		switch r.IntN(7) {
		case 0:
			c.Cells = append(c.Cells, Cell{Kind: Text, Source: pick("## Head", "a\n\nb", "-  x\n\n      y",
				"| a | b |\n|---|---|", "```go\nfunc f() {}\n```", "/* c */", "//x", "go:build linux",
				"%% not a command", "!ls", "+build linux", "a\n+build x", "Output:\nno", "```{=raw}", "nolint:x\ty")})
		case 1:
			c.Cells = append(c.Cells, Cell{Kind: Raw, Mime: pick("", "text/html", "text/latex"),
				Source: pick("x", "a\n\nb", "```\ncode\n```", "%% x")})
		case 2:
			c.Cells = append(c.Cells, Cell{Kind: Code, Source: pick("%rm x", "%env A=1\n!ls -l", "!*go version",
				"!echo `a \\\n  'b \\\n\n!ls C:\\x")})
		case 3, 4:
			c.Cells = append(c.Cells, Cell{Kind: Code, Source: strings.ReplaceAll(
				pick("var x = 1", "// x is.\nvar x = `\n\ta\n b\n` // tail",
					"type x struct {\n\ta int // one\n\tb string\n}\n\nfunc (x) m() {}",
					"// x does.\n//\n//   - a list\nfunc x() int {\n\t// inside\n\n\treturn 1\n}",
					"const (\n\tx = iota\n\tx2\n)\n\nvar x3 int", "func x[T any](t T) T { return t }"), "x", id)})
		default:
			e := Cell{Kind: Example, Name: id, Doc: pick("", "", "// Why.", "// Two\n// lines.")}
			e.Source = pick("", "fmt.Println(1)", "a := `x\n\t\ty`\nfmt.Print(a)",
				"if true {\n\t// deep\n\tfmt.Println(\"a\")\n}\n\n// last", "fmt.Printf(\n\t\"%d\",\n\t1,\n)", "func() {\n}()",
				"/* two\nlines */\nfmt.Println()", "!ls\nfmt.Println()", "fmt.Println()\n!echo `a \\\n%% \\\n  b",
				"!a \\\n\nfmt.Print(`\n\t//gonb:!b\n`)")
			if r.IntN(3) > 0 {
				e.Output = Output{Checked: true, Unordered: r.IntN(4) == 0,
					Text: pick("", "1", "a\nb", "a\n\n  b", "Output: nested", "[1 2]")}
			}
			if r.IntN(4) == 0 {
				e.Tags = []string{"hide-input", "skip-execution"}
			}
			c.Cells = append(c.Cells, e)
		}
	}
	return c
}

// A teacher's edits in Jupyter come back to Go.
func TestPullEdits(t *testing.T) {
	dir := t.TempDir()
	p := Pair{Name: "demo", Dir: dir, Go: filepath.Join(dir, "demo_test.go"), Notebook: filepath.Join(dir, "demo.ipynb")}
	write(t, p.Go, "// # Demo\n\npackage demo_test\n\nimport \"fmt\"\n\n// One.\n\nfunc one() int { return 1 }\n\n"+
		"func Example_one() {\n\tfmt.Println(one())\n\t// Output:\n\t// 1\n}\n")
	if _, err := p.Sync(); err != nil {
		t.Fatal(err)
	}
	nb, err := nbformat.Read(p.Notebook)
	if err != nil {
		t.Fatal(err)
	}
	one, ids := 1, []string{}
	for _, c := range nb.Cells {
		ids = append(ids, c.ID)
	}
	code := func(id, source string) nbformat.Cell {
		return nbformat.Cell{Type: nbformat.Code, ID: id, Source: nbformat.Text(source)}
	}
	nb.Cells[2].Source = "Changed, with a break  \nhere.\n\n"
	nb.Cells = append(nb.Cells,
		nbformat.Cell{Type: nbformat.Markdown, ID: "3f2a8c1e-0000-4000-8000-123456789abc", Source: "New text."},
		code("aaaaaaaa-0000-4000-8000-123456789abc", "type pair struct{a,b int}\nvar p = pair{1, 2}\n\n"+
			"// Loose comment.\n\nfunc two() int { return 2 }"),
		code("bbbbbbbb-0000-4000-8000-123456789abc", "func three() int { return 3 }\n// The third.\n%%\n"+
			"fmt.Println( strings.Repeat(\"x\", three()) )"),
		code("cccccccc-0000-4000-8000-123456789abc", "func main() {\n\tfmt.Println(two(), p)\n}"),
		code("dddddddd-0000-4000-8000-123456789abc", "  \n"),
		nbformat.Cell{Type: nbformat.Raw, ID: "raw", Source: "raw text"},
	)
	nb.Cells[7].Count, nb.Cells[7].Outputs = &one, []nbformat.Output{nbformat.Stream("stdout", "xxx"),
		nbformat.Stream("stdout", "\n")}
	if _, err := nb.Write(p.Notebook); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Pull(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(p.Go)
	if err != nil {
		t.Fatal(err)
	}
	want := "// # Demo\n\npackage demo_test\n\nimport (\n\t\"fmt\"\n\t\"strings\"\n)\n\n// Changed, with a break\\\n" +
		"// here.\n\nfunc one() int { return 1 }\n\nfunc Example_one() {\n\tfmt.Println(one())\n\t// Output:\n\t// 1\n}\n" +
		"\n// New text.\n\ntype pair struct{ a, b int }\n\nvar p = pair{1, 2}\n\n// Loose comment.\n\n" +
		"func two() int { return 2 }\n\n//\n\nfunc three() int { return 3 }\n\n" +
		"// The third.\nfunc Example_cell_bbbbbbbb() {\n" +
		"\tfmt.Println(strings.Repeat(\"x\", three()))\n\t// Output:\n\t// xxx\n}\n" +
		"\nfunc Example_cell_cccccccc() {\n\tfmt.Println(two(), p)\n}\n\n// ```{=raw}\n// raw text\n// ```\n"
	if string(got) != want {
		t.Fatalf("got\n%s\nwant\n%s", got, want)
	}
	after, err := nbformat.Read(p.Notebook)
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		if after.Cells[i].ID != id {
			t.Errorf("cell %d: id %q, was %q", i, after.Cells[i].ID, id)
		}
	}
	if changed, err := p.Sync(); err != nil || len(changed) > 0 {
		t.Errorf("sync after pull changed %v, %v", changed, err)
	}
	if changed, err := p.Pull(); err != nil || len(changed) > 0 {
		t.Errorf("second pull changed %v, %v", changed, err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// What has no Go form is answered by one line that counts the cell, and changes nothing.
func TestPullRefuses(t *testing.T) {
	for _, test := range []struct{ source, want string }{
		{"func f( {", "cell 2: line 1: expected"},
		{"x := 1", "cell 2: line 1: expected declaration"},
		{"%%\nfmt.Println(1)\nif {", "cell 2: line 3: "},
		{"// doc\n%%\nx := := 1", "cell 2: line 3: "},
		{"var a int\n// doc\n// doc\n%%\n\nx := := 1", "cell 2: line 6: "},
		{"%%\na := 1\n%%\nb := 1", "cell 2: line 3: a second %%"},
		{"%%\n}\nfunc f() {", "cell 2: line 2: declarations after %%"},
		{"%% --flag\na := 1", "cell 2: line 1: %% --flag: an Example takes no arguments"},
		{"%%writefile x\na", "cell 2: line 1: %%writefile cells have no Go form"},
		{"%test", "cell 2: line 1: %test cells have no Go form"},
		{"func ExampleBad() {}", "ExampleBad: an Example of a chapter is called Example_name"},
		{"var s = `\n%x\n`", "cell 2: GoNB would not see"},
		{"func one() {}", "one is declared by two cells"},
	} {
		dir := t.TempDir()
		p := Pair{Name: "demo", Dir: dir, Go: filepath.Join(dir, "demo_test.go"), Notebook: filepath.Join(dir, "demo.ipynb")}
		write(t, p.Go, "// # Demo\n\npackage demo_test\n\n// Text.\n\nfunc one() int { return 1 }\n")
		nb := &nbformat.Notebook{Format: 4, Minor: 5, Cells: []nbformat.Cell{
			{Type: nbformat.Code, ID: "a", Source: "func one() int { return 1 }"},
			{Type: nbformat.Code, ID: "b", Source: nbformat.Text(test.source)},
		}}
		if _, err := nb.Write(p.Notebook); err != nil {
			t.Fatal(err)
		}
		before := [2]string{read(t, p.Go), read(t, p.Notebook)}
		_, err := p.Pull()
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: got %v\nwant one line with %q", test.source, err, test.want)
		}
		if after := [2]string{read(t, p.Go), read(t, p.Notebook)}; after != before {
			t.Errorf("%q: files changed", test.source)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Sync keeps the outputs of cells whose code is the same, and drops the others.
func TestSyncKeepsOutputs(t *testing.T) {
	text := "package d_test\n\nimport \"fmt\"\n\nfunc Example_a() {\n\tfmt.Println(1)\n\t// Output:\n\t// 1\n}\n\n" +
		"func Example_b() {\n\tfmt.Println(2)\n}\n"
	nb := mustParse(t, text).Notebook(nil)
	for i := range nb.Cells {
		n := i + 1
		nb.Cells[i].Count = &n
	}
	figure := nbformat.Output{"output_type": "display_data", "data": map[string]any{"image/png": "abc"}}
	nb.Cells[1].Outputs = []nbformat.Output{nbformat.Stream("stdout", "1\n"), figure}
	nb.Cells[2].Outputs = []nbformat.Output{nbformat.Stream("stdout", "2\n"), figure}
	// A new cell in front, a comment in a, other code in b.
	text = strings.Replace(text, "func Example_a() {\n", "// New.\n\nfunc Example_a() {\n\t// why\n", 1)
	next := mustParse(t, strings.Replace(text, "Println(2)", "Println(3)", 1)).Notebook(nb)
	if a := next.Cells[2]; a.ID != "a" || a.Count == nil || len(a.Outputs) != 2 {
		t.Errorf("outputs of the unchanged cell are gone: %+v", a)
	}
	if b := next.Cells[3]; b.ID != "b" || b.Count != nil || len(b.Outputs) != 0 {
		t.Errorf("outputs of the changed cell stayed: %+v", b)
	}
	// Another promise: what was printed gives way, the figure stays.
	other := mustParse(t, strings.Replace(text, "// 1\n", "// 5\n", 1)).Notebook(nb)
	if a := other.Cells[2]; a.Stdout() != "5\n" || a.Count != nil || len(a.Outputs) != 2 {
		t.Errorf("the promise does not show: %+v", a)
	}
	if again := mustParse(t, text).Notebook(next); mustBytes(t, again) == mustBytes(t, next) {
		t.Error("changing the code back changed nothing")
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"package p\n\n/* text */\n\nvar a int\n":               "d_test.go:3: write text between declarations with //",
		"//go:build linux\n\npackage p\n":                      "d_test.go:1: //go:build linux has no place",
		"// +build linux\n\npackage p\n":                       "d_test.go:1: //go:build linux has no place",
		"package p\n\nfunc ExampleFoo() {}\n":                  "d_test.go:3: ExampleFoo: an Example",
		"package p\n\nfunc Example_a(x int) {}\n":              "d_test.go:3: Example_a takes and returns nothing",
		"package p\n\nfunc {":                                  "d_test.go:3:6: expected 'IDENT'",
		"package p\n\nvar s = `\npackage x`\n":                 `GoNB would not see that the line "package x`,
		"package p\n\nfunc Example_a() {\n\t_ = `\n!x\n`\n}\n": `GoNB would not see that the line "!x"`,
	} {
		_, err := ParseGo("d_test.go", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestDigestIgnoresLayout(t *testing.T) {
	a := Digest("x := 1 // one\nf( x )\n")
	if b := Digest("x := 1; f(x)"); a != b {
		t.Errorf("layout and comments count")
	}
	if c := Digest("x := 2; f(x)"); a == c {
		t.Errorf("a literal does not count")
	}
}

func TestImportsAreOneCell(t *testing.T) {
	nb := &nbformat.Notebook{Cells: []nbformat.Cell{
		{Type: nbformat.Markdown, ID: "t", Source: "# T"},
		{Type: nbformat.Code, ID: "a", Source: "var a = 1"},
		{Type: nbformat.Code, ID: "b", Source: "import \"fmt\"\n\nfunc f() { fmt.Println(a) }"},
		{Type: nbformat.Code, ID: "c", Source: "import (\n\t\"fmt\"\n\tm \"math\"\n)"},
	}}
	c, err := FromNotebook("d.ipynb", nb, nil)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, cell := range c.Cells {
		kinds = append(kinds, cell.Source)
	}
	want := []string{"# T", "import (\n\t\"fmt\"\n\n\tm \"math\"\n)", "var a = 1", "func f() { fmt.Println(a) }"}
	if !slices.Equal(kinds, want) {
		t.Errorf("got %q", kinds)
	}
}
