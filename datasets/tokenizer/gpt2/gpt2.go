// Package gpt2 holds GPT-2's own tokenizer, with the 50,257 tokens that OpenAI
// trained, for use without a download. It is a package of its own so that only
// programs that want those tokens carry them, in the form in which the module
// github.com/tiktoken-go/tokenizer (MIT licence) embeds them.
package gpt2

import (
	"fmt"
	"sync"

	"github.com/tiktoken-go/tokenizer/codec"

	"gptbook/datasets/tokenizer"
)

// EndOfText is GPT-2's only special token, id 50256: it ends every document.
const EndOfText = "<|endoftext|>"

// Tokenizer returns GPT-2's tokenizer. The first call takes some tenths of
// a second, for the merges are recovered from the tokens; later calls return the same.
var Tokenizer = sync.OnceValues(load)

func load() (*tokenizer.BPE, error) {
	ranks := codec.NewR50kBase()
	tokens := make([]string, 50256)
	for rank := range tokens {
		token, err := ranks.Decode([]uint{uint(rank)})
		if err != nil {
			return nil, fmt.Errorf("gpt2: token %d: %w", rank, err)
		}
		tokens[rank] = token
	}
	return tokenizer.FromRanks(tokens, EndOfText)
}
