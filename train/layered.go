package train

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"
)

// Layers describes a model that is mostly a pile of layers of one form, each with weights of its own. Such a model can
// be trained layer by layer: one layer is compiled, and serves all.
type Layers struct {
	Depth  int                                                                 // number of layers
	Forms  int                                                                 // that alternate: layer i is like layer i mod Forms; 0 is 1
	Scope  func(layer int) string                                              // of a layer's weights: "/h/3"
	Bottom func(scope *model.Scope, inputs []*graph.Node) *graph.Node          // from a batch to the first layer's input
	Layer  func(scope *model.Scope, layer int, x *graph.Node) *graph.Node      // scope is that of the layer's weights
	Top    func(scope *model.Scope, x *graph.Node) (predictions []*graph.Node) // from the last layer's output
}

// forms is the number of layers that differ in more than their weights.
func (l *Layers) forms() int { return min(max(1, l.Forms), l.Depth) }

// layered computes a [Stage] with a [Layers] layer by layer: backpropagation as a loop in Go.
//
// A graph of the whole model takes XLA minutes to compile when it is deep, and it keeps what every layer computed
// until the gradient has passed by. Here there is one graph for a layer's way up and one for its way down, which
// computes the layer once more from its input: that is all that is kept of it ("gradient checkpointing",
// Chen et al. 2016). The graphs know the weights of the first layer only, or of the first of each form;
// [layered.at] lends it those of the others.
type layered struct {
	stage   Stage
	opt     Options
	store   *model.Store
	random  *model.Variable        // state of the generator behind dropout
	pairs   [][][2]*model.Variable // of each layer: its variables, each with its like in the form's first layer
	inputs  int                    // per batch
	ready   bool                   // whether the optimizer's variables exist
	batches int                    // whose gradients are in grads
	grads   [][]*tensors.Tensor    // of each layer, then of bottom and top; sums over the batches

	graphs
}

func newLayered(backend compute.Backend, store *model.Store, stage Stage, opt Options) (*layered, error) {
	l := &layered{stage: stage, opt: opt, store: store, grads: make([][]*tensors.Tensor, stage.Layers.Depth+1)}
	l.random = store.GetVariable("/" + model.RNGStateVariableName)
	if err := l.pair(); err != nil {
		return nil, err
	}
	return l, l.compile(backend)
}

// TrainStep implements [runner].
func (l *layered) TrainStep(batch mltrain.Batch) ([]*tensors.Tensor, error) {
	defer free(batch.Inputs)
	defer free(batch.Labels)
	l.inputs = len(batch.Inputs)
	path, err := l.up(batch.Inputs)
	if err != nil {
		return nil, err
	}
	measured, squares, err := l.down(path, batch) // squares: of the norm of the gradients' sum
	if err != nil {
		return nil, err
	}
	norm := 0.0 // a batch that only accumulates has none
	if l.batches++; l.batches == l.opt.Accumulate {
		l.batches = 0
		norm = math.Sqrt(squares) / float64(l.opt.Accumulate)
		if err := l.learn(norm); err != nil {
			return nil, err
		}
	}
	return slices.Insert(measured, 1, measured[0], tensors.FromScalar(float32(norm))), nil
}

// path is what the way up leaves for the way down.
type path struct {
	x      []*tensors.Tensor // the input of each layer, then the last one's output
	random []*tensors.Tensor // the generator's state before the bottom, before each layer, and at the end
}

// up computes the model's layers.
func (l *layered) up(inputs []*tensors.Tensor) (p path, err error) {
	if err := p.note(l.random); err != nil {
		return p, err
	}
	out, err := call(l.bottom, inputs)
	for i := 0; err == nil; i++ {
		p.x = append(p.x, out[0])
		if err = p.note(l.random); err != nil || i == l.stage.Layers.Depth {
			break
		}
		out, err = l.at(i, l.forward, p.x[i:])
	}
	return p, err
}

// note keeps the state of the random generator, so that the way down can draw the same numbers again.
func (p *path) note(random *model.Variable) error {
	value, err := random.Value()
	if err != nil {
		return err
	}
	state, err := value.LocalClone()
	p.random = append(p.random, state)
	return err
}

// down carries the gradient from the loss to the bottom and adds that of all weights to l.grads. It returns
// the loss and the metrics, and the sum of the squares of all l.grads.
func (l *layered) down(p path, batch mltrain.Batch) (measured []*tensors.Tensor, squares float64, err error) {
	defer free(p.x)
	depth := l.stage.Layers.Depth
	out, err := call(l.backTop, p.x[depth:], batch.Labels)
	if err != nil {
		return nil, 0, err
	}
	n := 1 + len(l.stage.Metrics)
	measured, gradient, ends := out[:n], out[n:n+1], out[n+1:]
	for i := depth - 1; i >= 0; i-- {
		if err := l.random.SetValue(p.random[i+1]); err != nil {
			return nil, 0, err
		}
		if out, err = l.at(i, l.backward, p.x[i:i+1], gradient, l.grads[i]); err != nil {
			return nil, 0, err
		}
		squares += scalar(out[1])
		free(gradient)
		l.replace(i, out[2:])
		gradient = out[:1]
	}
	if err := l.random.SetValue(p.random[0]); err != nil {
		return nil, 0, err
	}
	if out, err = call(l.backBottom, gradient, batch.Inputs, ends, l.grads[depth]); err != nil {
		return nil, 0, err
	}
	squares += scalar(out[0])
	free(gradient)
	free(ends)
	l.replace(depth, out[1:])
	return measured, squares, l.random.SetValue(p.random[depth+1])
}

// replace puts new sums of gradients in the place of the old ones.
func (l *layered) replace(group int, grads []*tensors.Tensor) {
	free(l.grads[group])
	l.grads[group] = grads
}

// Eval implements [runner]: the means over the examples of ds.
func (l *layered) Eval(ds mltrain.Dataset) ([]*tensors.Tensor, error) {
	var sums []float64
	examples := 0.0
	for batch, err := range ds.Iter() {
		if err != nil {
			return nil, err
		}
		values, err := l.measure(batch)
		if err != nil {
			return nil, err
		}
		n := float64(batch.Labels[0].Shape().Dim(0))
		if sums == nil {
			sums = make([]float64, len(values))
		}
		for i, v := range values {
			sums[i] += n * v
		}
		examples += n
		free(batch.Inputs)
		free(batch.Labels)
	}
	if sums == nil {
		return nil, fmt.Errorf("%s has no batches", ds.Name())
	}
	means := make([]*tensors.Tensor, len(sums))
	for i, s := range sums {
		means[i] = tensors.FromScalar(float32(s / examples))
	}
	return means, nil
}

// measure returns the loss and the metrics of a batch.
func (l *layered) measure(batch mltrain.Batch) (values []float64, err error) {
	x, err := call(l.evalBottom, batch.Inputs)
	for i := 0; err == nil && i < l.stage.Layers.Depth; i++ {
		below := x
		x, err = l.at(i, l.evalForward, below)
		free(below)
	}
	if err != nil {
		return nil, err
	}
	out, err := call(l.evalTop, x, batch.Labels)
	free(x)
	for _, v := range out {
		values = append(values, scalar(v))
	}
	return values, err
}
