package rlhf

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/datasets/corpus"
	"gptbook/datasets/world"
	"gptbook/figures"
	"gptbook/gpt"
	"gptbook/train"
	"gptbook/train/ppo"
	"gptbook/train/reward"
)

// valueScope is where the policy's store keeps the value model.
const valueScope = "value"

// Improvement is a run of PPO.
type Improvement struct {
	Loop   *ppo.Loop
	Policy *model.Store
	Held   []figures.Curve // on validation prompts: the gold reward and the reward model's, at the temperature of PPO
}

// The names of the curves on held-out prompts.
const (
	heldGold  = "gold, held out"
	heldProxy = "score, held out"
	heldFile  = "held.csv"
)

// often is the number of iterations between two measurements on held-out prompts.
const often = 10

// PPO improves the fine-tuned model by the reward model or, where gold is set, by the judge itself: the control that tells
// faults of PPO from faults of the reward model. name is the run's folder; each seed and setting needs its own.
func (r *Road) PPO(ctx context.Context, tuned *model.Store, m *RewardModel, gold bool, name string) (*Improvement, error) {
	run, err := r.newPPO(tuned, m, gold, name)
	if err != nil {
		return nil, err
	}
	held, err := figures.ReadCSV(r.path(name, heldFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	run.Held = held
	for {
		n := run.Loop.Iteration()
		if n%often == 0 || n == r.Plan.Iterations {
			if err := r.measure(ctx, run, m, name); err != nil {
				return nil, err
			}
		}
		if n >= r.Plan.Iterations {
			return run, nil
		}
		if err := run.Loop.Run(ctx, min(often-n%often, r.Plan.Iterations-n)); err != nil {
			return nil, err
		}
	}
}

// newPPO brings the actors together.
func (r *Road) newPPO(tuned *model.Store, m *RewardModel, gold bool, name string) (*Improvement, error) {
	policy, err := tuned.Clone()
	if err != nil {
		return nil, err
	}
	if err := m.Config.Copy(m.Store.RootScope(), policy.Scope("/"+valueScope)); err != nil {
		return nil, err
	}
	cfg := r.Plan.PPO
	list, err := r.World.Prompts(world.Train, r.Plan.Iterations*cfg.Episodes, cfg.Seed+300)
	if err != nil {
		return nil, err
	}
	prompts := make([][]int32, len(list))
	for i, p := range list {
		if prompts[i], err = r.Template.Prompt(p.Turns); err != nil {
			return nil, err
		}
	}
	speaker, err := r.speaker(policy, cfg.Temperature, 0)
	if err != nil {
		return nil, err
	}
	actors := ppo.Actors{Policy: policy, Reference: tuned, Sampler: ppo.Speak(speaker),
		Logits: func(scope *model.Scope, ids *Node) *Node { return gpt.Logits(scope, ids, r.Plan.GPT) },
		Value:  func(scope *model.Scope, ids *Node) *Node { return m.Config.Values(scope.In(valueScope), ids) },
	}
	if actors.Scorer, err = r.scorer(m, gold, list); err != nil {
		return nil, err
	}
	if cfg.Loss.Pretraining > 0 {
		if actors.Pretraining, err = corpus.NextToken(r.text, 16, r.Plan.GPT.Context, cfg.Seed); err != nil {
			return nil, err
		}
	}
	steps := r.Plan.Iterations * cfg.Epochs * cfg.Minibatches
	loop, err := ppo.New(r.backend, actors, prompts, cfg, train.Options{
		Optimizer: train.AdamW{LearningRate: r.Plan.Rate, Beta1: 0.9, Beta2: 0.95, Epsilon: 1e-5, Clip: 1},
		Schedule:  train.Schedule{Warmup: steps / 20, Steps: steps, Floor: 0.1}, Seed: cfg.Seed, Dir: r.path(name)})
	return &Improvement{Loop: loop, Policy: policy}, err
}

// scorer is the reward model, or the judge. The judge's scores are stretched to about the deviation of the reward
// model's, 1, so that β means the same.
func (r *Road) scorer(m *RewardModel, gold bool, list []world.Prompt) (ppo.Scorer, error) {
	const stretch = 2.5
	if gold {
		return ppo.ScorerFunc(func(_ context.Context, episodes []ppo.Episode) ([]float64, error) {
			scores := make([]float64, len(episodes))
			for i, e := range episodes {
				text, _, err := r.Template.Spoken(e.Tokens)
				if err != nil {
					return nil, fmt.Errorf("rlhf: %w", err)
				}
				scores[i] = stretch * r.World.Judge(list[e.Number], text).Gold()
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

// measure adds a point to the curves on held-out prompts.
func (r *Road) measure(ctx context.Context, run *Improvement, m *RewardModel, name string) error {
	n := run.Loop.Iteration()
	if len(run.Held) > 0 && slices.ContainsFunc(run.Held[0].Points, func(p figures.Point) bool { return p.Step >= n }) {
		return nil // measured before the run was stopped
	}
	prompts, err := r.World.Prompts(world.Validation, r.Plan.Held, r.Plan.Seed+100)
	if err != nil {
		return err
	}
	answers, err := r.answers(ctx, run.Policy, prompts, r.Plan.PPO.Temperature)
	if err != nil {
		return err
	}
	card, err := world.Grade(r.World, prompts, answers)
	if err != nil {
		return err
	}
	scorer, err := reward.NewScorer(r.backend, m.Store, m.Config)
	if err != nil {
		return err
	}
	list := make([]reward.Sampled, len(prompts))
	for i, p := range prompts {
		list[i] = reward.Sampled{Prompt: p, Answers: answers[i : i+1]}
	}
	judged, err := reward.Judge(list, scorer, r.Template, r.World)
	if err != nil {
		return err
	}
	proxy := 0.0
	for _, j := range judged {
		proxy += j.Scores[0] / float64(len(judged))
	}
	if len(run.Held) == 0 {
		run.Held = []figures.Curve{{Name: heldGold}, {Name: heldProxy}}
	}
	for i, v := range []float64{card.Gold, proxy} {
		run.Held[i].Points = append(run.Held[i].Points, figures.Point{Step: n, Value: v})
	}
	r.say("%s: iteration %d, held-out prompts: gold %.3f, score %.2f; KL %.2f", name, n, card.Gold, proxy, run.Loop.Curve(ppo.KL3).Last())
	return figures.WriteCSV(r.path(name, heldFile), run.Held...)
}
