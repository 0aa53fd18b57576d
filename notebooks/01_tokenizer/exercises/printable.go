//go:build !solution

package exercises

// Printable returns token as GPT-2's files vocab.json and merges.txt write it: byte by byte, each
// as one character. Bytes 33 to 126, 161 to 172 and 174 to 255 stand for the character of the
// same number, byte 'A' for 'A'. The other 68 bytes would be invisible or break the line: in
// ascending order they become the characters U+0100, U+0101, … up to U+0143.
func Printable(token []byte) string {
	return "" // Your code.
}
