package preference

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"
	mltrain "github.com/gomlx/gomlx/ml/train"

	"gptbook/datasets/corpus"
	"gptbook/datasets/dialog"
)

// Shuffled returns endless batches of B rankings, in a random order that depends on the seed and the batch's number
// alone. All answers to one prompt, and so all their pairs, are in one batch: spread over an epoch they would show each
// answer K-1 times, and a reward model would learn them by heart (Ouyang et al. 2022, §3.5).
//
// Two inputs: ids, int32 [B, K, T], each row a prompt and one answer, the best answer first, filled up with
// End; and last, int32 [B, K], the position of the answer's last token, its End. One label: present, float32
// [B, K], 0 where a ranking has fewer than K answers.
func Shuffled(name string, t *dialog.Template, rankings []Ranking, batch, context int, seed int64) (*corpus.Batches, error) {
	return batches(name, t, rankings, batch, context, corpus.Epochs(len(rankings), seed))
}

// InOrder returns each ranking once, for evaluation. The last batch may be smaller.
func InOrder(name string, t *dialog.Template, rankings []Ranking, batch, context int) (*corpus.Batches, error) {
	return batches(name, t, rankings, batch, context, nil)
}

func batches(name string, t *dialog.Template, rankings []Ranking, batch, context int, draw func(i int) int) (*corpus.Batches, error) {
	if len(rankings) == 0 || batch < 1 {
		return nil, fmt.Errorf("preference: %q: batches of %d from %d rankings, want at least 1 of each", name, batch, len(rankings))
	}
	texts := make([][][]int32, len(rankings)) // of each ranking, the prompt with each answer
	most, longest := 0, 0
	for i, r := range rankings {
		err := r.Validate()
		if err != nil {
			return nil, fmt.Errorf("preference: %q: ranking %d: %w", name, i, err)
		}
		prompt, err := t.Prompt(r.Prompt)
		if err != nil {
			return nil, fmt.Errorf("preference: %q: ranking %d: %w", name, i, err)
		}
		for _, answer := range r.Answers {
			text := append(prompt[:len(prompt):len(prompt)], t.Answer(answer)...)
			if len(text) > context {
				return nil, fmt.Errorf("preference: %q: ranking %d has an answer that ends at id %d, the context is %d", name, i, len(text), context)
			}
			longest = max(longest, len(text))
			texts[i] = append(texts[i], text)
		}
		most = max(most, len(texts[i]))
	}
	return corpus.Rows(name, len(rankings), batch, draw, func(rows []int) mltrain.Batch {
		ids := slices.Repeat([]int32{t.End()}, len(rows)*most*longest)
		last, present := make([]int32, len(rows)*most), make([]float32, len(rows)*most)
		for r, i := range rows {
			for k, text := range texts[i] {
				at := r*most + k
				copy(ids[at*longest:], text)
				last[at], present[at] = int32(len(text)-1), 1
			}
		}
		return mltrain.Batch{
			Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(ids, len(rows), most, longest), tensors.FromFlatDataAndDimensions(last, len(rows), most)},
			Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(present, len(rows), most)},
		}
	}), nil
}
