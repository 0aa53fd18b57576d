package reward

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// BestOfN is the real worth to expect of the answer with the best score among n, estimated from all samples of one
// prompt: each set of n of them counts alike, so that few samples go a long way (Nakano et al. 2021, appendix I). Of
// equal scores the later sample wins. n must be 1 to the number of samples; n = 1 gives the mean.
//
// It is what a policy must beat: best-of-n needs no training, and its distance from the policy that it samples is
// known, see [BestOfNKL].
func BestOfN(scores, gold []float64, n int) (float64, error) {
	N := len(scores)
	if len(gold) != N || n < 1 || n > N {
		return 0, fmt.Errorf("reward: best of %d among %d scores and %d values, want 1 to as many as there are",
			n, N, len(gold))
	}
	order := make([]int, N)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(scores[i], scores[j]) })
	// The k-th smallest (k from 0) is the best of n in C(k, n-1) of the C(N, n) sets: those it makes with n-1 below it.
	sum, weight := 0.0, float64(n)/float64(N) // of the largest: C(N-1, n-1)/C(N, n)
	for k := N - 1; k >= n-1; k-- {
		sum += weight * gold[order[k]]
		if k > 0 {
			weight *= float64(k-n+1) / float64(k) // C(k-1, n-1)/C(k, n-1)
		}
	}
	return sum, nil
}

// BestOfNKL is the KL of best-of-n from the policy that it samples, in nats: log n - (n-1)/n. (An upper bound where
// answers can be equal.)
func BestOfNKL(n int) float64 { return math.Log(float64(n)) - float64(n-1)/float64(n) }

// Overoptimization is the law that the real worth follows as a proxy is optimised (Gao et al. 2022, eq. 1 and 2), by
// the distance d = √KL from the start:
//
//	best-of-n:  R(d) = d·(α - β·d)
//	RL:         R(d) = d·(α - β·log d)
//
// It rises with α, the proxy's initial merit, and falls in the end with β, what is wrong with it. R is the gain over
// d = 0.
type Overoptimization struct {
	Alpha, Beta float64
	RL          bool    // which of the two forms
	Residual    float64 // root mean square of what the law does not explain
}

// Gain is R(d).
func (o Overoptimization) Gain(d float64) float64 {
	if d == 0 {
		return 0
	}
	return d * (o.Alpha - o.Beta*o.bend(d))
}

// Peak is the distance beyond which more optimisation does harm: where R'(d) = 0.
func (o Overoptimization) Peak() float64 {
	if o.RL {
		return math.Exp(o.Alpha/o.Beta - 1)
	}
	return o.Alpha / (2 * o.Beta)
}

func (o Overoptimization) bend(d float64) float64 {
	if o.RL {
		return math.Log(d)
	}
	return d
}

// FitOveroptimization finds α and β by least squares from gains at distances above 0, two of them different at least.
func FitOveroptimization(distances, gains []float64, rl bool) (Overoptimization, error) {
	o := Overoptimization{RL: rl}
	if len(distances) != len(gains) {
		return o, fmt.Errorf("reward: %d distances and %d gains", len(distances), len(gains))
	}
	// R = α·x + β·y with x = d and y = -d·bend(d): two normal equations.
	var xx, xy, yy, xr, yr float64
	for i, d := range distances {
		if !(d > 0) {
			return o, fmt.Errorf("reward: distance %d is %g, want more than 0", i, d)
		}
		x, y := d, -d*o.bend(d)
		xx, xy, yy = xx+x*x, xy+x*y, yy+y*y
		xr, yr = xr+x*gains[i], yr+y*gains[i]
	}
	det := xx*yy - xy*xy
	if !(det > 1e-12*xx*yy) {
		return o, fmt.Errorf("reward: %d distances do not determine the two parameters; want two different ones",
			len(distances))
	}
	o.Alpha, o.Beta = (xr*yy-yr*xy)/det, (xx*yr-xy*xr)/det
	for i, d := range distances {
		o.Residual += (gains[i] - o.Gain(d)) * (gains[i] - o.Gain(d)) / float64(len(gains))
	}
	o.Residual = math.Sqrt(o.Residual)
	return o, nil
}
