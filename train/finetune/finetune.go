// Package finetune puts a pretrained model to work on a labelled task: which class does this text belong to?
//
// Start with [BERT] and [GPT], the stages; [Batches] turns labelled texts into their data. [Majority] and
// [NaiveBayes] say what is to be had without a network, and [Mean] what several seeds agree on: a
// fine-tuned model proves nothing until it stands beside all of them.
package finetune

import (
	"math/rand/v2"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/bert"
	"gptbook/gpt"
	"gptbook/train"
)

// Accuracy is the column of the log that holds the share of texts classified rightly.
const Accuracy = "accuracy"

// BERT classifies a text by the pooled vector at its first token (Devlin et al. 2018, §4.1). Texts are [CLS] A [SEP] or
// [CLS] A [SEP] B [SEP]; the store holds bert.Encoder, bert.Pooler and a bert.Classifier. The loss starts near the
// logarithm of the number of classes.
func BERT(cfg bert.Config) train.Stage {
	return stage("bert-classifier", func(scope *model.Scope, in inputs) []*Node {
		hidden := bert.Encode(scope, bert.Input{IDs: in.ids, Segments: in.segments, Mask: in.mask}, cfg)
		return []*Node{bert.Classify(scope, bert.Pool(scope, hidden), cfg)}
	})
}

// languageShare is λ of Radford et al. 2018, §4.1.
const languageShare = 0.5

// GPT classifies a text by the vector at its last token, the only one that has seen all others, and goes on
// predicting the text beside it (Radford et al. 2018, eq. 3 to 5):
//
//	L = L_class + λ·L_language,   λ = 0.5
//
// Texts end in a token for the purpose; the store holds a GPT of cfg and what [InitGPTHead] makes.
func GPT(cfg gpt.Config) train.Stage {
	s := stage("gpt-classifier", func(scope *model.Scope, in inputs) []*Node {
		hidden := gpt.Hidden(scope, in.ids, cfg)                                // [B, T, C]
		classes := gpt.Dense(scope.In("classifier"), gpt.Pick(hidden, in.last)) // [B, classes]
		T := in.ids.Shape().Dim(1)
		logits := SliceAxis(gpt.Head(scope, hidden), 1, AxisRange(0, T-1)) // [B, T-1, V]
		return []*Node{classes, logits}
	})
	s.Terms = []train.Term{{Weight: languageShare,
		Loss: func(labels, predictions []*Node) *Node {
			return gpt.CrossEntropy(split(labels).text(), predictions[1:])
		},
		Count: func(labels []*Node) *Node { return gpt.CountTokens(split(labels).text()) }}}
	return s
}

// InitGPTHead adds the layer that [GPT] classifies with to scope: W from N(0, 0.02) as in the paper, b = 0.
func InitGPTHead(scope *model.Scope, cfg gpt.Config, classes int, seed int64) error {
	rng := rand.New(rand.NewPCG(uint64(seed), uint64(classes)))
	values := make([]float32, cfg.Width*classes)
	for i := range values {
		values[i] = float32(0.02 * rng.NormFloat64())
	}
	weight := gpt.Weight{Name: "classifier.weight", Dims: []int{cfg.Width, classes}}
	if err := gpt.SetWeight(scope, weight, values); err != nil {
		return err
	}
	return gpt.SetWeight(scope, gpt.Weight{Name: "classifier.bias", Dims: []int{classes}}, make([]float32, classes))
}

// inputs and labels are those of a batch of [Batches].
type (
	inputs struct{ ids, segments, mask, last *Node }
	labels struct{ class, next, real *Node }
)

func split(l []*Node) labels { return labels{l[0], l[1], l[2]} }

// text is what [gpt.CrossEntropy] asks for.
func (l labels) text() []*Node { return []*Node{l.next, l.real} }

func stage(name string, graph func(*model.Scope, inputs) []*Node) train.Stage {
	return train.Stage{
		Name: name, Unit: "nats/text", Loss: classLoss,
		Model: func(scope *model.Scope, _ any, in []*Node) []*Node {
			return graph(scope, inputs{ids: in[0], segments: in[1], mask: in[2], last: in[3]})
		},
		Metrics: []train.Metric{{Name: Accuracy, Graph: accuracy}},
	}
}

// classLoss is the mean of -log softmax(logits)[class], from logits [B, classes] and labels [B].
func classLoss(l, predictions []*Node) *Node {
	return gpt.CrossEntropy([]*Node{InsertAxes(split(l).class, -1)}, []*Node{InsertAxes(predictions[0], 1)})
}

func accuracy(l, predictions []*Node) *Node {
	class := split(l).class
	hit := Equal(ArgMax(predictions[0], -1, class.DType()), class)
	return ReduceAllMean(ConvertDType(hit, dtypes.Float32))
}
