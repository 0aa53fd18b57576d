package ppo

import (
	"context"
	"errors"
	"iter"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"
	"github.com/janpfeifer/must"

	"gptbook/figures/curve"
	"gptbook/train"
)

// random returns random logits for a table.
func (tb Table) random(seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 1))
	logits := make([]float32, tb.Size())
	for i := range logits {
		logits[i] = float32(rng.NormFloat64())
	}
	return logits
}

// probabilities of all answers.
func (tb Table) probabilities(store *model.Store) []float64 {
	_, p, err := tb.Answers(store)
	must.M(err)
	return p
}

// exact has nothing that moves the optimum or keeps the policy from it.
var exact = Config{Episodes: 256, Minibatches: 2, Epochs: 2, Temperature: 1, Lambda: 1, Seed: 1,
	Loss: LossWeights{Clip: .2, Value: 1}}

// start prepares a run from the policy to the reference. change may be nil.
func (tb Table) start(policy, reference []float32, scores []float64, cfg Config, opt train.Options,
	change func(*Models)) (*Loop, *model.Store) {
	store := must.M1(tb.Store(policy))
	cfg.Context = tb.Length + 1
	models := tb.Models(store, must.M1(tb.Store(reference)), scores)
	if change != nil {
		change(&models)
	}
	return must.M1(New(engine(), models, [][]int32{{0}}, cfg, opt)), store
}

// steps is an optimizer whose rate falls to 0 within a number of iterations.
func steps(cfg Config, iterations int, rate float64) train.Options {
	return train.Options{Optimizer: train.AdamW{LearningRate: rate, Beta1: .9, Beta2: .95, Epsilon: 1e-5, Clip: 1},
		Schedule: train.Schedule{Steps: iterations * cfg.Epochs * cfg.Minibatches}}
}

func TestOptimumGolden(t *testing.T) {
	ref, r := []float64{.5, .3, .2}, []float64{0, 1, 2}
	p, worth := Optimum(ref, r, 1)
	near(t, "π*, J* at β=1", append(p, worth), []float64{.17900002, .2919435, .52905648, 1.02722218}, 1e-8)
	p, worth = Optimum(ref, r, .5)
	near(t, "π*, J* at β=.5", append(p, worth), []float64{.03666671, .16255943, .80077385, 1.30636939}, 1e-8)
}

// Proof 1: PPO finds the optimum of a bandit and of a tree of two tokens, for several β, and says what it is worth.
func TestPPOReachesTheOptimum(t *testing.T) {
	bandit := []float32{float32(math.Log(.5)), float32(math.Log(.3)), float32(math.Log(.2))}
	tree := Table{4, 2}
	treeScores := make([]float64, 16)
	rng := rand.New(rand.NewPCG(5, 5))
	for i := range treeScores {
		treeScores[i] = 2 * rng.Float64()
	}
	for _, c := range []struct {
		name      string
		table     Table
		reference []float32
		scores    []float64
	}{
		{"bandit", Table{3, 1}, slices.Repeat(bandit, 6), []float64{0, 1, 2}},
		{"tree", tree, tree.random(2), treeScores},
	} {
		for _, beta := range []float64{2, 1, .5} {
			cfg := exact
			cfg.KLCoefficient = beta
			const iterations = 60
			loop, store := c.table.start(c.reference, c.reference, c.scores, cfg, steps(cfg, iterations, .08), nil)
			must.M(loop.Run(t.Context(), iterations))
			ref := c.table.probabilities(must.M1(c.table.Store(c.reference)))
			want, worth := Optimum(ref, c.scores, beta)
			got := c.table.probabilities(store)
			if tv := TotalVariation(got, want); tv > .02 {
				t.Errorf("%s, β=%g: total variation %.4f from the optimum: %.3f, want %.3f",
					c.name, beta, tv, got, want)
			}
			if before := TotalVariation(ref, want); before < .05 {
				t.Errorf("%s, β=%g: the reference is only %.3f from the optimum, so this shows nothing",
					c.name, beta, before)
			}
			near(t, c.name+": objective", []float64{loop.Curve(Objective).Last()}, []float64{worth}, .02)
		}
	}
}

// Proof 2: on the first minibatch the policy is still the one that sampled.
func TestFirstMinibatchHasRatioOne(t *testing.T) {
	tb := Table{4, 2}
	cfg := exact
	cfg.Minibatches, cfg.Epochs, cfg.KLCoefficient, cfg.WhitenAdvantages = 1, 1, .1, true
	loop, _ := tb.start(tb.random(1), tb.random(2), make([]float64, 16), cfg, steps(cfg, 10, .01), nil)
	must.M(loop.Run(t.Context(), 1))
	near(t, "approximate KL, clip fraction, policy loss at ratio 1",
		[]float64{loop.Curve(ApproxKLName).Last(), loop.Curve(ClipFractionName).Last(),
			loop.Curve(PolicyLossName).Last()}, []float64{0, 0, 0}, 1e-6)
	if kl := loop.Curve(KL1).Last(); kl < .1 {
		t.Errorf("KL to another reference is %v, want a good deal", kl)
	}
}

