package gpt

import (
	"fmt"
	"math"
	"math/rand/v2"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/internal/weights"
)

// Weight describes one array of the model. Names and layouts are those of Hugging Face's
// GPT2LMHeadModel without its "transformer." prefix: a dense layer is stored [in, out], the query,
// key and value maps side by side in c_attn.
type Weight = weights.Weight

// The tables that turn tokens into vectors and vectors into logits.
const tokenTable, headTable = "wte.weight", "lm_head.weight"

// Weights lists all arrays of the model in the order of the forward pass. The output layer has none unless the model is
// Untied: it is the token table again (Radford et al. 2018, §3.1).
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
		return []Weight{{Name: name + ".weight", Dims: []int{in, out}, Std: std},
			{Name: name + ".bias", Dims: []int{out}}}
	}
	list := []Weight{
		{Name: tokenTable, Dims: []int{c.Vocab, C}, Std: 0.02},
		{Name: "wpe.weight", Dims: []int{c.Context, C}, Std: positions},
	}
	for i := range c.Layers {
		list = append(list, c.blockWeights(fmt.Sprintf("h.%d.", i), residual, norm, dense)...)
	}
	if !c.PostLN { // GPT-1 has no final normalisation: its last block ends with one.
		list = append(list, norm("ln_f")...)
	}
	if c.Untied {
		list = append(list, Weight{Name: headTable, Dims: []int{c.Vocab, C}, Std: 0.02})
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

// outputTable is what the head compares with, [V, C]: a table of its own if the model has one, else that of the tokens.
func outputTable(scope *model.Scope, g GraphProvider) *Node {
	if own := scope.At("lm_head"); own.GetVariable("weight") != nil {
		return weight(own, "weight", g)
	}
	return weight(scope.At("wte"), "weight", g)
}

// Params counts the trainable numbers without allocating them.
func (c Config) Params() int { return weights.Params(c.Weights()) }

// Init fills scope with the model's starting weights, float32. The same seed gives the same weights on every
// backend: they are drawn on the host, which also spares XLA a second compilation.
func Init(scope *model.Scope, cfg Config, seed int64) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(uint64(seed), 0x67707462))
	for _, w := range cfg.Weights() {
		values := make([]float32, w.Size())
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
	if err := weights.Set(scope, w, values); err != nil {
		return fmt.Errorf("gpt: %w", err)
	}
	return nil
}
