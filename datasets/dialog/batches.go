package dialog

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"
	mltrain "github.com/gomlx/gomlx/ml/train"

	"gptbook/datasets/corpus"
)

// Shuffled returns endless batches for training, B examples at a time: all in a random order, then in another, and so
// on. What a batch holds depends on the seed and its number alone. T is the length of the longest example, context at
// most:
//
//	Inputs  0: ids   int32 [B, T]
//	Labels  0: next  int32 [B, T], the ids that follow
//	        1: mask  float32 [B, T], 1 where next is to be learned
//
// Each row holds one conversation and is filled up with End at its right, where a causal model cannot
// look. So no conversation sees another, and a row's loss is the same whatever its neighbours are.
func (t *Template) Shuffled(name string, examples []Example, batch, context int,
	seed int64) (*corpus.Batches, error) {
	return t.batches(name, examples, batch, context, corpus.Epochs(len(examples), seed))
}

// InOrder returns each example once, for evaluation. The last batch is smaller where they do not fill it.
func (t *Template) InOrder(name string, examples []Example, batch, context int) (*corpus.Batches, error) {
	return t.batches(name, examples, batch, context, nil)
}

func (t *Template) batches(name string, examples []Example, batch, context int,
	draw func(i int) int) (*corpus.Batches, error) {
	if len(examples) == 0 || batch < 1 {
		return nil, fmt.Errorf("dialog: %q: batches of %d from %d examples, want at least 1 of each",
			name, batch, len(examples))
	}
	longest := 0
	for i, e := range examples {
		if len(e.IDs) > context {
			return nil, fmt.Errorf("dialog: %q: example %d has %d ids, the context is %d", name, i, len(e.IDs), context)
		}
		if len(e.IDs) != len(e.Mask) || !slices.Contains(e.Mask, 1) {
			return nil, fmt.Errorf("dialog: %q: example %d, of %d ids and %d places in its mask, has nothing to learn",
				name, i, len(e.IDs), len(e.Mask))
		}
		longest = max(longest, len(e.IDs))
	}
	return corpus.Rows(name, len(examples), batch, draw, func(rows []int) mltrain.Batch {
		chosen := make([]Example, len(rows))
		for r, i := range rows {
			chosen[r] = examples[i]
		}
		return t.batch(chosen, longest)
	}), nil
}

// batch fills the rows of examples up to time ids.
func (t *Template) batch(examples []Example, time int) mltrain.Batch {
	rows := len(examples)
	ids := slices.Repeat([]int32{t.End()}, rows*time)
	next, mask := make([]int32, rows*time), make([]float32, rows*time)
	for r, e := range examples {
		row := ids[r*time : (r+1)*time]
		copy(row, e.IDs)
		copy(next[r*time:], row[1:])
		next[(r+1)*time-1] = t.End()
		copy(mask[r*time:], e.Mask)
	}
	return mltrain.Batch{
		Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(ids, rows, time)},
		Labels: []*tensors.Tensor{
			tensors.FromFlatDataAndDimensions(next, rows, time), tensors.FromFlatDataAndDimensions(mask, rows, time),
		},
	}
}
