package tokenizer

import (
	"container/heap"
	"fmt"
)

// Train learns a BPE vocabulary of size tokens from text: the 256 bytes, merges,
// and the special tokens, which get the last ids. Starting from bytes it merges,
// again and again, the pair of neighbours that occurs most often inside the
// pre-tokens of text. Of several equally frequent pairs it takes the one with
// the smaller left id, then the smaller right id, as Hugging Face's BpeTrainer
// does. The vocabulary stays smaller than size if text has no pairs left.
func Train(text string, size int, specials ...string) (*BPE, error) {
	if least := 256 + len(specials); size < least {
		return nil, fmt.Errorf("tokenizer: vocabulary size %d is too small, "+
			"want at least %d: 256 bytes and %d special tokens", size, least, len(specials))
	}
	b := newBPE()
	var words []word
	for text, count := range countPreTokens(text) {
		ids := make([]int32, len(text))
		for i := range ids {
			ids[i] = b.byteIDs[text[i]]
		}
		words = append(words, word{ids, count})
	}
	pairs := newPairs(words)
	for len(b.tokens)+len(specials) < size {
		best, ok := pairs.mostFrequent()
		if !ok {
			break
		}
		pairs.merge(best, b.addMerge(best))
	}
	return b.WithSpecials(specials...)
}

// countPreTokens says how often each pre-token occurs in text. Training needs no
// more: a vocabulary of words is far smaller than the text.
func countPreTokens(text string) map[string]int {
	counts := make(map[string]int)
	for preToken := range PreTokenize(text) {
		counts[preToken]++
	}
	return counts
}

// word is a distinct pre-token, as far as it is merged, and how often it occurs.
type word struct {
	ids   []int32
	count int
}

// pairs counts the neighbouring tokens of all words and keeps the counts right
// while words are merged. A merge changes few words, so it is much cheaper to
// correct the counts than to count again; the test TestTrainNaive counts again.
type pairs struct {
	words []word
	stats map[pair]*pairStats
	fresh []*pairStats // met since the last merge
	queue pairQueue    // of the others
}

type pairStats struct {
	pair
	count int   // occurrences in the text
	words []int // indices of words that hold the pair, or held it once
}

func newPairs(words []word) *pairs {
	p := &pairs{words: words, stats: make(map[pair]*pairStats)}
	for w, word := range words {
		for i := range len(word.ids) - 1 {
			p.add(pair{word.ids[i], word.ids[i+1]}, w)
		}
	}
	return p
}

// add counts one more occurrence of at in word w.
func (p *pairs) add(at pair, w int) {
	stats := p.stats[at]
	if stats == nil {
		stats = &pairStats{pair: at}
		p.stats[at] = stats
		p.fresh = append(p.fresh, stats)
	}
	stats.count += p.words[w].count
	if n := len(stats.words); n == 0 || stats.words[n-1] != w {
		stats.words = append(stats.words, w)
	}
}

// remove counts one occurrence less.
func (p *pairs) remove(at pair, w int) { p.stats[at].count -= p.words[w].count }

// merge replaces at by the token id, from left to right in every word.
func (p *pairs) merge(at pair, id int32) {
	for _, w := range p.stats[at].words {
		ids := p.words[w].ids
		merged := ids[:0] // overwrites ids, always behind the reading position
		for i := 0; i < len(ids); i++ {
			if ids[i] != at.left || i+1 == len(ids) || ids[i+1] != at.right {
				merged = append(merged, ids[i])
				continue
			}
			if n := len(merged); n > 0 { // the neighbour on the left
				p.remove(pair{merged[n-1], at.left}, w)
				p.add(pair{merged[n-1], id}, w)
			}
			if i+2 < len(ids) { // the neighbour on the right
				p.remove(pair{at.right, ids[i+2]}, w)
				p.add(pair{id, ids[i+2]}, w)
			}
			merged = append(merged, id)
			i++
		}
		p.words[w].ids = merged
	}
	p.stats[at].count, p.stats[at].words = 0, nil
}

// mostFrequent returns the next pair to merge; false if none is left.
func (p *pairs) mostFrequent() (pair, bool) {
	for _, stats := range p.fresh {
		heap.Push(&p.queue, queued{stats, stats.count})
	}
	p.fresh = p.fresh[:0]
	for len(p.queue) > 0 {
		top := &p.queue[0]
		switch top.pairStats.count {
		case 0:
			heap.Pop(&p.queue)
		case top.count:
			return heap.Pop(&p.queue).(queued).pair, true
		default: // some occurrences went into other merges
			top.count = top.pairStats.count
			heap.Fix(&p.queue, 0)
		}
	}
	return pair{}, false
}

// queued is a pair and its count when it was put into the queue. The count of a
// known pair only falls (a merge adds none but pairs with its own new token), so
// it is never too low, and a pair on top whose count is still right is the next.
type queued struct {
	*pairStats
	count int
}

// before says whether a comes before b in training: more frequent, or earlier.
func before(a pair, countA int, b pair, countB int) bool {
	switch {
	case countA != countB:
		return countA > countB
	case a.left != b.left:
		return a.left < b.left
	}
	return a.right < b.right
}

// pairQueue is a heap (see container/heap) with the next pair to merge on top.
type pairQueue []queued

func (q pairQueue) Len() int           { return len(q) }
func (q pairQueue) Less(i, j int) bool { return before(q[i].pair, q[i].count, q[j].pair, q[j].count) }
func (q pairQueue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *pairQueue) Push(x any)        { *q = append(*q, x.(queued)) }
func (q *pairQueue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
