package pipeline

import (
	"context"
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/datasets/corpus"
	"gptbook/datasets/world"
	"gptbook/figures"
	"gptbook/figures/curve"
	"gptbook/gpt"
	"gptbook/train"
	"gptbook/train/ppo"
)

// PPOTrial is one way to run PPO.
type PPOTrial struct {
	Name         string // of its folder: each trial needs its own
	Start        *model.Store
	Reward       *RewardModel
	Config       ppo.Config
	Iterations   int
	LearningRate float64 // its peak
	// Gold: the score is the judge's: the control that tells faults of PPO from faults of the reward model.
	Gold bool
}

// PPOTrial is PPO by the recipe, with a seed of the rollouts: it starts from the fine-tuned model and follows the
// reward model.
func (p *Pipeline) PPOTrial(ctx context.Context, seed int64) (t PPOTrial, err error) {
	cfg := p.Recipe.PPO
	cfg.Seed = seed
	t = PPOTrial{Name: fmt.Sprintf("ppo-%d", seed), Config: cfg,
		Iterations: p.Recipe.Iterations, LearningRate: p.Recipe.LearningRate}
	if t.Start, err = p.SFT(ctx); err == nil {
		t.Reward, err = p.Reward(ctx)
	}
	return t, err
}

// Improvement is a run of PPO.
type Improvement struct {
	Loop   *ppo.Loop
	Policy *model.Store

	trial  PPOTrial
	asked  []world.Prompt // of training
	record *curve.Recorder
	gold   float64 // of the last iteration's answers
}

// Curve returns one of the curves on prompts, such as [HeldGold], or an empty one. What PPO says of itself is in Loop.
func (run *Improvement) Curve(name string) curve.Curve { return run.record.Curve(name) }

// PPO improves a language model, which is also the reference, by a reward model.
func (p *Pipeline) PPO(ctx context.Context, t PPOTrial) (*Improvement, error) {
	run, err := p.newPPO(ctx, t)
	if err != nil {
		return nil, err
	}
	return run, run.Loop.Run(ctx, t.Iterations-run.Loop.Iteration())
}

// valueScope is where the policy's store keeps the value model.
const valueScope = "value"

// newPPO brings the models together.
func (p *Pipeline) newPPO(ctx context.Context, t PPOTrial) (*Improvement, error) {
	policy, err := t.Start.Clone()
	if err != nil {
		return nil, err
	}
	if err := t.Reward.Config.Copy(t.Reward.Store.RootScope(), policy.Scope("/"+valueScope)); err != nil {
		return nil, err
	}
	cfg := t.Config
	cfg.Context = p.Recipe.GPT.Context
	run := &Improvement{Policy: policy, trial: t, gold: math.NaN()}
	if run.asked, err = p.World.Prompts(world.Train, t.Iterations*cfg.Episodes, cfg.Seed+300); err != nil {
		return nil, err
	}
	prompts, err := p.encodePrompts(run.asked)
	if err != nil {
		return nil, err
	}
	responder, err := p.responder(policy, cfg.Temperature, 0)
	if err != nil {
		return nil, err
	}
	models := ppo.Models{Policy: policy, Reference: t.Start,
		Logits:  func(scope *model.Scope, ids *Node) *Node { return gpt.Logits(scope, ids, p.Recipe.GPT) },
		Value:   func(scope *model.Scope, ids *Node) *Node { return t.Reward.Config.Values(scope.In(valueScope), ids) },
		Sampler: ppo.Respond(responder),
		Scorer: ppo.ScorerFunc(func(_ context.Context, episodes []ppo.Episode) ([]float64, error) {
			return p.scoreEpisodes(run, episodes)
		}),
	}
	if cfg.Loss.Pretraining > 0 {
		rows := min(16, cfg.Episodes/cfg.Minibatches)
		if models.Pretraining, err = corpus.NextToken(p.text(), rows, cfg.Context, cfg.Seed); err != nil {
			return nil, err
		}
	}
	if run.record, err = p.heldRecord(t.Name); err != nil {
		return nil, err
	}
	steps := t.Iterations * cfg.Epochs * cfg.Minibatches
	run.Loop, err = ppo.New(p.backend, models, prompts, cfg, train.Options{
		Optimizer: train.AdamW{LearningRate: t.LearningRate, Beta1: 0.9, Beta2: 0.95, Epsilon: 1e-5, Clip: 1},
		Schedule:  train.Schedule{Warmup: steps / 20, Steps: steps, Floor: 0.1},
		Seed:      cfg.Seed, Dir: p.path(t.Name), EvalEvery: p.Recipe.EvalEvery,
		Each: func(iteration int) error { return p.measurePPO(context.WithoutCancel(ctx), run, iteration) }})
	return run, err
}

