package ppo

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/gpt"
	"gptbook/train"
)

// labels are those of a minibatch, by name. Each but textWeight, a scalar, is [B, T]; the last two are there with
// pretraining text only.
type labels struct {
	next, mask, oldLogProbs, advantages, oldValues, returns *Node
	// The next ids of the text, and the weight of its loss.
	text, textWeight *Node
}

func split(l []*Node) labels {
	b := labels{next: l[0], mask: l[1], oldLogProbs: l[2], advantages: l[3], oldValues: l[4], returns: l[5]}
	if len(l) > 6 {
		b.text, b.textWeight = l[6], l[7]
	}
	return b
}

// predictions are those of the model, by name: logits [B, T, V] over the temperature, values [B, T] and, with
// pretraining text, its logits.
type predictions struct{ logits, values, text *Node }

func named(p []*Node) predictions {
	n := predictions{logits: p[0], values: p[1]}
	if len(p) > 2 {
		n.text = p[2]
	}
	return n
}

// logProbs returns log π of the sampled tokens, [B, T], for the policy's scaled logits.
func (l labels) logProbs(logits *Node) *Node { return Neg(gpt.NegativeLogLikelihood(logits, l.next)) }

// stage is what each minibatch is trained on: the loss is [PolicyLoss] and two terms, see [LossWeights].
func (l *Loop) stage() train.Stage {
	w := l.cfg.Loss
	policy := func(y, p []*Node) *Node {
		b := split(y)
		return PolicyLoss(b.logProbs(named(p).logits), b.oldLogProbs, b.advantages, b.mask, w.Clip)
	}
	value := func(y, p []*Node) *Node {
		b := split(y)
		return ValueLoss(named(p).values, b.oldValues, b.returns, b.mask, w.ClipValue)
	}
	tokens := func(y []*Node) *Node { return ReduceAllSum(split(y).mask) } // of the answers
	text := func(y, p []*Node) *Node { return gpt.CrossEntropy([]*Node{split(y).text}, []*Node{named(p).text}) }
	textTokens := func(y []*Node) *Node { return gpt.CountTokens([]*Node{split(y).text}) }
	stage := train.Stage{
		Name: "ppo", Unit: "loss",
		Model: func(scope *model.Scope, _ any, inputs []*Node) []*Node {
			scope.Store().SetTraining(inputs[0].Graph(), false) // no dropout: the ratio would not start at 1
			out := []*Node{
				MulScalar(l.models.Logits(scope.ResetVisited(), inputs[0]), 1/l.cfg.Temperature),
				l.models.Value(scope.ResetVisited(), inputs[0]),
			}
			if w.Pretraining > 0 {
				out = append(out, l.models.Logits(scope.ResetVisited(), inputs[1]))
			}
			return out
		},
		Loss:  policy,
		Count: tokens,
		Terms: []train.Term{{Weight: w.Value, Loss: value, Count: tokens}},
		Metrics: []train.Metric{
			{Name: PolicyLossName, Graph: policy, Count: tokens},
			{Name: ValueLossName, Graph: value, Count: tokens},
			{Name: ApproxKLName, Count: tokens, Graph: func(y, p []*Node) *Node {
				b := split(y)
				return ApproxKL(b.logProbs(named(p).logits), b.oldLogProbs, b.mask)
			}},
		},
	}
	if w.Clip > 0 {
		fraction := func(y, p []*Node) *Node {
			b := split(y)
			return ClipFraction(b.logProbs(named(p).logits), b.oldLogProbs, b.advantages, b.mask, w.Clip)
		}
		stage.Metrics = append(stage.Metrics, train.Metric{Name: ClipFractionName, Count: tokens, Graph: fraction})
	}
	if w.Pretraining > 0 {
		weighted := func(y, p []*Node) *Node { return Mul(split(y).textWeight, text(y, p)) }
		stage.Terms = append(stage.Terms, train.Term{Weight: 1, Loss: weighted, Count: textTokens})
		stage.Metrics = append(stage.Metrics, train.Metric{Name: PretrainingName, Graph: text, Count: textTokens})
	}
	return stage
}
