package train

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/metric"
)

// runner computes the steps.
type runner interface {
	// TrainStep learns from a batch, which it frees. It returns the loss, a moving average of it, the norm of the gradient
	// and the stage's metrics. Weights change at every Accumulate-th call.
	TrainStep(batch mltrain.Batch) ([]*tensors.Tensor, error)
	// Eval returns the means of the loss and of the metrics over ds.
	Eval(ds mltrain.Dataset) ([]*tensors.Tensor, error)
}

// Backprop is a way to compute a step. The result is the same.
type Backprop int

const (
	Auto         Backprop = iota // the faster one to start, see [Trainer.Describe]
	WholeModel                   // one graph
	LayerByLayer                 // one graph per form of layer; needs a [Layers]
)

// chooseRunner makes the runner that the options ask for, or that suits depth and backend.
func (t *Trainer) chooseRunner(backend compute.Backend) (err error) {
	if t.opt.Backprop == LayerByLayer && t.stage.Layers == nil {
		return errors.New("the stage has no Layers, so it cannot be computed layer by layer")
	}
	if t.layerByLayer(backend) {
		t.runner, err = newLayered(backend, t.store, t.stage, t.opt)
	} else {
		t.runner, err = newWhole(backend, t.store, t.stage, t.opt)
	}
	return err
}

// layerByLayer chooses the runner. XLA compiles a GPT of 24 layers for some ten seconds and one of 96 for two
// minutes, one layer in about one. The pure Go backend starts at once and is a tenth faster on a whole graph, which keeps what all layers
// compute: 1.7 GB for 96 of width 64, where layer by layer takes 0.3.
func (t *Trainer) layerByLayer(backend compute.Backend) bool {
	const slowToCompile, largeToKeep = 24, 48 // layers
	layers := t.stage.Layers
	switch {
	case layers == nil:
		t.how = "one graph"
	case t.opt.Backprop == LayerByLayer && t.opt.Devices <= 1:
		t.how = fmt.Sprintf("layer by layer, as asked for (%d layers)", layers.Depth)
		return true
	case t.opt.Devices > 1:
		t.how = fmt.Sprintf("one graph of %d layers on %d devices", layers.Depth, t.opt.Devices)
	case t.opt.Backprop == WholeModel:
		t.how = fmt.Sprintf("one graph of %d layers, as asked for", layers.Depth)
	case backend.Name() == "xla" && layers.Depth >= slowToCompile:
		t.how = fmt.Sprintf("layer by layer: XLA would compile %d layers in one graph for long", layers.Depth)
		return true
	case layers.Depth >= largeToKeep:
		t.how = fmt.Sprintf("layer by layer: one graph would keep what all %d layers compute", layers.Depth)
		return true
	default:
		t.how = fmt.Sprintf("one graph of %d layers", layers.Depth)
	}
	return false
}

// Describe says in one line how steps are computed, and why.
func (t *Trainer) Describe() string { return t.how }

// newWhole returns GoMLX's trainer, which computes a step as one graph, on one device or several.
func newWhole(backend compute.Backend, store *model.Store, stage Stage, opt Options) (runner, error) {
	var trainMetrics, evalMetrics []metric.Interface
	for _, m := range stage.Metrics {
		fn := func(_ *model.Scope, labels, predictions []*graph.Node) *graph.Node {
			return m.Graph(labels, predictions)
		}
		trainMetrics = append(trainMetrics, metric.NewBaseMetric(m.Name, m.Name, m.Name, fn, nil))
		evalMetrics = append(evalMetrics, metric.NewMeanMetric(m.Name, m.Name, m.Name, fn, nil))
	}
	trainer := mltrain.NewTrainer(backend, store, stage.Model, stage.Loss, opt.Optimizer.graph(), trainMetrics, evalMetrics)
	switch {
	case opt.Devices > 1:
		return newParallel(backend, trainer, opt)
	case opt.Accumulate > 1:
		return whole{trainer}, trainer.AccumulateGradients(opt.Accumulate)
	}
	return whole{trainer}, nil
}

// whole is GoMLX's trainer with the norm of the gradient among what it measures.
type whole struct{ *mltrain.Trainer }

// TrainStep implements [runner].
func (w whole) TrainStep(batch mltrain.Batch) ([]*tensors.Tensor, error) {
	values, err := w.Trainer.TrainStep(batch)
	if err != nil {
		return nil, err
	}
	return w.withNorm(values)
}

// withNorm inserts the norm, which the optimizer left in the store.
func (w whole) withNorm(values []*tensors.Tensor) ([]*tensors.Tensor, error) {
	norm := tensors.FromScalar(float32(0)) // a batch that only accumulates may have none
	if v := w.Store().GetVariable(normVariable); v != nil && v.HasValue() {
		value, err := v.Value()
		if err != nil {
			return nil, err
		}
		if norm, err = value.LocalClone(); err != nil {
			return nil, err
		}
	}
	return slices.Insert(values, 2, norm), nil
}
