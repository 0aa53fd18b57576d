package dialog

import (
	"fmt"
	"iter"
	"math/rand/v2"

	"github.com/gomlx/gomlx/core/tensors"
	mltrain "github.com/gomlx/gomlx/ml/train"
)

// Batches hands out examples for training, B at a time, as GoMLX's trainer wants them. One input: ids,
// int32 [B, T]. Two labels: next, the ids that follow, int32 [B, T]; and mask, float32 [B, T], 1 where next
// is to be learned.
//
// Each row holds one conversation and is filled up with End at its right, where a causal model cannot
// look. So no conversation sees another, and a row's loss is the same whatever its neighbours are.
type Batches struct {
	name        string
	examples    []Example
	batch, time int
	draw        func(i int) int // of the i-th row; nil: in order, once
	end         int32
	next        int
}

// Shuffled returns endless batches: all examples in a random order, then in another, and so on. What a batch
// holds depends on the seed and its number alone. Rows are as long as the longest example, context at most.
func (t *Template) Shuffled(name string, examples []Example, batch, context int, seed int64) (*Batches, error) {
	b, err := t.InOrder(name, examples, batch, context)
	if err == nil {
		b.draw = Epochs(len(examples), seed)
	}
	return b, err
}

// InOrder returns each example once, for evaluation. The last batch may be smaller.
func (t *Template) InOrder(name string, examples []Example, batch, context int) (*Batches, error) {
	if len(examples) == 0 || batch < 1 {
		return nil, fmt.Errorf("dialog: %q: batches of %d from %d examples, want at least 1 of each", name, batch, len(examples))
	}
	b := &Batches{name: name, examples: examples, batch: batch, end: t.End()}
	for i, e := range examples {
		if len(e.IDs) > context {
			return nil, fmt.Errorf("dialog: %q: example %d has %d ids, the context is %d", name, i, len(e.IDs), context)
		}
		b.time = max(b.time, len(e.IDs))
	}
	return b, nil
}

// Epochs returns a function that says which of n items comes at place i of an endless run through all of
// them, in a new random order each time. It depends on the seed and i alone, so a resumed run goes on
// as if it had not stopped.
func Epochs(n int, seed int64) func(i int) int {
	epoch, order := -1, []int(nil)
	return func(i int) int {
		if i/n != epoch {
			epoch = i / n
			order = rand.New(rand.NewPCG(uint64(seed), uint64(epoch))).Perm(n)
		}
		return order[i%n]
	}
}

// Name implements [mltrain.Dataset].
func (b *Batches) Name() string { return b.name }

// Len is the number of examples.
func (b *Batches) Len() int { return len(b.examples) }

// Seek sets the number of the batch that Iter begins with.
func (b *Batches) Seek(batch int) { b.next = batch }

// Iter implements [mltrain.Dataset].
func (b *Batches) Iter() iter.Seq2[mltrain.Batch, error] {
	return func(yield func(mltrain.Batch, error) bool) {
		for n := b.next; b.draw != nil || n*b.batch < len(b.examples); n++ {
			if !yield(b.at(n), nil) {
				return
			}
		}
	}
}

// at builds batch n.
func (b *Batches) at(n int) mltrain.Batch {
	rows := b.batch
	if b.draw == nil {
		rows = min(rows, len(b.examples)-n*b.batch)
	}
	ids, next, mask := make([]int32, rows*b.time), make([]int32, rows*b.time), make([]float32, rows*b.time)
	for r := range rows {
		i := n*b.batch + r
		if b.draw != nil {
			i = b.draw(i)
		}
		e := b.examples[i]
		row := ids[r*b.time : (r+1)*b.time]
		for t := copy(row, e.IDs); t < len(row); t++ {
			row[t] = b.end
		}
		copy(next[r*b.time:], row[1:])
		next[(r+1)*b.time-1] = b.end
		copy(mask[r*b.time:], e.Mask)
	}
	return mltrain.Batch{
		Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(ids, rows, b.time)},
		Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(next, rows, b.time), tensors.FromFlatDataAndDimensions(mask, rows, b.time)},
	}
}
