//go:build !solution

// Package exercises holds the exercises of chapter 11; fill in the functions.
package exercises

// Baseline is the number b that makes the draws of REINFORCE as quiet as can be: for which
//
//	E[ |(reward - b)·∇log π|² ]
//
// is least, where arm a is pulled with probability p[a] and pays rewards[a]. The gradient is with
// respect to the logits, and |·|² is the sum of the squares of its parts. All of p are above 0, and
// there are two arms at least.
func Baseline(p, rewards []float64) float64 {
	return 0 // Your code.
}

// LeaveOneOut returns the advantages of several answers to one prompt: the score of each, less the
// mean score of the others. There are two answers at least.
func LeaveOneOut(scores []float64) []float64 {
	return nil // Your code.
}

// Penalty is the β at which the best policy, reference(y)·exp(score(y)/β)/Z, is just so many nats
// (a KL) away from the reference. The scores are not all equal, and the distance can be had: it is
// above 0 and less than that of the policy that always gives the best answer.
func Penalty(reference, scores []float64, nats float64) float64 {
	return 0 // Your code.
}
