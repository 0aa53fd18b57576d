package generate

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/janpfeifer/must"
)

// logs returns the logits whose softmax is probs.
func logs(probs ...float64) []float32 {
	out := make([]float32, len(probs))
	for i, p := range probs {
		out[i] = float32(math.Log(p))
	}
	return out
}

func count(probs []float64) (n int) {
	for _, p := range probs {
		if p > 0 {
			n++
		}
	}
	return n
}

// How many of (.5, .25, .15, .1) Hugging Face's transformers keep for each top-p.
func TestTopPKeepsWhatHuggingFaceKeeps(t *testing.T) {
	for p, want := range map[float64]int{1e-9: 1, .5: 1, .74: 2, .75: 2, .76: 3, .9: 3, .999: 4} {
		probs := []float64{.15, .5, .1, .25}
		topP(probs, p)
		if count(probs) != want {
			t.Errorf("top-p %g keeps %d tokens, want %d", p, count(probs), want)
		}
		if sum := probs[0] + probs[1] + probs[2] + probs[3]; math.Abs(sum-1) > 1e-12 {
			t.Errorf("top-p %g leaves the sum %g", p, sum)
		}
	}
	got := must.M1(Sampler{Temperature: 1, TopP: .76}.Probabilities(logs(.15, .5, .1, .25), nil))
	if want := []float64{.15 / .9, .5 / .9, 0, .25 / .9}; !near(got, want, 1e-6) {
		t.Errorf("top-p .76 gives %v, want %v", got, want)
	}
}

func near(got, want []float64, tolerance float64) bool {
	for i := range want {
		if math.Abs(got[i]-want[i]) > tolerance {
			return false
		}
	}
	return len(got) == len(want)
}

// The shortcut of topP, which sorts only tokens above a floor, against the definition.
func TestTopPEqualsItsDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		scores := make([]float64, 1+rng.IntN(40))
		for i := range scores {
			scores[i] = math.Round(3 * rng.NormFloat64()) // rounded for ties
		}
		softmax(scores, slices.Max(scores), 1)
		p := rng.Float64()
		sorted := slices.Sorted(slices.Values(scores))
		slices.Reverse(sorted)
		want, sum := 0, 0.0
		for want < len(sorted) && sum < p {
			sum += sorted[want]
			want++
		}
		got := slices.Clone(scores)
		topP(got, p)
		if count(got) != want {
			t.Fatalf("top-p %g of %v keeps %d, want %d", p, scores, count(got), want)
		}
	}
}

func TestTopKKeepsTies(t *testing.T) {
	for k, want := range map[int]int{1: 1, 2: 4, 3: 4, 4: 4, 5: 5, 6: 6, 9: 6} {
		got := must.M1(Sampler{Temperature: 1, TopK: k}.Probabilities([]float32{2, 1, 3, 2, 2, -1}, nil))
		if count(got) != want {
			t.Errorf("top-k %d keeps %d tokens, want %d", k, count(got), want)
		}
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		scores := make([]float64, 2+rng.IntN(50))
		for i := range scores {
			scores[i] = math.Round(4 * rng.NormFloat64())
		}
		k := 1 + rng.IntN(len(scores)-1)
		threshold := slices.Sorted(slices.Values(scores))[len(scores)-k]
		got := slices.Clone(scores)
		topK(got, k)
		for i, v := range scores {
			if kept := !math.IsInf(got[i], -1); kept != (v >= threshold) {
				t.Fatalf("top-k %d of %v: token %d kept is %v", k, scores, i, kept)
			}
		}
	}
}

// The golden case of the CTRL paper's rule as transformers implement it.
func TestRepetitionPenalty(t *testing.T) {
	scores := []float64{2, 1, -1, .5}
	penalize(scores, []int32{0, 2, 0}, 1.2)
	if want := []float64{1.66666667, 1, -1.2, .5}; !near(scores, want, 1e-8) {
		t.Errorf("penalized scores are %v, want %v", scores, want)
	}
	id, _, err := Sampler{RepetitionPenalty: 3}.Draw(Sampler{}.rng(), []float32{2, 1}, []int32{0})
	if id != 1 || err != nil {
		t.Errorf("greedy with a penalty took token %d (%v), want 1", id, err)
	}
}

