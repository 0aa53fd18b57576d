package train

import (
	"cmp"
	"fmt"
	"iter"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"
	mltrain "github.com/gomlx/gomlx/ml/train"
)

// checked is a dataset that refuses a batch with a token outside of the vocabulary: backends read another token's
// weights for it, and as a label it costs nothing.
type checked struct {
	mltrain.Dataset
	vocab int // 0: the first input is no ids
}

// Iter implements [mltrain.Dataset].
func (c checked) Iter() iter.Seq2[mltrain.Batch, error] {
	return func(yield func(mltrain.Batch, error) bool) {
		for batch, err := range c.Dataset.Iter() {
			if err == nil && c.vocab > 0 {
				err = c.check(batch.Inputs[0])
			}
			if !yield(batch, err) {
				return
			}
		}
	}
}

func (c checked) check(ids *tensors.Tensor) (err error) {
	bad := func(id int32) bool { return id < 0 || int(id) >= c.vocab }
	failed := tensors.ConstFlatData(ids, func(flat []int32) {
		if i := slices.IndexFunc(flat, bad); i >= 0 {
			err = fmt.Errorf("a batch of %s holds token %d, outside the model's vocabulary of %d: was it made with another "+
				"tokenizer?",
				c.Name(), flat[i], c.vocab)
		}
	})
	return cmp.Or(failed, err)
}
