package rlhf

import (
	"context"
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/datasets/corpus"
	"gptbook/datasets/world"
	"gptbook/figures/curve"
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

	scorer *reward.Scorer
	record *record
	gold   float64 // of the last iteration's answers
}

// Curve returns one of the curves on prompts, such as [HeldGold], or an empty one. What PPO says of itself is in Loop.
func (i *Improvement) Curve(name string) curve.Curve { return curve.Named(i.record.curves, name) }

const heldFile = "held.csv"

// Trial is one way to run PPO.
type Trial struct {
	Name       string // of its folder: each trial needs its own
	Config     ppo.Config
	Iterations int
	Rate       float64 // peak of the learning rate
	Gold       bool    // the score is the judge's: the control that tells faults of PPO from faults of the reward model
}

// Trial is PPO by the plan, with a seed of the rollouts.
func (p Plan) Trial(seed int64) Trial {
	cfg := p.PPO
	cfg.Seed = seed
	return Trial{Name: fmt.Sprintf("ppo-%d", seed), Config: cfg, Iterations: p.Iterations, Rate: p.Rate}
}

// PPO improves a language model, which is also the reference, by the reward model.
func (r *Road) PPO(ctx context.Context, start *model.Store, m *RewardModel, t Trial) (*Improvement, error) {
	run, err := r.newPPO(start, m, t)
	if err != nil {
		return nil, err
	}
	for {
		n := run.Loop.Iteration()
		if n%r.Plan.Often == 0 || n >= t.Iterations {
			if err := r.measure(ctx, run, t); err != nil {
				return nil, err
			}
		}
		if n >= t.Iterations {
			return run, nil
		}
		if err := run.Loop.Run(ctx, min(r.Plan.Often-n%r.Plan.Often, t.Iterations-n)); err != nil {
			return nil, err
		}
	}
}

// newPPO brings the actors together.
func (r *Road) newPPO(start *model.Store, m *RewardModel, t Trial) (*Improvement, error) {
	policy, err := start.Clone()
	if err != nil {
		return nil, err
	}
	if err := m.Config.Copy(m.Store.RootScope(), policy.Scope("/"+valueScope)); err != nil {
		return nil, err
	}
	cfg := t.Config
	cfg.Context = r.Plan.GPT.Context
	list, err := r.World.Prompts(world.Train, t.Iterations*cfg.Episodes, cfg.Seed+300)
	if err != nil {
		return nil, err
	}
	prompts, err := r.tokens(list)
	if err != nil {
		return nil, err
	}
	speaker, err := r.speaker(policy, cfg.Temperature, 0)
	if err != nil {
		return nil, err
	}
	scorer, err := reward.NewScorer(r.backend, m.Store, m.Config)
	if err != nil {
		return nil, err
	}
	run := &Improvement{Policy: policy, scorer: scorer, gold: math.NaN()}
	actors := ppo.Actors{Policy: policy, Reference: start, Sampler: ppo.Speak(speaker),
		Logits: func(scope *model.Scope, ids *Node) *Node { return gpt.Logits(scope, ids, r.Plan.GPT) },
		Value:  func(scope *model.Scope, ids *Node) *Node { return m.Config.Values(scope.In(valueScope), ids) },
	}
	actors.Scorer = r.scorer(run, t.Gold, list)
	if cfg.Loss.Pretraining > 0 {
		if actors.Pretraining, err = corpus.NextToken(r.text(), 16, r.Plan.GPT.Context, cfg.Seed); err != nil {
			return nil, err
		}
	}
	if run.record, err = openRecord(r.path(t.Name, heldFile)); err != nil {
		return nil, err
	}
	steps := t.Iterations * cfg.Epochs * cfg.Minibatches
	run.Loop, err = ppo.New(r.backend, actors, prompts, cfg, train.Options{
		Optimizer: train.AdamW{LearningRate: t.Rate, Beta1: 0.9, Beta2: 0.95, Epsilon: 1e-5, Clip: 1},
		Schedule:  train.Schedule{Warmup: steps / 20, Steps: steps, Floor: 0.1}, Seed: cfg.Seed, Dir: r.path(t.Name)})
	return run, err
}

// tokens writes prompts as the models read them.
func (r *Road) tokens(prompts []world.Prompt) (ids [][]int32, err error) {
	ids = make([][]int32, len(prompts))
	for i, p := range prompts {
		if ids[i], err = r.Template.Prompt(p.Turns); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// stretch brings the judge's scores to about the deviation of the reward model's, 1, so that β means the same.
const stretch = 2.5

// scorer is the reward model, or the judge. It also notes the gold reward of the answers that PPO learns from.
func (r *Road) scorer(run *Improvement, gold bool, list []world.Prompt) ppo.Scorer {
	return ppo.ScorerFunc(func(_ context.Context, episodes []ppo.Episode) ([]float64, error) {
		texts, judged := make([][]int32, len(episodes)), make([]float64, len(episodes))
		run.gold = 0
		for i, e := range episodes {
			text, _, err := r.Template.Spoken(e.Tokens)
			if err != nil {
				return nil, fmt.Errorf("rlhf: %w", err)
			}
			v := r.World.Judge(list[e.Number], text).Gold()
			texts[i], judged[i] = e.Text(), stretch*v
			run.gold += v / float64(len(episodes))
		}
		if gold {
			return judged, nil
		}
		return run.scorer.Score(texts)
	})
}

// measure adds a point to the curves on prompts.
func (r *Road) measure(ctx context.Context, run *Improvement, t Trial) error {
	n := run.Loop.Iteration()
	if run.record.has(n) {
		return nil
	}
	prompts, err := r.heldOut(world.Validation)
	if err != nil {
		return err
	}
	texts, err := r.tokens(prompts)
	if err != nil {
		return err
	}
	episodes, err := run.Loop.Answer(ctx, texts, r.Plan.Seed)
	if err != nil {
		return err
	}
	answers, kl := make([]string, len(prompts)), 0.0
	for _, e := range episodes {
		if answers[e.Number], _, err = r.Template.Spoken(e.Tokens); err != nil {
			return err
		}
		kl += e.KL() / float64(len(episodes))
	}
	card, err := world.Grade(r.World, prompts, answers)
	if err != nil {
		return err
	}
	score, err := r.score(run.scorer, prompts, answers)
	if err != nil {
		return err
	}
	loop := func(name string) float64 {
		if n == 0 {
			return math.NaN()
		}
		return run.Loop.Curve(name).Last()
	}
	r.say("%s: iteration %3d: held-out prompts: gold %.3f, score %5.2f, KL %.2f; training: gold %.3f, score %5.2f, KL %.2f; explained variance %.2f",
		t.Name, n, card.Gold, score, kl, run.gold, loop(ppo.Score), loop(ppo.KL1), loop(ppo.ExplainedVar))
	return run.record.add(n, []string{HeldGold, HeldScore, HeldKL, TrainingGold, TrainingScore}, card.Gold, score, kl, run.gold, loop(ppo.Score))
}

// score is the mean of the reward model's scores of one answer to each prompt.
func (r *Road) score(scorer *reward.Scorer, prompts []world.Prompt, answers []string) (mean float64, err error) {
	list := make([]reward.Sampled, len(prompts))
	for i, p := range prompts {
		list[i] = reward.Sampled{Prompt: p, Answers: answers[i : i+1]}
	}
	judged, err := reward.Judge(list, scorer, r.Template, r.World)
	for _, j := range judged {
		mean += j.Scores[0] / float64(len(judged))
	}
	return mean, err
}
