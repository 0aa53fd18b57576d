//go:build solution

// Package exercises holds the exercises of chapter 1.
package exercises

// Greedy cuts word into tokens of the vocabulary, from left to right, each time the longest that
// fits.
func Greedy(word string, vocabulary map[string]bool) []string {
	var tokens []string
	for len(word) > 0 {
		n := len(word)
		for n > 1 && !vocabulary[word[:n]] {
			n--
		}
		tokens = append(tokens, word[:n])
		word = word[n:]
	}
	return tokens
}

// Different is a word that Greedy and the tokenizer cut in different places.
// BPE cuts it into s|ome, for "om" and then "ome" were learned before "so"; greedy into so|m|e.
const Different = "some"
