package bert

import (
	"fmt"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"gptbook/internal/weights"
)

// Weight describes one array of the model. Names and layouts are those of Hugging Face's
// BertForPreTraining: a dense layer is stored [out, in]. The normal distribution it starts from is truncated.
type Weight = weights.Weight

// Part is a group of weights that is made, loaded, saved and counted as one.
type Part struct {
	name    string
	weights func(Config) []Weight
}

// The encoder and what can be put on it.
var (
	Encoder  = Part{"encoder", encoderWeights} // for [Encode]
	Pooler   = Part{"pooler", poolerWeights}   // for [Pool]
	MaskHead = Part{"masked-LM head", maskHeadWeights}
	NextHead = Part{"next-sentence head", nextHeadWeights}
)

// Classifier is the part behind [Classify], for that many classes.
func Classifier(classes int) Part {
	return Part{"classifier", func(c Config) []Weight { return c.dense("classifier", c.Width, classes) }}
}

// Pretraining lists the parts that pretraining needs: all but a classifier.
func Pretraining() []Part { return []Part{Encoder, Pooler, MaskHead, NextHead} }

// Weights lists the arrays of parts in the order of transformers' own list.
func (c Config) Weights(parts ...Part) []Weight {
	var list []Weight
	for _, p := range parts {
		list = append(list, p.weights(c)...)
	}
	return list
}

// Params counts the trainable numbers of parts without allocating them.
func (c Config) Params(parts ...Part) int { return weights.Params(c.Weights(parts...)) }

func norm(name string, width int) []Weight {
	return []Weight{{Name: name + ".weight", Dims: []int{width}, Fill: 1}, {Name: name + ".bias", Dims: []int{width}}}
}

// sigma is BERT's (modeling.py, initializer_range).
const sigma = 0.02

// dense lists the weights of a dense layer. Departure: in encoders narrower than Base's 768 channels they start larger,
// by √(768/C), so that a layer passes on as much of what it gets as Base's does. With 0.02 at 128 channels the question
// of the next sentence hardly reaches the encoder, and its loss stays at ln 2 for 1,000 steps instead of 200.
func (c Config) dense(name string, in, out int) []Weight {
	std := sigma * max(1, math.Sqrt(768/float64(c.Width)))
	return []Weight{{Name: name + ".weight", Dims: []int{out, in}, Std: std}, {Name: name + ".bias", Dims: []int{out}}}
}

func table(name string, rows, width int) []Weight {
	return []Weight{{Name: name + ".weight", Dims: []int{rows, width}, Std: sigma}}
}

func encoderWeights(c Config) []Weight {
	const at = "bert.embeddings."
	list := slices.Concat(
		table(at+"word_embeddings", c.Vocab, c.Width),
		table(at+"position_embeddings", c.Context, c.Width),
		table(at+"token_type_embeddings", Segments, c.Width),
		norm(at+"LayerNorm", c.Width))
	for i := range c.Layers {
		at := fmt.Sprintf("bert.encoder.layer.%d.", i)
		list = append(list, slices.Concat(
			c.dense(at+"attention.self.query", c.Width, c.Width),
			c.dense(at+"attention.self.key", c.Width, c.Width),
			c.dense(at+"attention.self.value", c.Width, c.Width),
			c.dense(at+"attention.output.dense", c.Width, c.Width),
			norm(at+"attention.output.LayerNorm", c.Width),
			c.dense(at+"intermediate.dense", c.Width, c.Inner),
			c.dense(at+"output.dense", c.Inner, c.Width),
			norm(at+"output.LayerNorm", c.Width))...)
	}
	return list
}

func poolerWeights(c Config) []Weight { return c.dense("bert.pooler.dense", c.Width, c.Width) }

func maskHeadWeights(c Config) []Weight {
	return slices.Concat(
		[]Weight{{Name: "cls.predictions.bias", Dims: []int{c.Vocab}}},
		c.dense("cls.predictions.transform.dense", c.Width, c.Width),
		norm("cls.predictions.transform.LayerNorm", c.Width))
}

func nextHeadWeights(c Config) []Weight { return c.dense("cls.seq_relationship", c.Width, 2) }

// Init fills scope with the starting weights of parts, float32, and leaves other parts as they are: a
// classifier can be put on a loaded encoder. Tables and matrices are drawn from a normal distribution of σ = 0.02 (more
// for the matrices of encoders narrower than Base) cut at 2σ, as in the published code; biases are 0 and gains 1. The
// same seed gives the same weights on every backend: they are drawn on the host, which also spares XLA a second
// compilation.
func Init(scope *model.Scope, cfg Config, seed int64, parts ...Part) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	for _, part := range parts {
		stream := crc32.ChecksumIEEE([]byte(part.name)) // no part draws what another drew
		rng := rand.New(rand.NewPCG(uint64(seed), uint64(stream)))
		for _, w := range part.weights(cfg) {
			values := make([]float32, w.Size())
			for i := range values {
				values[i] = float32(w.Fill)
				if w.Std > 0 {
					values[i] = float32(w.Std * truncatedNormal(rng))
				}
			}
			if err := SetWeight(scope, w, values); err != nil {
				return err
			}
		}
	}
	return nil
}

// truncatedNormal draws from the standard normal distribution, again and again until |z| ≤ 2.
func truncatedNormal(rng *rand.Rand) float64 {
	for {
		if z := rng.NormFloat64(); math.Abs(z) <= 2 {
			return z
		}
	}
}

// SetWeight stores values as the weight w below scope, replacing what was there. It is an error if their
// number or the shape already there differs from w.Dims.
func SetWeight[T float32 | float64](scope *model.Scope, w Weight, values []T) error {
	if err := weights.Set(scope, w, values); err != nil {
		return fmt.Errorf("bert: %w", err)
	}
	return nil
}

// below is the scope that a dotted name leads to.
func below(scope *model.Scope, name string) *model.Scope {
	for part := range strings.SplitSeq(name, ".") {
		scope = scope.At("%s", part)
	}
	return scope
}

// weight is the named array of scope in the graph of x.
func weight(scope *model.Scope, name string, x GraphProvider) *Node {
	v := scope.GetVariable(name)
	if v == nil {
		exceptions.Panicf("bert: no weight %q: fill the store with bert.Init or bert.Load first",
			model.JoinPath(scope.Scope(), name))
	}
	return v.NodeValue(x)
}
