package train

import (
	"errors"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// graphs are the parts of a step that [layered] runs. None of them grows with the number of layers.
type graphs struct {
	bottom              *model.Exec   // the way up
	forward             []*model.Exec // by form
	backTop, backBottom *model.Exec   // the way down
	backward            []*model.Exec
	update              []*model.Exec
	updateEnds          *model.Exec
	evalBottom, evalTop *model.Exec
	evalForward         []*model.Exec

	layerWeights           [][]*model.Variable // that the way down found in use, in the store's order, by form
	topWeights, endWeights []*model.Variable
}

// part builds one of the graphs.
type part func(scope *model.Scope, inputs []*Node) []*Node

func (l *layered) compile(backend compute.Backend) error {
	var failed error
	exec := func(training bool, build part) *model.Exec {
		e, err := model.NewExec(backend, l.store, func(scope *model.Scope, inputs []*Node) []*Node {
			l.store.SetTraining(inputs[0].Graph(), training)
			return build(scope, inputs)
		})
		failed = errors.Join(failed, err)
		return e
	}
	l.bottom, l.evalBottom = exec(true, l.bottomGraph), exec(false, l.bottomGraph)
	l.evalTop, l.backTop, l.backBottom = exec(false, l.topGraph), exec(true, l.backTopGraph), exec(true, l.backBottomGraph)
	l.updateEnds = exec(true, func(scope *model.Scope,
		inputs []*Node) []*Node {
		return l.updateGraph(scope, inputs, l.endWeights)
	})
	l.layerWeights = make([][]*model.Variable, l.stage.Layers.forms())
	for form := range l.layerWeights {
		l.forward = append(l.forward, exec(true, l.layerGraph(form)))
		l.evalForward = append(l.evalForward, exec(false, l.layerGraph(form)))
		l.backward = append(l.backward, exec(true, l.backLayerGraph(form)))
		l.update = append(l.update, exec(true, func(scope *model.Scope, inputs []*Node) []*Node {
			return l.updateGraph(scope, inputs, l.layerWeights[form])
		}))
	}
	return failed
}

// bottomGraph: a batch's inputs give x.
func (l *layered) bottomGraph(scope *model.Scope, inputs []*Node) []*Node {
	return []*Node{l.stage.Layers.Bottom(scope, inputs)}
}

// layerGraph: x gives layer(x).
func (l *layered) layerGraph(form int) part {
	return func(_ *model.Scope, inputs []*Node) []*Node {
		return []*Node{l.stage.Layers.Layer(l.store.Scope(l.stage.Layers.Scope(form)), form, inputs[0])}
	}
}

// topGraph: x and a batch's labels give the parts of the loss and the metrics.
func (l *layered) topGraph(scope *model.Scope, inputs []*Node) []*Node {
	return l.stage.measure(inputs[1:], l.stage.Layers.Top(scope, inputs[0]))
}

// backTopGraph: x and labels give the loss, the metrics, and the gradients of x and of the top's weights.
func (l *layered) backTopGraph(scope *model.Scope, inputs []*Node) []*Node {
	labels, predictions := inputs[1:], l.stage.Layers.Top(scope, inputs[0])
	out := append([]*Node{l.learned.Total(labels, predictions)}, l.learned.metrics(labels, predictions)...)
	l.topWeights = l.inUse(inputs[0].Graph())
	return append(out, gradients(out[0], inputs[:1], l.topWeights)...)
}

// backLayerGraph: x, the gradient of layer(x) and the weights' gradients so far (if any) give the gradient of x, the
// sum of the squares of all of the weights' gradients, and these.
func (l *layered) backLayerGraph(form int) part {
	return func(scope *model.Scope, inputs []*Node) []*Node {
		x, dy, sums := inputs[0], inputs[1], inputs[2:]
		y := l.layerGraph(form)(scope, inputs)[0]
		l.layerWeights[form] = l.inUse(x.Graph())
		grads := gradients(along(y, dy), inputs[:1], l.layerWeights[form])
		return append(grads[:1:1], total(grads[1:], sums)...)
	}
}

// backBottomGraph: the gradient of the bottom's x, a batch's inputs, the gradients of the top's weights, and the ends'
// gradients so far (if any) give the sum of the squares of the gradients of all weights of bottom and top, and these.
// The token table of a GPT is in both.
func (l *layered) backBottomGraph(scope *model.Scope, inputs []*Node) []*Node {
	dx, inputs := inputs[0], inputs[1:]
	x := l.stage.Layers.Bottom(scope, inputs[:l.inputs])
	fromTop, sums := inputs[l.inputs:l.inputs+len(l.topWeights)], inputs[l.inputs+len(l.topWeights):]
	bottomWeights := l.inUse(dx.Graph())
	fromBottom := gradients(along(x, dx), nil, bottomWeights)
	byWeight := make(map[*model.Variable]*Node)
	add := func(vars []*model.Variable, grads []*Node) {
		for i, v := range vars {
			if byWeight[v] != nil {
				grads[i] = Add(byWeight[v], grads[i])
			}
			byWeight[v] = grads[i]
		}
	}
	add(l.topWeights, fromTop)
	add(bottomWeights, fromBottom)
	l.endWeights = nil
	var grads []*Node
	for v := range l.store.IterVariables() {
		if byWeight[v] != nil {
			l.endWeights = append(l.endWeights, v)
			grads = append(grads, byWeight[v])
		}
	}
	return total(grads, sums)
}

// along is a number whose gradient by y is dy, so that its gradient by anything below y is what the chain rule asks
// for.
func along(y, dy *Node) *Node { return ReduceAllSum(Mul(y, StopGradient(dy))) }

// total adds grads to sums, if there are any, and puts the sum of the squares of all in front.
func total(grads, sums []*Node) []*Node {
	squares := ScalarZero(grads[0].Graph(), grads[0].DType())
	for i, g := range grads {
		if len(sums) > 0 {
			grads[i] = Add(sums[i], g)
		}
		squares = Add(squares, ReduceAllSum(Square(grads[i])))
	}
	return append([]*Node{squares}, grads...)
}

// gradients of y by nodes and by weights.
func gradients(y *Node, nodes []*Node, weights []*model.Variable) []*Node {
	by := append([]*Node(nil), nodes...)
	for _, v := range weights {
		by = append(by, v.NodeValue(y.Graph()))
	}
	return Gradient(y, by...)
}

// inUse lists the weights that g reads.
func (l *layered) inUse(g *Graph) (vars []*model.Variable) {
	for v := range l.store.IterVariables() {
		if v.Trainable && v.InUseByGraph(g) {
			vars = append(vars, v)
		}
	}
	return vars
}

// updateGraph: the norm of the whole gradient, and the sums of the gradients of some weights, change these.
func (l *layered) updateGraph(scope *model.Scope, inputs []*Node, weights []*model.Variable) []*Node {
	norm, grads := inputs[0], append([]*Node(nil), inputs[1:]...)
	for i, v := range weights {
		v.NodeValue(norm) // marks it as in use, which is how the optimizer finds it
		grads[i] = MulScalar(grads[i], 1/float64(l.opt.Accumulate))
	}
	dtype := grads[0].DType()
	l.opt.Optimizer.graph().update(scope, grads, ConvertDType(norm, dtype), dtype)
	return nil
}

// compileUpdates builds the graphs that change weights.
func (l *layered) compileUpdates() error {
	execs, weights := append(slices.Clone(l.update), l.updateEnds), append(slices.Clone(l.layerWeights), l.endWeights)
	for i, exec := range execs {
		inputs := []shapes.Shape{shapes.Make(dtypes.Float32)}
		for _, v := range weights[i] {
			inputs = append(inputs, v.Shape())
		}
		if _, err := exec.Compile(inputs...); err != nil {
			return err
		}
	}
	return nil
}
