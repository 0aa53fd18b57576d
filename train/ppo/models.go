package ppo

import (
	"context"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"
)

// Models are who takes part: the models, and what samples and scores answers.
type Models struct {
	Policy    *model.Store                              // learns; holds the value model's weights, too
	Reference *model.Store                              // π_ref: the policy's weights before PPO, frozen
	Logits    func(scope *model.Scope, ids *Node) *Node // of policy and reference: [B, T, V] for ids [B, T]
	Value     func(scope *model.Scope, ids *Node) *Node // of the text up to each id: [B, T], in the score's unit
	Sampler   Sampler
	Scorer    Scorer

	Pretraining mltrain.Dataset // inputs ids [P, S], labels next ids [P, S]; nil where its weight is 0
}

// Sampler answers each prompt with the policy, at the temperature of [Config]. An answer holds at least one token; its
// last is the end token unless it was cut off. The same seed and weights give the same answers.
type Sampler interface {
	Sample(ctx context.Context, prompts [][]int32, seed int64) ([]Sample, error)
}

// Sample is one sampled answer.
type Sample struct {
	Tokens []int32
	Ended  bool // by the end token, which is the last; not cut off
}

// Scorer says how good answers are: a reward model, or whatever else there is to please.
type Scorer interface {
	Score(ctx context.Context, episodes []Episode) ([]float64, error)
}

// ScorerFunc makes a [Scorer] of a function.
type ScorerFunc func(ctx context.Context, episodes []Episode) ([]float64, error)

// Score implements [Scorer].
func (f ScorerFunc) Score(ctx context.Context, episodes []Episode) ([]float64, error) {
	return f(ctx, episodes)
}
