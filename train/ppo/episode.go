package ppo

import (
	"slices"

	"gptbook/gpt"
)

// Episode is one prompt and its answer, and what is known of each of the answer's tokens.
type Episode struct {
	PromptIndex int // of the prompt in the list given to [New], or to [Loop.Answer]
	Prompt      []int32
	Sample
	Score float64

	LogProbs, Reference []float64 // log π and log π_ref of the token, in nats
	Entropies           []float64 // of the distribution it was drawn from, in nats
	Values              []float64 // of the text before it
	Advantages, Returns []float64
}

// KL is how far the policy is from the reference by this answer, in nats: the sum of [K1] over its tokens. Its mean
// over answers is the divergence.
func (e Episode) KL() (kl float64) {
	for t := range e.Tokens {
		kl += K1(e.LogProbs[t] - e.Reference[t])
	}
	return kl
}

// Text returns a prompt and its answer as one text, as reward models read it.
func (e Episode) Text() []int32 { return append(e.Prompt[:len(e.Prompt):len(e.Prompt)], e.Tokens...) }

// first is the position that predicts the answer's first token.
func (e *Episode) first() int { return len(e.Prompt) - 1 }

// cut takes the answer's positions out of a row.
func (e *Episode) cut(row []float32) []float64 {
	out := make([]float64, len(e.Tokens))
	for t := range out {
		out[t] = float64(row[e.first()+t])
	}
	return out
}

// sortByLength brings episodes of like length together.
func sortByLength(episodes []Episode) {
	slices.SortStableFunc(episodes, func(a, b Episode) int {
		return len(a.Prompt) + len(a.Tokens) - len(b.Prompt) - len(b.Tokens)
	})
}

// rows writes prompts and answers side by side, ids [B, T] and what follows each, filled up with zeros at the
// right, where a causal model does not look. T is as long as the longest needs, context at most.
func rows(episodes []Episode, context int) (ids, next []int32, T int) {
	for _, e := range episodes {
		T = max(T, len(e.Prompt)+len(e.Tokens))
	}
	T = gpt.RowLength(T, context)
	ids, next = make([]int32, len(episodes)*T), make([]int32, len(episodes)*T)
	for i, e := range episodes {
		row := ids[i*T : (i+1)*T]
		copy(row[copy(row, e.Prompt):], e.Tokens)
		copy(next[i*T:(i+1)*T-1], row[1:])
	}
	return ids, next, T
}
