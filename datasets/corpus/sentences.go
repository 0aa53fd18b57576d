package corpus

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// EncodeSentences applies a tokenizer's encode to each sentence, as [MaskedLM] wants it. Sentences
// without tokens are left out.
func EncodeSentences(documents [][]string, encode func(text string) []int32) [][][]int32 {
	out := make([][][]int32, 0, len(documents))
	for _, sentences := range documents {
		var encoded [][]int32
		for _, s := range sentences {
			if ids := encode(s); len(ids) > 0 {
				encoded = append(encoded, ids)
			}
		}
		out = append(out, encoded)
	}
	return out
}

// abbreviations end in a period that ends no sentence.
var abbreviations = map[string]bool{
	"mr": true, "mrs": true, "dr": true, "st": true, "fig": true, "prop": true, "obs": true, "exper": true,
	"theor": true, "prob": true, "ax": true, "defin": true, "cas": true, "lect": true, "sect": true, "opt": true,
	"qu": true, "vs": true, "cf": true, "i.e": true, "e.g": true, "etc": true, "viz": true,
}

// SplitSentences cuts text after . ! ? 。 ！ ？ and what closes behind them, where a blank and then
// anything but a small letter follows, and at blank lines. After Chinese signs no blank is needed.
// Initials, numbers and common abbreviations end no sentence. Simple rules miss some ends; BERT's
// pairs only need stretches that follow each other.
func SplitSentences(text string) []string {
	var out []string
	for _, paragraph := range strings.Split(text, "\n\n") {
		words := strings.Join(strings.Fields(paragraph), " ")
		start := 0
		for i, r := range words {
			end := i + utf8.RuneLen(r)
			if !isEnd(r) || end < len(words) && !endsAt(words[start:end], words[end:]) {
				continue
			}
			for end < len(words) { // what closes belongs to the sentence
				c, size := utf8.DecodeRuneInString(words[end:])
				if !isClosing(c) {
					break
				}
				end += size
			}
			if end > start {
				out = append(out, strings.TrimSpace(words[start:end]))
				start = end
			}
		}
		if rest := strings.TrimSpace(words[min(start, len(words)):]); rest != "" {
			out = append(out, rest)
		}
	}
	return out
}

// endsAt says whether the sentence so far, which ends in an end sign, is over before rest.
func endsAt(sentence, rest string) bool {
	sign, _ := utf8.DecodeLastRuneInString(sentence)
	rest = strings.TrimLeftFunc(rest, isClosing)
	next, size := utf8.DecodeRuneInString(rest)
	if size > 0 && isEnd(next) {
		return false // "?!", "...": the last sign decides
	}
	if sign > unicode.MaxLatin1 {
		return true
	}
	if size > 0 && next != ' ' {
		return false // 3.14, example.com
	}
	following, _ := utf8.DecodeRuneInString(strings.TrimLeft(rest, " _\"'([“‘"))
	if unicode.IsLower(following) {
		return false
	}
	if sign != '.' {
		return true
	}
	last := sentence[strings.LastIndexByte(sentence, ' ')+1:]
	last = strings.Trim(last, "._\"'()[]“”‘’")
	if r, size := utf8.DecodeRuneInString(last); size == len(last) && unicode.IsUpper(r) {
		return false // I. Newton
	}
	last = strings.ToLower(last)
	return last != "" && !abbreviations[last] && !isNumeral(last)
}

func isEnd(r rune) bool     { return strings.ContainsRune(".!?。！？", r) }
func isClosing(r rune) bool { return strings.ContainsRune("\"'_)]”’」』》", r) }

// isNumeral: digits, or the Roman numerals of headings such as "PROP. IV. PROB. II."
func isNumeral(s string) bool {
	return strings.Trim(s, "0123456789") == "" || strings.Trim(s, "ivxlc") == ""
}
