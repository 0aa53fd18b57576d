package gpt

import (
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/nn"
	"github.com/gomlx/gomlx/support/exceptions"
)

// Block is the unit that a GPT repeats: attention, where positions exchange information, then a small
// network that works on each position alone. Both add to the residual stream x.
//
//	GPT-2, GPT-3 (pre-norm):  x = x + Attn(LN₁(x));  x = x + MLP(LN₂(x))
//	GPT-1 (post-norm):        x = LN₁(x + Attn(x));  x = LN₂(x + MLP(x))
//
// (Radford et al. 2018, §3.1; Radford et al. 2019, §2.3.) x and the result are [B, T, C]. It panics, like
// every graph building function, if x has another width or scope lacks a weight.
func Block(scope *model.Scope, x *Node, cfg Config) *Node {
	return block(scope, x, cfg, CausalAttention)
}

// attention is how the positions of a block read each other: [CausalAttention], or one with a memory.
type attention func(scope *model.Scope, x *Node, cfg Config) *Node

func block(scope *model.Scope, x *Node, cfg Config, read attention) *Node {
	attn := func(x *Node) *Node { return read(scope.In("attn"), x, cfg) }
	mlp := func(x *Node) *Node { return MLP(scope.In("mlp"), x, cfg) }
	if cfg.PostLN {
		x = LayerNorm(scope.In("ln_1"), Add(x, attn(x)))
		return LayerNorm(scope.In("ln_2"), Add(x, mlp(x)))
	}
	x = Add(x, attn(LayerNorm(scope.In("ln_1"), x)))
	return Add(x, mlp(LayerNorm(scope.In("ln_2"), x)))
}

// CausalAttention lets each position read itself and the positions before it:
//
//	softmax(Q·Kᵀ/√headDim + M)·V,   M[i,j] = -∞ where j > i
//
// (Vaswani et al. 2017, eq. 1, with the decoder mask of §3.2.3). With a Window w also M[i,j] = -∞ where
// i-j ≥ w. x and the result are [B, T, C]. It panics if x has another width.
func CausalAttention(scope *model.Scope, x *Node, cfg Config) *Node {
	x.AssertDims(-1, -1, cfg.Width)
	q, k, v := QKV(scope, x, cfg)
	return attend(scope, q, k, v, cfg)
}

// QKV maps x, [B, T, C], to queries, keys and values, each [B, T, heads, headDim].
func QKV(scope *model.Scope, x *Node, cfg Config) (q, k, v *Node) {
	B, T := x.Shape().Dim(0), x.Shape().Dim(1)
	qkv := dense(scope.In("c_attn"), x, cfg) // [B, T, 3C]
	part := func(i int) *Node {
		return Reshape(SliceAxis(qkv, -1, AxisRange(i*cfg.Width, (i+1)*cfg.Width)), B, T, cfg.Heads, cfg.HeadDim())
	}
	return part(0), part(1), part(2)
}

// attend averages the values v by how well the keys k match the queries q, each position over those up
// to itself, and mixes the heads. q, k and v are [B, T, heads, headDim]; the result is [B, T, C].
func attend(scope *model.Scope, q, k, v *Node, cfg Config) *Node {
	B, T := q.Shape().Dim(0), q.Shape().Dim(1)
	scores := Einsum("bqhd,bkhd->bhqk", q, k) // [B, heads, T, T]
	scores = MulScalar(scores, 1/math.Sqrt(float64(cfg.HeadDim())))
	past := visible(q.Graph(), T, cfg) // true where a query may look
	past = BroadcastToDims(InsertAxes(past, 0, 0), B, cfg.Heads, T, T)
	weights := MaskedSoftmax(scores, past, -1) // each row sums to 1
	weights = layers.DropoutStatic(scope, weights, cfg.Dropout)
	y := Einsum("bhqk,bkhd->bqhd", weights, v) // [B, T, heads, headDim]
	y = dense(scope.In("c_proj"), Reshape(y, B, T, cfg.Width), cfg)
	return layers.DropoutStatic(scope, y, cfg.Dropout)
}

// visible is true where position i may look at position j: [T, T].
func visible(g *Graph, T int, cfg Config) *Node {
	past := LowerTriangular(g, T)
	if cfg.Window == 0 {
		return past
	}
	square := shapes.Make(dtypes.Int32, T, T)
	distance := Sub(Iota(g, square, 0), Iota(g, square, 1))
	return And(past, LessThan(distance, Scalar(g, dtypes.Int32, cfg.Window)))
}

// MLP widens each position to 4C channels, bends them with [GELU] and narrows them again. x and the
// result are [B, T, C].
func MLP(scope *model.Scope, x *Node, cfg Config) *Node {
	x = GELU(dense(scope.In("c_fc"), x, cfg)) // [B, T, 4C]
	return layers.DropoutStatic(scope, dense(scope.In("c_proj"), x, cfg), cfg.Dropout)
}

// GELU is the tanh form that all GPTs use,
//
//	½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))
//
// (Hendrycks and Gimpel 2016). GoMLX's GeluApproximate is the same function, but takes the cube by Pow, which
// costs a fifth of a training step on the pure Go backend.
func GELU(x *Node) *Node {
	inner := Mul(x, AddScalar(MulScalar(Square(x), 0.044715), 1))
	return Mul(MulScalar(x, 0.5), OnePlus(Tanh(MulScalar(inner, math.Sqrt(2/math.Pi)))))
}

// LayerNorm gives every position mean 0 and variance 1 over its channels, then scales and shifts them by
// learned amounts (Ba et al. 2016). x and the result are [..., C].
func LayerNorm(scope *model.Scope, x *Node) *Node {
	const epsilon = 1e-5
	return nn.LayerNorm(x, []int{-1}, epsilon, weight(scope, "weight", x), weight(scope, "bias", x), nil)
}

// Dense is the map y = x·W + b on the last axis: x is [..., in], the result [..., out].
func Dense(scope *model.Scope, x *Node) *Node {
	return nn.Dense(x, weight(scope, "weight", x), weight(scope, "bias", x), compute.DenseLayoutInputOutputs)
}

// dense is [Dense], with both factors of the product rounded to bfloat16 if cfg asks for it: 8 bits of precision
// instead of 24, half the memory traffic. The products are summed in float32 (Micikevicius et al. 2018, §3.3).
func dense(scope *model.Scope, x *Node, cfg Config) *Node {
	if !cfg.BF16 {
		return Dense(scope, x)
	}
	W, b := weight(scope, "weight", x), weight(scope, "bias", x)
	in, out := W.Shape().Dim(0), W.Shape().Dim(1)
	half := func(n *Node) *Node { return ConvertDType(n, dtypes.BFloat16) }
	y := Dot(half(Reshape(x, -1, in)), half(W)).WithOutputDType(x.DType()).Product()
	shape := append(slices.Clone(x.Shape().Dimensions[:x.Rank()-1]), out)
	return Reshape(Add(y, InsertAxes(b, 0)), shape...)
}

// weight is the named array of scope in the graph of x.
func weight(scope *model.Scope, name string, x GraphProvider) *Node {
	v := scope.GetVariable(name)
	if v == nil {
		exceptions.Panicf("gpt: no weight %q: fill the store with gpt.Init or load a checkpoint first",
			model.JoinPath(scope.Scope(), name))
	}
	return v.NodeValue(x)
}
