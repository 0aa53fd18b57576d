package gpt

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"

	"gptbook/internal/backend"
)

// engine is the one backend of all tests, the best that the machine offers: CI runs them on both.
// (A tensor that has been on one backend cannot go to another.)
var engine = sync.OnceValue(func() compute.Backend { return must.M1(backend.New("")) })

// sines fills a model as the golden numbers ask for: the k-th number of all weights is ½·sin k, and one more
// in a gain.
func sines(cfg Config, double bool) *model.Store {
	store, k := model.NewStore(), 0
	for _, w := range cfg.Weights() {
		values := make([]float64, w.Size())
		for i := range values {
			values[i] = 0.5*math.Sin(float64(k)) + w.Fill
			k++
		}
		if double {
			must.M(SetWeight(store.RootScope(), w, values))
			continue
		}
		single := make([]float32, len(values))
		for i, v := range values {
			single[i] = float32(v)
		}
		must.M(SetWeight(store.RootScope(), w, single))
	}
	return store
}

func logits(store *model.Store, cfg Config, ids [][]int32) *tensors.Tensor {
	return must.M1(model.CallOnce(engine(), store, func(scope *model.Scope, ids *graph.Node) *graph.Node {
		return Logits(scope, ids, cfg)
	}, ids))
}

// The golden logits were computed with Hugging Face's transformers in float64.
func TestLogitsEqualHuggingFace(t *testing.T) {
	for _, tc := range []struct {
		cfg  Config
		want [][]float32
	}{
		{Config{Name: "gpt2", Vocab: 5, Context: 8, Layers: 1, Heads: 2, Width: 4}, [][]float32{
			{-1.05834341, 1.464875, -.85666898, -.34496257, 1.30763415},
			{-.61085376, 1.87198021, -1.83636208, .52867252, 1.14523525},
			{-.91121441, .19752356, .65299438, -1.05117479, .721193},
		}},
		{Config{Name: "gpt1", Vocab: 5, Context: 8, Layers: 1, Heads: 2, Width: 4, PostLN: true}, [][]float32{
			{-1.07153165, -.36195041, 1.5447048, -1.65742247, .62202244},
			{-1.29211627, 1.22461892, -.30881241, -.82091239, 1.38198071},
			{-1.01802851, -.452361, 1.60939427, -1.6515796, .54969467},
		}},
	} {
		store := sines(tc.cfg, false)
		got := logits(store, tc.cfg, [][]int32{{1, 4, 2}}).Value().([][][]float32)[0]
		for i, row := range tc.want {
			for j, want := range row {
				if diff := math.Abs(float64(got[i][j] - want)); diff > 1e-5 {
					t.Errorf("%s: logit [%d,%d] is %v, want %v", tc.cfg.Name, i, j, got[i][j], want)
				}
			}
		}
	}
}

func TestLossEqualsHuggingFace(t *testing.T) {
	cfg := Config{Name: "gpt2", Vocab: 5, Context: 8, Layers: 1, Heads: 2, Width: 4}
	loss := func(scope *model.Scope, ids, next *graph.Node) *graph.Node {
		return CrossEntropy([]*graph.Node{next}, []*graph.Node{Logits(scope, ids, cfg)})
	}
	out := must.M1(model.CallOnce(engine(), sines(cfg, false), loss, [][]int32{{1, 4}}, [][]int32{{4, 2}}))
	if got := tensors.ToScalar[float32](out); math.Abs(float64(got)-2.63448875478) > 1e-5 {
		t.Errorf("loss is %v, want 2.63448875478", got)
	}
}

