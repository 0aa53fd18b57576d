package bert

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"
)

// Pool is the vector that stands for the whole sequence, tanh(W·h + b) with h the vector at [CLS].
// hidden is what [Encode] returns, [B, T, C]; the result is [B, C].
func Pool(scope *model.Scope, hidden *Node) *Node {
	first := Squeeze(SliceAxis(hidden, 1, AxisElem(0)), 1) // [B, C]
	return Tanh(Dense(below(scope, "bert.pooler.dense"), first))
}

// Pick takes the vectors at the given positions, so that the large output layer of [MaskedLM] runs for the
// masked tokens alone. hidden is [B, T, C], positions integer [B, P] below T; the result is [B, P, C].
func Pick(hidden, positions *Node) *Node {
	B, T, C := hidden.Shape().Dim(0), hidden.Shape().Dim(1), hidden.Shape().Dim(2)
	P := positions.Shape().Dim(1)
	positions.AssertDims(B, P)
	batch := Iota(hidden.Graph(), positions.Shape(), 0)
	rows := Add(positions, MulScalar(batch, float64(T))) // row b·T + position of [B·T, C]
	return Gather(Reshape(hidden, B*T, C), Reshape(rows, B, P, 1))
}

// MaskedLM guesses the token that stood at each position: unnormalised log-probabilities over the
// vocabulary. A dense layer, GELU and LN come first, then the comparison with every row of the word table
// ("tied weights") and a bias per word. hidden is [B, P, C]: the output of [Encode], or of [Pick]; the
// result is [B, P, V].
func MaskedLM(scope *model.Scope, hidden *Node) *Node {
	head := below(scope, "cls.predictions")
	x := activation.Gelu(Dense(below(head, "transform.dense"), hidden))
	x = LayerNorm(below(head, "transform.LayerNorm"), x) // [B, P, C]
	B, P, C := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2)
	table := weight(below(scope, "bert.embeddings.word_embeddings"), "weight", x)  // [V, C]
	logits := Dot(Reshape(x, B*P, C), table).General([]int{1}, nil, []int{1}, nil) // [B·P, V]
	logits = Add(logits, InsertAxes(weight(head, "bias", x), 0))                   // [B·P, V]
	return Reshape(logits, B, P, table.Shape().Dim(0))
}

// NextSentence guesses whether text B followed text A where both were found: unnormalised
// log-probabilities of 0 "it is the next" and 1 "it is not". pooled is [B, C], the output of [Pool]; the
// result is [B, 2].
func NextSentence(scope *model.Scope, pooled *Node) *Node {
	return Dense(below(scope, "cls.seq_relationship"), pooled)
}

// Classify scores the classes of a whole text (§4.1): pooled is [B, C], the output of [Pool], the result
// [B, classes]. The part [Classifier] holds its weights.
func Classify(scope *model.Scope, pooled *Node, cfg Config) *Node {
	return Dense(below(scope, "classifier"), layers.DropoutStatic(scope, pooled, cfg.Dropout))
}

// Sentence is one vector of length 1 for a whole text, the mean over its tokens (Reimers and Gurevych
// 2019, §3): the cosine of two texts is then the dot product of their vectors. hidden is [B, T, C], mask
// [B, T] as in [Input]; the result is [B, C].
func Sentence(hidden, mask *Node) *Node {
	mask = ConvertDType(NotEqual(mask, ZerosLike(mask)), hidden.DType()) // [B, T]
	sum := ReduceSum(Mul(hidden, InsertAxes(mask, -1)), 1)               // [B, C], in the mean's direction
	length := Sqrt(ReduceAndKeep(Square(sum), ReduceSum, -1))            // [B, 1]
	return Div(sum, MaxScalar(length, 1e-12))
}
