// Package sft teaches a language model to answer, from demonstrations: supervised fine-tuning, the first of the three
// stages of InstructGPT (Ouyang et al. 2022, §3.1).
//
// Start with [Stage]; the conversations, their template and the mask of the loss are those of datasets/dialog.
package sft

import (
	"iter"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"

	"gptbook/datasets/corpus"
	"gptbook/gpt"
	"gptbook/train"
)

// Stage learns the assistant's tokens: cross-entropy over the positions where the mask of datasets/dialog is 1, the
// user's words are given and cost nothing. Batches of [WithText] add text times the cross-entropy of plain text, so
// that the model does not forget what it knows while it learns how to speak (Radford et al. 2018, §3.2, with λ 0.5;
// Ouyang et al. 2022, appendix C.3, mixes in a tenth).
//
// The mean is over all learned tokens of a batch, so long answers count for more. It starts at what the base model
// finds of the answers, well below ln V but above its loss on text: it has never seen the template.
func Stage(cfg gpt.Config, text float64) train.Stage {
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
		Loss:    answerLoss,
		Count:   countAnswers,
		Terms:   []train.Term{{Weight: text, Loss: textLoss, Count: countText}},
		Metrics: []train.Metric{{Name: "answer loss", Graph: answerLoss, Count: countAnswers}},
	}
}

// A batch has two or three labels: the next tokens of the conversations and the mask that is 1 where the assistant
// speaks, both [B, T], and, with text, its next tokens.
func answers(labels []*Node) []*Node { return labels[:2] }
func text(labels []*Node) []*Node    { return labels[2:] }

func answerLoss(labels, predictions []*Node) *Node {
	return gpt.CrossEntropy(answers(labels), predictions[:1])
}

func countAnswers(labels []*Node) *Node { return gpt.CountTokens(answers(labels)) }

// textLoss is 0 where there is no text.
func textLoss(labels, predictions []*Node) *Node {
	if len(text(labels)) == 0 {
		return ScalarZero(predictions[0].Graph(), predictions[0].DType())
	}
	return gpt.CrossEntropy(text(labels), predictions[1:])
}

func countText(labels []*Node) *Node {
	if len(text(labels)) == 0 {
		return ScalarZero(labels[0].Graph(), dtypes.Float32)
	}
	return gpt.CountTokens(text(labels))
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
		if s, ok := ds.(corpus.Seeker); ok {
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