// Top-k 1 and top-p → 0 are greedy; a high temperature forgets the logits; equal seeds draw equally.
func TestLimits(t *testing.T) {
	logits := []float32{1, 4, 2, 4, -3}
	for _, s := range []Sampler{{}, {Temperature: 1e-3}, {Temperature: 5, TopP: 1e-9}} {
		probs := must.M1(s.Probabilities(logits, nil))
		if probs[1] < .49 || probs[0]+probs[2]+probs[4] > 1e-12 {
			t.Errorf("%+v gives %v", s, probs)
		}
	}
	if got := must.M1(Sampler{}.Probabilities(logits, nil)); got[1] != 1 {
		t.Errorf("greedy does not take the first of equal tokens: %v", got)
	}
	if got := must.M1(Sampler{Temperature: 2, TopK: 1}.Probabilities([]float32{0, 1}, nil)); got[1] != 1 {
		t.Errorf("top-k 1 gives %v", got)
	}
	even := must.M1(Sampler{Temperature: 1e9}.Probabilities(logits, nil))
	if !near(even, []float64{.2, .2, .2, .2, .2}, 1e-8) {
		t.Errorf("temperature 1e9 gives %v", even)
	}
	a, b := Sampler{Temperature: 1, Seed: 9}, Sampler{Temperature: 1, Seed: 10}
	first, again, other := draws(t, a, logits, 50), draws(t, a, logits, 50), draws(t, b, logits, 50)
	if !slices.Equal(first, again) || slices.Equal(first, other) {
		t.Errorf("seed 9 draws %v and %v, seed 10 %v", first, again, other)
	}
}

func draws(t *testing.T, s Sampler, logits []float32, n int) []int32 {
	t.Helper()
	rng, out := s.rng(), make([]int32, n)
	for i := range out {
		out[i], _ = must.M2(s.Draw(rng, logits, nil))
	}
	return out
}

// Pearson's χ² of 20,000 draws against the softmax computed another way. Its mean is the number of free
// cells and its variance twice that; five deviations are never reached by chance.
func TestDrawsFollowTheSoftmax(t *testing.T) {
	logits := make([]float32, 30)
	for i := range logits {
		logits[i] = float32(1.5 * math.Sin(float64(7*i)))
	}
	for _, s := range []Sampler{
		{Temperature: 1, Seed: 1}, {Temperature: .7, Seed: 2}, {Temperature: 2, Seed: 3},
		{Temperature: 1, TopK: 7, Seed: 4}, {Temperature: 1, TopP: .6, Seed: 5},
		{Temperature: .8, TopK: 20, TopP: .9, Seed: 6},
	} {
		want := must.M1(s.Probabilities(logits, nil))
		base := make([]float64, len(logits)) // the kept tokens' share of exp(logit/T)
		sum := 0.0
		for i, l := range logits {
			if want[i] > 0 {
				base[i] = math.Exp(float64(l) / s.Temperature)
				sum += base[i]
			}
		}
		const n = 20_000
		observed := make([]float64, len(logits))
		for _, id := range draws(t, s, logits, n) {
			observed[id]++
		}
		chi2, free := 0.0, -1.0
		for i, b := range base {
			expected := n * b / sum
			switch {
			case expected > 0:
				chi2 += (observed[i] - expected) * (observed[i] - expected) / expected
				free++
			case observed[i] > 0:
				t.Errorf("%+v drew token %d, which it had cut", s, i)
			}
		}
		if chi2 > free+5*math.Sqrt(2*free) {
			t.Errorf("%+v: χ² is %.1f with %g degrees of freedom", s, chi2, free)
		}
	}
}

func TestLogProbabilityIsThatOfTheDraw(t *testing.T) {
	s := Sampler{Temperature: .5, TopK: 3}
	logits := []float32{1, 2, 3, 0}
	id, logProb, err := s.Draw(s.rng(), logits, nil)
	must.M(err)
	want := 2*float64(logits[id]) - math.Log(math.Exp(2)+math.Exp(4)+math.Exp(6))
	if math.Abs(logProb-want) > 1e-12 {
		t.Errorf("log-probability of %d is %g, want %g", id, logProb, want)
	}
}

func TestSamplerRefuses(t *testing.T) {
	nan := math.NaN()
	for _, s := range []Sampler{
		{Temperature: -1}, {Temperature: nan}, {Temperature: math.Inf(1)}, {TopK: -1}, {TopP: -.1},
		{TopP: 1.1}, {TopP: nan}, {RepetitionPenalty: -1}, {RepetitionPenalty: nan},
	} {
		if s.Validate() == nil {
			t.Errorf("%+v passes", s)
		}
	}
	inf := float32(math.Inf(-1))
	for _, logits := range [][]float32{{0, float32(nan)}, {0, float32(math.Inf(1))}, {inf, inf}, {}} {
		if _, err := (Sampler{Temperature: 1}).Probabilities(logits, nil); err == nil {
			t.Errorf("logits %v pass", logits)
		}
	}
	if _, err := (Sampler{RepetitionPenalty: 2}).Probabilities([]float32{0, 1}, []int32{2}); err == nil {
		t.Error("a seen token without a logit passes")
	}
	if got := must.M1(Sampler{Temperature: 1}.Probabilities([]float32{0, inf}, nil)); got[1] != 0 {
		t.Errorf("a logit of -∞ has the probability %g", got[1])
	}
}
