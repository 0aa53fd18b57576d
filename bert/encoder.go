package bert

import (
	"fmt"
	"math"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/nn"
	"github.com/gomlx/gomlx/support/exceptions"
)

// Input is a batch of sequences, [CLS] A [SEP] or [CLS] A [SEP] B [SEP], filled up to a common length T.
type Input struct {
	IDs      *Node // [B, T] integer: the tokens
	Segments *Node // [B, T] integer: 0 in [CLS] A [SEP], 1 in B [SEP]; nil where there is no B
	Mask     *Node // [B, T] integer: 1 at tokens, 0 at padding; nil where there is no padding
}

// Encode turns each token into a vector that has seen the whole sequence, to its left and to its right:
// [B, T, C]. Vectors at padding mean nothing, and no other position ever reads them. It panics, like
// every graph building function, if the shapes disagree, T exceeds cfg.Context or scope lacks a weight.
func Encode(scope *model.Scope, in Input, cfg Config) *Node {
	x := Embed(scope, in, cfg)
	padding := paddingBias(in, x)
	for i := range cfg.Layers {
		x = Layer(below(scope, fmt.Sprintf("bert.encoder.layer.%d", i)), x, padding, cfg)
	}
	return x
}

// Embed adds three vectors for each token, for what it is, where it stands and to which text it belongs,
// and normalises the sum (Devlin et al. 2018, figure 2): [B, T, C].
func Embed(scope *model.Scope, in Input, cfg Config) *Node {
	in.IDs.AssertRank(2)
	B, T := in.IDs.Shape().Dim(0), in.IDs.Shape().Dim(1)
	if T > cfg.Context {
		exceptions.Panicf("bert: %d tokens do not fit the %d-token context of %q", T, cfg.Context, cfg.Name)
	}
	scope = below(scope, "bert.embeddings")
	table := func(name string) *Node { return weight(below(scope, name), "weight", in.IDs) }
	segments := in.Segments
	if segments == nil {
		segments = ZerosLike(in.IDs)
	}
	segments.AssertDims(B, T)
	x := Gather(table("word_embeddings"), InsertAxes(in.IDs, -1))                            // [B, T, C]
	positions := SliceAxis(table("position_embeddings"), 0, AxisRange(0, T))                 // [T, C]
	x = Add(x, InsertAxes(positions, 0))                                                     // [B, T, C]
	x = Add(x, Gather(table("token_type_embeddings"), InsertAxes(segments, -1)))             // [B, T, C]
	return layers.DropoutStatic(scope, LayerNorm(below(scope, "LayerNorm"), x), cfg.Dropout) // [B, T, C]
}

// paddingBias is added to the attention scores: 0 for keys that are tokens, so much below any score for
// padding that its softmax weight is exactly 0. The result is [B, 1, 1, T], or nil without a mask.
//
// Departure: the published code takes -10,000, which trained scores could in principle reach.
func paddingBias(in Input, x *Node) *Node {
	if in.Mask == nil {
		return nil
	}
	B, T := x.Shape().Dim(0), x.Shape().Dim(1)
	in.Mask.AssertDims(B, T)
	pad := ConvertDType(Equal(in.Mask, ZerosLike(in.Mask)), x.DType())
	return Reshape(MulScalar(pad, -1e9), B, 1, 1, T)
}

// Layer is the unit that BERT repeats: attention, then a small network on each position alone. As in the
// first transformer and in GPT-1 the norm comes after each sum ("post-norm"):
//
//	x = LN(x + Attn(x));  x = LN(x + MLP(x))
//
// x and the result are [B, T, C]; padding is [B, 1, 1, T] or nil.
func Layer(scope *model.Scope, x, padding *Node, cfg Config) *Node {
	attention := below(scope, "attention")
	x = LayerNorm(below(attention, "output.LayerNorm"), Add(x, SelfAttention(attention, x, padding, cfg)))
	return LayerNorm(below(scope, "output.LayerNorm"), Add(x, FeedForward(scope, x, cfg)))
}

// SelfAttention lets each position read all others:
//
//	softmax(Q·Kᵀ/√headDim + padding)·V
//
// (Vaswani et al. 2017, eq. 1.) It is GPT's attention without the causal mask, and nothing else: the
// difference between the two models is this missing line and the question they are trained on. x and the
// result are [B, T, C]; padding is [B, 1, 1, T] or nil. It panics if x has another width.
func SelfAttention(scope *model.Scope, x, padding *Node, cfg Config) *Node {
	x.AssertDims(-1, -1, cfg.Width)
	B, T := x.Shape().Dim(0), x.Shape().Dim(1)
	project := func(name string) *Node {
		return Reshape(Dense(below(scope, "self."+name), x), B, T, cfg.Heads, cfg.HeadDim())
	}
	q, k, v := project("query"), project("key"), project("value") // [B, T, heads, headDim]
	scores := Einsum("bqhd,bkhd->bhqk", q, k)                     // [B, heads, T, T]
	scores = MulScalar(scores, 1/math.Sqrt(float64(cfg.HeadDim())))
	if padding != nil {
		scores = Add(scores, padding)
	}
	weights := layers.DropoutStatic(scope, Softmax(scores, -1), cfg.Dropout) // rows sum to 1
	y := Reshape(Einsum("bhqk,bkhd->bqhd", weights, v), B, T, cfg.Width)
	return layers.DropoutStatic(scope, Dense(below(scope, "output.dense"), y), cfg.Dropout)
}

// FeedForward widens each position to cfg.Inner channels, bends them with GELU and narrows them again.
// x and the result are [B, T, C].
func FeedForward(scope *model.Scope, x *Node, cfg Config) *Node {
	x = activation.Gelu(Dense(below(scope, "intermediate.dense"), x)) // [B, T, Inner]; x·Φ(x), by the error function
	return layers.DropoutStatic(scope, Dense(below(scope, "output.dense"), x), cfg.Dropout)
}

// LayerNorm gives every position mean 0 and variance 1 over its channels, then scales and shifts them by
// learned amounts (Ba et al. 2016). x and the result are [..., C].
func LayerNorm(scope *model.Scope, x *Node) *Node {
	const epsilon = 1e-12
	return nn.LayerNorm(x, []int{-1}, epsilon, weight(scope, "weight", x), weight(scope, "bias", x), nil)
}

// Dense is the map y = x·Wᵀ + b on the last axis: x is [..., in], the result [..., out].
func Dense(scope *model.Scope, x *Node) *Node {
	return nn.Dense(x, weight(scope, "weight", x), weight(scope, "bias", x), compute.DenseLayoutOutputsInput)
}
