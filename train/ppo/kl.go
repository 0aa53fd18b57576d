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

// KL sets the price of leaving the reference: each token's reward is less by
//
//	β·(log π(token) - log π_ref(token)).
//
// With a Target, β follows the KL that is measured (Ziegler et al. 2019, §2.2):
//
//	e = clip(KL/target - 1, -0.2, 0.2),   β ← β·(1 + e·n/horizon)
//
// after n episodes. The target is in nats per answer; the authors take 6, and a horizon of 10,000 episodes.
type KL struct {
	Coefficient float64 // β, or the first β where there is a target
	Target      float64 // 0 keeps β as it is
	Horizon     int
}

// next returns β after a batch.
func (k KL) next(beta, kl float64, episodes int) float64 {
	if k.Target == 0 {
		return beta
	}
	e := min(max(kl/k.Target-1, -0.2), 0.2)
	return beta * (1 + e*float64(episodes)/float64(k.Horizon))
}

// TokenRewards returns the reward of each token of an answer: the price of its distance from the reference,
// and at the last token the score.
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
