package bert

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"

	"gptbook/gpt"
)

// BERT's attention is GPT's without the causal mask: with the same weights, position t of GPT sees what
// BERT sees when all positions after t are hidden from it as padding, for every t.
func TestAttentionIsGPTsWithoutTheMask(t *testing.T) {
	const T, C, heads = 4, 8, 2
	store := sines[float32](small)
	twin := gpt.Config{Name: "twin", Vocab: 11, Context: 8, Layers: 1, Heads: heads, Width: C}
	must.M(gpt.Init(store.Scope("/gpt"), twin, 1))
	copyAttention(store)
	x := make([][][]float32, 1)
	for i := range T {
		row := make([]float32, C)
		for j := range row {
			row[j] = float32(math.Sin(float64(i*C + j)))
		}
		x[0] = append(x[0], row)
	}
	causal := must.M1(model.CallOnce(engine(), store, func(scope *model.Scope, x *graph.Node) *graph.Node {
		return gpt.CausalAttention(scope.At("gpt").At("h").At("0").At("attn"), x, gpt.Config{Heads: heads, Width: C})
	}, x)).Value().([][][]float32)[0]
	bidirectional := must.M1(model.NewExec(engine(), store, func(scope *model.Scope, x, mask *graph.Node) *graph.Node {
		return SelfAttention(below(scope, "bert.encoder.layer.0.attention"),
			x, paddingBias(Input{Mask: mask}, x), small)
	}))
	for last := range T {
		mask := make([]int32, T)
		for i := range last + 1 {
			mask[i] = 1
		}
		seen := must.M1(bidirectional.Call1(x, [][]int32{mask})).Value().([][][]float32)[0]
		near(t, "attention", seen[last], causal[last], 1e-6)
		if last < T-1 && math.Abs(float64(seen[last][0]-causal[T-1][0])) < 1e-3 {
			t.Errorf("positions %d and %d look alike: this test would not see a difference", last, T-1)
		}
	}
}

// copyAttention gives GPT's first block the attention weights of BERT's first layer. BERT stores [out, in]
// and three maps, GPT stores [in, out] and the three side by side.
func copyAttention(store *model.Store) {
	const C = 8
	read := func(name string) []float32 {
		v := store.GetVariable("/bert/encoder/layer/0/attention/" + name)
		return tensors.MustCopyFlatData[float32](must.M1(v.Value()))
	}
	write := func(name string, values []float32, dims ...int) {
		must.M(gpt.SetWeight(store.Scope("/gpt"), gpt.Weight{Name: name, Dims: dims}, values))
	}
	sideBySide := func(to string, from ...string) {
		var bias []float32
		matrix := make([]float32, C*len(from)*C)
		for n, name := range from {
			w := read(name + "/weight")
			for out := range C {
				for in := range C {
					matrix[in*len(from)*C+n*C+out] = w[out*C+in]
				}
			}
			bias = append(bias, read(name+"/bias")...)
		}
		write(to+".weight", matrix, C, len(from)*C)
		write(to+".bias", bias, len(from)*C)
	}
	sideBySide("h.0.attn.c_attn", "self/query", "self/key", "self/value")
	sideBySide("h.0.attn.c_proj", "output/dense")
}

// Every weight's gradient against a central difference in float64.
func TestGradientsEqualFiniteDifferences(t *testing.T) {
	store := sines[float64](golden)
	scope := store.RootScope()
	parts := Pretraining()
	lossOf := func(scope *model.Scope, ids, segments, mask *graph.Node) *graph.Node {
		hidden := Encode(scope, Input{ids, segments, mask}, golden)
		first := graph.LogSoftmax(MaskedLM(scope, hidden), -1)
		second := graph.LogSoftmax(NextSentence(scope, Pool(scope, hidden)), -1)
		pick := func(x *graph.Node) *graph.Node { // a different weight for every class and position
			return graph.ReduceAllSum(graph.Mul(x, graph.Sin(graph.IotaFull(x.Graph(), x.Shape()))))
		}
		return graph.Add(pick(first), pick(second))
	}
	inputs := []any{[][]int32{{1, 4, 2, 0}}, [][]int32{{0, 0, 1, 1}}, [][]int32{{1, 1, 1, 0}}}
	loss := must.M1(model.NewExec(engine(), store, lossOf))
	gradients := func(scope *model.Scope, ids, segments, mask *graph.Node) []*graph.Node {
		l := lossOf(scope, ids, segments, mask)
		var values []*graph.Node
		for _, w := range golden.Weights(parts...) {
			values = append(values, store.GetVariable(w.Path(scope)).NodeValue(l))
		}
		return graph.Gradient(l, values...)
	}
	grads := must.M1(model.CallOnceN(engine(), store, gradients, inputs...))
	for n, w := range golden.Weights(parts...) {
		analytic := tensors.MustCopyFlatData[float64](grads[n])
		start := tensors.MustCopyFlatData[float64](must.M1(store.GetVariable(w.Path(scope)).Value()))
		for _, i := range []int{0, len(start) / 2, len(start) - 1} {
			at := func(delta float64) float64 {
				moved := slices.Clone(start)
				moved[i] += delta
				must.M(SetWeight(scope, w, moved))
				return tensors.ToScalar[float64](must.M1(loss.Call1(inputs...)))
			}
			const h = 1e-5
			numeric := (at(h) - at(-h)) / (2 * h)
			if diff := math.Abs(numeric - analytic[i]); diff > 1e-6*math.Max(1, math.Abs(numeric)) {
				t.Errorf("gradient of %s[%d] is %g, by differences %g", w.Name, i, analytic[i], numeric)
			}
		}
		must.M(SetWeight(scope, w, start))
	}
}
