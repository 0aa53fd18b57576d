package bert

import (
	"fmt"
	"math"
	"slices"
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
var engine = sync.OnceValue(func() compute.Backend { return must.M1(backend.New("")) })

var (
	golden = Config{Name: "golden", Vocab: 5, Context: 8, Layers: 1, Heads: 2, Width: 4, Inner: 8}
	small  = Config{Name: "small", Vocab: 11, Context: 8, Layers: 2, Heads: 2, Width: 8, Inner: 12}
)

// sines fills a model as the golden numbers ask for: the k-th number of all weights is ½·sin k, and one
// more in a gain.
func sines[T float32 | float64](cfg Config) *model.Store {
	store, k := model.NewStore(), 0
	for _, w := range cfg.Weights(Pretraining()...) {
		values := make([]T, w.Size())
		for i := range values {
			values[i] = T(0.5*math.Sin(float64(k)) + w.Fill)
			k++
		}
		must.M(SetWeight(store.RootScope(), w, values))
	}
	return store
}

// forward runs one graph on ids, segments and mask.
type forward func(ids, segments, mask [][]int32) *tensors.Tensor

// compile prepares a graph once for all calls with inputs of the same shape.
func compile(store *model.Store, build func(scope *model.Scope, in Input) *graph.Node) forward {
	call := func(scope *model.Scope, ids, segments, mask *graph.Node) *graph.Node {
		return build(scope, Input{IDs: ids, Segments: segments, Mask: mask})
	}
	exec := must.M1(model.NewExec(engine(), store, call))
	return func(ids, segments, mask [][]int32) *tensors.Tensor { return must.M1(exec.Call1(ids, segments, mask)) }
}

func maskedLM(cfg Config) func(*model.Scope, Input) *graph.Node {
	return func(scope *model.Scope, in Input) *graph.Node { return MaskedLM(scope, Encode(scope, in, cfg)) }
}

func nextSentence(cfg Config) func(*model.Scope, Input) *graph.Node {
	return func(scope *model.Scope, in Input) *graph.Node {
		return NextSentence(scope, Pool(scope, Encode(scope, in, cfg)))
	}
}

// near fails the test where two rows differ by more than tolerance.
func near(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d numbers, want %d", what, len(got), len(want))
	}
	for i := range got {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= tolerance) {
			t.Errorf("%s[%d] is %v, want %v", what, i, got[i], want[i])
		}
	}
}

// The golden logits were computed with Hugging Face's transformers in float64.
func TestLogitsEqualHuggingFace(t *testing.T) {
	store := sines[float32](golden)
	ids, segments, all := [][]int32{{1, 4, 2}}, [][]int32{{0, 0, 1}}, [][]int32{{1, 1, 1}}
	want := [][]float32{
		{.64837473, .35734081, -1.40837432, .35159994, .01811441},
		{1.01618129, -.21952218, -1.02205525, .42343295, -.46211103},
		{.64718376, .35866759, -1.40891782, .35098368, .01946354},
	}
	mlm := compile(store, maskedLM(golden))
	withMask := mlm(ids, segments, all).Value().([][][]float32)[0]
	without := compile(store, func(scope *model.Scope, in Input) *graph.Node {
		in.Mask = nil
		return MaskedLM(scope, Encode(scope, in, golden))
	})(ids, segments, all).Value().([][][]float32)[0]
	for i := range want {
		near(t, fmt.Sprintf("MLM logits %d", i), withMask[i], want[i], 1e-5)
		near(t, fmt.Sprintf("MLM logits %d without a mask", i), without[i], want[i], 1e-5)
	}
	padded := mlm(ids, segments, [][]int32{{1, 1, 0}}).Value().([][][]float32)[0]
	near(t, "MLM logits with padding", padded[0],
		[]float32{.62482264, .3763541, -1.40967805, .33429101, .04204589}, 1e-5)
	next := compile(store, nextSentence(golden))(ids, segments, all).Value().([][]float32)[0]
	near(t, "NSP logits", next, []float32{.11259644, -.32938831}, 1e-5)
}

// Counts as `sum(p.numel())` gives them for the published models.
func TestParamsEqualPublishedCounts(t *testing.T) {
	for _, want := range []struct {
		cfg                  Config
		encoder, pretraining int
	}{
		{Base, 109_482_240, 110_106_428},
		{Large, 335_141_888, 336_226_108},
		{Tiny, 4_385_920, 0}, // 4.4M in Turc et al., table 1
		{MiniLM, 22_713_216, 0},
	} {
		if got := want.cfg.Params(Encoder, Pooler); got != want.encoder {
			t.Errorf("%s: encoder and pooler have %d parameters, want %d", want.cfg.Name, got, want.encoder)
		}
		if got := want.cfg.Params(Pretraining()...); want.pretraining > 0 && got != want.pretraining {
			t.Errorf("%s: %d parameters with both heads, want %d", want.cfg.Name, got, want.pretraining)
		}
	}
}

