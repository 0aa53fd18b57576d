package tokenizer

import (
	"container/heap"
	"math"
	"slices"
)

// noMerge is the rank of a pair that training never merged.
const noMerge = math.MaxInt32

func (b *BPE) rank(left, right int32) int32 {
	if slot := b.ranks.find(pair{left, right}); slot.rank != 0 {
		return slot.rank - 1
	}
	return noMerge
}

// merge returns the ids of one pre-token, in memory of s. It begins with single
// bytes and joins, again and again, the two neighbours whose merge was learned
// first (the leftmost where several are equal), until no neighbours have a merge.
func (b *BPE) merge(s *scratch, word string) []int32 {
	ids, ranks := s.ids[:0], s.ranks[:0]
	for i := range len(word) {
		ids = append(ids, b.byteIDs[word[i]])
	}
	for i := range len(ids) - 1 {
		ranks = append(ranks, b.rank(ids[i], ids[i+1])) // ranks[i] belongs to ids[i] and ids[i+1]
	}
	s.ids, s.ranks = ids, ranks
	for len(ranks) > 0 {
		at, lowest := 0, int32(noMerge)
		for i, rank := range ranks {
			if rank < lowest {
				at, lowest = i, rank
			}
		}
		if lowest == noMerge {
			break
		}
		ids[at] = b.merges[lowest].ID
		ids = slices.Delete(ids, at+1, at+2)
		ranks = slices.Delete(ranks, at, at+1)
		if at > 0 {
			ranks[at-1] = b.rank(ids[at-1], ids[at])
		}
		if at < len(ranks) {
			ranks[at] = b.rank(ids[at], ids[at+1])
		}
	}
	return ids
}

// maxScanLen is the length in bytes above which mergeLong is the faster one.
const maxScanLen = 256

// mergeLong returns what merge returns, in time n·log n instead of n² for a
// pre-token of n bytes: a heap finds the lowest rank, and a linked list closes
// the gaps. Without it one long line of "aaaa…" would stop a program for hours.
func (b *BPE) mergeLong(word string) []int32 {
	n := len(word)
	ids := make([]int32, n)  // the token that begins at each byte; gone if merged into the one before
	next := make([]int, n+1) // where the following token begins; n at the end
	prev := make([]int, n+1) // where the one before begins; -1 at the start
	for i := range n {
		ids[i], next[i], prev[i+1] = b.byteIDs[word[i]], i+1, i
	}
	prev[0] = -1
	var queue candidates
	consider := func(at int) {
		if at >= 0 && next[at] < n {
			if rank := b.rank(ids[at], ids[next[at]]); rank != noMerge {
				heap.Push(&queue, candidate{rank, at})
			}
		}
	}
	for i := range n {
		consider(i)
	}
	const gone = -1
	for len(queue) > 0 {
		c := heap.Pop(&queue).(candidate)
		right := next[c.at]
		if ids[c.at] == gone || right == n || b.rank(ids[c.at], ids[right]) != c.rank {
			continue // an earlier merge changed this pair
		}
		ids[c.at], ids[right] = b.merges[c.rank].ID, gone
		next[c.at] = next[right]
		prev[next[right]] = c.at
		consider(prev[c.at])
		consider(c.at)
	}
	return slices.DeleteFunc(ids, func(id int32) bool { return id == gone })
}

// candidate is a merge that could be made at a position.
type candidate struct {
	rank int32
	at   int
}

// candidates is a heap (see container/heap), lowest rank first, then leftmost.
type candidates []candidate

func (q candidates) Len() int { return len(q) }
func (q candidates) Less(i, j int) bool {
	return q[i].rank < q[j].rank || q[i].rank == q[j].rank && q[i].at < q[j].at
}
func (q candidates) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *candidates) Push(c any)   { *q = append(*q, c.(candidate)) }
func (q *candidates) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
