package rlhf

import (
	"context"
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/datasets/corpus"
	"gptbook/datasets/world"
	"gptbook/gpt"
	"gptbook/train"
	"gptbook/train/ppo"
	"gptbook/train/reward"
)

// valueScope is where the policy's store keeps the value model.
const valueScope = "value"

// PPO improves the fine-tuned model by the reward model, or, where gold is set, by the judge itself: the control
// that tells faults of PPO from faults of the reward model. It returns the loop, for its curves, and the policy.
// name is the run's folder; each seed and setting needs one.
func (r *Road) PPO(ctx context.Context, tuned *model.Store, m *RewardModel, gold bool, name string) (*ppo.Loop, *model.Store, error) {
	policy, err := tuned.Clone()
	if err != nil {
		return nil, nil, err
	}
	if err := m.Config.Copy(m.Store.RootScope(), policy.Scope("/"+valueScope)); err != nil {
		return nil, nil, err
	}
	cfg := r.Plan.PPO
	list, err := r.World.Prompts(world.Train, 8000, cfg.Seed+300)
	if err != nil {
		return nil, nil, err
	}
	prompts := make([][]int32, len(list))
	for i, p := range list {
		if prompts[i], err = r.Template.Prompt(p.Turns); err != nil {
			return nil, nil, err
		}
	}
	speaker, err := r.speaker(policy, cfg.Temperature, 0)
	if err != nil {
		return nil, nil, err
	}
	actors := ppo.Actors{Policy: policy, Reference: tuned, Sampler: ppo.Speak(speaker),
		Logits: func(scope *model.Scope, ids *Node) *Node { return gpt.Logits(scope, ids, r.Plan.GPT) },
		Value:  func(scope *model.Scope, ids *Node) *Node { return m.Config.Values(scope.In(valueScope), ids) },
	}
	if actors.Scorer, err = r.scorer(m, gold, list); err != nil {
		return nil, nil, err
	}
	if cfg.Loss.Pretraining > 0 {
		if actors.Pretraining, err = corpus.NextToken(r.text, 16, r.Plan.GPT.Context, cfg.Seed); err != nil {
			return nil, nil, err
		}
	}
	steps := r.Plan.Iterations * cfg.Epochs * cfg.Minibatches
	loop, err := ppo.New(r.backend, actors, prompts, cfg, train.Options{
		Optimizer: train.AdamW{LearningRate: r.Plan.Rate, Beta1: 0.9, Beta2: 0.95, Epsilon: 1e-5, Clip: 1},
		Schedule:  train.Schedule{Warmup: steps / 20, Steps: steps, Floor: 0.1}, Seed: cfg.Seed, Dir: r.path(name)})
	if err != nil {
		return nil, nil, err
	}
	return loop, policy, loop.Run(ctx, r.Plan.Iterations-loop.Iteration())
}

// scorer is the reward model, or the judge.
func (r *Road) scorer(m *RewardModel, gold bool, list []world.Prompt) (ppo.Scorer, error) {
	if gold {
		return ppo.ScorerFunc(func(_ context.Context, episodes []ppo.Episode) ([]float64, error) {
			scores := make([]float64, len(episodes))
			for i, e := range episodes {
				text, _, err := r.Template.Spoken(e.Tokens)
				if err != nil {
					return nil, fmt.Errorf("rlhf: %w", err)
				}
				scores[i] = r.World.Judge(list[e.Number], text).Gold()
			}
			return scores, nil
		}), nil
	}
	scorer, err := reward.NewScorer(r.backend, m.Store, m.Config)
	if err != nil {
		return nil, err
	}
	return ppo.ScorerFunc(func(_ context.Context, episodes []ppo.Episode) ([]float64, error) {
		texts := make([][]int32, len(episodes))
		for i, e := range episodes {
			texts[i] = e.Text()
		}
		return scorer.Score(texts)
	}), nil
}
