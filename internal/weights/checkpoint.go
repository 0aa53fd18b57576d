package weights

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Weight describes one array of a model.
type Weight struct {
	Name string  // transformers' own, "h.0.attn.c_attn.weight"
	Dims []int   // the shape; [C] for biases and gains
	Std  float64 // of the normal distribution it starts from; 0 for a constant
	Fill float64 // the constant where Std is 0: 1 for gains, 0 for biases
}

// Size is the number of elements.
func (w Weight) Size() int {
	n := 1
	for _, d := range w.Dims {
		n *= d
	}
	return n
}

// Path is the weight's place in a [model.Store] whose root is scope: dots become levels.
func (w Weight) Path(scope *model.Scope) string {
	return model.JoinPath(scope.Scope(), strings.ReplaceAll(w.Name, ".", model.ScopeSeparator))
}

// Params counts the numbers in list.
func Params(list []Weight) int {
	total := 0
	for _, w := range list {
		total += w.Size()
	}
	return total
}

// Set stores values as the weight w below scope, replacing what was there. It is an error if their number or the
// shape already there differs from w.Dims.
func Set[T float32 | float64](scope *model.Scope, w Weight, values []T) error {
	if len(values) != w.Size() {
		return fmt.Errorf("weight %q got %d values, want %v", w.Name, len(values), w.Dims)
	}
	value := tensors.FromFlatDataAndDimensions(values, w.Dims...)
	if err := fits(scope, w, value.DType()); err != nil {
		return err
	}
	if v := scope.Store().GetVariable(w.Path(scope)); v != nil {
		return v.SetValue(value)
	}
	_, err := scope.Store().CreateVariable(w.Path(scope), value)
	return err
}

// fits says whether the store has another array in the place of w.
func fits(scope *model.Scope, w Weight, dtype dtypes.DType) error {
	want := shapes.Make(dtype, w.Dims...)
	if v := scope.Store().GetVariable(w.Path(scope)); v != nil && !v.Shape().Equal(want) {
		return fmt.Errorf("weight %q is %s in this store, want %s", w.Name, v.Shape(), want)
	}
	return nil
}

// get copies the weight w from below scope.
func get(scope *model.Scope, w Weight) ([]float32, error) {
	v := scope.Store().GetVariable(w.Path(scope))
	if v == nil || !slices.Equal(v.Shape().Dimensions, w.Dims) {
		return nil, fmt.Errorf("cannot save weight %q of shape %v: the store has %v", w.Name, w.Dims, v)
	}
	value, err := v.Value()
	if err != nil {
		return nil, fmt.Errorf("weight %q: %w", w.Name, err)
	}
	return tensors.CopyFlatData[float32](value)
}

// Load fills scope with list from the checkpoint in folder. names says what a file may call a weight; check may refuse
// it by what was read. All of it is read and checked before the first weight is stored.
func Load(scope *model.Scope, folder string, list []Weight, names func(string) []string,
	check func(*Checkpoint, map[string][]float32) error) error {
	c, err := Open(folder)
	if err != nil {
		return err
	}
	defer c.Close()
	values := make(map[string][]float32, len(list))
	for _, w := range list {
		if err := fits(scope, w, dtypes.Float32); err != nil {
			return err
		}
		stored, err := c.find(names(w.Name))
		if err != nil {
			return err
		}
		if values[w.Name], err = c.Float32(stored, w.Dims...); err != nil {
			return err
		}
	}
	if err := check(c, values); err != nil {
		return fmt.Errorf("%s: %w", c.path, err)
	}
	for _, w := range list {
		if err := Set(scope, w, values[w.Name]); err != nil {
			return err
		}
	}
	return nil
}

// find returns the one of names that is there; the first, for the error, if none is.
func (c *Checkpoint) find(names []string) (string, error) {
	found := ""
	for _, name := range names {
		if c.Has(name) && found != "" && name != found {
			return "", fmt.Errorf("weights: %s: tensors %q and %q are one weight", c.path, found, name)
		}
		if c.Has(name) {
			found = name
		}
	}
	return cmp.Or(found, names[0]), nil
}

// CheckTied refuses a checkpoint with an array of its own, called output, where we have one for two uses: values.
func (c *Checkpoint) CheckTied(output string, values []float32, dims ...int) error {
	if !c.Has(output) {
		return nil
	}
	own, err := c.Float32(output, dims...)
	if err == nil && !slices.Equal(own, values) {
		err = fmt.Errorf("tensor %q differs from the one it is tied to: this model does not tie them", output)
	}
	return err
}

// Save writes config.json and model.safetensors into folder, made if need be, so that transformers loads list from
// there, each weight under the first of its names. Each file appears whole or not at all.
func Save(scope *model.Scope, folder string, list []Weight, names func(string) []string, config any) error {
	arrays := make([]Tensor, len(list))
	for i, w := range list {
		values, err := get(scope, w)
		if err != nil {
			return err
		}
		arrays[i] = Tensor{Name: names(w.Name)[0], Dims: w.Dims, Values: values}
	}
	if err := WriteJSON(filepath.Join(folder, ConfigFile), config); err != nil {
		return err
	}
	return Write(filepath.Join(folder, ModelFile), arrays)
}
