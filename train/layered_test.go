package train

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/janpfeifer/must"
)

const towerDepth = 5

// tower is a stage on the batches of lines whose model is a pile of layers with dropout, between a bottom and a top
// that share a matrix.
var tower = func() Stage {
	table := func(scope *model.Scope, x *graph.Node) *graph.Node { return scope.GetVariable("table").NodeValue(x) }
	pile := &Layers{
		Depth: towerDepth,
		Scope: func(layer int) string { return fmt.Sprintf("/pile/%d", layer) },
		Bottom: func(scope *model.Scope, inputs []*graph.Node) *graph.Node {
			return graph.DotProduct(inputs[0], table(scope, inputs[0])) // [4, 3]
		},
		Forms: 2, // with and without dropout
		Layer: func(scope *model.Scope, layer int, x *graph.Node) *graph.Node {
			b := graph.InsertAxes(scope.GetVariable("b").NodeValue(x), 0)
			y := graph.Tanh(graph.Add(graph.DotProduct(x, scope.GetVariable("w").NodeValue(x)), b))
			if layer%2 == 0 {
				y = layers.DropoutStatic(scope, y, 0.2)
			}
			return graph.Add(x, y)
		},
		Top: func(scope *model.Scope, x *graph.Node) []*graph.Node {
			back := graph.DotProduct(x, graph.Transpose(table(scope, x), 0, 1)) // [4, 2]
			return []*graph.Node{graph.Add(graph.ReduceSum(back, -1), scope.GetVariable("b").NodeValue(x))}
		},
	}
	stage := line
	stage.Name, stage.Layers = "tower", pile
	stage.Model = func(scope *model.Scope, _ any, inputs []*graph.Node) []*graph.Node {
		x := pile.Bottom(scope, inputs)
		for i := range towerDepth {
			x = pile.Layer(scope.Store().Scope(pile.Scope(i)), i, x)
		}
		return pile.Top(scope, x)
	}
	return stage
}()

func towerStore() *model.Store {
	store := model.NewStore()
	add := func(path string, rows, columns int) {
		values := make([][]float32, rows)
		for i := range values {
			values[i] = make([]float32, columns)
			for j := range values[i] {
				values[i][j] = float32(0.5 * math.Sin(float64(len(path)+7*i+3*j+store.NumVariables())))
			}
		}
		if rows == 1 {
			must.M1(store.CreateVariable(path, tensors.FromValue(values[0])))
			return
		}
		must.M1(store.CreateVariable(path, tensors.FromValue(values)))
	}
	add("/table", 2, 3)
	for i := range towerDepth {
		add(fmt.Sprintf("/pile/%d/w", i), 3, 3)
		add(fmt.Sprintf("/pile/%d/b", i), 1, 3)
	}
	must.M1(store.CreateVariable("/b", tensors.FromValue(float32(0.1))))
	return store
}

// contents are the weights and what the optimizer keeps of them.
func contents(store *model.Store) map[string][]float32 {
	all := make(map[string][]float32)
	for v := range store.IterVariables() {
		if strings.HasPrefix(v.Path(), "/"+optimizer.AdamDefaultScope) || v.Trainable {
			all[v.Path()] = tensors.MustCopyFlatData[float32](must.M1(v.Value()))
		}
	}
	return all
}

func differ(a, b map[string][]float32) (worst float64, path string) {
	for p, values := range a {
		if len(b[p]) != len(values) {
			return math.Inf(1), p
		}
		for i := range values {
			if d := math.Abs(float64(values[i] - b[p][i])); d > worst {
				worst, path = d, p
			}
		}
	}
	return worst, path
}

// The same steps, as one graph and layer by layer: with clipping and decay, dropout, and accumulated batches. Weights,
// the optimizer's memory, losses, norms and metrics are the same, and so is a validation.
func TestLayerByLayerEqualsWholeModel(t *testing.T) {
	for _, accumulate := range []int{1, 3} {
		var stores []*model.Store
		var trainers []*Trainer
		for _, how := range []Backprop{WholeModel, LayerByLayer} {
			opt := options("")
			opt.Accumulate, opt.Backprop, opt.Optimizer.Clip = accumulate, how, 0.3
			opt.Validation = &lines{next: 1000, finite: 1003}
			store := towerStore()
			trainer := must.M1(New(engine(), store, tower, opt))
			must.M1(trainer.Run(t.Context(), &lines{}, 12))
			stores, trainers = append(stores, store), append(trainers, trainer)
		}
		if worst, path := differ(contents(stores[0]), contents(stores[1])); worst > 1e-6 {
			t.Errorf("accumulating %d: %s differs by %g", accumulate, path, worst)
		}
		for _, column := range []string{TrainLoss, GradientNorm, "bias", ValidationLoss, "val_bias"} {
			a, b := trainers[0].Metric(column).Points, trainers[1].Metric(column).Points
			if len(a) != len(b) || len(a) == 0 {
				t.Fatalf("%s has %d and %d points", column, len(a), len(b))
			}
			for i := range a {
				if a[i].Step != b[i].Step || math.Abs(a[i].Value-b[i].Value) > 1e-5 {
					t.Errorf("accumulating %d: %s is %v and %v", accumulate, column, a[i], b[i])
				}
			}
		}
		if n := len(trainers[1].Metric(GradientNorm).Points); n != 12 || trainers[1].Step() != 12 {
			t.Errorf("%d points after %d steps, want 12", n, trainers[1].Step())
		}
	}
}

