package reward

import (
	"math"
)

// Scored is one prompt with answers whose real worth is known, and what the reward model gives them.
type Scored struct {
	Kind   string    // of the prompt; measures are told apart by it
	Scores []float64 // the model's
	Gold   []float64 // the real worth
}

// Order is how often the model prefers the better of two answers to one prompt.
type Order struct {
	Right float64 // pairs in the right order; a tie counts half
	Pairs int
}

// Share is the share of the pairs in the right order, NaN without pairs; 0.5 is chance.
func (o Order) Share() float64 { return o.Right / float64(o.Pairs) }

// GoldOrder counts the pairs whose real worth differs by more than gap, by kind of prompt. A kind near 0.5 will not be
// improved by a policy that is trained on these scores, or will get worse.
func GoldOrder(list []Scored, gap float64) (all Order, byKind map[string]Order) {
	byKind = map[string]Order{}
	for _, p := range list {
		kind := byKind[p.Kind]
		for i := range p.Gold {
			for j := range p.Gold {
				if p.Gold[i]-p.Gold[j] <= gap {
					continue
				}
				right := half(p.Scores[i] - p.Scores[j])
				kind.Right, kind.Pairs = kind.Right+right, kind.Pairs+1
				all.Right, all.Pairs = all.Right+right, all.Pairs+1
			}
		}
		byKind[p.Kind] = kind
	}
	return all, byKind
}

// half is 1 for a positive difference, 0 for a negative one, and a half for none.
func half(d float64) float64 {
	switch {
	case d > 0:
		return 1
	case d < 0:
		return 0
	}
	return 0.5
}

// WithinCorrelation is Pearson's correlation of score and real worth after the mean of each prompt has been taken off
// both: what is left is all that PPO learns from. NaN where one of them does not vary.
func WithinCorrelation(list []Scored) float64 {
	var xy, xx, yy float64
	for _, p := range list {
		mx, my := mean(p.Scores), mean(p.Gold)
		for i := range p.Scores {
			x, y := p.Scores[i]-mx, p.Gold[i]-my
			xy, xx, yy = xy+x*y, xx+x*x, yy+y*y
		}
	}
	return xy / math.Sqrt(xx*yy)
}

func mean(x []float64) (m float64) {
	for _, v := range x {
		m += v / float64(len(x))
	}
	return m
}

// Choice is a pair as a model and the world see it.
type Choice struct {
	Predicted float64 // the model's probability that a labeler prefers the first, σ(r₁ - r₂)
	Actual    float64 // 1 if the labeler did, else 0; or the probability with which labelers do
}

// Accuracy is the share of choices on the predicted side: for Actual as a probability, the accuracy that is expected.
func Accuracy(choices []Choice) float64 {
	sum := 0.0
	for _, c := range choices {
		side := half(c.Predicted - 0.5)
		sum += side*c.Actual + (1-side)*(1-c.Actual)
	}
	return sum / float64(len(choices))
}

// BayesAccuracy is the best that any model can reach, where Actual is a probability.
func BayesAccuracy(choices []Choice) float64 {
	sum := 0.0
	for _, c := range choices {
		sum += max(c.Actual, 1-c.Actual)
	}
	return sum / float64(len(choices))
}

// Bin is one group of choices with similar predictions.
type Bin struct {
	Predicted, Actual float64 // means over the group
	Choices           int
}

// Calibration sorts choices into bins of equal width by their prediction; each pair counts from both sides. In a
// calibrated model the two means of every bin agree: it says 0.8 where 8 of 10 labelers do so. Empty bins are left out.
func Calibration(choices []Choice, bins int) []Bin {
	groups := make([]Bin, bins)
	add := func(predicted, actual float64) {
		b := &groups[min(int(predicted*float64(bins)), bins-1)]
		b.Predicted, b.Actual, b.Choices = b.Predicted+predicted, b.Actual+actual, b.Choices+1
	}
	for _, c := range choices {
		add(c.Predicted, c.Actual)
		add(1-c.Predicted, 1-c.Actual)
	}
	var out []Bin
	for _, b := range groups {
		if n := float64(b.Choices); n > 0 {
			out = append(out, Bin{b.Predicted / n, b.Actual / n, b.Choices})
		}
	}
	return out
}
