// Package pretrain defines the stages that learn from raw text alone: [CausalLM] for GPT.
package pretrain

import (
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
		Loss: gpt.CrossEntropy,
	}
}
