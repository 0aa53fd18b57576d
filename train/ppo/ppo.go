// Package ppo improves a language model by proximal policy optimisation (Schulman et al. 2017) the way InstructGPT
// was: answers are sampled, scored, and made more or less probable, at a price for leaving the model that it
// started from.
//
// Start with [Loop.Run], the outer loop; advantage.go, kl.go and loss.go hold the mathematics, each a few lines.
// There is no second training loop here: each iteration hands its answers to a [train.Trainer]. A bandit of three
// arms, a tree of two tokens and a GPT run the same code: see the tests, where the optimum is known,
//
//	π*(y) ∝ π_ref(y)·exp(score(y)/β).
package ppo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"

	"gptbook/datasets/corpus"
	"gptbook/figures/curve"
	"gptbook/train"
)

// Config says how PPO learns. The zero value of a switch is off. See [InstructGPT] for a start.
type Config struct {
	Episodes    int     // answers sampled in each iteration
	Minibatches int     // that they are cut into; each is one step of the optimizer
	Epochs      int     // times that each is used
	Context     int     // T: length of the rows, a prompt and its answer together, in tokens
	Temperature float64 // of the sampler; all log-probabilities are taken at it too
	NoEnd       float64 // score of an answer that was cut off, in place of the scorer's

	KL               KL
	Lambda           float64 // of [Advantages]; γ is 1, an answer's end is as good as its beginning
	WhitenRewards    bool    // divides all rewards of a batch, score and price alike, by their deviation
	WhitenAdvantages bool
	ValueOnly        int // iterations at the start in which the policy waits until the value model knows what answers are worth
	Loss             LossWeights
	Seed             int64
}

// LossWeights says what a step minimises: PolicyLoss + Value·ValueLoss + Pretraining·CrossEntropy.
type LossWeights struct {
	Clip        float64 // ε of the policy's ratio
	ClipValue   float64 // ε of the value
	Value       float64 // weight of the value loss
	Pretraining float64 // weight γ of the loss on pretraining text ("PPO-ptx"); needs Actors.Pretraining
}

// InstructGPT is the paper's way (Ouyang et al. 2022, appendix C.4: clip 0.2, β 0.02, one epoch of 8 minibatches,
// 512 episodes) with what it leaves open taken from its ancestor (Ziegler et al. 2019, code: λ 0.95, value clip 0.2
// and weight 0.1, advantages whitened, -1 for a missing end). Our models are a thousand times smaller and
// want a larger β and fewer episodes.
var InstructGPT = Config{Episodes: 512, Minibatches: 8, Epochs: 1, Temperature: 1, NoEnd: -1, Lambda: 0.95,
	KL: KL{Coefficient: 0.02}, WhitenAdvantages: true, Loss: LossWeights{Clip: 0.2, ClipValue: 0.2, Value: 0.1}}

// Validate says what PPO cannot run with.
func (c Config) Validate() error {
	switch {
	case c.Episodes < 1 || c.Minibatches < 1 || c.Episodes%c.Minibatches != 0:
		return fmt.Errorf("ppo: %d episodes do not make %d equal minibatches", c.Episodes, c.Minibatches)
	case c.Epochs < 1:
		return fmt.Errorf("ppo: Epochs is %d, want 1 or more", c.Epochs)
	case c.Context < 2:
		return fmt.Errorf("ppo: Context is %d, want at least 2: a prompt and an answer", c.Context)
	case !(c.Temperature > 0):
		return fmt.Errorf("ppo: Temperature is %g, want more than 0", c.Temperature)
	case !(c.Lambda >= 0 && c.Lambda <= 1):
		return fmt.Errorf("ppo: Lambda is %g, want 0 to 1", c.Lambda)
	case !(c.KL.Coefficient >= 0):
		return fmt.Errorf("ppo: KL.Coefficient is %g, want 0 or more", c.KL.Coefficient)
	case c.KL.Target > 0 && c.KL.Horizon < 1:
		return fmt.Errorf("ppo: KL.Horizon is %d with a Target, want 1 or more", c.KL.Horizon)
	}
	return nil
}

// Actors are the models that take part.
type Actors struct {
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

// Loop is one PPO run.
type Loop struct {
	actors  Actors
	cfg     Config
	prompts [][]int32
	draw    func(i int) int
	trainer *train.Trainer
	look    *looker
	dir     string
	curves  []curve.Curve
}

// New prepares a run on the prompts, each of which ends where the answer begins. How the optimizer moves, and where
// checkpoints go, is in opt; a run that is found in opt.Dir goes on from its last iteration.
func New(backend compute.Backend, actors Actors, prompts [][]int32, cfg Config, opt train.Options) (*Loop, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if len(prompts) == 0 {
		return nil, errors.New("ppo: no prompts")
	}
	for i, p := range prompts {
		if len(p) == 0 || len(p) >= cfg.Context {
			return nil, fmt.Errorf("ppo: prompt %d has %d tokens, want 1 to %d to leave room in the context of %d", i, len(p), cfg.Context-1, cfg.Context)
		}
	}
	if (cfg.Loss.Pretraining > 0) != (actors.Pretraining != nil) {
		return nil, fmt.Errorf("ppo: Loss.Pretraining is %g, but pretraining data is given: %v", cfg.Loss.Pretraining, actors.Pretraining != nil)
	}
	l := &Loop{actors: actors, cfg: cfg, prompts: prompts, draw: corpus.Epochs(len(prompts), cfg.Seed), dir: opt.Dir}
	opt.Quiet = true // each iteration is a run of its own
	var err error
	if l.trainer, err = train.New(backend, actors.Policy, l.stage(), opt); err != nil {
		return nil, err
	}
	if l.look, err = newLooker(backend, actors, cfg); err != nil {
		return nil, err
	}
	return l, l.resume()
}

// Iteration is the number of iterations done, those before a resume included.
func (l *Loop) Iteration() int { return l.trainer.Step() / (l.cfg.Epochs * l.cfg.Minibatches) }

// Run makes the given number of iterations: sample answers, score them, find the advantages, learn. When ctx
// ends it finishes the iteration, so that what is saved can be resumed, and returns ctx.Err().
func (l *Loop) Run(ctx context.Context, iterations int) error {
	for range iterations {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("ppo: stopped after iteration %d: %w", l.Iteration(), err)
		}
		if err := l.iterate(context.WithoutCancel(ctx)); err != nil {
			return fmt.Errorf("ppo: iteration %d: %w", l.Iteration()+1, err)
		}
	}
	return nil
}

