package gpt

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Weight describes one array of the model. Names and layouts are those of Hugging Face's
// GPT2LMHeadModel without its "transformer." prefix: a dense layer is stored [in, out], the query,
// key and value maps side by side in c_attn.
type Weight struct {
	Name string  // "h.0.attn.c_attn.weight"
	Dims []int   // [in, out] for matrices, [C] for biases and gains
	Std  float64 // of the normal distribution it starts from; 0 for a constant
	Fill float64 // the constant where Std is 0: 1 for gains, 0 for biases
}

// Path is the weight's place in a [model.Store] whose root is scope: dots become levels.
func (w Weight) Path(scope *model.Scope) string {
	return model.JoinPath(scope.Scope(), strings.ReplaceAll(w.Name, ".", model.ScopeSeparator))
}

// Weights lists all arrays of the model in the order of the forward pass. The output layer has none:
// it is the token table again (Radford et al. 2018, §3.1).
//
// Matrices start from N(0, 0.02) and biases from 0, as in both papers. The two maps that write
// to the residual stream are scaled by 1/√(2L) in pre-norm models (Radford et al. 2019, §2.3), so
// that the sum of 2L of them keeps the variance of one. GPT-2's code draws positions from N(0, 0.01).
func (c Config) Weights() []Weight {
	C := c.Width
	positions, residual := 0.01, 0.02/math.Sqrt(2*float64(c.Layers))
	if c.PostLN {
		positions, residual = 0.02, 0.02
	}
	norm := func(name string) []Weight {
		return []Weight{{Name: name + ".weight", Dims: []int{C}, Fill: 1}, {Name: name + ".bias", Dims: []int{C}}}
	}
	dense := func(name string, in, out int, std float64) []Weight {
		return []Weight{{Name: name + ".weight", Dims: []int{in, out}, Std: std}, {Name: name + ".bias", Dims: []int{out}}}
	}
	list := []Weight{
		{Name: "wte.weight", Dims: []int{c.Vocab, C}, Std: 0.02},
		{Name: "wpe.weight", Dims: []int{c.Context, C}, Std: positions},
	}
	for i := range c.Layers {
		list = append(list, c.blockWeights(fmt.Sprintf("h.%d.", i), residual, norm, dense)...)
	}
	if !c.PostLN { // GPT-1 has no final normalisation: its last block ends with one.
		list = append(list, norm("ln_f")...)
	}
	return list
}

// blockWeights lists one block in the order in which its own forward pass meets them.
func (c Config) blockWeights(at string, residual float64, norm func(string) []Weight,
	dense func(string, int, int, float64) []Weight) (list []Weight) {
	C := c.Width
	attention := append(dense(at+"attn.c_attn", C, 3*C, 0.02), dense(at+"attn.c_proj", C, C, residual)...)
	mlp := append(dense(at+"mlp.c_fc", C, 4*C, 0.02), dense(at+"mlp.c_proj", 4*C, C, residual)...)
	parts := [][]Weight{norm(at + "ln_1"), attention, norm(at + "ln_2"), mlp}
	if c.PostLN {
		parts = [][]Weight{attention, norm(at + "ln_1"), mlp, norm(at + "ln_2")}
	}
	for _, p := range parts {
		list = append(list, p...)
	}
	return list
}

// Params counts the trainable numbers without allocating them.
func (c Config) Params() int {
	total := 0
	for _, w := range c.Weights() {
		total += size(w.Dims)
	}
	return total
}

// size is the number of elements of an array of that shape.
func size(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

// Init fills scope with the model's starting weights, float32. The same seed gives the same weights on every
// backend: they are drawn on the host, which also spares XLA a second compilation.
func Init(scope *model.Scope, cfg Config, seed int64) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(uint64(seed), 0x67707462))
	for _, w := range cfg.Weights() {
		values := make([]float32, size(w.Dims))
		for i := range values {
			values[i] = float32(w.Fill)
			if w.Std > 0 {
				values[i] = float32(w.Std * rng.NormFloat64())
			}
		}
		if err := SetWeight(scope, w, values); err != nil {
			return err
		}
	}
	return nil
}

// SetWeight stores values as the weight w below scope, replacing what was there. It is an error if
// their number or the shape already there differs from w.Dims.
func SetWeight[T float32 | float64](scope *model.Scope, w Weight, values []T) error {
	if len(values) != size(w.Dims) {
		return fmt.Errorf("gpt: weight %q got %d values, want %v", w.Name, len(values), w.Dims)
	}
	value := tensors.FromFlatDataAndDimensions(values, w.Dims...)
	if v := scope.Store().GetVariable(w.Path(scope)); v != nil {
		if !v.Shape().Equal(value.Shape()) {
			return fmt.Errorf("gpt: weight %q is %s in this store, want %s", w.Name, v.Shape(), value.Shape())
		}
		return v.SetValue(value)
	}
	_, err := scope.Store().CreateVariable(w.Path(scope), value)
	return err
}
