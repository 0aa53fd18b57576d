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
//
// Imports are a cell of their own. Markdown must not stand in the comment of a declaration,
// since gofmt rewrites those.
package paired

import (
	"crypto/sha256"
	"encoding/hex"
	"go/scanner"
	"go/token"
	"strings"
)

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

// Digest identifies code by its tokens: layout and comments do not change it.
func Digest(code ...string) string {
	hash := sha256.New()
	for _, src := range code {
		var s scanner.Scanner
		file := token.NewFileSet().AddFile("", -1, len(src))
		s.Init(file, []byte(src), func(token.Position, string) {}, 0)
		for {
			_, tok, lit := s.Scan()
			if tok == token.EOF {
				break
			}
			if tok == token.SEMICOLON {
				lit = "" // Written or implied by the end of the line.
			}
			hash.Write([]byte(tok.String() + "\x00" + lit + "\x00"))
		}
		hash.Write([]byte{1})
	}
	return hex.EncodeToString(hash.Sum(nil))[:16]
}

// gonbPrefix hides a command of GoNB from the Go compiler; GoNB itself knows it.
const gonbPrefix = "//gonb:"

// commands rewrites the lines of code that are commands of GoNB: from notebook form
// ("%rm X") to Go form ("//gonb:%rm X") if toGo, else back.
func commands(code string, toGo bool) string {
	lines := strings.Split(code, "\n")
	inside := insideToken(code)
	for i, line := range lines {
		switch {
		case inside[i] != token.ILLEGAL:
		case toGo && isCommand(line):
			lines[i] = gonbPrefix + line
		case !toGo && strings.HasPrefix(line, gonbPrefix) && isCommand(line[len(gonbPrefix):]):
			lines[i] = line[len(gonbPrefix):]
		}
	}
	return strings.Join(lines, "\n")
}

func isCommand(line string) bool {
	return len(line) > 1 && (line[0] == '%' || line[0] == '!')
}

// insideToken tells for each line of code whether it begins inside a raw string or a
// comment.
func insideToken(code string) []token.Token {
	lines := strings.Split(code, "\n")
	inside := make([]token.Token, len(lines)) // ILLEGAL (0), STRING or COMMENT
	// Commands are not Go and can upset the scanner: whenever one is met, blank it and begin again.
	for {
		text := strings.Join(lines, "\n")
		var s scanner.Scanner
		file := token.NewFileSet().AddFile("", -1, len(text))
		s.Init(file, []byte(text), func(token.Position, string) {}, scanner.ScanComments)
		clear(inside)
		command := -1
		for command < 0 {
			pos, tok, lit := s.Scan()
			if tok == token.EOF {
				return inside
			}
			line := file.Line(pos) - 1
			if isCommand(lines[line]) && inside[line] == token.ILLEGAL {
				command = line
			}
			if tok == token.STRING || tok == token.COMMENT {
				for i := range strings.Count(lit, "\n") {
					inside[line+1+i] = tok
				}
			}
		}
		lines[command] = ""
	}
}
