package tokenizer

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// normalizer changes text before it is cut into words.
type normalizer func(text string) string

// bertNormalizer is what BERT does to text (BasicTokenizer in Google's
// tokenization.py), in this order. The fields are named as in tokenizer.json.
type bertNormalizer struct {
	Clean        bool  `json:"clean_text"`           // no control characters, every kind of space becomes a blank
	Chinese      bool  `json:"handle_chinese_chars"` // a blank before and after every Chinese character
	StripAccents *bool `json:"strip_accents"`        // no marks above and below letters; nil: if Lower
	Lower        bool  `json:"lowercase"`
}

// uncased is the normalizer of most BERTs; the cased ones have Lower false.
var uncased = bertNormalizer{Clean: true, Chinese: true, Lower: true}

func (n bertNormalizer) strips() bool {
	if n.StripAccents != nil {
		return *n.StripAccents
	}
	return n.Lower
}

func (n bertNormalizer) equal(m bertNormalizer) bool {
	return n.Clean == m.Clean && n.Chinese == m.Chinese && n.strips() == m.strips() && n.Lower == m.Lower
}

// normalize differs from Hugging Face's code on 500 rare characters, for its tables are those of Unicode 8.
func (n bertNormalizer) normalize(text string) string {
	if n.Clean {
		text = strings.Map(clean, text)
	}
	if n.Chinese {
		text = setApart(text)
	}
	if n.strips() { // NFD: "é" becomes "e" and a mark
		text = without(unicode.Mn)(norm.NFD.String(text))
	}
	if n.Lower {
		text = lower(text)
	}
	return text
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
	case unicode.IsSpace(r):
		return ' '
	}
	return r
}

// setApart writes a blank before and after every Chinese character.
func setApart(text string) string {
	if !strings.ContainsFunc(text, isChinese) {
		return text
	}
	var apart strings.Builder
	for _, r := range text {
		if isChinese(r) {
			apart.WriteByte(' ')
			apart.WriteRune(r)
			apart.WriteByte(' ')
		} else {
			apart.WriteRune(r)
		}
	}
	return apart.String()
}

// isChinese says whether r is in the blocks of CJK ideographs: the writing of
// Chinese, and the Kanji and Hanja of Japanese and Korean, not Kana or Hangul.
func isChinese(r rune) bool { return unicode.Is(chinese, r) }

var chinese = &unicode.RangeTable{
	R16: []unicode.Range16{{0x3400, 0x4DBF, 1}, {0x4E00, 0x9FFF, 1}, {0xF900, 0xFAFF, 1}},
	R32: []unicode.Range32{{0x20000, 0x2A6DF, 1}, {0x2A700, 0x2B73F, 1}, {0x2B740, 0x2B81F, 1},
		{0x2B820, 0x2CEAF, 1}, {0x2F800, 0x2FA1F, 1}},
}

// without returns a normalizer that drops the characters of a table.
func without(table *unicode.RangeTable) normalizer {
	return func(text string) string {
		return strings.Map(func(r rune) rune {
			if unicode.Is(table, r) {
				return -1
			}
			return r
		}, text)
	}
}

// lower writes small letters. "İ" is the one character whose small form has two, "i" and a dot.
func lower(text string) string {
	return strings.Map(unicode.ToLower, strings.ReplaceAll(text, "İ", "i\u0307"))
}

// simpleNormalizers are those that tokenizer.json names without saying more. Departure: of more than 30 marks on one
// letter, Go's normal forms keep each 30 apart by U+034F (Unicode's stream-safe format).
var simpleNormalizers = map[string]normalizer{
	"NFC": norm.NFC.String, "NFD": norm.NFD.String, "NFKC": norm.NFKC.String, "NFKD": norm.NFKD.String,
	"Lowercase": lower, "StripAccents": without(unicode.M),
}
