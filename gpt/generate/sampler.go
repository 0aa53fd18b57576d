package generate

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Sampler says how the next token is drawn from the model's logits. The zero value takes the most
// probable one, always ("greedy"); the zero value of a field switches it off.
type Sampler struct {
	Temperature       float64 // divides the logits: below 1 sharper, above 1 flatter; 0 is greedy
	TopK              int     // keeps the k most probable tokens (Fan et al. 2018)
	TopP              float64 // keeps the fewest tokens that hold this much probability (Holtzman et al. 2020)
	RepetitionPenalty float64 // makes tokens of the text so far less probable; above 1 (Keskar et al. 2019)
	Seed              int64   // of the draws; the same seed draws the same tokens
}

// Validate says what cannot be sampled with.
func (s Sampler) Validate() error {
	switch {
	case !(s.Temperature >= 0) || math.IsInf(s.Temperature, 1):
		return fmt.Errorf("Temperature is %g, want 0 (greedy) or more", s.Temperature)
	case s.TopK < 0:
		return fmt.Errorf("TopK is %d, want 0 (all tokens) or more", s.TopK)
	case !(s.TopP >= 0 && s.TopP <= 1):
		return fmt.Errorf("TopP is %g, want a probability, or 0 for all tokens", s.TopP)
	case !(s.RepetitionPenalty >= 0) || math.IsInf(s.RepetitionPenalty, 1):
		return fmt.Errorf("RepetitionPenalty is %g, want more than 0, or 0 for none", s.RepetitionPenalty)
	}
	return nil
}

// Probabilities turns logits, one for each token, into the distribution that [Sampler.Draw] draws from.
// The steps come in this order, each on what the one before left:
//
//	repetition penalty → temperature → top-k → top-p → softmax
//
// seen holds the tokens of the text so far. It is an error if one of them has no logit, if a logit is not a number, or
// if none is finite.
func (s Sampler) Probabilities(logits []float32, seen []int32) ([]float64, error) {
	scores := make([]float64, len(logits))
	for i, l := range logits {
		scores[i] = float64(l)
	}
	for _, id := range seen {
		if id < 0 || int(id) >= len(scores) {
			return nil, fmt.Errorf("generate: token %d of the text so far is outside the vocabulary of %d",
				id, len(scores))
		}
	}
	if s.RepetitionPenalty > 0 {
		penalize(scores, seen, s.RepetitionPenalty)
	}
	best := 0
	for i, v := range scores {
		if math.IsNaN(v) || math.IsInf(v, 1) {
			return nil, fmt.Errorf("generate: the logit of token %d is %g; did the training diverge?", i, v)
		}
		if v > scores[best] {
			best = i
		}
	}
	if len(scores) == 0 || math.IsInf(scores[best], -1) {
		return nil, fmt.Errorf("generate: none of %d logits is finite", len(scores))
	}
	if s.Temperature == 0 {
		clear(scores)
		scores[best] = 1
		return scores, nil
	}
	if s.TopK > 0 && s.TopK < len(scores) {
		topK(scores, s.TopK)
	}
	softmax(scores, scores[best], s.Temperature)
	if s.TopP > 0 && s.TopP < 1 {
		topP(scores, s.TopP)
	}
	return scores, nil
}

// Draw draws a token by inverting the cumulative distribution: the first token at which the sum of the
// probabilities so far exceeds a uniform number from rng. It returns the token and the natural logarithm of
// the probability with which it was drawn: 0 for a greedy choice.
func (s Sampler) Draw(rng *rand.Rand, logits []float32, seen []int32) (id int32, logProb float64, err error) {
	probs, err := s.Probabilities(logits, seen)
	if err != nil {
		return 0, 0, err
	}
	u, sum := rng.Float64(), 0.0
	for i, p := range probs {
		if p == 0 {
			continue
		}
		id = int32(i) // rounding can leave the sum just below u: then the last possible token it is
		if sum += p; sum > u {
			break
		}
	}
	return id, math.Log(probs[id]), nil
}

// rng is the source of a sequence's draws.
func (s Sampler) rng() *rand.Rand { return rand.New(rand.NewPCG(uint64(s.Seed), 0x73616d706c65)) }

// penalize divides the positive scores of seen tokens by penalty and multiplies the negative ones, once for
// each token however often it was seen.
func penalize(scores []float64, seen []int32, penalty float64) {
	done := make(map[int32]bool, len(seen))
	for _, id := range seen {
		if done[id] {
			continue
		}
		done[id] = true
		if scores[id] > 0 {
			scores[id] /= penalty
		} else {
			scores[id] *= penalty
		}
	}
}

// topK gives the score -∞ to all tokens below the k-th largest. Those that tie with it are kept, as in GPT-2's code.
func topK(scores []float64, k int) {
	largest := make([]float64, 0, k+1) // in ascending order
	for _, v := range scores {
		if len(largest) == k && v <= largest[0] {
			continue
		}
		at, _ := slices.BinarySearch(largest, v)
		largest = slices.Insert(largest, at, v)
		if len(largest) > k {
			largest = append(largest[:0], largest[1:]...)
		}
	}
	for i, v := range scores {
		if v < largest[0] {
			scores[i] = math.Inf(-1)
		}
	}
}

// softmax replaces scores by exp(score/temperature), scaled to the sum 1. peak is the largest of them.
func softmax(scores []float64, peak, temperature float64) {
	sum := 0.0
	for i, v := range scores {
		scores[i] = math.Exp((v - peak) / temperature)
		sum += scores[i]
	}
	for i := range scores {
		scores[i] /= sum
	}
}

// topP keeps the most probable tokens until their sum reaches p, the one that crosses p included, and
// scales them to the sum 1. Of equal tokens the one with the lower id comes first. (OpenAI's GPT-2 code leaves out
// the one that crosses; Holtzman et al. 2020, §3.1, and transformers keep it.)
func topP(probs []float64, p float64) {
	// All tokens below (1-p)/V hold less than 1-p together, so none of them is needed: a sort of few.
	floor := (1 - p) / float64(len(probs))
	var order []int
	for i, v := range probs {
		if v >= floor {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(probs[b], probs[a]) })
	sum, kept := 0.0, 0
	for kept < len(order) && sum < p {
		sum += probs[order[kept]]
		kept++
	}
	nucleus := make([]float64, len(probs))
	for _, i := range order[:kept] {
		nucleus[i] = probs[i] / sum
	}
	copy(probs, nucleus)
}
