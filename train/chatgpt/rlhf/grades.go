package rlhf

import (
	"context"

	"github.com/gomlx/gomlx/ml/model"

	"gptbook/datasets/world"
)

// Grades is how a language model does on prompts that it has not been trained on, in both ways of answering: a policy that is merely
// sharper than another beats it at equal temperature, but not greedily.
type Grades struct {
	Sampled world.Scorecard // at the temperature of PPO
	Greedy  world.Scorecard
	Text    float64 // loss on held-out text in nats per token: the alignment tax
}

// Grade measures the language model in store on prompts of a split.
func (r *Road) Grade(ctx context.Context, store *model.Store, split world.Split) (g Grades, err error) {
	if g.Sampled, err = r.Scorecard(ctx, store, split, r.Plan.PPO.Temperature); err != nil {
		return g, err
	}
	if g.Greedy, err = r.Scorecard(ctx, store, split, 0); err != nil {
		return g, err
	}
	g.Text, err = r.TextLoss(store)
	return g, err
}
