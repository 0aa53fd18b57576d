package finetune

import (
	"fmt"

	"github.com/gomlx/gomlx/core/tensors"
	mltrain "github.com/gomlx/gomlx/ml/train"

	"gptbook/datasets/corpus"
)

// Text is a labelled text, special tokens included.
type Text struct {
	IDs    []int32
	Class  int32 // from 0
	Second int   // where the second text of a pair begins, for BERT's segments; 0 for a single text
}

// Batches returns endless training batches: all texts in a random order, again and again in another one, without those
// that do not fill a batch. Batch n depends on seed and n alone. Texts beyond length tokens are an error, not a silent
// cut: the last token counts.
//
//	Inputs  0: tokens   int32 [batch, length], filled up with pad
//	        1: segments int32 [batch, length], 1 in the second text of a pair, else 0
//	        2: mask     int32 [batch, length], 1 at tokens, 0 at padding
//	        3: last     int32 [batch], the position of the last token
//	Labels  0: class    int32 [batch]
//	        1: next     int32 [batch, length-1], the tokens from the second on
//	        2: real     int32 [batch, length-1], 1 where next is a token, 0 at padding
func Batches(texts []Text, pad int32, batch, length int, seed int64) (*corpus.Batches, error) {
	if err := check("Batches", texts, batch, length); err != nil {
		return nil, err
	}
	whole, place := len(texts)/batch*batch, corpus.Epochs(len(texts), seed)
	draw := func(i int) int { return place(i/whole*len(texts) + i%whole) }
	return corpus.Rows(name, len(texts), batch, draw, build(texts, pad, length)), nil
}

// Sequential returns the texts in order, once, for evaluation. Those at the end that do not fill a batch are
// left out.
func Sequential(texts []Text, pad int32, batch, length int) (*corpus.Batches, error) {
	if err := check("Sequential", texts, batch, length); err != nil {
		return nil, err
	}
	return corpus.Rows(name, len(texts)/batch*batch, batch, nil, build(texts, pad, length)), nil
}

const name = "labelled texts"

func check(who string, texts []Text, batch, length int) error {
	if batch < 1 || len(texts) < batch {
		return fmt.Errorf("finetune: %s: %d texts do not fill a batch of %d", who, len(texts), batch)
	}
	for i, t := range texts {
		if len(t.IDs) < 1 || len(t.IDs) > length || t.Class < 0 {
			return fmt.Errorf("finetune: %s: text %d has %d tokens and class %d, "+
				"want 1 to %d tokens and a class from 0", who, i, len(t.IDs), t.Class, length)
		}
	}
	return nil
}

// build returns the function that makes a batch of the texts of some numbers.
func build(texts []Text, pad int32, length int) func(rows []int) mltrain.Batch {
	return func(rows []int) mltrain.Batch {
		var ids, segments, mask, last, class, next, real []int32
		for _, row := range rows {
			t := texts[row]
			for i := range length {
				id, segment, token := pad, int32(0), int32(0)
				if i < len(t.IDs) {
					id, token = t.IDs[i], 1
					if t.Second > 0 && i >= t.Second {
						segment = 1
					}
				}
				ids, segments, mask = append(ids, id), append(segments, segment), append(mask, token)
				if i > 0 {
					next, real = append(next, id), append(real, token)
				}
			}
			last, class = append(last, int32(len(t.IDs)-1)), append(class, t.Class)
		}
		tensor := tensors.FromFlatDataAndDimensions[int32]
		return mltrain.Batch{
			Inputs: []*tensors.Tensor{
				tensor(ids, len(rows), length), tensor(segments, len(rows), length),
				tensor(mask, len(rows), length), tensor(last, len(rows))},
			Labels: []*tensors.Tensor{tensor(class, len(rows)), tensor(next, len(rows), length-1),
				tensor(real, len(rows), length-1)},
		}
	}
}
