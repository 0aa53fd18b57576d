package tokenizer

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Words cuts text into the words that WordPiece looks up: BERT's BasicTokenizer
// (tokenization.py). It drops control characters, sets every Chinese character
// apart, turns letters into small ones without accents (unless the vocabulary is
// cased), and splits at blanks and around every punctuation mark. Hugging Face's
// code differs on 500 rare characters, for its tables are those of Unicode 8.
func (w *WordPiece) Words(text string) []string {
	text = strings.Map(clean, text)
	if !w.cased {
		text = strings.Map(small, norm.NFD.String(text)) // NFD: "é" becomes "e" and a mark
	}
	var words []string
	start := 0 // of the word that goes on
	flush := func(end int) {
		if start < end {
			words = append(words, text[start:end])
		}
	}
	for i, r := range text {
		size := len(string(r))
		switch {
		case unicode.IsSpace(r):
			flush(i)
			start = i + size
		case isPunctuation(r), isChinese(r):
			flush(i)
			words = append(words, text[i:i+size])
			start = i + size
		}
	}
	flush(len(text))
	return words
}

// clean drops (-1) what is not text: U+FFFD, to which bytes that are not UTF-8
// turn, and the characters of control, format and private use, except blanks.
// Google's code keeps private use, Hugging Face's drops it, as we do.
func clean(r rune) rune {
	switch {
	case r == '\t', r == '\n', r == '\r':
		return ' '
	case r == unicode.ReplacementChar, unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co):
		return -1
	}
	return r
}

// small returns the small letter, and drops (-1) the marks above and below letters.
func small(r rune) rune {
	if unicode.Is(unicode.Mn, r) {
		return -1
	}
	return unicode.ToLower(r)
}

// isPunctuation also counts all signs of ASCII, such as "$" and "`", which
// Unicode calls symbols.
func isPunctuation(r rune) bool {
	if r < unicode.MaxASCII {
		return 33 <= r && r <= 47 || 58 <= r && r <= 64 || 91 <= r && r <= 96 || 123 <= r && r <= 126
	}
	return unicode.IsPunct(r)
}

// isChinese says whether r is in the blocks of CJK ideographs: the writing of
// Chinese, and the Kanji and Hanja of Japanese and Korean, not Kana or Hangul.
func isChinese(r rune) bool { return unicode.Is(chinese, r) }

var chinese = &unicode.RangeTable{
	R16: []unicode.Range16{{0x3400, 0x4DBF, 1}, {0x4E00, 0x9FFF, 1}, {0xF900, 0xFAFF, 1}},
	R32: []unicode.Range32{{0x20000, 0x2A6DF, 1}, {0x2A700, 0x2B73F, 1}, {0x2B740, 0x2B81F, 1},
		{0x2B820, 0x2CEAF, 1}, {0x2F800, 0x2FA1F, 1}},
}
