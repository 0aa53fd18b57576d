// Package paired keeps the two forms of a chapter equal: a Go test file of Examples, which the
// compiler and go test check, and its paired notebook (Jupytext's term), which is read and run.
//
// Start with [Cell]; [ParseGo] and [Chapter.Go] are one direction, [FromNotebook] and
// [Chapter.Notebook] the other. The correspondence:
//
//	Go test file                            notebook
//	comment between declarations            text cell (Markdown)
//	such a comment, one ```{=raw} fence     raw cell
//	import, const, var, type, func          code cell; neighbours share one cell
//	an empty comment (//) between two       keeps their cells apart
//	func Example_name() { body }            code cell called name: %% and the body
//	comment on the Example                  comment above %%
//	//notebook:tags a,b   in that comment   tags of the cell, e.g. skip-execution
//	// Output:                              the text the cell prints
//	no Output: compiled, not run by go test tag notest
//	//gonb:%rm X                            %rm X (a command of GoNB), likewise //gonb:!ls
//	//notebook:text L  in a text            its line L, where "// L" would mean something to Go
//
// Imports are a cell of their own. Markdown must not stand in the comment of a declaration,
// since gofmt rewrites those.
package paired

// Kind is what a cell holds.
type Kind int

// The kinds of cells.
const (
	Text    Kind = iota // Markdown
	Raw                 // text for exporters alone
	Code                // declarations, or commands of GoNB
	Example             // a program: the body of func main
)

// Cell is one cell of a chapter, in the form both sides share.
type Cell struct {
	Kind   Kind
	Name   string   // of an Example: what follows "Example_"
	Doc    string   // of an Example: the comment above it, with its slashes
	Source string   // as it stands in the notebook, an Example without Doc and %%
	Tags   []string // of an Example
	Mime   string   // of a Raw cell, may be empty
	Output Output   // of an Example
}

// Output is the promise of an Example about what it prints.
type Output struct {
	Checked   bool   // whether there is an Output comment, so that go test runs the Example
	Unordered bool   // "Unordered output:"
	Text      string // without its last line end
}

// Chapter is a Go test file or a notebook, cell by cell.
type Chapter struct {
	Package string // name in the package clause
	Cells   []Cell
}
