package ppo

import (
	"iter"
	"math/rand/v2"
	"slices"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"

	"gptbook/gpt"
)

// Episode is one prompt and its answer, and what is known of each of the answer's tokens.
type Episode struct {
	Number int // of the prompt in the list given to [New], or to [Loop.Answer]
	Prompt []int32
	Sample
	Score float64

	LogProbs, Reference []float64 // log π and log π_ref of the token, in nats
	Entropies           []float64 // of the distribution it was drawn from, in nats
	Values              []float64 // of the text before it
	Advantages, Returns []float64
}

// KL is how far the policy is from the reference by this answer, in nats: the sum of [K1] over its tokens. Its mean over answers is the
// divergence.
func (e Episode) KL() (kl float64) {
	for t := range e.Tokens {
		kl += K1(e.LogProbs[t] - e.Reference[t])
	}
	return kl
}

// looker asks policy, reference and value model about given answers.
type looker struct {
	policy, reference *model.Exec
	cfg               Config
}

func newLooker(backend compute.Backend, actors Actors, cfg Config) (l *looker, err error) {
	l = &looker{cfg: cfg}
	logits := func(scope *model.Scope, ids *Node) *Node {
		return MulScalar(actors.Logits(scope, ids), 1/cfg.Temperature)
	}
	l.policy, err = model.NewExec(backend, actors.Policy, func(scope *model.Scope, ids, next *Node) (logp, entropies, values *Node) {
		x := logits(scope.ResetVisited(), ids)
		return Neg(gpt.NegativeLogLikelihood(x, next)), entropy(x), actors.Value(scope.ResetVisited(), ids)
	})
	if err != nil {
		return nil, err
	}
	l.reference, err = model.NewExec(backend, actors.Reference, func(scope *model.Scope, ids, next *Node) *Node {
		return Neg(gpt.NegativeLogLikelihood(logits(scope, ids), next))
	})
	return l, err
}

// at fills in LogProbs, Reference, Entropies and Values.
func (l *looker) at(episodes []Episode) error {
	for part := range slices.Chunk(episodes, max(1, len(episodes)/l.cfg.Minibatches)) {
		if err := l.part(part); err != nil {
			return err
		}
	}
	return nil
}

func (l *looker) part(episodes []Episode) error {
	ids, next, T := rows(episodes, l.cfg.Context)
	x, y := tensors.FromFlatDataAndDimensions(ids, len(episodes), T), tensors.FromFlatDataAndDimensions(next, len(episodes), T)
	own, err := l.policy.Exec(x, y)
	if err != nil {
		return err
	}
	frozen, err := l.reference.Exec(x, y)
	if err != nil {
		return err
	}
	matrix := func(t *tensors.Tensor) [][]float32 { return t.Value().([][]float32) }
	logp, entropies, values, reference := matrix(own[0]), matrix(own[1]), matrix(own[2]), matrix(frozen[0])
	for i := range episodes {
		e := &episodes[i]
		e.LogProbs, e.Entropies, e.Values, e.Reference = e.cut(logp[i]), e.cut(entropies[i]), e.cut(values[i]), e.cut(reference[i])
	}
	return nil
}

// first is the position that predicts the answer's first token.
func (e *Episode) first() int { return len(e.Prompt) - 1 }

// cut takes the answer's positions out of a row.
func (e *Episode) cut(row []float32) []float64 {
	out := make([]float64, len(e.Tokens))
	for t := range out {
		out[t] = float64(row[e.first()+t])
	}
	return out
}

// sortByLength brings episodes of like length together.
func sortByLength(episodes []Episode) {
	slices.SortStableFunc(episodes, func(a, b Episode) int { return len(a.Prompt) + len(a.Tokens) - len(b.Prompt) - len(b.Tokens) })
}

