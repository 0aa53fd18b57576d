// Package ppo improves a language model by proximal policy optimisation (Schulman et al. 2017) the way InstructGPT
// was: answers are sampled, scored, and made more or less probable, with a penalty on leaving the model that it
// started from.
//
// Start with [Loop.Run], the outer loop. The mathematics is in advantage.go, kl.go and loss.go, each a few lines;
// stage.go puts the losses together for the trainer, minibatches.go cuts the answers up for it, logprobs.go asks the
// models. There is no second training loop here: each iteration hands its answers to a [train.Trainer]. A bandit of
// three arms, a tree of two tokens and a GPT run the same code: see the tests, where the optimum is known,
//
//	π*(y) ∝ π_ref(y)·exp(score(y)/β).
package ppo

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/gomlx/compute"

	"gptbook/datasets/corpus"
	"gptbook/figures/curve"
	"gptbook/train"
)

// Loop is one PPO run.
type Loop struct {
	models   Models
	cfg      Config
	prompts  [][]int32
	draw     func(i int) int
	trainer  *train.Trainer
	logProbs *logProbs
	curves   *curve.Recorder
	each     func(iteration int) error
	every    int // iterations between two calls of each
}

// New prepares a run on the prompts, each of which ends where the answer begins. How the optimizer moves, and where
// checkpoints go, is in opt; a run that is found in opt.Dir goes on from its last iteration. opt.Each and opt.EvalEvery
// count iterations here.
func New(backend compute.Backend, models Models, prompts [][]int32, cfg Config, opt train.Options) (*Loop, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if len(prompts) == 0 {
		return nil, errors.New("ppo: no prompts")
	}
	for i, p := range prompts {
		if len(p) == 0 || len(p) >= cfg.Context {
			return nil, fmt.Errorf("ppo: prompt %d has %d tokens, want 1 to %d to leave room in the context of %d",
				i, len(p), cfg.Context-1, cfg.Context)
		}
	}
	if (cfg.Loss.Pretraining > 0) != (models.Pretraining != nil) {
		return nil, fmt.Errorf("ppo: Loss.Pretraining is %g, but pretraining data is given: %v",
			cfg.Loss.Pretraining, models.Pretraining != nil)
	}
	l := &Loop{models: models, cfg: cfg, prompts: prompts, draw: corpus.Epochs(len(prompts), cfg.Seed),
		each: opt.Each, every: max(1, opt.EvalEvery)}
	opt.Each, opt.EvalEvery = nil, 0
	opt.Quiet = true // each iteration is a run of its own
	var err error
	if l.trainer, err = train.New(backend, models.Policy, l.stage(), opt); err != nil {
		return nil, err
	}
	if l.logProbs, err = newLogProbs(backend, models, cfg); err != nil {
		return nil, err
	}
	file := ""
	if opt.Dir != "" {
		file = filepath.Join(opt.Dir, curvesFile)
	}
	l.curves, err = curve.Open(file, l.Iteration())
	return l, err
}

// Iteration is the number of iterations done, those before a resume included.
func (l *Loop) Iteration() int { return l.trainer.Step() / (l.cfg.Epochs * l.cfg.Minibatches) }

// Run makes the given number of iterations: sample answers, score them, find the advantages, learn. It calls opt.Each
// before the first of all, after every opt.EvalEvery and after the last. When ctx ends it finishes the iteration, so
// that what is saved can be resumed, and returns ctx.Err().
func (l *Loop) Run(ctx context.Context, iterations int) error {
	for last := l.Iteration() + iterations; ; {
		n := l.Iteration()
		if l.each != nil && (n%l.every == 0 || n == last) {
			if err := l.each(n); err != nil {
				return err
			}
		}
		if n == last {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("ppo: stopped after iteration %d: %w", n, err)
		}
		if err := l.iterate(context.WithoutCancel(ctx)); err != nil {
			return fmt.Errorf("ppo: iteration %d: %w", n+1, err)
		}
	}
}

// iterate samples, scores and learns once.
func (l *Loop) iterate(ctx context.Context) error {
	n := l.Iteration()
	indices := make([]int, l.cfg.Episodes)
	for i := range indices {
		indices[i] = l.draw(n*len(indices) + i)
	}
	episodes, err := l.rollout(ctx, indices, l.cfg.Seed<<16+int64(n)) // no two runs share the seed of an iteration
	if err != nil {
		return err
	}
	if err := l.score(ctx, episodes); err != nil {
		return err
	}
	before := l.trainer.Step()
	batches := l.minibatches(episodes, n)
	if _, err := l.trainer.Run(ctx, batches, l.cfg.Epochs*l.cfg.Minibatches); err != nil {
		return err
	}
	l.record(episodes, before, batches.tokens)
	return l.curves.Save()
}

// rollout answers the prompts of these indices.
func (l *Loop) rollout(ctx context.Context, indices []int, seed int64) ([]Episode, error) {
	prompts := make([][]int32, len(indices))
	for i, n := range indices {
		prompts[i] = l.prompts[n]
	}
	episodes, err := l.Answer(ctx, prompts, seed)
	for i := range episodes {
		episodes[i].PromptIndex = indices[episodes[i].PromptIndex]
	}
	return episodes, err
}

// Answer samples an answer to each prompt, also of such as it does not learn from, and looks up what the models say of
// its tokens. The episodes come in order of their length; PromptIndex says which prompt each belongs to.
func (l *Loop) Answer(ctx context.Context, prompts [][]int32, seed int64) ([]Episode, error) {
	samples, err := l.models.Sampler.Sample(ctx, prompts, seed)
	if err != nil {
		return nil, err
	}
	if len(samples) != len(prompts) {
		return nil, fmt.Errorf("%d prompts got %d answers", len(prompts), len(samples))
	}
	episodes := make([]Episode, len(prompts))
	for i, s := range samples {
		if len(s.Tokens) == 0 || len(prompts[i])+len(s.Tokens) > l.cfg.Context {
			return nil, fmt.Errorf("an answer of %d tokens to a prompt of %d, "+
				"want 1 or more and the context of %d kept", len(s.Tokens), len(prompts[i]), l.cfg.Context)
		}
		episodes[i] = Episode{PromptIndex: i, Prompt: prompts[i], Sample: s}
	}
	sortByLength(episodes)
	return episodes, l.logProbs.fill(episodes)
}

// score asks the scorer and finds the advantage of each token.
func (l *Loop) score(ctx context.Context, episodes []Episode) error {
	scores, err := l.models.Scorer.Score(ctx, episodes)
	if err != nil {
		return err
	}
	if len(scores) != len(episodes) {
		return fmt.Errorf("%d episodes got %d scores", len(episodes), len(scores))
	}
	advantages := make([][]float64, len(episodes))
	for i := range episodes {
		e := &episodes[i]
		e.Score = scores[i]
		if !e.Ended {
			e.Score = l.cfg.MissingEOSScore
		}
		rewards := TokenRewards(e.LogProbs, e.Reference, e.Score, l.cfg.KLCoefficient)
		advantages[i], e.Returns = Advantages(rewards, e.Values, 1, l.cfg.Lambda)
	}
	if l.cfg.WhitenAdvantages {
		advantages = Whiten(advantages)
	}
	for i := range episodes {
		e := &episodes[i]
		if e.Advantages = advantages[i]; l.Iteration() < l.cfg.CriticWarmup {
			e.Advantages = make([]float64, len(e.Tokens)) // no gradient reaches the policy
		}
	}
	return nil
}
