package ppo

import (
	"context"

	"gptbook/gpt/chat"
)

// Speak makes a [Sampler] of a speaker with the policy's generator. The speaker's temperature must be that of [Config],
// and its sampler must have no other setting: PPO takes log-probabilities under the whole distribution.
func Speak(s chat.Speaker) Sampler { return speaker{s} }

type speaker struct{ chat.Speaker }

// Sample implements [Sampler].
func (s speaker) Sample(ctx context.Context, prompts [][]int32, seed int64) ([]Sample, error) {
	s.Sampler.Seed = seed << 20 // each answer has a seed of its own, counted from here
	answers, err := s.Continue(ctx, prompts)
	if err != nil {
		return nil, err
	}
	samples := make([]Sample, len(answers))
	for i, a := range answers {
		samples[i] = Sample{Tokens: a.Tokens, Ended: a.Ended}
	}
	return samples, nil
}

// Text returns a prompt and its answer as one text, as reward models read it.
func (e Episode) Text() []int32 { return append(e.Prompt[:len(e.Prompt):len(e.Prompt)], e.Tokens...) }
