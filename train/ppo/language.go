package ppo

import (
	"context"

	"gptbook/gpt/chat"
)

// Respond makes a [Sampler] of a responder with the policy's generator. The responder's temperature must be that of
// [Config], and its sampler must have no other setting: PPO takes log-probabilities under the whole distribution.
func Respond(r chat.Responder) Sampler { return responder{r} }

type responder struct{ chat.Responder }

// Sample implements [Sampler].
func (r responder) Sample(ctx context.Context, prompts [][]int32, seed int64) ([]Sample, error) {
	r.Sampler.Seed = seed << 20 // each answer has a seed of its own, counted from here
	answers, err := r.Complete(ctx, prompts)
	if err != nil {
		return nil, err
	}
	samples := make([]Sample, len(answers))
	for i, a := range answers {
		samples[i] = Sample{Tokens: a.Tokens, Ended: a.Ended}
	}
	return samples, nil
}
