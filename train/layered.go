package train

import (
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"
)

// Layers describes a model that is mostly a pile of layers of one form, each with weights of its own. Such a model can
// be trained layer by layer: one layer is compiled, and serves all.
type Layers struct {
	Depth int // number of layers
	// that alternate: layer i is like layer i mod Forms; 0 is 1
	Forms  int
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
	learned Stage // stage, or what of it is learned from several batches a step, see [Stage.shared]
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

func newLayered(backend compute.Backend, store *model.Store, stage, learned Stage, opt Options) (*layered, error) {
	l := &layered{stage: stage, learned: learned, opt: opt, store: store,
		grads: make([][]*tensors.Tensor, stage.Layers.Depth+1)}
	l.random = store.GetVariable("/" + model.RNGStateVariableName)
	if err := l.pair(); err != nil {
		return nil, err
	}
	return l, l.compile(backend)
}

// TrainStep implements [runner].
func (l *layered) TrainStep(batch mltrain.Batch) (m measured, err error) {
	defer free(batch.Inputs)
	defer free(batch.Labels)
	l.inputs = len(batch.Inputs)
	path, err := l.up(batch.Inputs)
	if err != nil {
		return m, err
	}
	values, squares, err := l.down(path, batch) // squares: of the norm of the gradients' sum
	if err != nil {
		return m, err
	}
	m.loss, m.metrics = values[0], values[1:]
	if l.batches++; l.batches == l.opt.Accumulate {
		l.batches = 0
		m.norm = float64(float32(math.Sqrt(squares) / float64(l.opt.Accumulate)))
		err = l.learn(m.norm)
	}
	return m, err
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
func (l *layered) down(p path, batch mltrain.Batch) (values []float64, squares float64, err error) {
	defer free(p.x)
	depth := l.stage.Layers.Depth
	out, err := call(l.backTop, p.x[depth:], batch.Labels)
	if err != nil {
		return nil, 0, err
	}
	n := 1 + len(l.stage.Metrics)
	values, _ = numbers(out[:n], nil)
	gradient, ends := out[n:n+1], out[n+1:]
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
	return values, squares, l.random.SetValue(p.random[depth+1])
}

// replace puts new sums of gradients in the place of the old ones.
func (l *layered) replace(group int, grads []*tensors.Tensor) {
	free(l.grads[group])
	l.grads[group] = grads
}

// Measure implements [runner].
func (l *layered) Measure(batch mltrain.Batch) ([]float64, error) {
	defer free(batch.Inputs)
	defer free(batch.Labels)
	x, err := call(l.evalBottom, batch.Inputs)
	for i := 0; err == nil && i < l.stage.Layers.Depth; i++ {
		below := x
		x, err = l.at(i, l.evalForward, below)
		free(below)
	}
	if err != nil {
		return nil, err
	}
	defer free(x)
	return numbers(call(l.evalTop, x, batch.Labels))
}