// A run that was interrupted ends on the same bits, and a checkpoint serves both ways.
func TestLayerByLayerResumes(t *testing.T) {
	opt := options("")
	opt.Backprop = LayerByLayer
	straight := towerStore()
	must.M1(must.M1(New(engine(), straight, tower, opt)).Run(t.Context(), &lines{}, 10))
	for how, tolerance := range map[Backprop]float64{LayerByLayer: 0, WholeModel: 1e-6} {
		opt.Dir, opt.Backprop = t.TempDir(), LayerByLayer
		must.M1(must.M1(New(engine(), towerStore(), tower, opt)).Run(t.Context(), &lines{}, 5))
		opt.Backprop = how
		resumed := towerStore()
		must.M1(must.M1(New(engine(), resumed, tower, opt)).Run(t.Context(), &lines{}, 5))
		if worst, path := differ(contents(straight), contents(resumed)); worst > tolerance {
			t.Errorf("resumed with %v: %s differs by %g", how, path, worst)
		}
		if files := must.M1(filepath.Glob(filepath.Join(opt.Dir, "checkpoint-*"))); len(files) != 2 {
			t.Errorf("the folder holds %v", files)
		}
	}
}

func TestLayerByLayerRefuses(t *testing.T) {
	opt := options("")
	opt.Backprop = LayerByLayer
	if _, err := New(engine(), lineStore(), line, opt); err == nil || !strings.Contains(err.Error(), "no Layers") {
		t.Errorf("a stage without layers: %v", err)
	}
	short := towerStore()
	must.M(short.DeleteVariable("/pile/2/w"))
	if _, err := New(engine(), short, tower, opt); err == nil || !strings.Contains(err.Error(), "/pile/2/w") {
		t.Errorf("a missing weight: %v", err)
	}
	trainer := must.M1(New(engine(), towerStore(), tower, opt))
	if _, err := trainer.Run(t.Context(), &lines{finite: 3}, 5); err == nil ||
		!strings.Contains(err.Error(), "3 of 5") {
		t.Errorf("too few batches: %v", err)
	}
	poisoned := must.M1(New(engine(), towerStore(), tower, opt))
	if _, err := poisoned.Run(t.Context(), &lines{poison: 2}, 5); err == nil || !strings.Contains(err.Error(), "NaN") {
		t.Errorf("a NaN: %v", err)
	}
}

func TestDescribeSaysWhy(t *testing.T) {
	opt := options("")
	for how, want := range map[Backprop]string{Auto: "one graph of 5 layers",
		WholeModel: "one graph of 5 layers, as asked for", LayerByLayer: "as asked for (5"} {
		opt.Backprop = how
		if got := must.M1(New(engine(), towerStore(), tower, opt)).Describe(); !strings.Contains(got, want) {
			t.Errorf("%v: %q, want %q", how, got, want)
		}
	}
	deep := tower
	pile := *tower.Layers
	deep.Layers = &pile
	for depth, want := range map[int]map[bool]string{ // on XLA or not
		23: {true: "one graph of 23 layers", false: "one graph of 23 layers"},
		24: {true: "layer by layer: XLA would compile 24", false: "one graph of 24 layers"},
		48: {true: "layer by layer: XLA would compile 48", false: "layer by layer: one graph would keep"},
	} {
		pile.Depth = depth
		trainer := &Trainer{stage: deep}
		chosen := trainer.layerByLayer(engine())
		if want := want[engine().Name() == "xla"]; !strings.HasPrefix(trainer.Describe(), want) ||
			chosen != strings.HasPrefix(want, "layer") {
			t.Errorf("%d layers on %s: %v, %q, want %q", depth, engine().Name(), chosen, trainer.Describe(), want)
		}
	}
}