// rows writes prompts and answers side by side, ids [B, T] and what follows each, filled up with zeros at the
// right, where a causal model does not look. T is as long as the longest needs, context at most.
func rows(episodes []Episode, context int) (ids, next []int32, T int) {
	for _, e := range episodes {
		T = max(T, len(e.Prompt)+len(e.Tokens))
	}
	T = gpt.RowLength(T, context)
	ids, next = make([]int32, len(episodes)*T), make([]int32, len(episodes)*T)
	for i, e := range episodes {
		row := ids[i*T : (i+1)*T]
		copy(row[copy(row, e.Prompt):], e.Tokens)
		copy(next[i*T:(i+1)*T-1], row[1:])
	}
	return ids, next, T
}

// minibatches is what the trainer learns from: the episodes, which are sorted by length, cut into equal parts; each epoch
// has them in another order. Departure: others mix the parts anew in each epoch. Parts of like length need half the time,
// because most answers are much shorter than the longest.
type minibatches struct {
	loop     *Loop
	episodes []Episode
	number   int // of the iteration
}

func (l *Loop) minibatches(episodes []Episode, number int) minibatches {
	return minibatches{l, episodes, number}
}

// Name implements [mltrain.Dataset].
func (m minibatches) Name() string { return "ppo" }

// Iter implements [mltrain.Dataset].
func (m minibatches) Iter() iter.Seq2[mltrain.Batch, error] {
	return func(yield func(mltrain.Batch, error) bool) {
		cfg := m.loop.cfg
		rng := rand.New(rand.NewPCG(uint64(cfg.Seed), uint64(m.number)))
		pretraining, stop := m.pretraining()
		defer stop()
		weight := float32(cfg.Loss.Pretraining)
		if m.number < cfg.ValueOnly {
			weight = 0 // while the policy waits, text alone would have it forget how to end an answer
		}
		size := len(m.episodes) / cfg.Minibatches
		for range cfg.Epochs {
			for _, k := range rng.Perm(cfg.Minibatches) {
				batch := m.batch(m.episodes[k*size : (k+1)*size])
				if pretraining != nil {
					text, err, ok := pretraining()
					if err != nil || !ok {
						yield(mltrain.Batch{}, err)
						return
					}
					batch.Inputs = append(batch.Inputs, text.Inputs[0])
					batch.Labels = append(batch.Labels, text.Labels[0], tensors.FromScalar(weight))
				}
				if !yield(batch, nil) {
					return
				}
			}
		}
	}
}

// pretraining returns a source of batches of text, one for each step, which goes on where a run that was resumed
// would be.
func (m minibatches) pretraining() (next func() (mltrain.Batch, error, bool), stop func()) {
	ds := m.loop.actors.Pretraining
	if ds == nil {
		return nil, func() {}
	}
	if seeker, ok := ds.(interface{ Seek(batch int) }); ok {
		seeker.Seek(m.loop.trainer.Step())
	}
	return iter.Pull2(ds.Iter())
}

// batch is one minibatch: ids; next, mask, old log-probabilities, advantages, old values and returns, each [B, T].
func (m minibatches) batch(part []Episode) mltrain.Batch {
	ids, next, T := rows(part, m.loop.cfg.Context)
	matrix := func(of func(i, t int) float64) *tensors.Tensor {
		flat := make([]float32, len(part)*T)
		for i := range part {
			for t := range part[i].Tokens {
				flat[i*T+part[i].first()+t] = float32(of(i, t))
			}
		}
		return tensors.FromFlatDataAndDimensions(flat, len(part), T)
	}
	return mltrain.Batch{
		Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(ids, len(part), T)},
		Labels: []*tensors.Tensor{
			tensors.FromFlatDataAndDimensions(next, len(part), T),
			matrix(func(i, t int) float64 { return 1 }),
			matrix(func(i, t int) float64 { return part[i].LogProbs[t] }),
			matrix(func(i, t int) float64 { return part[i].Advantages[t] }),
			matrix(func(i, t int) float64 { return part[i].Values[t] }),
			matrix(func(i, t int) float64 { return part[i].Returns[t] }),
		},
	}
}
