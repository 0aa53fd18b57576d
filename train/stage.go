package train

import (
	. "github.com/gomlx/gomlx/core/graph"
	mltrain "github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
)

// Stage says what is learned.
type Stage struct {
	Name    string          // "pretrain", "sft", "reward": also the curve's name
	Unit    string          // unit of the loss, for the plot: "nats/token"
	Model   mltrain.ModelFn // graph from inputs to predictions
	Loss    loss.LossFn     // graph from labels and predictions to a mean: a scalar, or [B], which is averaged
	Count   Count           // what Loss is a mean over
	Terms   []Term          // further parts of the loss; may be empty
	Metrics []Metric        // further quantities to log beside the loss; may be empty
	Layers  *Layers         // the model once more, as a pile of layers, if it is one
	Vocab   int             // if not 0, a batch's first input is token ids, which are below it
}

// Count is the graph of how many tokens, pairs or rows of a batch a loss or a metric is a mean over, from the labels to
// a scalar. Batches differ in it. A mean over several of them, in an evaluation or for one step of accumulated
// gradients, is a sum over everything that counts, divided once: sum(mean·count)/sum(count). The mean of their means
// would be another number for each size of the batches. nil: each row of the batch, of its first input, counts 1.
type Count func(labels []*Node) *Node

// Term is a part of a loss that is a mean over other things than the rest: pairs, or the tokens of another text.
type Term struct {
	Weight float64 // it is multiplied by
	Loss   loss.LossFn
	Count  Count
}

// Metric is a scalar that is measured at every training step and over the validation set.
type Metric struct {
	Name  string // also the column of the log
	Graph func(labels, predictions []*Node) *Node
	Count Count // what Graph is a mean over
}

// Total is the loss that is minimised, a scalar: Loss and the weighted Terms.
func (s Stage) Total(labels, predictions []*Node) *Node {
	return s.sum(s.parts(labels, predictions))
}

// terms are all parts of the loss.
func (s Stage) terms() []Term { return append([]Term{{1, s.Loss, s.Count}}, s.Terms...) }

// parts are the values of all parts of the loss, scalars.
func (s Stage) parts(labels, predictions []*Node) (parts []*Node) {
	for _, t := range s.terms() {
		part := t.Loss(labels, predictions)
		if !part.IsScalar() {
			part = ReduceAllMean(part)
		}
		parts = append(parts, part)
	}
	return parts
}

// sum puts the parts of the loss together.
func (s Stage) sum(parts []*Node) *Node {
	total := parts[0]
	for i, t := range s.Terms {
		part := parts[i+1]
		if t.Weight != 1 {
			part = MulScalar(part, t.Weight)
		}
		total = Add(total, part)
	}
	return total
}

// measure is what an evaluation reads of a batch: the parts of the loss, then the metrics.
func (s Stage) measure(labels, predictions []*Node) []*Node {
	return append(s.parts(labels, predictions), s.metrics(labels, predictions)...)
}

func (s Stage) metrics(labels, predictions []*Node) (values []*Node) {
	for _, m := range s.Metrics {
		values = append(values, m.Graph(labels, predictions))
	}
	return values
}

// shared is the stage for a step that takes several batches: each brings as its last label the weights of its parts of
// the loss, [1+len(Terms)], by which it counts among the others.
func (s Stage) shared() Stage {
	step := s
	step.Terms = nil
	step.Loss = func(labels, predictions []*Node) *Node {
		own := len(labels) - 1
		parts := s.parts(labels[:own], predictions)
		for i := range parts {
			parts[i] = Mul(parts[i], ConvertDType(Squeeze(SliceAxis(labels[own], 0, AxisElem(i)), 0), parts[i].DType()))
		}
		return s.sum(parts)
	}
	step.Metrics = nil
	for _, m := range s.Metrics {
		graph := m.Graph
		m.Graph = func(labels, predictions []*Node) *Node { return graph(labels[:len(labels)-1], predictions) }
		step.Metrics = append(step.Metrics, m)
	}
	return step
}
