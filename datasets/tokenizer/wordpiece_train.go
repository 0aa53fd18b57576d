package tokenizer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Criterion says which pair of pieces WordPiece training joins next.
type Criterion int

const (
	// ByScore takes the pair a b with the highest count(ab)/(count(a)·count(b)):
	// the one that raises the likelihood of the text most, if pieces are drawn
	// independently. That is how WordPiece is described; Google never released
	// its trainer. It joins what hardly occurs apart, however rare: "q" and "u".
	ByScore Criterion = iota
	// ByCount takes the most frequent pair, as BPE does, and as Hugging Face's
	// WordPieceTrainer does.
	ByCount
)

// TrainWordPiece learns a WordPiece vocabulary of size tokens from text, without
// letter case and accents: BERT's five special tokens, every character of text
// (and with "##" those that occur within a word), then joined pieces in the order
// in which training found them. Ties go to the more frequent pair, then to the
// smaller left id, then to the smaller right id. The vocabulary stays smaller
// than size if text has no pairs left.
func TrainWordPiece(text string, size int, by Criterion) (*WordPiece, error) {
	counts := make(map[string]int)
	for _, word := range (&WordPiece{}).Words(text) {
		counts[word]++
	}
	tokens, words := spell(counts)
	if size < len(tokens) {
		return nil, fmt.Errorf("tokenizer: vocabulary size %d is too small, want at least %d: %d special tokens and the characters of the text",
			size, len(tokens), len(wordPieceSpecials))
	}
	pairs := newPairs(words)
	next := pairs.mostFrequent
	if by == ByScore {
		next = (&scores{pairs: pairs}).best
	}
	for len(tokens) < size {
		best, ok := next()
		if !ok {
			break
		}
		pairs.merge(best, int32(len(tokens)))
		tokens = append(tokens, tokens[best.left]+strings.TrimPrefix(tokens[best.right], within))
	}
	return newWordPiece(tokens, false, "trained vocabulary")
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
		return cmp.Or(cmp.Compare(len([]rune(a)), len([]rune(b))), strings.Compare(a, b)) // "##a" after all single letters
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

// scores finds the pair of the highest score. It looks at all pairs every time: a
// merge changes the counts of two pieces, and with them the scores of all pairs
// that hold one of them, so that a queue would not help.
type scores struct {
	*pairs
	alive  []*pairStats // pairs that still occur
	counts []int        // by piece
}

// best returns the next pair to merge; false if none is left.
func (s *scores) best() (pair, bool) {
	clear(s.counts)
	for _, word := range s.words {
		for _, id := range word.ids {
			for int(id) >= len(s.counts) {
				s.counts = append(s.counts, 0)
			}
			s.counts[id] += word.count
		}
	}
	s.alive, s.fresh = append(s.alive, s.fresh...), s.fresh[:0]
	s.alive = slices.DeleteFunc(s.alive, func(p *pairStats) bool { return p.count == 0 })
	var best pairStats
	var bestScore float64
	for _, p := range s.alive {
		score := float64(p.count) / (float64(s.counts[p.left]) * float64(s.counts[p.right]))
		if score > bestScore || score == bestScore && before(p.pair, p.count, best.pair, best.count) {
			best, bestScore = *p, score
		}
	}
	return best.pair, best.count > 0
}
