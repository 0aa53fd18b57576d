package train

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	mltrain "github.com/gomlx/gomlx/ml/train"
)

// Evaluate returns the loss over ds and each of the stage's metrics: the same number however ds is cut into batches,
// see [Count]. A metric of which nothing counts is NaN. Nothing is learned.
func (t *Trainer) Evaluate(ds mltrain.Dataset) (loss float64, metrics []float64, err error) {
	sums := make(means, 1+len(t.stage.Terms)+len(t.stage.Metrics))
	for batch, err := range (checked{ds, t.stage.Vocab}).Iter() {
		if err == nil {
			err = t.evaluate(batch, sums)
		}
		if err != nil {
			return 0, nil, fmt.Errorf("train: evaluating stage %q: %w", t.stage.Name, err)
		}
	}
	if sums[0].count == 0 {
		return 0, nil, fmt.Errorf("train: evaluating stage %q: %s has nothing that counts", t.stage.Name, ds.Name())
	}
	loss, metrics = sums[0].value(), make([]float64, len(t.stage.Metrics))
	for i, term := range t.stage.Terms {
		if part := sums[1+i]; part.count > 0 { // a batch may lack it
			loss += term.Weight * part.value()
		}
	}
	for i := range metrics {
		metrics[i] = sums[1+len(t.stage.Terms)+i].value()
	}
	return loss, metrics, nil
}

// evaluate adds a batch to the means.
func (t *Trainer) evaluate(batch mltrain.Batch, sums means) error {
	counts, err := t.count.of(batch)
	if err != nil {
		return err
	}
	values, err := t.runner.Measure(batch)
	if err == nil {
		sums.add(values, counts)
	}
	return err
}

// mean is one over several batches.
type mean struct{ sum, count float64 }

func (m mean) value() float64 {
	if m.count == 0 {
		return math.NaN()
	}
	return m.sum / m.count
}

type means []mean

// add takes in the means of one batch, over counts things each.
func (m means) add(values, counts []float64) {
	for i := range m {
		if counts[i] > 0 { // else the value means nothing
			m[i].sum, m[i].count = m[i].sum+values[i]*counts[i], m[i].count+counts[i]
		}
	}
}

// counter computes the [Count]s of a stage: those of the parts of the loss, then those of the metrics.
type counter struct {
	counts []Count
	exec   *graph.Exec // of those that are not nil
}

func newCounter(backend compute.Backend, stage Stage) (*counter, error) {
	c := &counter{}
	for _, t := range stage.terms() {
		c.counts = append(c.counts, t.Count)
	}
	for _, m := range stage.Metrics {
		c.counts = append(c.counts, m.Count)
	}
	var err error
	c.exec, err = graph.NewExec(backend, func(labels []*graph.Node) (out []*graph.Node) {
		for _, count := range c.counts {
			if count != nil {
				out = append(out, count(labels))
			}
		}
		return out
	})
	return c, err
}

// of returns the counts of a batch.
func (c *counter) of(batch mltrain.Batch) ([]float64, error) {
	var found []*tensors.Tensor
	if slices.ContainsFunc(c.counts, func(count Count) bool { return count != nil }) {
		var args []any
		for _, t := range batch.Labels {
			args = append(args, t)
		}
		var err error
		if found, err = c.exec.Exec(args...); err != nil {
			return nil, err
		}
		defer free(found)
	}
	counts := make([]float64, len(c.counts))
	for i, count := range c.counts {
		if count == nil {
			counts[i] = float64(batch.Inputs[0].Shape().Dim(0))
		} else {
			counts[i], found = scalar(found[0]), found[1:]
		}
	}
	return counts, nil
}
