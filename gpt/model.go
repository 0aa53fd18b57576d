package gpt

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"
)

// Logits is the language model: for every position the unnormalised log-probabilities of the next token.
// ids is integer [B, T]; the result is [B, T, V]. It panics if T exceeds cfg.Context.
func Logits(scope *model.Scope, ids *Node, cfg Config) *Node {
	return Head(scope, Hidden(scope, ids, cfg))
}

// Hidden runs all blocks and returns what the head reads: [B, T, C] for ids [B, T].
func Hidden(scope *model.Scope, ids *Node, cfg Config) *Node {
	return Blocks(scope, Embed(scope, ids, cfg), cfg)
}

// Blocks runs x, [B, T, C], through all blocks, each as cfg.At has it, and the last normalisation: [Hidden] for
// embeddings of one's own.
func Blocks(scope *model.Scope, x *Node, cfg Config) *Node {
	return stack(scope, x, cfg, func(int) attention { return CausalAttention })
}

// stack is [Blocks] where read gives each block its attention.
func stack(scope *model.Scope, x *Node, cfg Config, read func(layer int) attention) *Node {
	blocks := scope.In("h")
	for i := range cfg.Layers {
		x = block(blocks.In("%d", i), x, cfg.At(i), read(i))
	}
	return LastNorm(scope, x, cfg)
}

// LastNorm stands between the last block and the head. GPT-1's blocks end with a normalisation of their own.
func LastNorm(scope *model.Scope, x *Node, cfg Config) *Node {
	if cfg.PostLN {
		return x
	}
	return LayerNorm(scope.In("ln_f"), x)
}

// RowLength returns to how many tokens rows are filled up, of which the longest has n: the next multiple of 16, or
// context. Each length is compiled once.
func RowLength(n, context int) int { return min((n+15)/16*16, context) }

// Embed looks up one vector for each token and adds one for each position: [B, T, C] for ids [B, T]. It
// panics if ids is not a matrix of integers or T exceeds cfg.Context.
func Embed(scope *model.Scope, ids *Node, cfg Config) *Node {
	ids.AssertRank(2)
	T := ids.Shape().Dim(1)
	if T > cfg.Context {
		exceptions.Panicf("gpt: %d tokens do not fit the %d-token context of %q", T, cfg.Context, cfg.Name)
	}
	positions := SliceAxis(weight(scope.In("wpe"), "weight", ids), 0, AxisRange(0, T)) // [T, C]
	return embed(scope, ids, InsertAxes(positions, 0), cfg)
}

// embed adds positions, which broadcast to [B, T, C], to the vectors of the tokens.
func embed(scope *model.Scope, ids, positions *Node, cfg Config) *Node {
	tokens := Gather(weight(scope.At("wte"), "weight", ids), InsertAxes(ids, -1)) // [B, T, C]
	return layers.DropoutStatic(scope, Add(tokens, positions), cfg.Dropout)
}

// Head compares x, [B, T, C], with every row of the token table: logits = x·Wᵀ, [B, T, V]. The table is
// the one that [Embed] reads ("tied weights", Press and Wolf 2017), unless the model is Untied.
func Head(scope *model.Scope, x *Node) *Node {
	B, T, C := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2)
	table := outputTable(scope, x) // [V, C]
	logits := Dot(Reshape(x, B*T, C), table).General([]int{1}, nil, []int{1}, nil)
	return Reshape(logits, B, T, table.Shape().Dim(0))
}

// Pick takes one position of each row, such as that of a text's last token: x is [B, T, ...], positions integer [B]
// below T; the result is [B, ...]. It panics if the shapes disagree.
func Pick(x, positions *Node) *Node {
	B, T := x.Shape().Dim(0), x.Shape().Dim(1)
	positions.AssertDims(B)
	here := OneHot(positions, T, x.DType()) // [B, T]
	for here.Rank() < x.Rank() {
		here = InsertAxes(here, -1)
	}
	return ReduceSum(Mul(x, here), 1)
}

// CrossEntropy scores the model's surprise at each next token:
//
//	L = mean of -log softmax(logits)[label]
//
// (Radford et al. 2018, eq. 1, divided by the number of tokens.) A model that knows nothing pays ln V
// nats: the curve should start there. predictions holds the logits [B, T, V]; labels holds the next ids [B, T]
// and, for stages that learn from some positions only, their weights [B, T]. The result is a scalar in
// nats per token. It panics on other shapes.
func CrossEntropy(labels, predictions []*Node) *Node {
	logits, ids := predictions[0], labels[0]
	nll := NegativeLogLikelihood(logits, ids) // [B, T]
	if len(labels) == 1 {
		return ReduceAllMean(nll)
	}
	weights := ConvertDType(labels[1], nll.DType())
	weights.AssertDims(ids.Shape().Dimensions...)
	return Div(ReduceAllSum(Mul(nll, weights)), MaxScalar(ReduceAllSum(weights), 1e-6))
}

// CountTokens is how many tokens [CrossEntropy] is a mean over: the sum of the weights, or all. The result is a scalar.
func CountTokens(labels []*Node) *Node {
	if len(labels) == 1 {
		return Scalar(labels[0].Graph(), dtypes.Float32, labels[0].Shape().Size())
	}
	return ReduceAllSum(ConvertDType(labels[1], dtypes.Float32))
}

// NegativeLogLikelihood is -log softmax(logits)[id] for each position, [B, T] in nats. logits is [B, T, V], ids
// integer [B, T].
func NegativeLogLikelihood(logits, ids *Node) *Node {
	V := logits.Shape().Dim(-1)
	logits.AssertDims(ids.Shape().Dim(0), ids.Shape().Dim(1), V)
	return Neg(ReduceSum(Mul(LogSoftmax(logits, -1), OneHot(ids, V, logits.DType())), -1))
}
