package tokenizer

import (
	"unicode"
	"unicode/utf8"
)

// words cuts normalized text into the words that WordPiece looks up, at space and around every punctuation mark.
func words(text string) []string {
	var words []string
	start := 0 // of the word that goes on
	flush := func(end int) {
		if start < end {
			words = append(words, text[start:end])
		}
	}
	for i, r := range text {
		switch {
		case unicode.IsSpace(r):
			flush(i)
			start = i + utf8.RuneLen(r)
		case isPunctuation(r):
			flush(i)
			start = i + utf8.RuneLen(r)
			words = append(words, text[i:start])
		}
	}
	flush(len(text))
	return words
}

// isPunctuation also counts all signs of ASCII, such as "$" and "`", which
// Unicode calls symbols.
func isPunctuation(r rune) bool {
	if r < unicode.MaxASCII {
		return 33 <= r && r <= 47 || 58 <= r && r <= 64 || 91 <= r && r <= 96 || 123 <= r && r <= 126
	}
	return unicode.IsPunct(r)
}