func TestConfigs(t *testing.T) {
	for _, cfg := range []Config{Tiny, MiniLM, Base, Large} {
		if err := cfg.Validate(); err != nil {
			t.Error(err)
		}
	}
	for says, change := range map[string]func(*Config){
		"Layers is 0":               func(c *Config) { c.Layers = 0 },
		"Inner is -1":               func(c *Config) { c.Inner = -1 },
		"does not divide into 3":    func(c *Config) { c.Heads = 3 },
		"Dropout is 1":              func(c *Config) { c.Dropout = 1 },
		"Dropout is NaN":            func(c *Config) { c.Dropout = math.NaN() },
		"a width of 8 does not div": func(c *Config) { c.Heads = 16 },
	} {
		cfg := small
		change(&cfg)
		if err := Init(model.NewStore().RootScope(), cfg, 1, Encoder); !mentions(err, says) {
			t.Errorf("error %v does not say %q", err, says)
		}
	}
}

func TestInit(t *testing.T) {
	a, b, c := model.NewStore(), model.NewStore(), model.NewStore()
	cfg := Config{Name: "wide", Vocab: 500, Context: 8, Layers: 1, Heads: 2, Width: 64, Inner: 64}
	must.M(Init(a.RootScope(), cfg, 1, Encoder, Classifier(3)))
	must.M(Init(b.Scope("/elsewhere"), cfg, 1, Encoder))
	must.M(Init(c.RootScope(), cfg, 2, Encoder))
	read := func(s *model.Store, path string) []float32 {
		return tensors.MustCopyFlatData[float32](must.M1(s.GetVariable(path).Value()))
	}
	const words = "/bert/embeddings/word_embeddings/weight"
	values := read(a, words)
	var sum, squares float64
	for _, v := range values {
		sum += float64(v)
		squares += float64(v) * float64(v)
		if v > 0.04 || v < -0.04 {
			t.Fatalf("%v lies beyond two standard deviations", v)
		}
	}
	n := float64(len(values))
	sigma := 0.02 * 0.8796257 // of a normal distribution cut at 2σ
	if mean, std := sum/n, math.Sqrt(squares/n); math.Abs(mean) > 5*sigma/math.Sqrt(n) || math.Abs(std/sigma-1) > 0.02 {
		t.Errorf("mean %g and standard deviation %g, want 0 and %g", mean, std, sigma)
	}
	if !slices.Equal(values, read(b, "/elsewhere"+words)) {
		t.Error("the same seed gave other weights")
	}
	if slices.Equal(values, read(c, words)) {
		t.Error("another seed gave the same weights")
	}
	narrow, base := cfg.dense("x", 64, 64)[0].Std, Base.dense("x", 1, 1)[0].Std
	if math.Abs(narrow-0.02*math.Sqrt(12)) > 1e-9 || base != 0.02 {
		t.Errorf("matrices of 64 channels start with σ = %g, want √12 times Base's %g = 0.02", narrow, base)
	}
	if gain := read(a, "/bert/embeddings/LayerNorm/weight"); gain[0] != 1 || read(a, "/classifier/bias")[2] != 0 {
		t.Error("gains start from 1 and biases from 0")
	}
	if err := Init(a.RootScope(), cfg, 1, Classifier(4)); !mentions(err, "classifier.weight") {
		t.Errorf("a classifier of another size replaced the first: %v", err)
	}
}

// A network that knows nothing is as surprised by any word as ln V, and by the next sentence as ln 2.
func TestStartsFromTheUniformLoss(t *testing.T) {
	store := model.NewStore()
	must.M(Init(store.RootScope(), small, 3, Pretraining()...))
	ids, segments, mask := [][]int32{{1, 2, 3, 4}}, [][]int32{{0, 0, 1, 1}}, [][]int32{{1, 1, 1, 1}}
	for _, row := range compile(store, maskedLM(small))(ids, segments, mask).Value().([][][]float32)[0] {
		surprise := 0.0
		for _, logit := range row {
			surprise += math.Exp(float64(logit))
		}
		if math.Abs(math.Log(surprise)-math.Log(11)) > 0.05 {
			t.Errorf("loss starts near %.3f, want ln 11 = %.3f", math.Log(surprise), math.Log(11))
		}
	}
}