// Counts as published, or as `sum(p.numel())` gives them where the papers round or err.
func TestParamsEqualPublishedCounts(t *testing.T) {
	exact := map[string]int{
		"gpt1": 116_534_784, "gpt2-small": 124_439_808, "gpt2-medium": 354_823_168,
		"gpt2-large": 774_030_080, "gpt2-xl": 1_557_611_200,
	}
	millions := map[string]float64{
		"gpt3-small": 125.2, "gpt3-medium": 355.9, "gpt3-large": 760.3, "gpt3-xl": 1315.7,
		"gpt3-2.7b": 2651.6, "gpt3-6.7b": 6658.4, "gpt3-13b": 12853.4, "gpt3-175b": 174604.3,
	}
	for _, cfg := range Presets() {
		if err := cfg.Validate(); err != nil {
			t.Error(err)
		}
		if want, ok := exact[cfg.Name]; ok && cfg.Params() != want {
			t.Errorf("%s has %d parameters, want %d", cfg.Name, cfg.Params(), want)
		}
		if want, ok := millions[cfg.Name]; ok && math.Abs(float64(cfg.Params())/1e6-want) > 0.051 {
			t.Errorf("%s has %.1fM parameters, want %.1fM", cfg.Name, float64(cfg.Params())/1e6, want)
		}
	}
}

func TestValidateSaysWhatIsWrong(t *testing.T) {
	for _, change := range []func(*Config){
		func(c *Config) { c.Vocab = 0 }, func(c *Config) { c.Heads = 3 }, func(c *Config) { c.Dropout = 1 },
	} {
		cfg := Tiny
		change(&cfg)
		if err := Init(model.NewStore().RootScope(), cfg, 1); err == nil {
			t.Errorf("%+v passes", cfg)
		}
	}
	if _, err := model.CallOnce(engine(), model.NewStore(), func(scope *model.Scope, ids *graph.Node) *graph.Node {
		return Logits(scope, ids, Tiny)
	}, [][]int32{{1}}); err == nil || !strings.Contains(err.Error(), "gpt.Init") {
		t.Errorf("no weights: %v", err)
	}
	store := model.NewStore()
	must.M(Init(store.RootScope(), Tiny, 1))
	if _, err := model.CallOnce(engine(), store, func(scope *model.Scope, ids *graph.Node) *graph.Node {
		return Logits(scope, ids, Tiny)
	}, [][]int32{make([]int32, Tiny.Context+1)}); err == nil || !strings.Contains(err.Error(), "context") {
		t.Errorf("too long: %v", err)
	}
}

// What a model says of a position must not depend on what comes later: not by one bit.
func TestNoPositionSeesTheFuture(t *testing.T) {
	for _, postLN := range []bool{false, true} {
		cfg := Tiny
		cfg.PostLN = postLN
		store := model.NewStore()
		must.M(Init(store.RootScope(), cfg, 1))
		ids := make([]int32, 16)
		for i := range ids {
			ids[i] = int32(i * 7 % cfg.Vocab)
		}
		before := logits(store, cfg, [][]int32{ids}).Value().([][][]float32)[0]
		const changed = 9
		ids[changed]++
		after := logits(store, cfg, [][]int32{ids}).Value().([][][]float32)[0]
		for i := range before {
			same := true
			for j := range before[i] {
				same = same && before[i][j] == after[i][j]
			}
			if same != (i < changed) {
				t.Errorf("post-norm %v: position %d same is %v after a change at %d", postLN, i, same, changed)
			}
		}
	}
}

// A fresh model knows nothing: it pays about ln V nats, and its batch neighbours do not matter.
func TestStartsAtLogV(t *testing.T) {
	store := model.NewStore()
	must.M(Init(store.RootScope(), Tiny, 1))
	ids := [][]int32{{1, 2, 3, 4, 5, 6, 7, 8}, {9, 10, 11, 12, 13, 14, 15, 16}}
	crossEntropy := func(scope *model.Scope, ids *graph.Node) *graph.Node {
		next := graph.AddScalar(ids, 100) // the table is tied, so a fresh model leans to the token it reads
		return CrossEntropy([]*graph.Node{next}, []*graph.Node{Logits(scope, ids, Tiny)})
	}
	loss := tensors.ToScalar[float32](must.M1(model.CallOnce(engine(), store, crossEntropy, ids)))
	if math.Abs(float64(loss)-math.Log(float64(Tiny.Vocab))) > 0.1 {
		t.Errorf("loss is %v, want about ln %d = %.3f", loss, Tiny.Vocab, math.Log(float64(Tiny.Vocab)))
	}
	both := logits(store, Tiny, ids).Value().([][][]float32)
	alone := logits(store, Tiny, ids[1:]).Value().([][][]float32)
	for i, row := range alone[0] {
		for j, v := range row {
			if math.Abs(float64(v-both[1][i][j])) > 1e-5 {
				t.Fatalf("logit [%d,%d] is %v alone and %v in a batch", i, j, v, both[1][i][j])
			}
		}
	}
}

