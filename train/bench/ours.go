package main

import (
	"context"
	"iter"
	"math/rand/v2"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"

	"gptbook/bert"
	"gptbook/gpt"
	"gptbook/train"
)

// subject is one task for one model at one size. A new one needs an entry here and, against PyTorch, its class in
// torch.py.
type subject struct {
	name    string
	torch   map[string]any // arguments of the class in torch.py, "model" names it; nil if the other side is ours
	params  int
	batch   int
	steps   int // of one turn: a few seconds
	tokens  int // of one step
	devices int // that it takes; 0 is 1
	ours    func(engine compute.Backend) (side, error)
	other   func(engine compute.Backend) (side, error) // the other side where it is not PyTorch
}

// The reference sizes: small fits the caches, large is bound by its matrix products.
var (
	small = gpt.Config{Name: "bench", Vocab: 65, Context: 64, Layers: 4, Heads: 4, Width: 128}
	large = gpt.Config{Name: "bench", Vocab: 65, Context: 256, Layers: 6, Heads: 6, Width: 384}
)

// subjects are what is raced: training and writing against PyTorch, then two of our settings against the plain one.
var subjects = []subject{
	decoder("gpt-small", small, 12, 100),
	decoder("gpt-large", large, 8, 5),
	encoder("bert-small", bert.Config{
		Name: "bench", Vocab: 65, Context: 64, Layers: 4, Heads: 4, Width: 128, Inner: 512}, 12, 100),
	encoder("bert-large", bert.Config{
		Name: "bench", Vocab: 65, Context: 256, Layers: 6, Heads: 6, Width: 384, Inner: 1536}, 8, 5),
	writer("write-1", large, 1, 3),
	writer("write-16", large, 16, 1),
	setting("bf16-small", small, 12, 100, bf16),
	setting("bf16-large", large, 8, 10, bf16),
	setting("devices-2-small", small, 12, 100, twoDevices),
	setting("devices-2-large", large, 8, 10, twoDevices),
}

func decoder(name string, cfg gpt.Config, batch, steps int) subject {
	return subject{
		name: name,
		torch: map[string]any{"model": "GPT", "vocab": cfg.Vocab, "context": cfg.Context,
			"layers": cfg.Layers, "heads": cfg.Heads, "width": cfg.Width},
		params: cfg.Params(), batch: batch, steps: steps, tokens: batch * cfg.Context,
		ours: pretrains(name, noise{batch, cfg.Context, cfg.Vocab}, cfg, plain),
	}
}

// pretrains prepares a trainee that predicts the next token.
func pretrains(
	name string, data mltrain.Dataset, cfg gpt.Config, opt train.Options,
) func(compute.Backend) (side, error) {
	return learns(data, opt, train.Stage{
		Name: name, Unit: "nats/token", Loss: gpt.CrossEntropy,
		Model: func(scope *model.Scope, _ any, inputs []*graph.Node) []*graph.Node {
			return []*graph.Node{gpt.Logits(scope, inputs[0], cfg)}
		},
	}, func(store *model.Store) error { return gpt.Init(store.RootScope(), cfg, 1) })
}

// encoder asks the masked-LM head about every position, which is the most work that pretraining could be.
func encoder(name string, cfg bert.Config, batch, steps int) subject {
	parts := []bert.Part{bert.Encoder, bert.MaskHead}
	return subject{
		name: name,
		torch: map[string]any{"model": "BERT", "vocab": cfg.Vocab, "context": cfg.Context,
			"layers": cfg.Layers, "heads": cfg.Heads, "width": cfg.Width},
		params: cfg.Params(parts...), batch: batch, steps: steps, tokens: batch * cfg.Context,
		ours: learns(noise{batch, cfg.Context, cfg.Vocab}, plain, train.Stage{
			Name: name, Unit: "nats/token", Loss: gpt.CrossEntropy,
			Model: func(scope *model.Scope, _ any, inputs []*graph.Node) []*graph.Node {
				return []*graph.Node{bert.MaskedLM(scope, bert.Encode(scope, bert.Input{IDs: inputs[0]}, cfg))}
			},
		}, func(store *model.Store) error { return bert.Init(store.RootScope(), cfg, 1, parts...) }),
	}
}

// trainee trains a model with the course's own loop.
type trainee struct {
	trainer *train.Trainer
	data    mltrain.Dataset
}

// plain is how a trainee learns. Without a warm-up the first steps of the large model are so rough that rounding
// alone brings two runs 0.04 nats apart within 20.
var plain = train.Options{Optimizer: train.GPT3AdamW(1e-3), Schedule: train.Schedule{Warmup: 100, Steps: 10_000}}

// learns prepares a trainee whose model has the weights of init.
func learns(
	data mltrain.Dataset, opt train.Options, stage train.Stage, init func(store *model.Store) error,
) func(compute.Backend) (side, error) {
	return func(engine compute.Backend) (side, error) {
		store := model.NewStore()
		if err := init(store); err != nil {
			return nil, err
		}
		trainer, err := train.New(engine, store, stage, opt)
		return &trainee{trainer, data}, err
	}
}

func (t *trainee) run(ctx context.Context, steps int) error {
	_, err := t.trainer.Run(ctx, t.data, steps)
	return err
}

// noise is batches of random ids: what they say does not matter to the clock.
type noise struct{ batch, context, vocab int }

func (n noise) Name() string { return "noise" }

func (n noise) Iter() iter.Seq2[mltrain.Batch, error] {
	rng := rand.New(rand.NewPCG(1, 2))
	ids := func() []*tensors.Tensor {
		flat := make([]int32, n.batch*n.context)
		for i := range flat {
			flat[i] = rng.Int32N(int32(n.vocab))
		}
		return []*tensors.Tensor{tensors.FromFlatDataAndDimensions(flat, n.batch, n.context)}
	}
	return func(yield func(mltrain.Batch, error) bool) {
		for yield(mltrain.Batch{Inputs: ids(), Labels: ids()}, nil) {
		}
	}
}
