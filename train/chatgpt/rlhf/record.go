package rlhf

import (
	"errors"
	"io/fs"
	"math"
	"slices"

	"gptbook/figures/curve"
)

// The names of the curves that are measured on prompts.
const (
	HeldGold      = "gold, held out"  // on validation prompts, at the temperature of PPO
	HeldScore     = "score, held out" // the reward model's
	HeldKL        = "KL, held out"    // from the reference, in nats per answer
	TrainingGold  = "gold, training"  // on the answers of the last iteration
	TrainingScore = "score, training"
)

// record is what is measured now and then while a stage learns. It is kept in a file, so that a run that was stopped
// goes on with it.
type record struct {
	path   string
	curves []curve.Curve
}

func openRecord(path string) (*record, error) {
	curves, err := curve.ReadCSV(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return &record{path, curves}, nil
}

// has says whether a step has been measured.
func (r *record) has(step int) bool {
	return len(r.curves) > 0 && slices.ContainsFunc(r.curves[0].Points, func(p curve.Point) bool { return p.Step == step })
}

// add notes values by the names of their curves; the first is always a number.
func (r *record) add(step int, names []string, values ...float64) error {
	for i, name := range names {
		at := slices.IndexFunc(r.curves, func(c curve.Curve) bool { return c.Name == name })
		if at < 0 {
			at = len(r.curves)
			r.curves = append(r.curves, curve.Curve{Name: name})
		}
		if !math.IsNaN(values[i]) { // nothing to measure yet
			r.curves[at].Points = append(r.curves[at].Points, curve.Point{Step: step, Value: values[i]})
		}
	}
	return curve.WriteCSV(r.path, r.curves...)
}