func TestPaddingChangesNoToken(t *testing.T) {
	store := sines[float32](small)
	for name, build := range map[string]func(*model.Scope, Input) *graph.Node{
		"MLM": maskedLM(small), "NSP": nextSentence(small),
		"sentence": func(scope *model.Scope, in Input) *graph.Node {
			return Sentence(Encode(scope, in, small), in.Mask)
		},
	} {
		call := compile(store, build)
		rows := func(ids, segments, mask [][]int32) []float32 { // of the three real tokens
			flat := tensors.MustCopyFlatData[float32](call(ids, segments, mask))
			if name == "MLM" {
				flat = flat[:3*small.Vocab]
			}
			return flat
		}
		alone := rows([][]int32{{1, 4, 2}}, [][]int32{{0, 0, 1}}, [][]int32{{1, 1, 1}})
		padded := rows([][]int32{{1, 4, 2, 0, 0, 0}}, [][]int32{{0, 0, 1, 0, 0, 0}}, [][]int32{{1, 1, 1, 0, 0, 0}})
		rubbish := rows([][]int32{{1, 4, 2, 9, 10, 3}}, [][]int32{{0, 0, 1, 1, 0, 1}}, [][]int32{{1, 1, 1, 0, 0, 0}})
		near(t, name+" with padding", padded, alone, 1e-5)
		if !slices.Equal(padded, rubbish) {
			t.Errorf("%s: what stands in the padding is read", name)
		}
		swapped := rows([][]int32{{1, 2, 4}}, [][]int32{{0, 0, 1}}, [][]int32{{1, 1, 1}})
		if slices.Equal(alone, swapped) {
			t.Errorf("%s does not depend on the order of the words", name)
		}
		// A sequence of nothing but padding spoils neither itself nor its neighbour in the batch.
		both := tensors.MustCopyFlatData[float32](call([][]int32{{1, 4, 2}, {0, 0, 0}},
			[][]int32{{0, 0, 1}, {0, 0, 0}}, [][]int32{{1, 1, 1}, {0, 0, 0}}))
		near(t, name+" beside an empty sequence", both[:len(both)/2], alone, 1e-5)
		if slices.ContainsFunc(both, func(v float32) bool { return v != v }) {
			t.Errorf("%s of an empty sequence is not a number", name)
		}
	}
}

// The encoder looks both ways: the first token's vector depends on the last token, and the other way round.
func TestEveryTokenSeesEveryOther(t *testing.T) {
	store := sines[float32](small)
	segments, mask := [][]int32{{0, 0, 0, 0}}, [][]int32{{1, 1, 1, 1}}
	ids := []int32{1, 2, 3, 4}
	mlm := compile(store, maskedLM(small))
	before := mlm([][]int32{ids}, segments, mask).Value().([][][]float32)[0]
	for changed := range ids {
		other := slices.Clone(ids)
		other[changed] = 7
		after := mlm([][]int32{other}, segments, mask).Value().([][][]float32)[0]
		for position := range after {
			if slices.Equal(before[position], after[position]) {
				t.Errorf("position %d does not see position %d", position, changed)
			}
		}
	}
}

func TestPickTakesRows(t *testing.T) {
	hidden := [][][]float32{{{0, 1}, {2, 3}, {4, 5}}, {{6, 7}, {8, 9}, {10, 11}}}
	got := must.M1(graph.CallOnce(engine(), Pick, hidden, [][]int32{{2, 0}, {1, 1}})).Value()
	if want := "[[[4 5] [0 1]] [[8 9] [8 9]]]"; fmt.Sprint(got) != want {
		t.Errorf("Pick = %v, want %s", got, want)
	}
}

// Bad shapes and missing weights come back as one-line errors that name them.
func TestGraphsRefuse(t *testing.T) {
	store := sines[float32](golden)
	long := [][]int32{make([]int32, 9)}
	for says, call := range map[string]struct {
		store               *model.Store
		ids, segments, mask [][]int32
	}{
		"9 tokens do not fit the 8-token context": {store, long, long, long},
		"bert.Load":  {model.NewStore(), [][]int32{{1}}, [][]int32{{0}}, [][]int32{{1}}},
		"shape":      {store, [][]int32{{1, 2}}, [][]int32{{0}}, [][]int32{{1, 1}}},
		"AssertDims": {store, [][]int32{{1, 2}}, [][]int32{{0, 0}}, [][]int32{{1}}},
	} {
		logits := func(scope *model.Scope, ids, segments, mask *graph.Node) *graph.Node {
			return MaskedLM(scope, Encode(scope, Input{ids, segments, mask}, golden))
		}
		_, err := model.CallOnce(engine(), call.store, logits, call.ids, call.segments, call.mask)
		if !mentions(err, says) {
			t.Errorf("error %v does not say %q", err, says)
		}
	}
}
