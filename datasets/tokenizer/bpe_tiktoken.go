package tokenizer

import "fmt"

// FromRanks rebuilds a BPE from its tokens alone, in the order of their ranks:
// the form of OpenAI's tiktoken files, which do not say what was merged. tokens
// begins with the 256 bytes, in any order; the rest are results of merges. What
// was merged is found by encoding each token with the merges before it: that
// stops at its last two parts. Special tokens get the ids that follow.
func FromRanks(tokens []string, specials ...string) (*BPE, error) {
	if len(tokens) < 256 {
		return nil, fmt.Errorf("tokenizer: %d tokens cannot hold the 256 bytes", len(tokens))
	}
	b := &BPE{ranks: newRankTable()}
	var s scratch
	seen := make(map[string]bool)
	for id, token := range tokens {
		if seen[token] {
			return nil, fmt.Errorf("tokenizer: token %q of rank %d appears twice", token, id)
		}
		seen[token] = true
		if id < 256 {
			if len(token) != 1 {
				return nil, fmt.Errorf("tokenizer: rank %d is %q, want one of the 256 bytes", id, token)
			}
			b.byteIDs[token[0]] = int32(id)
			b.tokens = append(b.tokens, token)
			continue
		}
		parts := b.merge(&s, token)
		if len(parts) != 2 {
			return nil, fmt.Errorf("tokenizer: token %q of rank %d has %d parts before its own merge, want 2",
				token, id, len(parts))
		}
		b.addMerge(pair{parts[0], parts[1]})
	}
	return b.WithSpecials(specials...)
}