func (l *Loop) iterate(ctx context.Context) error {
	n, beta := l.Iteration(), l.beta()
	numbers := make([]int, l.cfg.Episodes)
	for i := range numbers {
		numbers[i] = l.draw(n*len(numbers) + i)
	}
	episodes, err := l.rollout(ctx, numbers, l.cfg.Seed<<16+int64(n)) // no two runs share the seed of an iteration
	if err != nil {
		return err
	}
	if err := l.judge(ctx, episodes, beta); err != nil {
		return err
	}
	before := l.trainer.Step()
	if _, err := l.trainer.Run(ctx, l.minibatches(episodes, n), l.cfg.Epochs*l.cfg.Minibatches); err != nil {
		return err
	}
	l.record(episodes, beta, before)
	if l.dir != "" {
		return curve.WriteCSV(filepath.Join(l.dir, curvesFile), l.curves...)
	}
	return nil
}

// rollout answers the numbered prompts.
func (l *Loop) rollout(ctx context.Context, numbers []int, seed int64) ([]Episode, error) {
	prompts := make([][]int32, len(numbers))
	for i, n := range numbers {
		prompts[i] = l.prompts[n]
	}
	episodes, err := l.Answer(ctx, prompts, seed)
	for i := range episodes {
		episodes[i].Number = numbers[episodes[i].Number]
	}
	return episodes, err
}

// Answer samples an answer to each prompt, also of such as it does not learn from, and looks up what the models say of its tokens. The
// episodes come in order of their length; Number says which prompt each belongs to.
func (l *Loop) Answer(ctx context.Context, prompts [][]int32, seed int64) ([]Episode, error) {
	samples, err := l.actors.Sampler.Sample(ctx, prompts, seed)
	if err != nil {
		return nil, err
	}
	if len(samples) != len(prompts) {
		return nil, fmt.Errorf("%d prompts got %d answers", len(prompts), len(samples))
	}
	episodes := make([]Episode, len(prompts))
	for i, s := range samples {
		if len(s.Tokens) == 0 || len(prompts[i])+len(s.Tokens) > l.cfg.Context {
			return nil, fmt.Errorf("an answer of %d tokens to a prompt of %d, want 1 or more and the context of %d kept", len(s.Tokens), len(prompts[i]), l.cfg.Context)
		}
		episodes[i] = Episode{Number: i, Prompt: prompts[i], Sample: s}
	}
	sortByLength(episodes)
	return episodes, l.look.at(episodes)
}

// judge scores the episodes and finds the advantage of each token.
func (l *Loop) judge(ctx context.Context, episodes []Episode, beta float64) error {
	scores, err := l.actors.Scorer.Score(ctx, episodes)
	if err != nil {
		return err
	}
	if len(scores) != len(episodes) {
		return fmt.Errorf("%d episodes got %d scores", len(episodes), len(scores))
	}
	rewards := make([][]float64, len(episodes))
	for i := range episodes {
		e := &episodes[i]
		e.Score = scores[i]
		if !e.Ended {
			e.Score = l.cfg.NoEnd
		}
		rewards[i] = TokenRewards(e.LogProbs, e.Reference, e.Score, beta)
	}
	if l.cfg.WhitenRewards {
		rewards = Whiten(rewards, false)
	}
	advantages := make([][]float64, len(episodes))
	for i := range episodes {
		e := &episodes[i]
		advantages[i], e.Returns = Advantages(rewards[i], e.Values, 1, l.cfg.Lambda)
	}
	if l.cfg.WhitenAdvantages {
		advantages = Whiten(advantages, true)
	}
	for i := range episodes {
		e := &episodes[i]
		if e.Advantages = advantages[i]; l.Iteration() < l.cfg.ValueOnly {
			e.Advantages = make([]float64, len(e.Tokens)) // no gradient reaches the policy
		}
	}
	return nil
}

// curvesFile holds one row for each iteration.
const curvesFile = "ppo.csv"

// resume reads the curves of the iterations done.
func (l *Loop) resume() error {
	if l.dir == "" || l.Iteration() == 0 {
		return nil
	}
	curves, err := curve.ReadCSV(filepath.Join(l.dir, curvesFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for i, c := range curves {
		curves[i].Points = slices.DeleteFunc(c.Points, func(p curve.Point) bool { return p.Step > l.Iteration() })
	}
	l.curves = curves
	return nil
}
