package tokenizer

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// BPE is the byte-level byte pair encoding of GPT-2 (Radford et al. 2019, §2.2;
// the algorithm is Sennrich et al. 2016, §3.2). Its vocabulary holds the 256
// bytes, one token per merge, and the special tokens, so any text, in any
// script, has an encoding and comes back unchanged. [Train], [LoadBPE] and
// [FromRanks] make one; it does not change afterwards.
type BPE struct {
	addedTokens
	tokens   []string   // by id: the token's bytes, or a special's text
	byteIDs  [256]int32 // by byte: the id of its one-byte token
	merges   []Merge    // in the order learned: the index is the rank
	ranks    *rankTable // the inverse of merges
	scratchs sync.Pool  // of *scratch
}

// Merge says that training joined two neighbouring tokens into a new one.
type Merge struct{ Left, Right, ID int32 }

type pair struct{ left, right int32 }

// newBPE returns a tokenizer with nothing but the 256 bytes, in GPT-2's order:
// first the bytes that print, then the others.
func newBPE() *BPE {
	b := &BPE{ranks: newRankTable()}
	for id, c := range byteOrder {
		b.tokens = append(b.tokens, string([]byte{c}))
		b.byteIDs[c] = int32(id)
	}
	return b
}

// addMerge appends the merge of p to the vocabulary and returns its id.
func (b *BPE) addMerge(p pair) int32 {
	id := int32(len(b.tokens))
	b.tokens = append(b.tokens, b.tokens[p.left]+b.tokens[p.right])
	b.ranks.set(p, int32(len(b.merges)))
	b.merges = append(b.merges, Merge{p.left, p.right, id})
	return id
}

// WithSpecials returns a copy of b with special tokens added at the end of the
// vocabulary. A special is of ASCII and of two or more pre-tokens, as
// "<|endoftext|>" is: then no merge can ever spell it, nor its form in a file.
func (b *BPE) WithSpecials(texts ...string) (*BPE, error) {
	c := &BPE{tokens: slices.Clone(b.tokens), byteIDs: b.byteIDs, merges: b.merges, ranks: b.ranks}
	list := slices.Clone(b.list)
	for _, text := range texts {
		if !canBeSpecial(text) || strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) {
			return nil, fmt.Errorf("tokenizer: %q cannot be a special token: "+
				"want ASCII, two or more pre-tokens, for example \"<|name|>\"", text)
		}
		if slices.ContainsFunc(list, func(t addedToken) bool { return t.Content == text }) {
			return nil, fmt.Errorf("tokenizer: special token %q is given twice", text)
		}
		list = append(list, addedToken{Content: text, Special: true, id: int32(len(c.tokens))})
		c.tokens = append(c.tokens, text)
	}
	var err error
	c.addedTokens, err = newAddedTokens(list, b.normalize)
	return c, err
}

// canBeSpecial says whether text is of two or more pre-tokens.
func canBeSpecial(text string) bool { return preTokenEnd(text, 0) < len(text) }

// VocabSize is V: 256 bytes, the merges and the special tokens.
func (b *BPE) VocabSize() int { return len(b.tokens) }

// Merges returns the merges in the order in which training learned them.
func (b *BPE) Merges() []Merge { return slices.Clone(b.merges) }

// Token returns the bytes of one token, often only part of a character; for a
// special token its text, for an id outside the vocabulary nil.
func (b *BPE) Token(id int32) []byte {
	if id < 0 || int(id) >= len(b.tokens) {
		return nil
	}
	return []byte(b.tokens[id])
}

// Encode cuts text into pre-tokens and merges the bytes of each. Every byte of
// text is kept, valid UTF-8 or not: the [BPE.Token] of all ids, joined, is text.
// (Files from elsewhere may ask for a normal form of text first, and may have
// added tokens that take the space beside them along.)
func (b *BPE) Encode(text string) []int32 {
	return b.split(make([]int32, 0, len(text)/3), text, false, b.encode)
}

// EncodeWithSpecials is Encode for trusted text, such as a chat template: here
// "<|endoftext|>" written out becomes the special token's one id.
func (b *BPE) EncodeWithSpecials(text string) []int32 {
	return b.split(nil, text, true, b.encode)
}

func (b *BPE) encode(ids []int32, text string) []int32 {
	s, ok := b.scratchs.Get().(*scratch)
	if !ok {
		s = &scratch{known: make(map[string][]int32)}
	}
	defer b.scratchs.Put(s)
	for start := 0; start < len(text); {
		end := preTokenEnd(text, start)
		ids = append(ids, b.encodeWord(s, text[start:end])...)
		start = end
	}
	return ids
}

// Decode returns the text of ids. Each id outside the vocabulary, and each run
// of bytes that is not UTF-8, reads as one U+FFFD, "�".
func (b *BPE) Decode(ids []int32) string {
	var text []byte
	for _, id := range ids {
		if id < 0 || int(id) >= len(b.tokens) {
			text = append(text, "\uFFFD"...)
		} else {
			text = append(text, b.tokens[id]...)
		}
	}
	return string(bytes.ToValidUTF8(text, []byte("\uFFFD")))
}

// scratch is the working memory of one running encode.
type scratch struct {
	known map[string][]int32 // pre-tokens met before: text repeats its words
	ids   []int32
	ranks []int32
}

// Words above maxKnownLen bytes hardly repeat; maxKnown bounds the memory.
const maxKnownLen, maxKnown = 32, 1 << 16

// encodeWord returns the ids of one pre-token, valid until the next call.
func (b *BPE) encodeWord(s *scratch, word string) []int32 {
	if len(word) > maxKnownLen {
		if len(word) > maxScanLen {
			return b.mergeLong(word)
		}
		return b.merge(s, word)
	}
	ids, ok := s.known[word]
	if !ok {
		ids = slices.Clone(b.merge(s, word))
		if len(s.known) >= maxKnown {
			clear(s.known)
		}
		s.known[strings.Clone(word)] = ids // a clone, so as not to hold the whole text in memory
	}
	return ids
}