// Proof 3: a large β keeps the policy at the reference, whatever the score.
func TestLargeBetaStaysAtTheReference(t *testing.T) {
	tb := Table{3, 1}
	cfg := exact
	cfg.KLCoefficient = 100
	loop, store := tb.start(tb.random(3), tb.random(3), []float64{0, 1, 2}, cfg, steps(cfg, 40, .02), nil)
	must.M(loop.Run(t.Context(), 40))
	ref := tb.probabilities(must.M1(tb.Store(tb.random(3))))
	if got := tb.probabilities(store); TotalVariation(got, ref) > .02 {
		t.Errorf("%.3f has left the reference %.3f", got, ref)
	}
}

// Proof 4: a score that is the same for all answers leaves only the KL term: the policy goes to the reference.
func TestConstantScoreLeavesOnlyTheKL(t *testing.T) {
	tb := Table{4, 2}
	scores := slices.Repeat([]float64{3}, 16)
	cfg := exact
	cfg.KLCoefficient = 1
	loop, store := tb.start(tb.random(1), tb.random(2), scores, cfg, steps(cfg, 60, .08), nil)
	ref := tb.probabilities(must.M1(tb.Store(tb.random(2))))
	before := tb.probabilities(store)
	must.M(loop.Run(t.Context(), 60))
	if got := tb.probabilities(store); TotalVariation(got, ref) > .02 || TotalVariation(before, ref) < .2 {
		t.Errorf("from %.3f to %.3f, want the reference %.3f", before, got, ref)
	}
	if kl := loop.Curve(KL3).Last(); kl < 0 || kl > .01 {
		t.Errorf("KL by k3 is %v at the end", kl)
	}
}

// While the critic learns alone, the policy stays where it is, text or not; then it moves.
func TestCriticWarmup(t *testing.T) {
	cfg, table, scores := exact, Table{4, 2}, make([]float64, 16)
	for i := range scores {
		scores[i] = 2 + float64(i)/8
	}
	cfg.CriticWarmup, cfg.Loss.Pretraining = 2, .5
	logits := table.random(4)
	loop, store := table.start(logits, logits, scores, cfg, steps(cfg, 8, .3),
		func(a *Models) { a.Pretraining = &text{} })
	before := table.probabilities(store)
	must.M(loop.Run(t.Context(), 2))
	near(t, "probabilities before the policy may move", table.probabilities(store), before, 1e-7)
	first := loop.Curve(ValueLossName).Points[0].Value
	must.M(loop.Run(t.Context(), 6))
	if tv := TotalVariation(table.probabilities(store), before); tv < .01 {
		t.Errorf("after six more iterations it has moved by %v", tv)
	}
	if last := loop.Curve(ValueLossName).Last(); last > first/2 {
		t.Errorf("value loss %v at first, %v at last", first, last)
	}
}

// A run that is stopped and resumed ends where one that was not does: weights and curves.
func TestResumedRunEqualsUninterrupted(t *testing.T) {
	tb := Table{4, 2}
	cfg := exact
	cfg.KLCoefficient, cfg.Loss.Pretraining = .5, .5
	cfg.Episodes, cfg.WhitenAdvantages = 32, true
	run := func(dir string, parts ...int) (*Loop, []float32) {
		var loop *Loop
		var store *model.Store
		for _, iterations := range parts {
			opt := steps(cfg, 6, .05)
			opt.Dir = dir
			loop, store = tb.start(tb.random(1), tb.random(1), make([]float64, 16), cfg, opt,
				func(a *Models) { a.Pretraining = &text{} })
			must.M(loop.Run(t.Context(), iterations))
		}
		return loop, tensors.MustCopyFlatData[float32](must.M1(store.GetVariable("/logits").Value()))
	}
	whole, want := run(filepath.Join(t.TempDir(), "whole"), 6)
	resumed, got := run(filepath.Join(t.TempDir(), "parts"), 2, 1, 3)
	if !slices.Equal(got, want) {
		t.Errorf("the resumed run ends at other weights:\n%v\n%v", got, want)
	}
	if whole.Iteration() != 6 || resumed.Iteration() != 6 {
		t.Errorf("%d and %d iterations", whole.Iteration(), resumed.Iteration())
	}
	if len(whole.Curves()) < 12 {
		t.Errorf("only %d curves", len(whole.Curves()))
	}
	for _, c := range whole.Curves() {
		if !slices.Equal(c.Points, resumed.Curve(c.Name).Points) || len(c.Points) != 6 {
			t.Errorf("curve %q: %v, resumed %v", c.Name, c.Points, resumed.Curve(c.Name).Points)
		}
	}
}

// text is pretraining data that depends on the number of the batch.
type text struct{ next int }

func (x *text) Name() string   { return "text" }
func (x *text) Seek(batch int) { x.next = batch }
func (x *text) Iter() iter.Seq2[mltrain.Batch, error] {
	return func(yield func(mltrain.Batch, error) bool) {
		for n := x.next; ; n++ {
			a, b := int32(n%4), int32(n/4%4)
			if !yield(mltrain.Batch{Inputs: []*tensors.Tensor{tensors.FromValue([][]int32{{a, b, a}})},
				Labels: []*tensors.Tensor{tensors.FromValue([][]int32{{b, a, b}})}}, nil) {
				return
			}
		}
	}
}

