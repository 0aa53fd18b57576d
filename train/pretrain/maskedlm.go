package pretrain

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"

	"gptbook/bert"
	"gptbook/gpt"
	"gptbook/train"
)

// Columns of the log beside the losses of [train]; each has a twin for the validation set.
const (
	MaskedLoss     = "mlm_loss"     // nats per picked token
	NextLoss       = "nsp_loss"     // nats per pair
	MaskedAccuracy = "mlm_accuracy" // share of the picked tokens that the model ranks first
	NextAccuracy   = "nsp_accuracy" // share of the pairs
)

// MaskedLM is BERT's pretraining (Devlin et al. 2018, §3.1): guess the tokens that were picked, from both
// sides of each, and whether the second text followed the first. Batches are those of
// datasets/corpus: tokens, segments, mask and positions, labelled with targets, weights and next. The
// loss is the sum of two means, over the picked tokens and over the pairs (appendix A.2); it starts near ln V + ln 2.
func MaskedLM(cfg bert.Config) train.Stage {
	return train.Stage{
		Name:  "masked-lm",
		Unit:  "nats",
		Vocab: cfg.Vocab,
		Model: func(scope *model.Scope, _ any, inputs []*Node) []*Node {
			hidden := bert.Encode(scope, bert.Input{IDs: inputs[0], Segments: inputs[1], Mask: inputs[2]}, cfg)
			picked := bert.Pick(hidden, inputs[3])
			return []*Node{bert.MaskedLM(scope, picked), bert.NextSentence(scope, bert.Pool(scope, hidden))}
		},
		Loss:  maskedLoss,
		Count: countPicked,
		Terms: []train.Term{{Weight: 1, Loss: nextLoss}},
		Metrics: []train.Metric{
			{Name: MaskedLoss, Graph: maskedLoss, Count: countPicked},
			{Name: NextLoss, Graph: nextLoss},
			{Name: MaskedAccuracy, Graph: maskedAccuracy, Count: countPicked},
			{Name: NextAccuracy, Graph: nextAccuracy},
		},
	}
}

// labels names the parts of a batch's labels: what was picked, [B, P], with weights of 0 at places without a token, and
// whether the second text followed, [B].
type labels struct{ targets, weights, next *Node }

func split(l []*Node) labels { return labels{l[0], l[1], l[2]} }

func (l labels) picked() []*Node { return []*Node{l.targets, l.weights} }

func countPicked(l []*Node) *Node { return gpt.CountTokens(split(l).picked()) }

// maskedLoss is the mean of -log softmax(logits)[target] over the picked tokens, from predictions[0],
// [B, P, V]. It starts near ln V.
func maskedLoss(l, predictions []*Node) *Node {
	return gpt.CrossEntropy(split(l).picked(), predictions[:1])
}

// nextLoss is the mean of -log softmax(logits)[next] over the pairs, from predictions[1], [B, 2]. It starts near ln 2.
func nextLoss(l, predictions []*Node) *Node {
	return gpt.CrossEntropy([]*Node{InsertAxes(split(l).next, -1)}, []*Node{InsertAxes(predictions[1], 1)})
}

func maskedAccuracy(l, predictions []*Node) *Node {
	y := split(l)
	hits := Mul(hit(y.targets, predictions[0]), y.weights) // [B, P]
	return Div(ReduceAllSum(hits), MaxScalar(ReduceAllSum(y.weights), 1))
}

func nextAccuracy(l, predictions []*Node) *Node {
	return ReduceAllMean(hit(split(l).next, predictions[1]))
}

// hit is 1 where the highest logit is that of the label, else 0: shaped as labels.
func hit(labels, logits *Node) *Node {
	return ConvertDType(Equal(ArgMax(logits, -1, labels.DType()), labels), dtypes.Float32)
}

// CommonestAccuracy is what guessing one token everywhere gets right of the picked tokens in ds: the token
// that is the most frequent in documents. A model that has learned less than word frequencies is not
// above it. ds must end by itself.
func CommonestAccuracy(documents [][][]int32, ds mltrain.Dataset) (float64, error) {
	counts := make(map[int32]int)
	commonest := int32(-1)
	for _, sentences := range documents {
		for _, ids := range sentences {
			for _, id := range ids {
				counts[id]++
				if n := counts[id]; n > counts[commonest] || n == counts[commonest] && id < commonest {
					commonest = id
				}
			}
		}
	}
	var hits, all float64
	for batch, err := range ds.Iter() {
		if err != nil {
			return 0, fmt.Errorf("pretrain: %w", err)
		}
		targets, err := tensors.CopyFlatData[int32](batch.Labels[0])
		if err != nil {
			return 0, fmt.Errorf("pretrain: %w", err)
		}
		weights, err := tensors.CopyFlatData[float32](batch.Labels[1])
		if err != nil {
			return 0, fmt.Errorf("pretrain: %w", err)
		}
		for i, w := range weights {
			all += float64(w)
			if targets[i] == commonest {
				hits += float64(w)
			}
		}
	}
	if all == 0 {
		return 0, fmt.Errorf("pretrain: no picked token in %q", ds.Name())
	}
	return hits / all, nil
}
