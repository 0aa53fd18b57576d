// Package sft teaches a language model to answer, from demonstrations: supervised fine-tuning, the first of the three
// stages of InstructGPT (Ouyang et al. 2022, §3.1).
//
// Start with [Stage]; the conversations, their template and the mask of the loss are those of datasets/dialog.
package sft

import (
	"iter"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"

	"gptbook/gpt"
	"gptbook/train"
)

// Stage learns the assistant's tokens: cross-entropy over the positions where the mask of datasets/dialog is 1, the
// user's words are given and cost nothing. Batches of [WithText] add text times the cross-entropy of plain text, so that
// the model does not forget what it knows while it learns how to speak (Radford et al. 2018, §3.2, with λ 0.5;
// Ouyang et al. 2022, appendix C.3, mixes in a tenth).
//
// The mean is over all learned tokens of a batch, so long answers count for more. It starts at what the base model
// finds of the answers, well below ln V but above its loss on text: it has never seen the template.
func Stage(cfg gpt.Config, text float64) train.Stage {
	answers := func(labels, predictions []*Node) *Node { return gpt.CrossEntropy(labels[:2], predictions[:1]) }
	return train.Stage{
		Name:  "sft",
		Unit:  "nats/token",
		Vocab: cfg.Vocab,
		Model: func(scope *model.Scope, _ any, inputs []*Node) (logits []*Node) {
			for _, ids := range inputs {
				logits = append(logits, gpt.Logits(scope.ResetVisited(), ids, cfg))
			}
			return logits
		},
		Loss: func(labels, predictions []*Node) *Node {
			loss := answers(labels, predictions)
			if len(predictions) > 1 {
				loss = Add(loss, MulScalar(gpt.CrossEntropy(labels[2:], predictions[1:]), text))
			}
			return loss
		},
		Metrics: []train.Metric{{Name: "answer loss", Graph: answers}},
	}
}

// WithText adds to each batch of conversations one of plain text: ids and, as labels, the ids one position later.
func WithText(conversations, text mltrain.Dataset) mltrain.Dataset { return mixed{conversations, text} }

type mixed struct {
	mltrain.Dataset
	text mltrain.Dataset
}

// Seek sets the number of the batch that Iter begins with, in both.
func (m mixed) Seek(batch int) {
	for _, ds := range []mltrain.Dataset{m.Dataset, m.text} {
		if s, ok := ds.(interface{ Seek(batch int) }); ok {
			s.Seek(batch)
		}
	}
}

// Iter implements [mltrain.Dataset]. It ends where one of the two ends.
func (m mixed) Iter() iter.Seq2[mltrain.Batch, error] {
	return func(yield func(mltrain.Batch, error) bool) {
		next, stop := iter.Pull2(m.text.Iter())
		defer stop()
		for batch, err := range m.Dataset.Iter() {
			if err == nil {
				var text mltrain.Batch
				var ok bool
				if text, err, ok = next(); !ok {
					return
				}
				batch.Inputs, batch.Labels = append(batch.Inputs, text.Inputs...), append(batch.Labels, text.Labels...)
			}
			if !yield(batch, err) {
				return
			}
		}
	}
}
