package tokenizer

import (
	"iter"
	"unicode"
	"unicode/utf8"
)

// PreTokenize yields text in the pieces that BPE never merges across: words,
// numbers and runs of signs, each with one blank before it, and runs of space.
// Joined again they are text. It is GPT-2's regular expression (encoder.py)
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//
// as a hand-written scanner, because Go's regexp has no lookahead (?!\S).
// A byte that is not UTF-8 counts as a sign.
func PreTokenize(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for start := 0; start < len(text); {
			end := preTokenEnd(text, start)
			if !yield(text[start:end]) {
				return
			}
			start = end
		}
	}
}

// class is what the expression tells apart.
type class uint8

const (
	letter class = iota // \p{L}
	number              // \p{N}
	space               // \s
	sign                // [^\s\p{L}\p{N}]
)

func classOf(r rune) class {
	switch {
	case unicode.IsLetter(r):
		return letter
	case unicode.IsNumber(r):
		return number
	case unicode.IsSpace(r):
		return space
	}
	return sign
}

// asciiClass answers for most text without a search in Unicode's tables.
var asciiClass = func() (classes [utf8.RuneSelf]class) {
	for r := range classes {
		classes[r] = classOf(rune(r))
	}
	return classes
}()

// classAt returns the class of the character at i and its length in bytes.
func classAt(text string, i int) (class, int) {
	if c := text[i]; c < utf8.RuneSelf {
		return asciiClass[c], 1
	}
	r, size := utf8.DecodeRuneInString(text[i:])
	return classOf(r), size
}

// preTokenEnd returns where the pre-token that begins at start ends.
func preTokenEnd(text string, start int) int {
	if start == len(text) {
		return start
	}
	if n := contraction(text[start:]); n > 0 {
		return start + n
	}
	kind, size := classAt(text, start)
	end := start + size
	if text[start] == ' ' && end < len(text) { // " ?": one blank may lead a word
		if k, n := classAt(text, end); k != space {
			kind, size = k, n
			end += n
		}
	}
	for end < len(text) {
		k, n := classAt(text, end)
		if k != kind {
			break
		}
		size = n
		end += n
	}
	if kind == space && end < len(text) && end-size > start {
		end -= size // \s+(?!\S): leave the last blank to the word that follows
	}
	return end
}

// contraction returns the length of the English ending that s begins with, or 0.
func contraction(s string) int {
	if len(s) < 2 || s[0] != '\'' {
		return 0
	}
	switch s[1] {
	case 's', 't', 'm', 'd':
		return 2
	}
	if len(s) > 2 {
		switch s[1:3] {
		case "re", "ve", "ll":
			return 3
		}
	}
	return 0
}
