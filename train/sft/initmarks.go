package sft

import (
	"fmt"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// InitMarks lets tokens that a language model has never seen, the marks of a conversation, start as words that it
// knows: the row of each in the table of embeddings becomes the mean of the rows of its words
// (dialog.Template.Meanings; after Hewitt 2021, "Initializing new word embeddings for pretrained language models", who
// takes the mean over all words). What the model does in an interview it then does in a conversation from the first
// step of training.
func InitMarks(scope *model.Scope, meanings map[int32][]int32) error {
	v := scope.At("wte").GetVariable("weight")
	if v == nil {
		return fmt.Errorf("sft: no table of embeddings under %q: load a model first", scope.Scope())
	}
	value, err := v.Value()
	if err != nil {
		return err
	}
	known, err := tensors.CopyFlatData[float32](value)
	if err != nil {
		return err
	}
	tokens, width := value.Shape().Dim(0), value.Shape().Dim(1)
	table := append([]float32{}, known...)
	for mark, words := range meanings {
		for _, id := range append([]int32{mark}, words...) {
			if id < 0 || int(id) >= tokens {
				return fmt.Errorf("sft: no token %d in a vocabulary of %d", id, tokens)
			}
		}
		row := table[int(mark)*width:][:width]
		for c := range row {
			row[c] = 0
			for _, word := range words {
				row[c] += known[int(word)*width+c] / float32(len(words))
			}
		}
	}
	return v.SetValue(tensors.FromFlatDataAndDimensions(table, tokens, width))
}
