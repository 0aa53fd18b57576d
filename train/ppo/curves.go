package ppo

import (
	"math"

	"gptbook/figures/curve"
)

// The names of the curves and of the stage's metrics.
const (
	Score            = "score"     // mean of the scorer's
	KL1              = "kl"        // to the reference, by K1, in nats per answer
	KL3              = "kl (k3)"   // by K3
	Objective        = "objective" // score - β·kl: what is maximised
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

// curvesFile holds one row for each iteration.
const curvesFile = "ppo.csv"

// record adds an iteration to the curves. before is the trainer's step at its beginning, tokens how many each of its
// steps learned from.
func (l *Loop) record(episodes []Episode, before int, tokens []int) {
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
		{Score, "", score / n},
		{KL1, "nats/answer", kl1 / n},
		{KL3, "nats/answer", kl3 / n},
		{Objective, "", (score - l.cfg.KLCoefficient*kl1) / n},
		{Entropy, "nats/token", entropy / length},
		{Length, "tokens/answer", length / n},
		{Ended, "", ended / n},
		{ExplainedVar, "", ExplainedVariance(values, returns)},
	} {
		l.curves.Add(c.name, c.unit, l.Iteration(), c.value)
	}
	for _, m := range l.stage().Metrics {
		weights := tokens // these are means over tokens, of which the minibatches have different numbers
		if m.Name == PretrainingName {
			weights = nil
		}
		l.curves.Add(m.Name, "", l.Iteration(), mean(l.trainer.Metric(m.Name), before, weights))
	}
}

// mean is the mean of a curve after a step, each point with its weight, or all alike if there are none.
func mean(c curve.Curve, after int, weights []int) float64 {
	sum, n := 0.0, 0.0
	for _, p := range c.Points {
		if p.Step <= after {
			continue
		}
		w := 1.0
		if weights != nil {
			w = float64(weights[p.Step-after-1])
		}
		sum, n = sum+w*p.Value, n+w
	}
	if n == 0 {
		return math.NaN()
	}
	return sum / n
}

// Curves returns everything that is recorded, by iteration.
func (l *Loop) Curves() []curve.Curve { return l.curves.Curves() }

// Curve returns one of them, such as [Score], or an empty one.
func (l *Loop) Curve(name string) curve.Curve { return l.curves.Curve(name) }
