package ppo

import "math"

// The estimators of KL(π‖π_ref) = E_π[log π - log π_ref] from one sample of π, given logRatio = log π - log π_ref
// of what was sampled (Schulman 2020, "Approximating KL divergence").
//
//	K1 = logRatio               unbiased, but its sample mean can be negative
//	K2 = ½·logRatio²            biased, never negative
//	K3 = e^-logRatio - 1 + logRatio   unbiased and never negative
//
// A negative mean of K1 over many samples means that the two log-probabilities do not belong together: another
// temperature, dropout, or padding that was counted.
func K1(logRatio float64) float64 { return logRatio }

// K2 is ½·logRatio²; see [K1].
func K2(logRatio float64) float64 { return logRatio * logRatio / 2 }

// K3 is e^-logRatio - 1 + logRatio; see [K1].
func K3(logRatio float64) float64 { return math.Expm1(-logRatio) + logRatio }

// TokenRewards returns the reward of each token of an answer: the KL penalty, β times how much more probable the policy
// finds the token than the reference does, and at the last token the score,
//
//	R_t = -β·(log π(token) - log π_ref(token)) + [t is last]·score
//
// (Ziegler et al. 2019, eq. 2, token by token). Departure: the authors adapt β to a target KL; InstructGPT and we keep
// it.
func TokenRewards(logProbs, reference []float64, score, beta float64) []float64 {
	rewards := make([]float64, len(logProbs))
	for t := range rewards {
		rewards[t] = -beta * (logProbs[t] - reference[t])
	}
	if n := len(rewards); n > 0 {
		rewards[n-1] += score
	}
	return rewards
}