// Every weight's gradient against a central difference in float64.
func TestGradientsEqualFiniteDifferences(t *testing.T) {
	for _, postLN := range []bool{false, true} {
		cfg := Config{Name: "check", Vocab: 5, Context: 4, Layers: 2, Heads: 2, Width: 4, PostLN: postLN}
		store := sines(cfg, true)
		scope := store.RootScope()
		ids, next := [][]int32{{1, 4, 2}}, [][]int32{{4, 2, 0}}
		lossOf := func(scope *model.Scope, ids, next *graph.Node) *graph.Node {
			return CrossEntropy([]*graph.Node{next}, []*graph.Node{Logits(scope, ids, cfg)})
		}
		b := engine()
		loss := must.M1(model.NewExec(b, store, lossOf))
		grads := must.M1(model.CallOnceN(b, store, func(scope *model.Scope, ids, next *graph.Node) []*graph.Node {
			l := lossOf(scope, ids, next)
			var values []*graph.Node
			for _, w := range cfg.Weights() {
				values = append(values, store.GetVariable(w.Path(scope)).NodeValue(l))
			}
			return graph.Gradient(l, values...)
		}, ids, next))
		for n, w := range cfg.Weights() {
			v := store.GetVariable(w.Path(scope))
			analytic := tensors.MustCopyFlatData[float64](grads[n])
			start := tensors.MustCopyFlatData[float64](must.M1(v.Value()))
			for _, i := range []int{0, len(start) / 2, len(start) - 1} {
				at := func(delta float64) float64 {
					moved := append([]float64(nil), start...)
					moved[i] += delta
					must.M(SetWeight(scope, w, moved))
					return tensors.ToScalar[float64](must.M1(loss.Call1(ids, next)))
				}
				const h = 1e-5
				numeric := (at(h) - at(-h)) / (2 * h)
				if diff := math.Abs(numeric - analytic[i]); diff > 1e-6*math.Max(1, math.Abs(numeric)) {
					t.Errorf("post-norm %v: gradient of %s[%d] is %g, by differences %g",
						postLN, w.Name, i, analytic[i], numeric)
				}
			}
			must.M(SetWeight(scope, w, start))
		}
	}
}

// Pick takes whole vectors, and numbers where there are no vectors; its gradient reaches the picked positions only.
func TestPick(t *testing.T) {
	x := [][][]float32{{{1, 2}, {3, 4}, {5, 6}}, {{7, 8}, {9, 10}, {11, 12}}}
	out := must.M1(graph.CallOnceN(engine(), func(in []*graph.Node) []*graph.Node {
		x, positions := in[0], in[1]
		picked := Pick(x, positions)
		grad := graph.Gradient(graph.ReduceAllSum(graph.Square(picked)), x)[0]
		return []*graph.Node{picked, Pick(graph.ReduceSum(x, -1), positions), grad}
	}, x, []int32{2, 0}))
	for i, want := range []any{[][]float32{{5, 6}, {7, 8}}, []float32{11, 15},
		[][][]float32{{{0, 0}, {0, 0}, {10, 12}}, {{14, 16}, {0, 0}, {0, 0}}}} {
		if got := out[i].Value(); !reflect.DeepEqual(got, want) {
			t.Errorf("output %d is %v, want %v", i, got, want)
		}
	}
	if _, err := graph.CallOnce(engine(), Pick, x, []int32{2}); err == nil {
		t.Error("one position for two rows passes")
	}
}

