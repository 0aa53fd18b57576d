package ppo

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// PolicyLoss makes tokens with a positive advantage more probable and those with a negative one less, but only
// within reach of the policy that sampled them:
//
//	ρ = exp(logp - logpOld),   L = mean of max(-A·ρ, -A·clip(ρ, 1-ε, 1+ε))
//
// (Schulman et al. 2017, eq. 7, as a loss.) While ρ = 1 its gradient is REINFORCE's, that of -A·logp. Once ρ has
// left the range in the direction that A asks for, the gradient is 0. epsilon = 0 switches the clip off.
// The value starts near -mean(A), so near 0 for whitened advantages; it says little by itself.
//
// logp, old, advantages and mask are [B, T]; the mean is over the positions where mask is 1. The result is a
// scalar. It panics if the shapes differ.
func PolicyLoss(logp, old, advantages, mask *Node, epsilon float64) *Node {
	same(logp, old, advantages, mask)
	ratio := Exp(Mul(Sub(logp, old), mask)) // 1 on padding, whatever stands there
	loss := Neg(Mul(advantages, ratio))
	if epsilon > 0 {
		loss = Max(loss, Neg(Mul(advantages, ClipScalar(ratio, 1-epsilon, 1+epsilon))))
	}
	return maskedMean(loss, mask)
}

// ValueLoss is the squared error of the value model, of which a step may not use more than a change of ε:
//
//	L = ½·mean of max((V - returns)², (clip(V, V_old - ε, V_old + ε) - returns)²)
//
// (Ziegler et al. 2019, code.) epsilon = 0 switches the clip off. It starts at half the mean square of the
// advantages. values, old, returns and mask are [B, T]; the mean is over the positions where mask is 1. The
// result is a scalar, in squares of the score's unit. It panics if the shapes differ.
func ValueLoss(values, old, returns, mask *Node, epsilon float64) *Node {
	same(values, old, returns, mask)
	loss := Square(Sub(values, returns))
	if epsilon > 0 {
		near := Add(old, ClipScalar(Sub(values, old), -epsilon, epsilon))
		loss = Max(loss, Square(Sub(near, returns)))
	}
	return MulScalar(maskedMean(loss, mask), 0.5)
}

// ClipFraction is the share of tokens that the clip holds back: ρ has left [1-ε, 1+ε] in the direction that A asks
// for. (As in the code of Ziegler et al. 2019; others count every ρ outside.) Shapes as in [PolicyLoss].
func ClipFraction(logp, old, advantages, mask *Node, epsilon float64) *Node {
	ratio := Exp(Mul(Sub(logp, old), mask))
	outside := Sub(ratio, ClipScalar(ratio, 1-epsilon, 1+epsilon))
	held := GreaterThan(Mul(advantages, outside), ScalarZero(logp.Graph(), logp.DType()))
	return maskedMean(ConvertDType(held, logp.DType()), mask)
}

// ApproxKL is how far the policy has moved since it sampled: the mean of ½·(logp - logpOld)², in nats per token.
// Shapes as in [PolicyLoss].
func ApproxKL(logp, old, mask *Node) *Node {
	return MulScalar(maskedMean(Square(Sub(logp, old)), mask), 0.5)
}

// entropy is -Σ p·log p of each position, [B, T] in nats, for logits [B, T, V].
func entropy(logits *Node) *Node {
	logp := LogSoftmax(logits, -1)
	return Neg(ReduceSum(Mul(Exp(logp), logp), -1))
}

// maskedMean is the mean of x over the positions where mask is 1; both are [B, T].
func maskedMean(x, mask *Node) *Node {
	return Div(ReduceAllSum(Mul(x, mask)), MaxScalar(ReduceAllSum(mask), 1))
}

func same(first *Node, others ...*Node) {
	first.AssertRank(2)
	for _, n := range others {
		n.AssertDims(first.Shape().Dimensions...)
	}
}
