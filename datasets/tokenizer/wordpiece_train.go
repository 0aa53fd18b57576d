package tokenizer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// TrainWordPiece learns a WordPiece vocabulary of size tokens from text, without
// letter case and accents: BERT's five special tokens, every character of text
// (and with "##" those that occur within a word), then joined pieces in the order
// in which training found them. It joins the most frequent pair, as [Train] does,
// and as Hugging Face's WordPieceTrainer does; Google never released its trainer.
// Ties go to the smaller left id, then to the smaller right id. The vocabulary
// stays smaller than size if text has no pairs left.
func TrainWordPiece(text string, size int) (*WordPiece, error) {
	counts := make(map[string]int)
	for _, word := range words(uncased.normalize(text)) {
		counts[word]++
	}
	tokens, spelled := spell(counts)
	if size < len(tokens) {
		return nil, fmt.Errorf("tokenizer: vocabulary size %d is too small, want at least %d: "+
			"%d special tokens and the characters of the text", size, len(tokens), len(wordPieceSpecials))
	}
	pairs := newPairs(spelled)
	for len(tokens) < size {
		best, ok := pairs.mostFrequent()
		if !ok {
			break
		}
		pairs.merge(best, int32(len(tokens)))
		tokens = append(tokens, tokens[best.left]+strings.TrimPrefix(tokens[best.right], within))
	}
	return bertOf(tokens, uncased)
}

// spell returns the vocabulary before the first merge, and the words in it.
func spell(counts map[string]int) (tokens []string, words []word) {
	letters := make(map[string]bool)
	spelled := make(map[string][]string, len(counts))
	for text := range counts {
		for i, r := range text {
			letter := string(r)
			letters[letter] = true
			if i > 0 {
				letter = within + letter
				letters[letter] = true
			}
			spelled[text] = append(spelled[text], letter)
		}
	}
	tokens = append(slices.Clone(wordPieceSpecials), slices.SortedFunc(maps.Keys(letters), func(a, b string) int {
		order := cmp.Compare(utf8.RuneCountInString(a), utf8.RuneCountInString(b)) // "##a" after all single letters
		return cmp.Or(order, strings.Compare(a, b))
	})...)
	ids := make(map[string]int32, len(tokens))
	for id, token := range tokens {
		ids[token] = int32(id)
	}
	for text, letters := range spelled {
		w := word{count: counts[text]}
		for _, letter := range letters {
			w.ids = append(w.ids, ids[letter])
		}
		words = append(words, w)
	}
	return tokens, words
}
