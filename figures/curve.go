// Package figures draws what a training run measures: loss curves, attention
// maps and bar charts, to SVG, PNG or straight into a notebook.
//
// Start with [Chart]: fill in its fields, then call Save or Show. A [Curve] is
// what training returns and what a metrics.csv holds ([ReadCSV], [WriteCSV]).
// Equal input gives equal bytes, so that committed figures only change when
// their numbers do.
package figures

import (
	"fmt"
	"math"
	"slices"
)

// Point is one measurement.
type Point struct {
	Step  int     // optimizer steps done when it was taken
	Value float64 // in the unit of its curve
}

// Curve is one quantity over the steps of a run.
type Curve struct {
	Name   string // what the figure calls it: "train", "validation"
	Unit   string // of the values: "nats/token"
	Points []Point
}

// Last returns the newest finite value, or NaN if there is none.
func (c Curve) Last() float64 {
	for _, p := range slices.Backward(c.Points) {
		if finite(p.Value) {
			return p.Value
		}
	}
	return math.NaN()
}

// Smooth returns the exponential moving average of c with a memory of about steps steps:
//
//	m ← e^(-Δ/steps)·m + (1-e^(-Δ/steps))·value,   Δ = steps since the last point,
//
// divided by the weight collected so far, as in Adam (Kingma & Ba 2015, §3), so that the
// start is not pulled to zero. Δ is in steps, not points: a sparse validation curve stays as
// it is beside a smoothed training curve. Points that are not finite stay where they are and
// do not enter the average.
func (c Curve) Smooth(steps float64) Curve {
	if !(steps > 0) {
		return c
	}
	out := Curve{Name: c.Name, Unit: c.Unit, Points: slices.Clone(c.Points)}
	mean, weight, last, started := 0.0, 0.0, 0, false
	for i, p := range out.Points {
		if !finite(p.Value) {
			continue
		}
		gap := 1.0
		if started {
			gap = math.Max(1, float64(p.Step-last))
		}
		keep := math.Exp(-gap / steps)
		mean = keep*mean + (1-keep)*p.Value
		weight = keep*weight + (1 - keep)
		out.Points[i].Value = mean / weight
		last, started = p.Step, true
	}
	return out
}

// MeanSpread joins runs that differ by their seed into one line with a band: mean ± one
// standard deviation (divisor n-1) at each step that all runs share. It returns an error if
// there are fewer than two runs or no shared step.
func MeanSpread(name string, runs ...Curve) (Series, error) {
	out := Series{Name: name}
	if len(runs) < 2 {
		return out, fmt.Errorf("figures: MeanSpread %q: %d run, want 2 or more", name, len(runs))
	}
	values := map[int][]float64{}
	for _, run := range runs {
		for _, p := range run.Points {
			values[p.Step] = append(values[p.Step], p.Value)
		}
	}
	for _, p := range runs[0].Points {
		vs := values[p.Step]
		if len(vs) != len(runs) {
			continue
		}
		mean, squares := 0.0, 0.0
		for _, v := range vs {
			mean += v / float64(len(vs))
		}
		for _, v := range vs {
			squares += (v - mean) * (v - mean)
		}
		out.X = append(out.X, float64(p.Step))
		out.Y = append(out.Y, mean)
		out.Spread = append(out.Spread, math.Sqrt(squares/float64(len(vs)-1)))
	}
	if len(out.X) == 0 {
		return out, fmt.Errorf("figures: MeanSpread %q: the %d runs share no step", name, len(runs))
	}
	return out, nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// Named returns the curve of that name, or an empty one.
func Named(curves []Curve, name string) Curve {
	for _, c := range curves {
		if c.Name == name {
			return c
		}
	}
	return Curve{Name: name}
}
