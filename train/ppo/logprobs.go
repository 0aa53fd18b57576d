package ppo

import (
	"slices"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/gpt"
)

// logProbs looks up what policy, reference and value model say of the tokens of given answers.
type logProbs struct {
	policy, reference *model.Exec
	cfg               Config
}

func newLogProbs(backend compute.Backend, models Models, cfg Config) (l *logProbs, err error) {
	l = &logProbs{cfg: cfg}
	logits := func(scope *model.Scope, ids *Node) *Node {
		return MulScalar(models.Logits(scope, ids), 1/cfg.Temperature)
	}
	own := func(scope *model.Scope, ids, next *Node) (logp, entropies, values *Node) {
		x := logits(scope.ResetVisited(), ids)
		return Neg(gpt.NegativeLogLikelihood(x, next)), entropy(x), models.Value(scope.ResetVisited(), ids)
	}
	if l.policy, err = model.NewExec(backend, models.Policy, own); err != nil {
		return nil, err
	}
	l.reference, err = model.NewExec(backend, models.Reference, func(scope *model.Scope, ids, next *Node) *Node {
		return Neg(gpt.NegativeLogLikelihood(logits(scope, ids), next))
	})
	return l, err
}

// fill fills in LogProbs, Reference, Entropies and Values.
func (l *logProbs) fill(episodes []Episode) error {
	for part := range slices.Chunk(episodes, max(1, len(episodes)/l.cfg.Minibatches)) {
		if err := l.part(part); err != nil {
			return err
		}
	}
	return nil
}

func (l *logProbs) part(episodes []Episode) error {
	ids, next, T := rows(episodes, l.cfg.Context)
	x := tensors.FromFlatDataAndDimensions(ids, len(episodes), T)
	y := tensors.FromFlatDataAndDimensions(next, len(episodes), T)
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
		e.LogProbs, e.Entropies = e.cut(logp[i]), e.cut(entropies[i])
		e.Values, e.Reference = e.cut(values[i]), e.cut(reference[i])
	}
	return nil
}
