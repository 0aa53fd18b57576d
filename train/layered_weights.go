package train

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// learn moves all weights by their gradients, now that the norm of the whole is known. Each graph counts a step,
// so the counters are set back before each.
func (l *layered) learn(norm float64) error {
	if err := l.prepare(); err != nil {
		return err
	}
	counters := []*model.Variable{l.store.GetVariable("/" + optimizer.GlobalStepVariableName),
		l.store.GetVariable(model.JoinPath("/", optimizer.AdamDefaultScope, "step"))}
	before, err := values(counters)
	if err != nil {
		return err
	}
	size := []*tensors.Tensor{tensors.FromScalar(float32(norm))}
	for i, grads := range l.grads {
		for n, v := range counters {
			value, err := before[n].LocalClone()
			if err == nil {
				err = v.SetValue(value)
			}
			if err != nil {
				return err
			}
		}
		if i < l.stage.Layers.Depth {
			_, err = l.at(i, l.update, size, grads)
		} else {
			_, err = call(l.updateEnds, size, grads)
		}
		if err != nil {
			return err
		}
		l.replace(i, nil)
	}
	return nil
}

// values are copies of what the variables hold.
func values(vars []*model.Variable) (copies []*tensors.Tensor, err error) {
	for _, v := range vars {
		value, err := v.Value()
		if err != nil {
			return nil, err
		}
		c, err := value.LocalClone()
		if err != nil {
			return nil, err
		}
		copies = append(copies, c)
	}
	return copies, nil
}

// prepare builds the updating graphs, which creates the optimizer's variables for the layers that they know, and gives
// the others theirs: all zero, unless a checkpoint brought them.
func (l *layered) prepare() error {
	if l.ready {
		return nil
	}
	if err := l.compileUpdates(); err != nil {
		return err
	}
	for v := range l.store.IterVariables() {
		if !v.HasValue() {
			if err := v.SetValue(tensors.FromShape(v.Shape())); err != nil {
				return err
			}
		}
	}
	l.ready = true
	return l.pair()
}

// pair finds for each variable of a form's first layer, its weights and what the optimizer keeps of them, its like in
// every other layer.
func (l *layered) pair() error {
	layers := l.stage.Layers
	l.pairs = make([][][2]*model.Variable, layers.Depth)
	for _, v := range slices.Collect(l.store.IterVariables()) {
		for first := range layers.forms() {
			if !strings.Contains(v.Path(), layers.Scope(first)+"/") {
				continue
			}
			for i := first + layers.forms(); i < layers.Depth; i += layers.forms() {
				other, err := l.like(v, strings.Replace(v.Path(), layers.Scope(first)+"/", layers.Scope(i)+"/", 1))
				if err != nil {
					return err
				}
				l.pairs[i] = append(l.pairs[i], [2]*model.Variable{v, other})
			}
		}
	}
	return nil
}

// like returns the variable at path, which has the shape of v. Where there is none it makes one, unless v is a weight.
func (l *layered) like(v *model.Variable, path string) (*model.Variable, error) {
	other := l.store.GetVariable(path)
	if other == nil && v.Trainable {
		return nil, fmt.Errorf("there is no weight %s, but %s", path, v.Path())
	}
	if other == nil {
		zero, err := l.store.CreateVariable(path, tensors.FromShape(v.Shape()))
		if err != nil {
			return nil, err
		}
		return zero.SetTrainable(false), nil
	}
	if !other.Shape().Equal(v.Shape()) {
		return nil, fmt.Errorf("layers differ: %s is %s, %s is %s", v.Path(), v.Shape(), path, other.Shape())
	}
	return other, nil
}

// at runs a layer's graph: for the time of the call its variables exchange their values with those of the form's
// first layer.
func (l *layered) at(layer int, execs []*model.Exec, inputs ...[]*tensors.Tensor) ([]*tensors.Tensor, error) {
	if err := exchange(l.pairs[layer]); err != nil {
		return nil, err
	}
	outputs, err := call(execs[layer%len(execs)], inputs...)
	return outputs, errors.Join(err, exchange(l.pairs[layer]))
}

func exchange(pairs [][2]*model.Variable) error {
	for _, p := range pairs {
		a, err := p[0].Value()
		if err != nil {
			return err
		}
		b, err := p[1].Value()
		if err != nil {
			return err
		}
		if err := errors.Join(p[0].SetValuePreservingOld(b), p[1].SetValuePreservingOld(a)); err != nil {
			return err
		}
	}
	return nil
}

func call(exec *model.Exec, inputs ...[]*tensors.Tensor) ([]*tensors.Tensor, error) {
	var args []any
	for _, t := range slices.Concat(inputs...) {
		args = append(args, t)
	}
	return exec.Call(args...)
}

// free gives memory back now: the garbage collector does not see how much of it the device holds.
func free(arrays []*tensors.Tensor) {
	for _, t := range arrays {
		_ = t.FinalizeAll() // what cannot be freed now is freed with the backend
	}
}
