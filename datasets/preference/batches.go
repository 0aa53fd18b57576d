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
// answer K-1 times, and a reward model would learn them by heart (Ouyang et al. 2022, §3.5). K is the number of answers
// of the longest ranking and T the length of the longest prompt with an answer, context at most:
//
//	Inputs  0: ids      int32 [B, K, T], each row a prompt and one answer, the best answer first, then End
//	        1: last     int32 [B, K], the position of the answer's last token, its End
//	Labels  0: present  float32 [B, K], 1 for each answer, then 0
//
// It returns an error if a ranking is not valid, if two of its answers have the same ids or if one has none.
func Shuffled(name string, t *dialog.Template, rankings []Ranking, batch, context int,
	seed int64) (*corpus.Batches, error) {
	return batches(name, t, rankings, batch, context, corpus.Epochs(len(rankings), seed))
}

// InOrder returns each ranking once, for evaluation. The last batch is smaller where they do not fill it.
func InOrder(name string, t *dialog.Template, rankings []Ranking, batch, context int) (*corpus.Batches, error) {
	return batches(name, t, rankings, batch, context, nil)
}

func batches(name string, t *dialog.Template, rankings []Ranking, batch, context int,
	draw func(i int) int) (*corpus.Batches, error) {
	if len(rankings) == 0 || batch < 1 {
		return nil, fmt.Errorf("preference: %q: batches of %d from %d rankings, want at least 1 of each",
			name, batch, len(rankings))
	}
	texts := make([][][]int32, len(rankings)) // of each ranking, the prompt with each answer
	most, longest := 0, 0
	for i, r := range rankings {
		var err error
		if texts[i], err = encode(t, r, context); err != nil {
			return nil, fmt.Errorf("preference: %q: ranking %d: %w", name, i, err)
		}
		most = max(most, len(texts[i]))
		for _, text := range texts[i] {
			longest = max(longest, len(text))
		}
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
			Inputs: []*tensors.Tensor{
				tensors.FromFlatDataAndDimensions(ids, len(rows), most, longest),
				tensors.FromFlatDataAndDimensions(last, len(rows), most),
			},
			Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(present, len(rows), most)},
		}
	}), nil
}

// encode returns the ids of the prompt with each answer, all of them different.
func encode(t *dialog.Template, r Ranking, context int) (texts [][]int32, err error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	prompt, err := t.Prompt(r.Prompt)
	if err != nil {
		return nil, err
	}
	for i, answer := range r.Answers {
		text := slices.Concat(prompt, t.Answer(answer))
		if t.IsEmpty(answer) {
			return nil, fmt.Errorf("answer %d, %q, is empty once encoded", i, answer)
		}
		if len(text) > context {
			return nil, fmt.Errorf("answer %d ends at id %d, the context is %d", i, len(text), context)
		}
		if j := slices.IndexFunc(texts, func(other []int32) bool { return slices.Equal(other, text) }); j >= 0 {
			return nil, equal(j, i)
		}
		texts = append(texts, text)
	}
	return texts, nil
}
