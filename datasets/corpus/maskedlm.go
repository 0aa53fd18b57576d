package corpus

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sort"

	mltrain "github.com/gomlx/gomlx/ml/train"
)

// Special holds the token ids that BERT's input is built with, and the size of its vocabulary.
type Special struct {
	Pad, Unknown, CLS, SEP, Mask int32
	Vocab                        int
}

// has says whether id is one of the special tokens.
func (s Special) has(id int32) bool {
	return id == s.Pad || id == s.Unknown || id == s.CLS || id == s.SEP || id == s.Mask
}

// picked is the share of tokens to guess (Devlin et al. 2018, §3.1, task 1).
const picked = 0.15

// MaskedLM returns endless batches for BERT's two tasks (Devlin et al. 2018, §3.1 and appendix A),
// made from documents of sentences of token ids. Each row is [CLS] A [SEP] B [SEP] and padding,
// length tokens in all. For even odds B is what follows A in its document, or a stretch of another
// document. In A and B, 15 % of the tokens are picked: the input there is [MASK] for 80 % of
// them, a random word for 10 % and the word itself for 10 %. Special tokens are neither picked nor
// put in at random. With P = ⌈0.15·(length-3)⌉ places for picked tokens in a row:
//
//	Inputs  0: tokens    int32 [batch, length], picked ones replaced
//	        1: segments  int32 [batch, length], 0 in [CLS] A [SEP], 1 in B [SEP], 0 in padding
//	        2: mask      int32 [batch, length], 1 at tokens, 0 at padding
//	        3: positions int32 [batch, P], of the picked tokens in ascending order, then 0
//	Labels  0: targets   int32 [batch, P], the tokens that stood there, then 0
//	        1: weights   float32 [batch, P], 1 for each picked token, then 0
//	        2: next      int32 [batch], 0 if B follows A, 1 if it is random
//
// Batch n is a function of seed and n: unlike in the published code, which writes ten fixed copies
// to disk, no mask ever comes twice. Departures: [UNK] counts as special, there is nothing to learn from
// guessing it; documents are drawn by their length, so that the odds of B's words are those of A's.
//
// It returns an error if there are not two documents, none of two sentences or more, if an id is
// outside the vocabulary or special (text must not hold [CLS], [SEP], [MASK] or padding), or if length is below 5.
func MaskedLM(documents [][][]int32, special Special, batch, length int, seed int64) (*Batches, error) {
	if batch < 1 || length < 5 {
		return nil, fmt.Errorf("corpus: MaskedLM: batch %d and length %d, want 1 or more and 5 or more "+
			"([CLS] A [SEP] B [SEP])", batch, length)
	}
	p := &pairs{special: special, length: length, documents: documents}
	if err := p.index(); err != nil {
		return nil, err
	}
	P := int(math.Ceil(picked * float64(length-3)))
	at := func(n int) mltrain.Batch {
		rng := rand.New(rand.NewPCG(uint64(seed), uint64(n)))
		b := maskedBatch{batch: batch, length: length, places: P}
		for range batch {
			a, other, next := p.draw(rng)
			b.add(rng, special, a, other, next)
		}
		return b.tensors()
	}
	return &Batches{name: "masked language model", at: at}, nil
}

// pairs draws sentence pairs.
type pairs struct {
	special   Special
	length    int
	documents [][][]int32
	before    []int    // number of sentences in the documents before each, and at the end of all
	starts    [][2]int // document and sentence of all sentences that another one follows
}

// index checks the documents and counts their sentences.
func (p *pairs) index() error {
	p.before = append(p.before, 0)
	filled := 0
	for d, sentences := range p.documents {
		for s, ids := range sentences {
			if len(ids) == 0 {
				return fmt.Errorf("corpus: MaskedLM: document %d, sentence %d is empty", d, s)
			}
			for _, id := range ids {
				if id < 0 || int(id) >= p.special.Vocab || p.special.has(id) && id != p.special.Unknown {
					return fmt.Errorf("corpus: MaskedLM: document %d, sentence %d holds id %d, "+
						"want words of a vocabulary of %d", d, s, id, p.special.Vocab)
				}
			}
			if s+1 < len(sentences) {
				p.starts = append(p.starts, [2]int{d, s})
			}
		}
		if len(sentences) > 0 {
			filled++
		}
		p.before = append(p.before, p.before[d]+len(sentences))
	}
	if filled < 2 || len(p.starts) == 0 {
		return fmt.Errorf("corpus: MaskedLM: %d documents with text and %d pairs of neighbouring sentences; "+
			"want 2 documents or more, one of them with 2 sentences", filled, len(p.starts))
	}
	for id := range int32(p.special.Vocab) {
		if !p.special.has(id) {
			return nil
		}
	}
	return fmt.Errorf("corpus: MaskedLM: a vocabulary of %d has no words beside the special tokens", p.special.Vocab)
}

// draw returns the text of A and of B, short enough for the length, and 0 if B follows A, else 1.
//
// As in create_pretraining_data.py (google-research/bert), one row in ten is made for a random
// shorter length, A is a random number of sentences, and what is too long is cut from the longer of
// the two at a random end.
func (p *pairs) draw(rng *rand.Rand) (a, b []int32, next int32) {
	room := p.length - 3
	if rng.Float64() < 0.1 && room > 2 {
		room = 2 + rng.IntN(room-1) // 2 to room
	}
	at := p.starts[rng.IntN(len(p.starts))]
	sentences := p.documents[at[0]][at[1]:]
	n, size := 0, 0 // sentences that fill the room, two at least
	for n < len(sentences) && (n < 2 || size < room) {
		size += len(sentences[n])
		n++
	}
	cut := 1 + rng.IntN(n-1)
	a = join(sentences[:cut], room)
	if rng.IntN(2) == 0 {
		b = join(sentences[cut:n], room)
	} else {
		next = 1
		b = join(p.elsewhere(rng, at[0]), max(1, room-len(a)))
	}
	for len(a)+len(b) > room {
		longer := &a
		if len(b) > len(a) {
			longer = &b
		}
		if rng.IntN(2) == 0 {
			*longer = (*longer)[1:]
		} else {
			*longer = (*longer)[:len(*longer)-1]
		}
	}
	return a, b, next
}

// elsewhere returns the sentences from a random one on in any document but d, each as likely as any other.
func (p *pairs) elsewhere(rng *rand.Rand, d int) [][]int32 {
	own := p.before[d+1] - p.before[d]
	k := rng.IntN(p.before[len(p.documents)] - own)
	if k >= p.before[d] {
		k += own
	}
	e := sort.SearchInts(p.before, k+1) - 1 // the document with before[e] <= k < before[e+1]
	return p.documents[e][k-p.before[e]:]
}

// join concatenates sentences until there are at least size tokens.
func join(sentences [][]int32, size int) (ids []int32) {
	for _, s := range sentences {
		if ids = append(ids, s...); len(ids) >= size {
			break
		}
	}
	return ids
}
