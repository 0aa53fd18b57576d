package ppo

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/janpfeifer/must"

	"gptbook/internal/backend"
)

var engine = sync.OnceValue(func() compute.Backend { return must.M1(backend.New("")) })

func near(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tolerance) {
			t.Errorf("%s: %v, want %v", what, got, want)
			return
		}
	}
}

// Golden values computed with the reference implementation's formulas.
func TestAdvantagesGolden(t *testing.T) {
	advantages, returns := Advantages([]float64{0, -.1, 0, 1}, []float64{.2, .1, .3, .5}, 1, .95)
	near(t, "advantages", advantages, []float64{.6041875, .74125, .675, .5}, 1e-12)
	near(t, "returns", returns, []float64{.8041875, .84125, .975, 1}, 1e-12)
	// Whitening takes all rows together, however they are cut.
	white := Whiten([][]float64{advantages[:1], {}, advantages[1:]})
	near(t, "whitened", append(white[0], white[2]...), []float64{-.28996112, 1.24321484, .50214484, -1.45539856}, 1e-6)
}

// λ = 1 is the sum of what is to come less the value, λ = 0 one step of it (Schulman et al. 2016, eq. 17 and 18).
func TestAdvantagesAtTheEnds(t *testing.T) {
	rewards, values := []float64{1, 2, 3}, []float64{.5, -1, 2}
	a, returns := Advantages(rewards, values, .9, 1)
	near(t, "λ=1", returns, []float64{1 + .9*2 + .81*3, 2 + .9*3, 3}, 1e-12)
	near(t, "λ=1", a, []float64{returns[0] - .5, returns[1] + 1, returns[2] - 2}, 1e-12)
	a, _ = Advantages(rewards, values, .9, 0)
	near(t, "λ=0", a, []float64{1 - .9 - .5, 2 + 1.8 + 1, 3 - 2}, 1e-12)
}

func TestExplainedVariance(t *testing.T) {
	returns := [][]float64{{1, 2}, {3, 6}} // mean 3, variance 3.5
	for want, values := range map[float64][][]float64{
		1: returns, 0: {{3, 3}, {3, 3}}, 1 - 7.0/3.5: {{1, 2}, {3, 6 - math.Sqrt(28)}},
	} {
		near(t, "explained variance", []float64{ExplainedVariance(values, returns)}, []float64{want}, 1e-6)
	}
}

// losses evaluates both losses and their diagnostics on one row.
func losses(logp, old, advantages, values, oldValues, returns, mask []float64, clip, clipValue float64) (
	policy, value, fraction, kl float64) {
	exec := graph.MustNewExec(engine(), func(in []*graph.Node) []*graph.Node {
		return []*graph.Node{
			PolicyLoss(in[0], in[1], in[2], in[6], clip),
			ValueLoss(in[3], in[4], in[5], in[6], clipValue),
			ClipFraction(in[0], in[1], in[2], in[6], clip),
			ApproxKL(in[0], in[1], in[6]),
		}
	})
	out := exec.MustExec([][]float64{logp}, [][]float64{old}, [][]float64{advantages},
		[][]float64{values}, [][]float64{oldValues}, [][]float64{returns}, [][]float64{mask})
	return out[0].Value().(float64), out[1].Value().(float64), out[2].Value().(float64), out[3].Value().(float64)
}

func logs(p ...float64) []float64 {
	out := make([]float64, len(p))
	for i := range p {
		out[i] = math.Log(p[i])
	}
	return out
}

func TestLossesGolden(t *testing.T) {
	advantages := []float64{-.28996112, 1.24321484, .50214484, -1.45539856}
	policy, value, fraction, kl := losses(logs(.3, .45, .15, .2), logs(.2, .5, .1, .4), advantages,
		[]float64{.5, .1, .2, .9}, []float64{.2, .1, .3, .5}, []float64{.8041875, .84125, .975, 1},
		[]float64{1, 1, 1, 1}, .2, .2)
	near(t, "policy loss, value loss, clip fraction, approximate KL", []float64{policy, value, fraction, kl},
		[]float64{-.0305516595, .1754305122, .5, .10254472}, 1e-8)
}

