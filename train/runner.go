package train

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/metric"
)

// runner computes the steps.
type runner interface {
	// TrainStep learns from a batch, which it frees. Weights change at every Accumulate-th call.
	TrainStep(batch mltrain.Batch) (measured, error)
	// Measure returns the parts of the loss and the metrics of a batch, which it frees.
	Measure(batch mltrain.Batch) ([]float64, error)
}

// measured is what a step found out.
type measured struct {
	loss    float64
	norm    float64 // of the whole gradient, before clipping; 0 if the batch only accumulates
	metrics []float64
	tokens  int // ids of the first inputs
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
	learned := t.stage
	if t.opt.Accumulate > 1 {
		learned = t.stage.shared()
	}
	if t.layerByLayer(backend) {
		t.runner, err = newLayered(backend, t.store, t.stage, learned, t.opt)
	} else {
		t.runner, err = newWhole(backend, t.store, t.stage, learned, t.opt)
	}
	return err
}

// layerByLayer chooses the runner. XLA compiles a GPT of 24 layers for some ten seconds and one of 96 for two minutes,
// one layer in about one. The pure Go backend starts at once and is a tenth faster on a whole graph, which keeps what
// all layers compute: 1.7 GB for 96 of width 64, where layer by layer takes 0.3.
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

// whole is GoMLX's trainer, which computes a step as one graph.
type whole struct {
	*mltrain.Trainer
	stage  Stage
	inputs int // per batch
	eval   *model.Exec
}

func newWhole(backend compute.Backend, store *model.Store, stage, learned Stage, opt Options) (runner, error) {
	var metrics []metric.Interface
	for _, m := range learned.Metrics {
		metrics = append(metrics, metric.NewBaseMetric(m.Name, m.Name, m.Name,
			func(_ *model.Scope, labels, predictions []*graph.Node) *graph.Node {
				return m.Graph(labels, predictions)
			}, nil))
	}
	w := &whole{stage: stage, Trainer: mltrain.NewTrainer(backend, store, stage.Model, learned.Total,
		opt.Optimizer.graph(), metrics, nil)}
	var err error
	w.eval, err = model.NewExec(backend, store, func(scope *model.Scope, batch []*graph.Node) []*graph.Node {
		store.SetTraining(batch[0].Graph(), false)
		return stage.measure(batch[w.inputs:], stage.Model(scope, nil, batch[:w.inputs]))
	})
	switch {
	case err != nil:
		return nil, err
	case opt.Devices > 1:
		return newParallel(backend, w, opt)
	case opt.Accumulate > 1:
		return w, w.AccumulateGradients(opt.Accumulate)
	}
	return w, nil
}

// TrainStep implements [runner].
func (w *whole) TrainStep(batch mltrain.Batch) (measured, error) {
	values, err := w.Trainer.TrainStep(batch)
	if err != nil {
		return measured{}, err
	}
	return w.read(values)
}

// read takes the numbers out of what GoMLX's trainer returns: the loss, a moving average of it and the metrics. The
// norm is where the optimizer left it.
func (w *whole) read(values []*tensors.Tensor) (m measured, err error) {
	defer free(values)
	m.loss = scalar(values[0])
	for _, v := range values[2:] {
		m.metrics = append(m.metrics, scalar(v))
	}
	// There is none while the first step accumulates.
	if v := w.Store().GetVariable(normVariable); v != nil && v.HasValue() {
		value, err := v.Value()
		if err != nil {
			return m, err
		}
		m.norm = scalar(value)
	}
	return m, nil
}

// Measure implements [runner].
func (w *whole) Measure(batch mltrain.Batch) ([]float64, error) {
	defer free(batch.Inputs)
	defer free(batch.Labels)
	w.inputs = len(batch.Inputs)
	return numbers(call(w.eval, batch.Inputs, batch.Labels))
}

// numbers takes scalars to the host and frees them on the device.
func numbers(scalars []*tensors.Tensor, err error) (values []float64, _ error) {
	defer free(scalars)
	for _, t := range scalars {
		values = append(values, scalar(t))
	}
	return values, err
}

func scalar(t *tensors.Tensor) float64 { return shapes.ConvertTo[float64](t.Value()) }
