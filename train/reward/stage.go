package reward

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/gpt"
	"gptbook/train"
)

// Stage learns from rankings, as the batches of datasets/preference hold them: ids [B, K, T], the best answer first,
// and the last position of each [B, K].
func (c Config) Stage() train.Stage {
	return train.Stage{
		Name: "reward",
		Unit: "nats/pair",
		Model: func(scope *model.Scope, _ any, inputs []*Node) []*Node {
			ids, last := inputs[0], inputs[1]
			B, K, T := ids.Shape().Dim(0), ids.Shape().Dim(1), ids.Shape().Dim(2)
			scores := c.Score(scope, Reshape(ids, B*K, T), Reshape(last, B*K))
			return []*Node{Reshape(scores, B, K)}
		},
		Loss:    RankingLoss,
		Metrics: []train.Metric{{Name: "accuracy", Graph: RankingAccuracy}},
	}
}

// Scorer scores texts with a trained reward model. It reads the weights from the store at each call.
type Scorer struct {
	exec    *model.Exec
	context int
}

// NewScorer returns a scorer of the model in store.
func NewScorer(backend compute.Backend, store *model.Store, cfg Config) (*Scorer, error) {
	exec, err := model.NewExec(backend, store, func(scope *model.Scope, ids, last *Node) *Node {
		return cfg.Score(scope, ids, last)
	})
	return &Scorer{exec, cfg.GPT.Context}, err
}

// batch is how many texts are scored at once.
const batch = 64

// Score returns a number for each text: the ids of a prompt and its answer, up to the answer's last token.
func (s *Scorer) Score(texts [][]int32) ([]float64, error) {
	order := make([]int, len(texts))
	for i, text := range texts {
		if len(text) == 0 || len(text) > s.context {
			return nil, fmt.Errorf("reward: text %d has %d tokens, want 1 to %d", i, len(text), s.context)
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return len(texts[i]) - len(texts[j]) }) // like lengths together
	scores := make([]float64, len(texts))
	for part := range slices.Chunk(order, batch) {
		T := gpt.RowLength(len(texts[part[len(part)-1]]), s.context)
		ids, last := make([]int32, batch*T), make([]int32, batch) // the last part is filled up with empty rows
		for k, i := range part {
			copy(ids[k*T:], texts[i])
			last[k] = int32(len(texts[i]) - 1)
		}
		out, err := s.exec.Exec1(tensors.FromFlatDataAndDimensions(ids, batch, T),
			tensors.FromFlatDataAndDimensions(last, batch))
		if err != nil {
			return nil, fmt.Errorf("reward: %w", err)
		}
		values := out.Value().([]float32)
		for k, i := range part {
			scores[i] = float64(values[k])
		}
	}
	return scores, nil
}
