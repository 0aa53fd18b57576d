// Package chat holds conversations with a GPT that was trained on the template of datasets/dialog.
//
// Start with [Responder]: it answers many conversations at once, for training and measuring. A [Session] is one
// conversation that goes on.
package chat

import (
	"context"
	"fmt"
	"slices"

	"gptbook/datasets/dialog"
	"gptbook/gpt/generate"
)

// Responder answers as the assistant.
type Responder struct {
	Generator *generate.Generator
	Template  *dialog.Template
	Sampler   generate.Sampler // greedy if zero; the seed is that of the first answer, the next one's is one more
	Context   int              // of the model: prompt and answer together, in tokens
	MaxTokens int              // of one answer
}

// Answer is what the assistant said.
type Answer struct {
	Text     string
	Tokens   []int32   // the one that ended it included
	LogProbs []float64 // of each token in nats, under the distribution it was drawn from
	// Ended by the end of a turn; else by that of a document, or cut off at MaxTokens or at the end of the context.
	Ended bool
}

// batch is how many prompts are continued together.
const batch = 128

// Answers answers each conversation, which ends with the user's turn.
func (r Responder) Answers(ctx context.Context, conversations [][]dialog.Turn) ([]Answer, error) {
	prompts := make([][]int32, len(conversations))
	for i, turns := range conversations {
		var err error
		if prompts[i], err = r.Template.Prompt(turns); err != nil {
			return nil, fmt.Errorf("chat: conversation %d: %w", i, err)
		}
	}
	return r.Complete(ctx, prompts)
}

// Complete answers prompts that are ids already. Prompts of like length are continued together, always the same number
// at once, so that little is computed in vain and nothing is compiled twice.
func (r Responder) Complete(ctx context.Context, prompts [][]int32) ([]Answer, error) {
	order := make([]int, len(prompts))
	for i, p := range prompts {
		if len(p) >= r.Context {
			return nil, fmt.Errorf("chat: prompt %d has %d tokens and leaves no room for an answer in "+
				"the context of %d", i, len(p), r.Context)
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return len(prompts[i]) - len(prompts[j]) })
	answers := make([]Answer, len(prompts))
	for ; len(order) > 0; order = order[min(batch, len(order)):] {
		requests := make([]generate.Request, min(batch, len(prompts)))
		for k := range requests {
			i := order[min(k, len(order)-1)] // the last batch is filled up with its last prompt
			requests[k] = r.request(prompts[i], i)
		}
		results, err := r.Generator.Generate(ctx, requests...)
		if err != nil {
			return nil, err
		}
		for k, i := range order[:min(batch, len(order))] {
			text, ended, err := r.Template.Spoken(results[k].Tokens)
			if err != nil {
				return nil, err
			}
			answers[i] = Answer{Text: text, Tokens: results[k].Tokens, LogProbs: results[k].LogProbs, Ended: ended}
		}
	}
	return answers, nil
}

// request asks for the i-th answer.
func (r Responder) request(prompt []int32, i int) generate.Request {
	sampler := r.Sampler
	sampler.Seed += int64(i)
	return generate.Request{Prompt: prompt, MaxTokens: min(r.MaxTokens, r.Context-len(prompt)),
		Stop: []int32{r.Template.End(), r.Template.EndOfText()}, Sampler: sampler}
}
