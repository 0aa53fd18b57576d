package ppo

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Table is a language model small enough to know everything about: its logits depend on the position and on the token
// there, and stand in a table. The prompt is token 0. With answers of one token it is a bandit, with two a tree. PPO
// learns it with the code that learns a GPT, and [Optimum] says where it must arrive.
type Table struct{ Tokens, Length int } // V, and the tokens of an answer

// Size is how many logits the table holds: V for each token V at each position, the last of which predicts nothing.
func (tb Table) Size() int { return (tb.Length + 1) * tb.Tokens * tb.Tokens }

// Store returns a store with these logits, [Length+1, V, V] in row-major order, and values of 0.
func (tb Table) Store(logits []float32) (*model.Store, error) {
	if len(logits) != tb.Size() {
		return nil, fmt.Errorf("ppo: %d logits for a table of %d", len(logits), tb.Size())
	}
	store, T, V := model.NewStore(), tb.Length+1, tb.Tokens
	table := tensors.FromFlatDataAndDimensions(slices.Clone(logits), T, V, V)
	if _, err := store.CreateVariable("/logits", table); err != nil {
		return nil, err
	}
	_, err := store.CreateVariable("/values", tensors.FromFlatDataAndDimensions(make([]float32, T*V), T, V))
	return store, err
}

// Logits is the model: [B, T, V] for ids [B, T], T = Length+1.
func (tb Table) Logits(scope *model.Scope, ids *Node) *Node {
	return Einsum("btv,tvw->btw", OneHot(ids, tb.Tokens, dtypes.Float32), scope.GetVariable("logits").NodeValue(ids))
}

// Value is the value model: [B, T] for ids [B, T].
func (tb Table) Value(scope *model.Scope, ids *Node) *Node {
	return Einsum("btv,tv->bt", OneHot(ids, tb.Tokens, dtypes.Float32), scope.GetVariable("values").NodeValue(ids))
}

// Answers lists all answers with their probabilities, ordered by their first token, then by the second, and so on.
func (tb Table) Answers(store *model.Store) (answers [][]int32, p []float64, err error) {
	value, err := store.GetVariable("/logits").Value()
	if err != nil {
		return nil, nil, err
	}
	logits := value.Value().([][][]float32)
	answers, p = [][]int32{{0}}, []float64{1}
	for t := range tb.Length {
		var longer [][]int32
		var q []float64
		for i, a := range answers {
			for id, pid := range softmax(logits[t][a[t]]) {
				longer, q = append(longer, append(slices.Clone(a), int32(id))), append(q, p[i]*pid)
			}
		}
		answers, p = longer, q
	}
	for i := range answers {
		answers[i] = answers[i][1:] // without the prompt
	}
	return answers, p, nil
}

// Models are a policy and a reference, two of the table's stores, and a scorer that gives each answer its number, in
// the order of [Table.Answers].
func (tb Table) Models(policy, reference *model.Store, scores []float64) Models {
	return Models{Policy: policy, Reference: reference, Logits: tb.Logits, Value: tb.Value,
		Sampler: tableSampler{tb, policy},
		Scorer: ScorerFunc(func(_ context.Context, episodes []Episode) ([]float64, error) {
			got := make([]float64, len(episodes))
			for i, e := range episodes {
				k := 0
				for _, id := range e.Tokens {
					k = k*tb.Tokens + int(id)
				}
				got[i] = scores[k]
			}
			return got, nil
		})}
}

// tableSampler draws answers from the table in a store.
type tableSampler struct {
	Table
	store *model.Store
}

// Sample implements [Sampler].
func (s tableSampler) Sample(_ context.Context, prompts [][]int32, seed int64) ([]Sample, error) {
	answers, p, err := s.Answers(s.store)
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(uint64(seed), 0x7461626c65))
	samples := make([]Sample, len(prompts))
	for i := range samples {
		k := 0
		for u := rng.Float64(); k < len(p)-1 && u > p[k]; k++ {
			u -= p[k]
		}
		samples[i] = Sample{Tokens: answers[k], Ended: true}
	}
	return samples, nil
}

func softmax(logits []float32) []float64 {
	p, sum := make([]float64, len(logits)), 0.0
	for i, l := range logits {
		p[i] = math.Exp(float64(l))
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// Optimum is what PPO must find, the distribution that maximises E[score] - β·KL(π‖reference), and what that is worth:
//
//	π*(y) = reference(y)·exp(score(y)/β)/Z,   worth = β·log Z
func Optimum(reference, scores []float64, beta float64) (p []float64, worth float64) {
	p, z := make([]float64, len(reference)), 0.0
	for i := range p {
		p[i] = reference[i] * math.Exp(scores[i]/beta)
		z += p[i]
	}
	for i := range p {
		p[i] /= z
	}
	return p, beta * math.Log(z)
}

// TotalVariation is the largest difference between two distributions in the probability of any event, ½·Σ|p - q|.
func TotalVariation(p, q []float64) (tv float64) {
	for i := range p {
		tv += math.Abs(p[i]-q[i]) / 2
	}
	return tv
}
