package pretrain

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"

	"gptbook/datasets/corpus"
	"gptbook/figures/curve"
	"gptbook/gpt"
	"gptbook/internal/backend"
	"gptbook/train"
)

var engine = sync.OnceValue(func() compute.Backend { return must.M1(backend.New("")) })

// One step of a GPT as one graph and layer by layer. With β₁ = β₂ = 0 and ε far above the gradient, AdamW's step is the
// gradient over ε (to the first order), so weights that agree within 1e-6·lr/ε show gradients that agree within 1e-6.
func TestLayerByLayerGradientsEqualWholeModels(t *testing.T) {
	base := gpt.Config{Name: "deep", Vocab: 13, Context: 8, Layers: 4, Heads: 2, Width: 8, Dropout: 0.1}
	postLN, banded := base, base
	postLN.PostLN, banded.Window = true, 3
	for _, cfg := range []gpt.Config{base, postLN, banded} {
		ids := make([]int32, 200)
		for i := range ids {
			ids[i] = int32(i*i+i/3) % 13
		}
		const epsilon = 1e4
		opt := train.Options{Optimizer: train.AdamW{LearningRate: epsilon, Epsilon: epsilon, Clip: 1}, Seed: 1}
		var stores []*model.Store
		for _, how := range []train.Backprop{train.WholeModel, train.LayerByLayer} {
			store := model.NewStore()
			must.M(gpt.Init(store.RootScope(), cfg, 1))
			opt.Backprop = how
			batches := must.M1(corpus.NextToken(ids, 3, cfg.Context, 1))
			must.M1(must.M1(train.New(engine(), store, CausalLM(cfg), opt)).Run(t.Context(), batches, 1))
			stores = append(stores, store)
		}
		before := model.NewStore()
		must.M(gpt.Init(before.RootScope(), cfg, 1))
		numbers := func(store *model.Store, w gpt.Weight) []float32 {
			return tensors.MustCopyFlatData[float32](must.M1(store.GetVariable(w.Path(store.RootScope())).Value()))
		}
		for _, w := range cfg.Weights() {
			start, whole, layered := numbers(before, w), numbers(stores[0], w), numbers(stores[1], w)
			largest, worst := 0.0, 0.0
			for i := range start {
				largest = math.Max(largest, math.Abs(float64(start[i]-whole[i])))
				worst = math.Max(worst, math.Abs(float64(layered[i]-whole[i])))
			}
			if largest == 0 || worst > 1e-6 {
				t.Errorf("%+v: the gradient of %s, up to %g, differs by %g", cfg, w.Name, largest, worst)
			}
		}
	}
}

// GPT-3's depth, in miniature: of eight tokens only five occur, and ninety-six layers find out within a few steps.
func TestNinetySixLayersLearn(t *testing.T) {
	cfg := gpt.Config{Name: "deep", Vocab: 8, Context: 8, Layers: 96, Heads: 2, Width: 16}
	store := model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	ids := make([]int32, 100)
	for i := range ids {
		ids[i] = int32(i % 5)
	}
	opt := train.Options{Optimizer: train.GPT3AdamW(3e-3), Backprop: train.LayerByLayer}
	trainer := must.M1(train.New(engine(), store, CausalLM(cfg), opt))
	curve := must.M1(trainer.Run(t.Context(), must.M1(corpus.NextToken(ids, 4, cfg.Context, 1)), 12))[0]
	if first := curve.Points[0].Value; math.Abs(first-math.Log(8)) > 0.2 || curve.Last() > math.Log(5)+0.1 {
		t.Errorf("loss went from %.3f to %.3f, want from ln 8 = 2.079 to about ln 5 = 1.609", first, curve.Last())
	}
}

// A GPT that two devices train on halves of each batch has the losses of one device.
func TestTwoDevicesEqualOne(t *testing.T) {
	if engine().NumDevices() < 2 {
		t.Skipf("%s has one device", engine().Name())
	}
	cfg := gpt.Config{Name: "shared", Vocab: 13, Context: 8, Layers: 2, Heads: 2, Width: 16, Dropout: 0.1}
	ids := make([]int32, 300)
	for i := range ids {
		ids[i] = int32(i*i+i/3) % 13
	}
	var losses [][]curve.Point
	for _, devices := range []int{1, 2} {
		store := model.NewStore()
		must.M(gpt.Init(store.RootScope(), cfg, 1))
		opt := train.Options{Optimizer: train.GPT3AdamW(1e-3), Seed: 1, Devices: devices}
		trainer := must.M1(train.New(engine(), store, CausalLM(cfg), opt))
		curves := must.M1(trainer.Run(t.Context(), must.M1(corpus.NextToken(ids, 4, 8, 1)), 20))
		losses = append(losses, curves[0].Points)
	}
	if len(losses[0]) != 20 || len(losses[1]) != 20 {
		t.Fatalf("%d and %d losses, want 20 of each", len(losses[0]), len(losses[1]))
	}
	for i, p := range losses[0] {
		if math.Abs(p.Value-losses[1][i].Value) > 1e-5 {
			t.Errorf("step %d: the loss is %v on one device, %v on two", p.Step, p.Value, losses[1][i].Value)
		}
	}
}

// A text of another tokenizer is refused by the way up and in evaluation: it would be learned with too low a loss.
func TestTokenOutsideTheVocabulary(t *testing.T) {
	cfg := gpt.Config{Name: "narrow", Vocab: 8, Context: 4, Layers: 1, Heads: 1, Width: 4}
	for _, bad := range []int32{8, -1} {
		store := model.NewStore()
		must.M(gpt.Init(store.RootScope(), cfg, 1))
		trainer := must.M1(train.New(engine(), store, CausalLM(cfg), train.Options{Optimizer: train.GPT3AdamW(1e-3)}))
		good, ids := []int32{1, 2, 3, 4, 5, 6, 7, 0, 1}, []int32{1, 2, 3, bad, 5, 6, 7, 0, 1}
		must.M1(trainer.Run(t.Context(), must.M1(corpus.NextToken(good, 2, 4, 1)), 1))
		_, err := trainer.Run(t.Context(), must.M1(corpus.NextToken(ids, 2, 4, 1)), 9)
		_, _, evalErr := trainer.Evaluate(must.M1(corpus.Sequential(ids, 2, 4)))
		for _, err := range []error{err, evalErr} {
			want := fmt.Sprintf("token %d, outside the model's vocabulary of 8", bad)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error is %v, want %q", err, want)
			}
		}
	}
}
