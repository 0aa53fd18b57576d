package curve

import (
	"errors"
	"io/fs"
	"math"
	"slices"
)

// Recorder grows the curves of a run and keeps them in a file, so that a run that was stopped goes on with them.
type Recorder struct {
	path   string
	curves []Curve
}

// Open reads the curves that path holds up to a step, where a resumed run goes on: what a killed process wrote after
// its last checkpoint will be measured again. A missing file is an empty one. Without a path nothing is read or saved.
func Open(path string, upTo int) (*Recorder, error) {
	r := &Recorder{path: path}
	if path == "" {
		return r, nil
	}
	curves, err := ReadCSV(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for i := range curves {
		curves[i].Points = slices.DeleteFunc(curves[i].Points, func(p Point) bool { return p.Step > upTo })
	}
	r.curves = curves
	return r, nil
}

// Add notes a measurement in the curve of that name, which it starts if need be. NaN is none: it only starts the curve.
func (r *Recorder) Add(name, unit string, step int, value float64) {
	i := slices.IndexFunc(r.curves, func(c Curve) bool { return c.Name == name })
	if i < 0 {
		i = len(r.curves)
		r.curves = append(r.curves, Curve{Name: name})
	}
	c := &r.curves[i]
	c.Unit = unit // is not in the file
	if !math.IsNaN(value) {
		c.Points = append(c.Points, Point{step, value})
	}
}

// Has says whether the curve of that name has a point at a step.
func (r *Recorder) Has(name string, step int) bool {
	return slices.ContainsFunc(r.Curve(name).Points, func(p Point) bool { return p.Step == step })
}

// Curve returns the curve of that name, or an empty one.
func (r *Recorder) Curve(name string) Curve { return Named(r.curves, name) }

// Curves returns all curves in the order in which they were started.
func (r *Recorder) Curves() []Curve { return r.curves }

// Save writes the file.
func (r *Recorder) Save() error {
	if r.path == "" {
		return nil
	}
	return WriteCSV(r.path, r.curves...)
}
