package tokenizer

import (
	"slices"
	"strings"
)

// byteRunes gives the character that stands for each byte in these files, which
// would otherwise be full of blanks and broken characters: printable bytes stand
// for themselves, the others for U+0100, U+0101, … (a blank is "Ġ"). It is
// bytes_to_unicode of GPT-2's encoder.py.
var byteRunes = func() (runes [256]rune) {
	unprintable := rune(0)
	for b := range runes {
		switch {
		case 33 <= b && b <= 126, 161 <= b && b <= 172, 174 <= b:
			runes[b] = rune(b)
		default:
			runes[b] = 0x100 + unprintable
			unprintable++
		}
	}
	return runes
}()

// runeBytes is the inverse of byteRunes.
var runeBytes = func() map[rune]byte {
	bytes := make(map[rune]byte, len(byteRunes))
	for b, r := range byteRunes {
		bytes[r] = byte(b)
	}
	return bytes
}()

// printable writes the bytes of a token in the characters of the files.
func printable(token string) string {
	var s strings.Builder
	for i := range len(token) {
		s.WriteRune(byteRunes[token[i]])
	}
	return s.String()
}

// unprintable is the inverse of printable; false if a character of text stands for no byte.
func unprintable(text string) (string, bool) {
	token := make([]byte, 0, len(text))
	for _, r := range text {
		b, ok := runeBytes[r]
		if !ok {
			return text, false
		}
		token = append(token, b)
	}
	return string(token), true
}

// byteOrder lists the bytes by id. GPT-2 numbers them by the character that
// stands for each in its vocabulary file (see byteRunes above).
var byteOrder = func() (order [256]byte) {
	for i := range order {
		order[i] = byte(i)
	}
	slices.SortFunc(order[:], func(a, b byte) int { return int(byteRunes[a] - byteRunes[b]) })
	return order
}()
