package ppo

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/figures/curve"
	"gptbook/gpt"
	"gptbook/train"
)

// The names of the stage's metrics and of the curves.
const (
	Score            = "score"     // mean of the scorer's
	KL1              = "kl"        // to the reference, by K1, in nats per answer
	KL3              = "kl (k3)"   // by K3
	Objective        = "objective" // score - β·kl: what is maximised
	Beta             = "beta"      // the KL coefficient
	Entropy          = "entropy"   // in nats per token
	Length           = "length"    // in tokens per answer
	Ended            = "ended"     // share of answers that were not cut off
	ExplainedVar     = "explained variance"
	PolicyLossName   = "policy loss"
	ValueLossName    = "value loss"
	ClipFractionName = "clip fraction"
	ApproxKLName     = "approximate kl" // from the sampling policy, in nats per token
	PretrainingName  = "pretraining loss"
)

// labels names the parts of a minibatch's labels.
type labels struct{ next, mask, old, advantages, values, returns *Node }

func split(l []*Node) labels { return labels{l[0], l[1], l[2], l[3], l[4], l[5]} }

// logProbs returns log π of the sampled tokens, [B, T], for the policy's scaled logits.
func (l labels) logProbs(logits *Node) *Node { return Neg(gpt.NegativeLogLikelihood(logits, l.next)) }

// stage is what each minibatch is trained on. Predictions: logits [B, T, V] over the temperature, values [B, T] and,
// with pretraining text, its logits.
func (l *Loop) stage() train.Stage {
	w := l.cfg.Loss
	policy := func(y, p []*Node) *Node {
		b := split(y)
		return PolicyLoss(b.logProbs(p[0]), b.old, b.advantages, b.mask, w.Clip)
	}
	value := func(y, p []*Node) *Node {
		b := split(y)
		return ValueLoss(p[1], b.values, b.returns, b.mask, w.ClipValue)
	}
	text := func(y, p []*Node) *Node { return gpt.CrossEntropy(y[6:7], p[2:]) }
	stage := train.Stage{
		Name: "ppo", Unit: "loss",
		Model: func(scope *model.Scope, _ any, inputs []*Node) []*Node {
			scope.Store().SetTraining(inputs[0].Graph(), false) // no dropout: the ratio would not start at 1
			out := []*Node{
				MulScalar(l.actors.Logits(scope.ResetVisited(), inputs[0]), 1/l.cfg.Temperature),
				l.actors.Value(scope.ResetVisited(), inputs[0]),
			}
			if w.Pretraining > 0 {
				out = append(out, l.actors.Logits(scope.ResetVisited(), inputs[1]))
			}
			return out
		},
		Loss: func(y, p []*Node) *Node {
			loss := Add(policy(y, p), MulScalar(value(y, p), w.Value))
			if w.Pretraining > 0 {
				loss = Add(loss, Mul(y[7], text(y, p)))
			}
			return loss
		},
		Metrics: []train.Metric{
			{Name: PolicyLossName, Graph: policy},
			{Name: ValueLossName, Graph: value},
			{Name: ApproxKLName, Graph: func(y, p []*Node) *Node {
				b := split(y)
				return ApproxKL(b.logProbs(p[0]), b.old, b.mask)
			}},
		},
	}
	if w.Clip > 0 {
		stage.Metrics = append(stage.Metrics, train.Metric{Name: ClipFractionName, Graph: func(y, p []*Node) *Node {
			b := split(y)
			return ClipFraction(b.logProbs(p[0]), b.old, b.advantages, b.mask, w.Clip)
		}})
	}
	if w.Pretraining > 0 {
		stage.Metrics = append(stage.Metrics, train.Metric{Name: PretrainingName, Graph: text})
	}
	return stage
}

// beta returns the KL coefficient of the next iteration.
func (l *Loop) beta() float64 {
	if len(l.Curve(Beta).Points) == 0 {
		return l.cfg.KL.Coefficient
	}
	return l.cfg.KL.next(l.Curve(Beta).Last(), l.Curve(KL1).Last(), l.cfg.Episodes)
}

// record adds an iteration to the curves. before is the trainer's step at its beginning.
func (l *Loop) record(episodes []Episode, beta float64, before int) {
	var score, kl1, kl3, entropy, length, ended float64
	values, returns := make([][]float64, len(episodes)), make([][]float64, len(episodes))
	for i, e := range episodes {
		score += e.Score
		kl1 += e.KL()
		length += float64(len(e.Tokens))
		if e.Ended {
			ended++
		}
		for t := range e.Tokens {
			kl3 += K3(e.LogProbs[t] - e.Reference[t])
			entropy += e.Entropies[t]
		}
		values[i], returns[i] = e.Values, e.Returns
	}
	n := float64(len(episodes))
	for _, c := range []struct {
		name, unit string
		value      float64
	}{
		{Score, "", score / n}, {KL1, "nats/answer", kl1 / n}, {KL3, "nats/answer", kl3 / n}, {Objective, "", (score - beta*kl1) / n}, {Beta, "", beta},
		{Entropy, "nats/token", entropy / length}, {Length, "tokens/answer", length / n}, {Ended, "", ended / n}, {ExplainedVar, "", ExplainedVariance(values, returns)},
	} {
		l.add(c.name, c.unit, c.value)
	}
	for _, m := range l.stage().Metrics {
		l.add(m.Name, "", mean(l.trainer.Metric(m.Name), before))
	}
}

// mean is the mean of a curve after a step.
func mean(c curve.Curve, after int) float64 {
	sum, n := 0.0, 0.0
	for _, p := range c.Points {
		if p.Step > after {
			sum, n = sum+p.Value, n+1
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return sum / n
}

func (l *Loop) add(name, unit string, value float64) {
	point := curve.Point{Step: l.Iteration(), Value: value}
	for i := range l.curves {
		if l.curves[i].Name == name {
			l.curves[i].Points = append(l.curves[i].Points, point)
			return
		}
	}
	l.curves = append(l.curves, curve.Curve{Name: name, Unit: unit, Points: []curve.Point{point}})
}

// Curves returns everything that is recorded, by iteration.
func (l *Loop) Curves() []curve.Curve { return l.curves }

// Curve returns one of them, such as [Score], or an empty one.
func (l *Loop) Curve(name string) curve.Curve { return curve.Named(l.curves, name) }