// Pretraining text pulls the policy where the score says nothing.
func TestPretrainingTextIsLearned(t *testing.T) {
	tb := Table{4, 2}
	cfg := exact
	cfg.Episodes, cfg.Loss.Pretraining = 16, 1
	loop, _ := tb.start(tb.random(1), tb.random(1), make([]float64, 16), cfg, steps(cfg, 60, .05),
		func(a *Models) { a.Pretraining = &text{} })
	must.M(loop.Run(t.Context(), 60))
	loss := loop.Curve(PretrainingName)
	if start, end := mean(curve.Curve{Points: loss.Points[:10]}, 0, nil), mean(loss, 50, nil); end > start-.1 {
		t.Errorf("the loss on text went from %v to %v", start, end)
	}
}

// cut says of every answer that it was cut off.
type cut struct{ Sampler }

func (c cut) Sample(ctx context.Context, prompts [][]int32, seed int64) ([]Sample, error) {
	samples, err := c.Sampler.Sample(ctx, prompts, seed)
	for i := range samples {
		samples[i].Ended = false
	}
	return samples, err
}

func TestAnswersThatAreCutOffGetTheirScore(t *testing.T) {
	tb := Table{3, 1}
	cfg := exact
	cfg.MissingEOSScore = -5
	loop, _ := tb.start(tb.random(1), tb.random(1), []float64{1, 1, 1}, cfg, steps(cfg, 10, .01),
		func(a *Models) { a.Sampler = cut{a.Sampler} })
	must.M(loop.Run(t.Context(), 1))
	near(t, "score, ended", []float64{loop.Curve(Score).Last(), loop.Curve(Ended).Last()}, []float64{-5, 0}, 0)
}

func TestBadInput(t *testing.T) {
	tb := Table{3, 1}
	good := exact
	good.Context = 2
	attempt := func(change func(*Config, *Models, *[][]int32)) error {
		cfg, prompts, store := good, [][]int32{{0}}, must.M1(tb.Store(tb.random(1)))
		models := tb.Models(store, store, make([]float64, 3))
		change(&cfg, &models, &prompts)
		loop, err := New(engine(), models, prompts, cfg, steps(cfg, 10, .01))
		if err != nil {
			return err
		}
		return loop.Run(t.Context(), 1)
	}
	broken := errors.New("scorer is out")
	for want, change := range map[string]func(*Config, *Models, *[][]int32){
		"equal minibatches":         func(c *Config, _ *Models, _ *[][]int32) { c.Minibatches = 3 },
		"Epochs is 0":               func(c *Config, _ *Models, _ *[][]int32) { c.Epochs = 0 },
		"Context is 1":              func(c *Config, _ *Models, _ *[][]int32) { c.Context = 1 },
		"Temperature is 0":          func(c *Config, _ *Models, _ *[][]int32) { c.Temperature = 0 },
		"Lambda is 2":               func(c *Config, _ *Models, _ *[][]int32) { c.Lambda = 2 },
		"KLCoefficient is -1":       func(c *Config, _ *Models, _ *[][]int32) { c.KLCoefficient = -1 },
		"no prompts":                func(_ *Config, _ *Models, p *[][]int32) { *p = nil },
		"prompt 0 has 2 tokens":     func(_ *Config, _ *Models, p *[][]int32) { *p = [][]int32{{0, 0}} },
		"pretraining data is given": func(c *Config, _ *Models, _ *[][]int32) { c.Loss.Pretraining = 1 },
		"iteration 1: scorer is out": func(_ *Config, a *Models, _ *[][]int32) {
			a.Scorer = ScorerFunc(func(context.Context, []Episode) ([]float64, error) { return nil, broken })
		},
		"256 episodes got 0 scores": func(_ *Config, a *Models, _ *[][]int32) {
			a.Scorer = ScorerFunc(func(context.Context, []Episode) ([]float64, error) { return nil, nil })
		},
		"an answer of 2 tokens": func(_ *Config, a *Models, _ *[][]int32) {
			longer := Table{3, 2}
			store := must.M1(longer.Store(longer.random(1)))
			a.Sampler = longer.Models(store, store, nil).Sampler
		},
	} {
		err := attempt(change)
		if err == nil || !strings.HasPrefix(err.Error(), "ppo: ") ||
			!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got error %v, want %q", err, want)
		}
	}
	if _, err := tb.Store(make([]float32, 3)); err == nil || err.Error() != "ppo: 3 logits for a table of 18" {
		t.Errorf("too few logits: %v", err)
	}
	loop, _ := tb.start(tb.random(1), tb.random(1), make([]float64, 3), good, steps(good, 10, .01), nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := loop.Run(ctx, 1); !errors.Is(err, context.Canceled) || loop.Iteration() != 0 {
		t.Errorf("after the end of ctx: %v at iteration %d", err, loop.Iteration())
	}
}
