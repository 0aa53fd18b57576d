// Package curve holds what a run measures: curves, the CSV file that keeps them, and the [Recorder] that grows both
// while a stage learns. It draws nothing, so that training need not import a drawing library; package figures draws.
//
// Start with [Curve], then read [Recorder], then the file format at [ReadCSV].
package curve

import (
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
// do not enter the average. Steps that are not above 0 leave c as it is.
func (c Curve) Smooth(steps float64) Curve {
	if !(steps > 0) {
		return c
	}
	steps = math.Min(steps, 1e12) // the mean of all there is; more would round 1-e^(-Δ/steps) to 0
	out := Curve{Name: c.Name, Unit: c.Unit, Points: slices.Clone(c.Points)}
	mean, weight, last, started := 0.0, 0.0, 0, false
	for i, p := range out.Points {
		if !finite(p.Value) {
			continue
		}
		gap := 1.0
		if started {
			gap = math.Max(1, float64(p.Step)-float64(last))
		}
		keep := math.Exp(-gap / steps)
		mean = keep*mean + (1-keep)*p.Value
		weight = keep*weight + (1 - keep)
		out.Points[i].Value = math.Max(-math.MaxFloat64, math.Min(mean/weight, math.MaxFloat64)) // despite rounding
		last, started = p.Step, true
	}
	return out
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
