package ppo

import "math"

// Advantages says for each token of one answer how much better it turned out than expected: generalised advantage
// estimation (Schulman et al. 2016, eq. 16), from the last token backwards,
//
//	δ_t = R_t + γ·V_{t+1} - V_t,   A_t = δ_t + γλ·A_{t+1},   returns_t = A_t + V_t
//
// with V = A = 0 after the last token. λ = 0 trusts the value model, λ = 1 what happened. rewards and
// values have one number for each token; values[t] is of the text before token t.
func Advantages(rewards, values []float64, gamma, lambda float64) (advantages, returns []float64) {
	n := len(rewards)
	advantages, returns = make([]float64, n), make([]float64, n)
	nextValue, nextAdvantage := 0.0, 0.0
	for t := n - 1; t >= 0; t-- {
		delta := rewards[t] + gamma*nextValue - values[t]
		advantages[t] = delta + gamma*lambda*nextAdvantage
		returns[t] = advantages[t] + values[t]
		nextValue, nextAdvantage = values[t], advantages[t]
	}
	return advantages, returns
}

// Whiten scales the numbers of all rows together to mean 0 and variance 1. Each row holds the tokens of one answer and
// no padding. (The population variance and 1e-8 below the root are those of Ziegler et al. 2019, code.)
func Whiten(rows [][]float64) [][]float64 {
	mean, variance := moments(rows)
	scale := 1 / math.Sqrt(variance+1e-8)
	out := make([][]float64, len(rows))
	for i, row := range rows {
		out[i] = make([]float64, len(row))
		for t, v := range row {
			out[i][t] = (v - mean) * scale
		}
	}
	return out
}

// moments returns the mean and the population variance of all numbers.
func moments(rows [][]float64) (mean, variance float64) {
	n := 0.0
	for _, row := range rows {
		for _, v := range row {
			mean, n = mean+v, n+1
		}
	}
	if n == 0 {
		return 0, 0
	}
	mean /= n
	for _, row := range rows {
		for _, v := range row {
			variance += (v - mean) * (v - mean) / n
		}
	}
	return mean, variance
}

// ExplainedVariance is 1 - mean (returns - values)²/Var(returns): 1 for a value model that foresees everything, 0 for
// one no better than a constant, and below 0 for one that is worse.
func ExplainedVariance(values, returns [][]float64) float64 {
	errors := make([][]float64, len(values))
	for i := range values {
		errors[i] = make([]float64, len(values[i]))
		for t := range values[i] {
			errors[i][t] = returns[i][t] - values[i][t]
		}
	}
	mean, variance := moments(errors)
	_, total := moments(returns)
	return 1 - (variance+mean*mean)/(total+1e-8)
}
