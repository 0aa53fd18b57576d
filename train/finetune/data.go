package finetune

import (
	"fmt"
	"iter"
	"math/rand/v2"

	"github.com/gomlx/gomlx/core/tensors"
	mltrain "github.com/gomlx/gomlx/ml/train"
)

// Text is a labelled text, special tokens included.
type Text struct {
	IDs    []int32
	Class  int32 // from 0
	Second int   // where the second text of a pair begins, for BERT's segments; 0 for a single text
}

// Dataset is batches of labelled texts:
//
//	Inputs  0: tokens   int32 [batch, length], filled up with pad
//	        1: segments int32 [batch, length], 1 in the second text of a pair, else 0
//	        2: mask     int32 [batch, length], 1 at tokens, 0 at padding
//	        3: last     int32 [batch], the position of the last token
//	Labels  0: class    int32 [batch]
type Dataset struct {
	texts         []Text
	pad           int32
	batch, length int
	shuffled      bool
	seed          int64
	next          int // the number of the batch with which Iter starts
}

// Batches returns endless training batches: all texts in a random order, again and again in another one. Batch n
// depends on seed and n alone. Texts beyond length tokens are an error, not a silent cut: the last token
// counts.
func Batches(texts []Text, pad int32, batch, length int, seed int64) (*Dataset, error) {
	return newDataset("Batches", Dataset{texts: texts, pad: pad, batch: batch, length: length, shuffled: true, seed: seed})
}

// Sequential returns the texts in order, once, for evaluation. Those at the end that do not fill a batch are
// left out.
func Sequential(texts []Text, pad int32, batch, length int) (*Dataset, error) {
	return newDataset("Sequential", Dataset{texts: texts, pad: pad, batch: batch, length: length})
}

func newDataset(who string, d Dataset) (*Dataset, error) {
	if d.batch < 1 || len(d.texts) < d.batch {
		return nil, fmt.Errorf("finetune: %s: %d texts do not fill a batch of %d", who, len(d.texts), d.batch)
	}
	for i, t := range d.texts {
		if len(t.IDs) < 1 || len(t.IDs) > d.length || t.Class < 0 {
			return nil, fmt.Errorf("finetune: %s: text %d has %d tokens and class %d, want 1 to %d tokens and a class from 0",
				who, i, len(t.IDs), t.Class, d.length)
		}
	}
	return &d, nil
}

// Name implements [mltrain.Dataset].
func (d *Dataset) Name() string { return "labelled texts" }

// Seek sets the number of the batch with which every later Iter starts.
func (d *Dataset) Seek(batch int) { d.next = batch }

// Iter implements [mltrain.Dataset].
func (d *Dataset) Iter() iter.Seq2[mltrain.Batch, error] {
	perPass := len(d.texts) / d.batch
	start := d.next
	return func(yield func(mltrain.Batch, error) bool) {
		order, pass := []int(nil), -1
		for n := start; d.shuffled || n < perPass; n++ {
			if p := n / perPass; p != pass {
				order, pass = d.order(p), p
			}
			if !yield(d.at(order[n%perPass*d.batch:][:d.batch]), nil) {
				return
			}
		}
	}
}

// order is the order of the texts in one pass over them.
func (d *Dataset) order(pass int) []int {
	if d.shuffled {
		return rand.New(rand.NewPCG(uint64(d.seed), uint64(pass))).Perm(len(d.texts))
	}
	order := make([]int, len(d.texts))
	for i := range order {
		order[i] = i
	}
	return order
}

// at is the batch of the given texts.
func (d *Dataset) at(rows []int) mltrain.Batch {
	var ids, segments, mask, last, class []int32
	for _, row := range rows {
		t := d.texts[row]
		for i := range d.length {
			id, segment, real := d.pad, int32(0), int32(0)
			if i < len(t.IDs) {
				id, real = t.IDs[i], 1
				if t.Second > 0 && i >= t.Second {
					segment = 1
				}
			}
			ids, segments, mask = append(ids, id), append(segments, segment), append(mask, real)
		}
		last, class = append(last, int32(len(t.IDs)-1)), append(class, t.Class)
	}
	tensor := tensors.FromFlatDataAndDimensions[int32]
	return mltrain.Batch{
		Inputs: []*tensors.Tensor{
			tensor(ids, len(rows), d.length), tensor(segments, len(rows), d.length), tensor(mask, len(rows), d.length), tensor(last, len(rows))},
		Labels: []*tensors.Tensor{tensor(class, len(rows))},
	}
}
