//go:build solution

package exercises

import "strings"

// Printable returns token as GPT-2's files vocab.json and merges.txt write it. A byte that does
// not print becomes 0x100 plus the number of such bytes below it; for the blank, 32 of them are.
func Printable(token []byte) string {
	var text strings.Builder
	for _, b := range token {
		if prints(b) {
			text.WriteRune(rune(b))
			continue
		}
		below := rune(0)
		for other := range b {
			if !prints(other) {
				below++
			}
		}
		text.WriteRune(0x100 + below)
	}
	return text.String()
}

func prints(b byte) bool { return 33 <= b && b <= 126 || 161 <= b && b <= 172 || 174 <= b }
