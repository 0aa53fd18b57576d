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

// subject is one model at one size. A new one needs an entry here and its class in torch.py.
type subject struct {
	name           string
	torch          map[string]any // arguments of the class in torch.py; "model" names it
	params         int
	batch, context int
	steps          int // of one turn: a few seconds
	stage          train.Stage
	init           func(store *model.Store) error
	vocab          int
}

// subjects are the reference sizes: small fits the caches, large is bound by its matrix products.
var subjects = []subject{
	decoder("gpt-small", gpt.Config{Name: "bench", Vocab: 65, Context: 64, Layers: 4, Heads: 4, Width: 128}, 12, 100),
	decoder("gpt-large", gpt.Config{Name: "bench", Vocab: 65, Context: 256, Layers: 6, Heads: 6, Width: 384}, 8, 5),
	encoder("bert-small", bert.Config{Name: "bench", Vocab: 65, Context: 64, Layers: 4, Heads: 4, Width: 128, Inner: 512}, 12, 100),
	encoder("bert-large", bert.Config{Name: "bench", Vocab: 65, Context: 256, Layers: 6, Heads: 6, Width: 384, Inner: 1536}, 8, 5),
}

func decoder(name string, cfg gpt.Config, batch, steps int) subject {
	return subject{
		name: name,
		torch: map[string]any{"model": "GPT", "vocab": cfg.Vocab, "context": cfg.Context,
			"layers": cfg.Layers, "heads": cfg.Heads, "width": cfg.Width},
		params: cfg.Params(), batch: batch, context: cfg.Context, steps: steps, vocab: cfg.Vocab,
		stage: train.Stage{
			Name: name, Unit: "nats/token", Loss: gpt.CrossEntropy,
			Model: func(scope *model.Scope, _ any, inputs []*graph.Node) []*graph.Node {
				return []*graph.Node{gpt.Logits(scope, inputs[0], cfg)}
			},
		},
		init: func(store *model.Store) error { return gpt.Init(store.RootScope(), cfg, 1) },
	}
}

// encoder asks the masked-LM head about every position, which is the most work that pretraining could be.
func encoder(name string, cfg bert.Config, batch, steps int) subject {
	parts := []bert.Part{bert.Encoder, bert.MaskHead}
	return subject{
		name: name,
		torch: map[string]any{"model": "BERT", "vocab": cfg.Vocab, "context": cfg.Context,
			"layers": cfg.Layers, "heads": cfg.Heads, "width": cfg.Width},
		params: cfg.Params(parts...), batch: batch, context: cfg.Context, steps: steps, vocab: cfg.Vocab,
		stage: train.Stage{
			Name: name, Unit: "nats/token", Loss: gpt.CrossEntropy,
			Model: func(scope *model.Scope, _ any, inputs []*graph.Node) []*graph.Node {
				return []*graph.Node{bert.MaskedLM(scope, bert.Encode(scope, bert.Input{IDs: inputs[0]}, cfg))}
			},
		},
		init: func(store *model.Store) error { return bert.Init(store.RootScope(), cfg, 1, parts...) },
	}
}

// ours trains a subject with the course's own loop.
type ours struct {
	trainer *train.Trainer
	data    mltrain.Dataset
}

func newOurs(engine compute.Backend, s subject) (*ours, error) {
	store := model.NewStore()
	if err := s.init(store); err != nil {
		return nil, err
	}
	opt := train.GPT3AdamW(1e-3)
	trainer, err := train.New(engine, store, s.stage, train.Options{Optimizer: opt})
	return &ours{trainer, noise{s}}, err
}

func (o *ours) run(ctx context.Context, steps int) error {
	_, err := o.trainer.Run(ctx, o.data, steps)
	return err
}

// noise is batches of random ids: what they say does not matter to the clock.
type noise struct{ subject }

func (n noise) Name() string { return n.name }

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
