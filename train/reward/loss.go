package reward

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// RankingLoss scores how badly the model ranks each two of K answers to a prompt:
//
//	L = mean over the K(K-1)/2 pairs of -log σ(r(better) - r(worse))
//
// the Bradley–Terry likelihood of Ouyang et al. 2022, eq. 1, where each prompt counts once. A tie costs log 2 ≈ 0.693;
// untrained scores that differ by chance cost more on average, so the curve starts above that ([Config.Init]).
//
// predictions holds the scores [B, K], the best answer first; labels holds present [B, K], 0 where a ranking has
// fewer than K answers. The result is [B], in nats per pair; the trainer takes the mean over the prompts. It panics if
// the shapes differ.
func RankingLoss(labels, predictions []*Node) *Node {
	worse, pairs := differences(labels[0], predictions[0])
	// -log σ(d) = softplus(-d), finite for large |d|
	return Div(ReduceSum(Mul(Softplus(worse), pairs), -1, -2), MaxScalar(ReduceSum(pairs, -1, -2), 1))
}

// RankingAccuracy is the share of pairs that the model puts in the labeler's order, a tie counting half: 0.5 at the
// start. Shapes as in [RankingLoss]; the result is a scalar.
func RankingAccuracy(labels, predictions []*Node) *Node {
	worse, pairs := differences(labels[0], predictions[0])
	right := MulScalar(OneMinus(Sign(worse)), 0.5)
	perPrompt := Div(ReduceSum(Mul(right, pairs), -1, -2), MaxScalar(ReduceSum(pairs, -1, -2), 1))
	return ReduceAllMean(perPrompt)
}

// differences returns r(worse) - r(better) for each two answers of a prompt, [B, K, K] with the better in the second
// axis, and which of these are pairs: both are there and the better comes first.
func differences(present, scores *Node) (worse, pairs *Node) {
	scores.AssertRank(2)
	B, K := scores.Shape().Dim(0), scores.Shape().Dim(1)
	present.AssertDims(B, K)
	worse = Sub(InsertAxes(scores, 1), InsertAxes(scores, 2))
	order := OneMinus(ConvertDType(LowerTriangular(scores.Graph(), K), scores.DType())) // [K, K], 1 above the diagonal
	pairs = Mul(Mul(InsertAxes(present, 2), InsertAxes(present, 1)), InsertAxes(order, 0))
	return worse, pairs
}