// Padding must not count, even where it holds numbers of no use.
func TestLossesIgnorePadding(t *testing.T) {
	pad := func(x []float64, v float64) []float64 { return append(append([]float64{v}, x...), v, v) }
	logp, old, adv := logs(.3, .45), logs(.2, .5), []float64{1, -2}
	values, oldValues, returns, mask := []float64{.5, .1}, []float64{.2, .1}, []float64{1, 2}, []float64{1, 1}
	a1, a2, a3, a4 := losses(logp, old, adv, values, oldValues, returns, mask, .2, .2)
	b1, b2, b3, b4 := losses(pad(logp, 80), pad(old, -800), pad(adv, 7), pad(values, 9), pad(oldValues, -9),
		pad(returns, 3), pad(mask, 0), .2, .2)
	near(t, "losses with padding", []float64{b1, b2, b3, b4}, []float64{a1, a2, a3, a4}, 1e-12)
}

// With ρ = 1 the gradient of the loss is REINFORCE's; the clip stops it where the ratio has gone far enough.
func TestPolicyGradient(t *testing.T) {
	old, advantages := logs(.2, .5, .1, .4), []float64{-.3, 1.2, .5, -1.5}
	grad := func(logp []float64) []float64 {
		exec := graph.MustNewExec(engine(), func(logp, old, advantages *graph.Node) *graph.Node {
			return graph.Gradient(PolicyLoss(logp, old, advantages, graph.OnesLike(logp), .2), logp)[0]
		})
		return exec.MustExec([][]float64{logp}, [][]float64{old}, [][]float64{advantages})[0].Value().([][]float64)[0]
	}
	near(t, "gradient at ratio 1", grad(old), []float64{.3 / 4, -1.2 / 4, -.5 / 4, 1.5 / 4}, 1e-12)
	// Ratios 1.5, 1.5, 0.5, 0.5: the second is far enough up, the fourth far enough down.
	near(t, "gradient outside", grad(logs(.3, .75, .05, .2)), []float64{.3 * 1.5 / 4, 0, -.5 * .5 / 4, 0}, 1e-12)
	// By finite differences, at a point inside the range.
	at, h := logs(.21, .45, .11, .38), 1e-6
	for i, g := range grad(at) {
		shifted := func(d float64) float64 {
			x := append([]float64(nil), at...)
			x[i] += d
			zero := make([]float64, 4)
			policy, _, _, _ := losses(x, old, advantages, zero, zero, zero, []float64{1, 1, 1, 1}, .2, .2)
			return policy
		}
		near(t, "finite difference", []float64{(shifted(h) - shifted(-h)) / (2 * h)}, []float64{g}, 1e-8)
	}
}

func TestKLEstimators(t *testing.T) {
	p, q := []float64{.5, .3, .2}, []float64{.2, .3, .5}
	var kl, k1, k3, m1, m3 float64
	for i := range p {
		r := math.Log(p[i] / q[i])
		kl += p[i] * r
		k1 += p[i] * K1(r)
		k3 += p[i] * K3(r)
	}
	near(t, "expectation of k1 and k3", []float64{k1, k3}, []float64{kl, kl}, 1e-12)
	rng := rand.New(rand.NewPCG(1, 1))
	negative := false
	const n = 20000
	for range n {
		i := 0
		for u := rng.Float64(); i < 2 && u > p[i]; i++ {
			u -= p[i]
		}
		r := math.Log(p[i] / q[i])
		negative = negative || K1(r) < 0
		if K2(r) < 0 || K3(r) < 0 {
			t.Fatalf("k2 or k3 of %v is negative", r)
		}
		m1, m3 = m1+K1(r)/n, m3+K3(r)/n
	}
	near(t, "sample means", []float64{m1, m3}, []float64{kl, kl}, .02)
	if !negative {
		t.Error("no negative k1: the sample says nothing")
	}
	near(t, "k2 and k3 for a small step", []float64{K2(1e-4), K3(1e-4)}, []float64{5e-9, 5e-9}, 1e-12)
}

func TestTokenRewards(t *testing.T) {
	near(t, "token rewards", TokenRewards([]float64{-1, -2}, []float64{-1.5, -1}, 3, .1), []float64{-.05, 3.1}, 1e-12)
}