// encodePrompts writes prompts as the models read them.
func (p *Pipeline) encodePrompts(prompts []world.Prompt) (ids [][]int32, err error) {
	ids = make([][]int32, len(prompts))
	for i, prompt := range prompts {
		if ids[i], err = p.Template.Prompt(prompt.Turns); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// stretch brings the judge's scores to about the deviation of the reward model's, 1, so that β means the same.
const stretch = 2.5

// scoreEpisodes asks the reward model, or the judge. It also notes the gold reward of the answers that PPO learns from.
func (p *Pipeline) scoreEpisodes(run *Improvement, episodes []ppo.Episode) ([]float64, error) {
	texts, gold := make([][]int32, len(episodes)), make([]float64, len(episodes))
	run.gold = 0
	for i, e := range episodes {
		text, _, err := p.Template.Spoken(e.Tokens)
		if err != nil {
			return nil, fmt.Errorf("pipeline: %w", err)
		}
		v := p.World.Judge(run.asked[e.PromptIndex], text).Gold()
		texts[i], gold[i] = e.Text(), stretch*v
		run.gold += v / float64(len(episodes))
	}
	if run.trial.Gold {
		return gold, nil
	}
	return run.trial.Reward.score(p.backend, texts)
}

// measurePPO adds a point to the curves on prompts.
func (p *Pipeline) measurePPO(ctx context.Context, run *Improvement, iteration int) error {
	if run.record.Has(HeldGold, iteration) {
		return nil
	}
	prompts, err := p.evalPrompts(world.Validation)
	if err != nil {
		return err
	}
	texts, err := p.encodePrompts(prompts)
	if err != nil {
		return err
	}
	episodes, err := run.Loop.Answer(ctx, texts, p.Recipe.Seed)
	if err != nil {
		return err
	}
	answers, kl := make([]Sampled, len(prompts)), 0.0
	for _, e := range episodes {
		text, _, err := p.Template.Spoken(e.Tokens)
		if err != nil {
			return err
		}
		answers[e.PromptIndex] = Sampled{Prompt: prompts[e.PromptIndex], Answers: []string{text}}
		kl += e.KL() / float64(len(episodes))
	}
	scored, err := p.Score(run.trial.Reward, answers)
	if err != nil {
		return err
	}
	var gold, score float64
	for _, s := range scored {
		gold, score = gold+s.Gold[0]/float64(len(scored)), score+s.Scores[0]/float64(len(scored))
	}
	loop := func(name string) float64 { return run.Loop.Curve(name).Last() } // NaN before the first iteration
	p.say("%s: iteration %3d: held-out prompts: gold %.3f, score %5.2f, KL %.2f; "+
		"training: gold %.3f, score %5.2f, KL %.2f; explained variance %.2f",
		run.trial.Name, iteration, gold, score, kl, run.gold, loop(ppo.Score), loop(ppo.KL1), loop(ppo.ExplainedVar))
	for _, c := range []struct {
		name  string
		value float64
	}{{HeldGold, gold}, {HeldScore, score}, {HeldKL, kl}, {TrainingGold, run.gold}, {TrainingScore, loop(ppo.Score)}} {
		run.record.Add(c.name, "", iteration, c.value)
	}
	return run.record.Save()
}

// reportPPO improves the fine-tuned model, and asks it.
func (p *Pipeline) reportPPO(ctx context.Context) error {
	trial, err := p.PPOTrial(ctx, p.Recipe.Seed)
	if err != nil {
		return err
	}
	run, err := p.PPO(ctx, trial)
	if err != nil {
		return err
	}
	chart := figures.Chart{Title: "PPO", XLabel: "iteration", YLabel: "gold reward",
		Curves: []curve.Curve{run.Curve(HeldGold), run.Curve(TrainingGold)}}
	if err := chart.Save(p.path("ppo.png")); err != nil {
		return err
	}
	p.say("KL from the fine-tuned model: %.1f nats per answer", run.Loop.Curve(ppo.KL3).Last())
	if p.exported, err = p.Export(run.Policy, "ppo"); err != nil {
		return err
	}
	return p.ask(ctx, "PPO", run.Policy)
}
