// Package pretrain defines the stages that learn from raw text alone: [CausalLM] for GPT.
package pretrain

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/gpt"
	"gptbook/train"
)

// CausalLM learns to predict each next token (Radford et al. 2018, §3.1). Batches hold ids [B, T] and, as labels,
// the ids one position later. The loss starts near ln V.
func CausalLM(cfg gpt.Config) train.Stage {
	return train.Stage{
		Name: "pretrain",
		Unit: "nats/token",
		Model: func(scope *model.Scope, _ any, inputs []*graph.Node) []*graph.Node {
			return []*graph.Node{gpt.Logits(scope, inputs[0], cfg)}
		},
		Loss:   gpt.CrossEntropy,
		Count:  gpt.CountTokens,
		Layers: layers(cfg),
		Vocab:  cfg.Vocab,
	}
}

// layers is [gpt.Logits] cut between the blocks.
func layers(cfg gpt.Config) *train.Layers {
	forms := 1
	if cfg.Window > 0 {
		forms = 2 // dense and banded
	}
	return &train.Layers{
		Depth: cfg.Layers,
		Forms: forms,
		Scope: func(layer int) string { return fmt.Sprintf("/h/%d", layer) },
		Bottom: func(scope *model.Scope, inputs []*graph.Node) *graph.Node {
			return gpt.Embed(scope, inputs[0], cfg)
		},
		Layer: func(scope *model.Scope, layer int, x *graph.Node) *graph.Node {
			return gpt.Block(scope, x, cfg.At(layer))
		},
		Top: func(scope *model.Scope, x *graph.Node) []*graph.Node {
			return []*graph.Node{gpt.Head(scope, gpt.LastNorm(scope, x, cfg))}
		},
	}
}
