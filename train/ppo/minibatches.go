package ppo

import (
	"iter"
	"math/rand/v2"

	"github.com/gomlx/gomlx/core/tensors"
	mltrain "github.com/gomlx/gomlx/ml/train"

	"gptbook/datasets/corpus"
)

// minibatches is what the trainer learns from: the episodes, which are sorted by length, cut into equal parts; each
// epoch has them in another order. Departure: others mix the parts anew in each epoch. Parts of like length need half
// the time, because most answers are much shorter than the longest.
type minibatches struct {
	loop     *Loop
	episodes []Episode
	number   int   // of the iteration
	tokens   []int // of the answers in each minibatch so far
}

func (l *Loop) minibatches(episodes []Episode, number int) *minibatches {
	return &minibatches{loop: l, episodes: episodes, number: number}
}

// Name implements [mltrain.Dataset].
func (m *minibatches) Name() string { return "ppo" }

// Iter implements [mltrain.Dataset].
func (m *minibatches) Iter() iter.Seq2[mltrain.Batch, error] {
	return func(yield func(mltrain.Batch, error) bool) {
		cfg := m.loop.cfg
		rng := rand.New(rand.NewPCG(uint64(cfg.Seed), uint64(m.number)))
		pretraining, stop := m.pretraining()
		defer stop()
		weight := float32(cfg.Loss.Pretraining)
		if m.number < cfg.CriticWarmup {
			weight = 0 // while the policy waits, text alone would have it forget how to end an answer
		}
		size := len(m.episodes) / cfg.Minibatches
		for range cfg.Epochs {
			for _, k := range rng.Perm(cfg.Minibatches) {
				part := m.episodes[k*size : (k+1)*size]
				m.tokens = append(m.tokens, tokens(part))
				batch := m.batch(part)
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
func (m *minibatches) pretraining() (next func() (mltrain.Batch, error, bool), stop func()) {
	ds := m.loop.models.Pretraining
	if ds == nil {
		return nil, func() {}
	}
	if seeker, ok := ds.(corpus.Seeker); ok {
		seeker.Seek(m.loop.trainer.Step())
	}
	return iter.Pull2(ds.Iter())
}

// tokens counts the tokens of the answers.
func tokens(episodes []Episode) (n int) {
	for _, e := range episodes {
		n += len(e.Tokens)
	}
	return n
}

// batch is one minibatch: ids and, in the order of [labels], what belongs to each, [B, T].
func (m *minibatches) batch(part []Episode) mltrain.Batch {
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