// In one banded block a position depends on the last Window positions and on nothing else, bit for bit; a band as long
// as the text is no band.
func TestBandedAttention(t *testing.T) {
	cfg := Config{Name: "banded", Vocab: 5, Context: 12, Layers: 2, Heads: 2, Width: 4, Window: 3}
	store := sines(cfg, false)
	attention := func(cfg Config) func(x [][][]float32) [][]float32 {
		exec := must.M1(model.NewExec(engine(), store, func(scope *model.Scope, x *graph.Node) *graph.Node {
			return CausalAttention(scope.In("h").In("0").In("attn"), x, cfg)
		}))
		return func(x [][][]float32) [][]float32 { return must.M1(exec.Call1(x)).Value().([][][]float32)[0] }
	}
	x := [][][]float32{make([][]float32, 12)}
	for i := range x[0] {
		x[0][i] = []float32{float32(math.Sin(float64(i))), float32(i % 3), 1, -float32(i % 5)}
	}
	banded := attention(cfg)
	before := banded(x)
	x[0][4][1] += 2
	after := banded(x)
	for i := range before {
		if changed := !slices.Equal(before[i], after[i]); changed != (i >= 4 && i < 4+cfg.Window) {
			t.Errorf("position %d changed is %v after a change at 4 with a window of %d", i, changed, cfg.Window)
		}
	}
	dense, wide := cfg, cfg
	dense.Window, wide.Window = 0, 12
	a, b := attention(dense)(x), attention(wide)(x)
	for i := range a {
		if !slices.Equal(a[i], b[i]) {
			t.Errorf("position %d differs between no window and one as long as the text", i)
		}
	}
	if cfg.At(0).Window != 0 || cfg.At(1).Window != 3 {
		t.Errorf("blocks have the windows %d and %d", cfg.At(0).Window, cfg.At(1).Window)
	}
	ids := [][]int32{{1, 2, 3, 4, 0, 1, 2, 3}}
	narrow := logits(store, cfg, ids).Value().([][][]float32)[0]
	full := logits(store, dense, ids).Value().([][][]float32)[0]
	if !slices.Equal(narrow[2], full[2]) || slices.Equal(narrow[7], full[7]) {
		t.Error("the second block's band must show from position 3 on, and not before")
	}
}

// Products in bfloat16 are near those in float32, and not the same; so are the gradients.
func TestBF16(t *testing.T) {
	cfg := Config{Name: "half", Vocab: 13, Context: 8, Layers: 2, Heads: 2, Width: 16}
	half := cfg
	half.BF16 = true
	store := model.NewStore()
	must.M(Init(store.RootScope(), cfg, 1))
	lossAndGradient := func(cfg Config) (float64, []float32) {
		out := must.M1(model.CallOnceN(engine(), store, func(scope *model.Scope, ids, next *graph.Node) []*graph.Node {
			loss := CrossEntropy([]*graph.Node{next}, []*graph.Node{Logits(scope, ids, cfg)})
			weight := store.GetVariable("/h/0/attn/c_attn/weight").NodeValue(loss)
			return append([]*graph.Node{loss}, graph.Gradient(loss, weight)...)
		}, [][]int32{{1, 4, 2, 7}}, [][]int32{{4, 2, 7, 3}}))
		return float64(tensors.ToScalar[float32](out[0])), tensors.MustCopyFlatData[float32](out[1])
	}
	exact, g := lossAndGradient(cfg)
	rounded, r := lossAndGradient(half)
	var difference, size float64
	for i := range g {
		difference += float64((r[i] - g[i]) * (r[i] - g[i]))
		size += float64(g[i] * g[i])
	}
	ratio := math.Sqrt(difference / size)
	t.Logf("loss %.6f in float32, %.6f in bfloat16; the gradients differ by %.2g of their length",
		exact, rounded, ratio)
	if diff := math.Abs(exact - rounded); diff > 1e-2 || exact == rounded || ratio > 0.05 || ratio == 0 {
		t.Errorf("losses %v and %v, gradients %g apart", exact, rounded, ratio)
	}
}

func TestGELU(t *testing.T) {
	got := must.M1(graph.CallOnce(engine(), func(x *graph.Node) *graph.Node { return GELU(x) }, []float64{1, 0, -3}))
	if v := got.Value().([]float64); math.Abs(v[0]-0.8411919906) > 1e-9 || v[1] != 0 {
		t.Errorf("GELU(1, 0) = %v", v)
	}
}
