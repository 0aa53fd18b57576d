package preference

import (
	"fmt"
	"iter"

	"github.com/gomlx/gomlx/core/tensors"
	mltrain "github.com/gomlx/gomlx/ml/train"

	"gptbook/datasets/dialog"
)

// Batches hands out B rankings at a time. All answers to one prompt, and so all their pairs, are in one batch: spread
// over an epoch they would show each answer K-1 times, and a reward model would learn them by heart (Ouyang et
// al. 2022, §3.5).
//
// Two inputs: ids, int32 [B, K, T], each row a prompt and one answer, the best answer first, filled up with
// End; and last, int32 [B, K], the position of the answer's last token, its End. One label: present, float32
// [B, K], 0 where a ranking has fewer than K answers.
type Batches struct {
	name           string
	rows           [][][]int32 // per ranking, per answer
	batch, k, time int
	draw           func(i int) int // nil: in order, once
	end            int32
	next           int
}

// Shuffled returns endless batches in a random order that depends on the seed and the batch's number alone.
func Shuffled(name string, t *dialog.Template, rankings []Ranking, batch, context int, seed int64) (*Batches, error) {
	b, err := InOrder(name, t, rankings, batch, context)
	if err == nil {
		b.draw = dialog.Epochs(len(rankings), seed)
	}
	return b, err
}

// InOrder returns each ranking once, for evaluation. The last batch may be smaller.
func InOrder(name string, t *dialog.Template, rankings []Ranking, batch, context int) (*Batches, error) {
	if len(rankings) == 0 || batch < 1 {
		return nil, fmt.Errorf("preference: %q: batches of %d from %d rankings, want at least 1 of each", name, batch, len(rankings))
	}
	b := &Batches{name: name, batch: batch, end: t.End()}
	for i, r := range rankings {
		err := r.Validate()
		if err != nil {
			return nil, fmt.Errorf("preference: %q: ranking %d: %w", name, i, err)
		}
		prompt, err := t.Prompt(r.Prompt)
		if err != nil {
			return nil, fmt.Errorf("preference: %q: ranking %d: %w", name, i, err)
		}
		var rows [][]int32
		for _, answer := range r.Answers {
			row := append(prompt[:len(prompt):len(prompt)], t.Answer(answer)...)
			if len(row) > context {
				return nil, fmt.Errorf("preference: %q: ranking %d has an answer that ends at id %d, the context is %d", name, i, len(row), context)
			}
			b.time = max(b.time, len(row))
			rows = append(rows, row)
		}
		b.k = max(b.k, len(rows))
		b.rows = append(b.rows, rows)
	}
	return b, nil
}

// Name implements [mltrain.Dataset].
func (b *Batches) Name() string { return b.name }

// Len is the number of rankings.
func (b *Batches) Len() int { return len(b.rows) }

// Seek sets the number of the batch that Iter begins with.
func (b *Batches) Seek(batch int) { b.next = batch }

// Iter implements [mltrain.Dataset].
func (b *Batches) Iter() iter.Seq2[mltrain.Batch, error] {
	return func(yield func(mltrain.Batch, error) bool) {
		for n := b.next; b.draw != nil || n*b.batch < len(b.rows); n++ {
			if !yield(b.at(n), nil) {
				return
			}
		}
	}
}

// at builds batch n.
func (b *Batches) at(n int) mltrain.Batch {
	size := b.batch
	if b.draw == nil {
		size = min(size, len(b.rows)-n*b.batch)
	}
	ids, last, present := make([]int32, size*b.k*b.time), make([]int32, size*b.k), make([]float32, size*b.k)
	for i := range ids {
		ids[i] = b.end
	}
	for s := range size {
		i := n*b.batch + s
		if b.draw != nil {
			i = b.draw(i)
		}
		for k, row := range b.rows[i] {
			at := s*b.k + k
			copy(ids[at*b.time:], row)
			last[at], present[at] = int32(len(row)-1), 1
		}
	}
	return mltrain.Batch{
		Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(ids, size, b.k, b.time), tensors.FromFlatDataAndDimensions(last, size, b.k)},
		Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(present, size, b.k)},
	}
}
