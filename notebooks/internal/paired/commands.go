package paired

import (
	"crypto/sha256"
	"encoding/hex"
	"go/scanner"
	"go/token"
	"strings"
)

// gonbPrefix hides a command of GoNB from the Go compiler; GoNB itself knows it.
const gonbPrefix = "//gonb:"

// commands rewrites the lines of code that are commands of GoNB: from notebook form
// ("%rm X") to Go form ("//gonb:%rm X") if toGo, else back.
func commands(code string, toGo bool) string {
	lines := strings.Split(code, "\n")
	for i, kind := range lineKinds(code) {
		if kind < command {
			continue
		}
		if lines[i] = strings.TrimPrefix(lines[i], gonbPrefix); toGo {
			lines[i] = gonbPrefix + lines[i]
		}
	}
	return strings.Join(lines, "\n")
}

// isCommand tells whether GoNB takes the line for a command wherever it stands.
func isCommand(line string) bool {
	line = strings.TrimPrefix(line, gonbPrefix)
	return len(line) > 1 && (line[0] == '%' || line[0] == '!')
}

// isMain tells whether a command stands for func main: %% or %main.
func isMain(line string) bool {
	word, _ := cutWord(strings.TrimPrefix(line, gonbPrefix))
	return word == "%%" || word == "%main"
}

// cutWord returns what stands before and behind the first blanks.
func cutWord(line string) (word, rest string) {
	if i := strings.IndexAny(line, " \t"); i >= 0 {
		return line[:i], strings.TrimSpace(line[i:])
	}
	return line, ""
}

// lineKind is what a line of code belongs to where it begins.
type lineKind int

const (
	statement lineKind = iota // or a declaration, a comment with //, nothing
	inString                  // a raw string that an earlier line began
	inComment                 // a comment with /* that an earlier line began
	command                   // a command of GoNB
	continued                 // more of it, behind a line that ends in \
)

// lineKinds tells for each line of code, which may be in either form, what it belongs to.
func lineKinds(code string) []lineKind {
	lines := strings.Split(code, "\n")
	kinds := make([]lineKind, len(lines))
	next := 0 // Commands are not Go and can upset the scanner: whenever one is met, blank it and begin again.
	for next < len(lines) {
		text := strings.Join(lines, "\n")
		var s scanner.Scanner
		file := token.NewFileSet().AddFile("", -1, len(text))
		s.Init(file, []byte(text), func(token.Position, string) {}, scanner.ScanComments)
		clear(kinds[next:])
		for next = len(lines); ; {
			pos, tok, lit := s.Scan()
			if tok == token.EOF {
				break
			}
			line := file.PositionFor(pos, false).Line - 1
			if kinds[line] == statement && isCommand(lines[line]) {
				next = blankCommand(lines, kinds, line)
				break
			}
			for i := range strings.Count(lit, "\n") {
				switch tok {
				case token.STRING:
					kinds[line+1+i] = inString
				case token.COMMENT:
					kinds[line+1+i] = inComment
				}
			}
		}
	}
	return kinds
}

// blankCommand marks the command that begins on the line at, takes it away and returns the line behind it.
func blankCommand(lines []string, kinds []lineKind, at int) (next int) {
	inGo := strings.HasPrefix(lines[at], gonbPrefix)
	kinds[at] = command
	for next = at + 1; next < len(lines) && strings.HasSuffix(lines[next-1], `\`) &&
		strings.HasPrefix(lines[next], gonbPrefix) == inGo; next++ {
		kinds[next] = continued
	}
	for i := at; i < next; i++ {
		lines[i] = ""
	}
	return next
}

// Digest identifies code by its tokens, and commands of GoNB letter by letter: layout and comments do not change it.
func Digest(code ...string) string {
	hash := sha256.New()
	for _, src := range code {
		lines := strings.Split(src, "\n")
		for i, kind := range lineKinds(src) {
			if kind >= command && !isMain(lines[i]) {
				hash.Write([]byte("\x02" + lines[i] + "\x00"))
				lines[i] = ""
			}
		}
		src = strings.Join(lines, "\n")
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
