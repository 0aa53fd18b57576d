// Package figures draws what runs measure: to SVG and PNG files, and into a notebook while a run goes on.
//
// Start with [Chart] (chart.go), lines over steps, and what it is made of: lines.go, axis.go, legend.go. Then [Bars]
// (bars.go) and [Heatmap] (heatmap.go, heatlayout.go, heatcolors.go). [Live] (live.go) redraws a chart as it grows,
// [MeanSpread] (meanspread.go) joins runs that differ by their seed, [SaveRun] (run.go) keeps a run in the folder
// gallery. All figures share render.go (SVG, PNG, Save, Show), colors.go and text.go. Package curve holds the curves.
//
// Whatever the count of lines or panels, their names and their finite values: a figure is drawn, or its error says in
// one line what does not fit.
package figures

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"gptbook/figures/curve"
)

// Chart is a line chart. Names stand in a column right of the data, near the end of their
// lines, and never cover it.
type Chart struct {
	Title      string
	XLabel     string // "step" if empty
	YLabel     string // if empty, the unit of the first curve that has one
	LogX, LogY bool   // logarithmic axes; values of 0 and less become gaps

	Curves []curve.Curve // lines over steps
	Smooth float64       // if above 0: memory of Curve.Smooth in steps, over a faint raw line
	Series []Series      // lines, bands or marks over any x
	Levels []Reference   // horizontal lines to compare with
}

// Series is what a Curve cannot be: over an x that is not a step count, with a band, or as marks.
type Series struct {
	Name   string
	X, Y   []float64 // of equal length
	Spread []float64 // nil, or half the height of the band around each Y
	Marks  bool      // draw a mark at each point and no line
}

// Reference is a value known beforehand: an entropy floor, a baseline, chance.
type Reference struct {
	Name  string
	Value float64
}

func (c Chart) sheet() (sheet, error) {
	traces, err := c.traces()
	if err != nil {
		return sheet{}, err
	}
	xLabel, yLabel := c.labels()
	p := newPlot(xLabel, yLabel)
	if c.LogX {
		p.X.Scale, p.X.Tick.Marker = scale{log: true}, logTicks{}
	}
	if c.LogY {
		p.Y.Scale, p.Y.Tick.Marker = scale{log: true}, logTicks{}
	}
	if err := c.setRange(p, traces); err != nil {
		return sheet{}, err
	}
	entries, err := c.add(p, traces)
	if err != nil {
		return sheet{}, err
	}
	width, height := chartSize(len(entries))
	return sheet{width, height, func(canvas draw.Canvas) {
		body := drawTitle(canvas, c.Title)
		if c.LogY {
			body = drawYLabel(body, p)
		}
		drawWithLegend(body, p, entries)
	}}, nil
}

// add gives p all there is to draw, the later over the earlier, and returns the legend.
func (c Chart) add(p *plot.Plot, traces []trace) (entries []entry, err error) {
	d := pens{plot: p}
	for _, t := range traces {
		d.band(t)
	}
	for _, t := range traces {
		d.line(thin(t.raw, p), draw.LineStyle{Color: faint(colorOf(t.index), 0.3), Width: vg.Points(0.7)})
	}
	for _, level := range c.Levels {
		if !c.drawable(0, level.Value, true) {
			return nil, fmt.Errorf("figures: chart %.60q: reference %.60q cannot be drawn at %v",
				c.Title, level.Name, level.Value)
		}
		style, y := levelStyle(), onAxis(level.Value, c.LogY)
		d.line(plotter.XYs{{X: p.X.Min, Y: y}, {X: p.X.Max, Y: y}}, style)
		entries = append(entries, entry{name: level.Name, line: &style, y: y})
	}
	for _, t := range traces {
		entries = append(entries, d.trace(t))
	}
	return entries, d.check(c.Title)
}

// drawYLabel draws the label of a logarithmic y axis and returns the rest of the canvas. Left to itself, gonum takes
// the label's middle for that of the numbers, far up on such an axis, and leaves the label room that it does not need.
func drawYLabel(c draw.Canvas, p *plot.Plot) draw.Canvas {
	style, text := fit(p.Y.Label.TextStyle, p.Y.Label.Text, c.Max.Y-c.Min.Y)
	p.Y.Label.Text = ""
	height := style.Height(text)
	style.Rotation = math.Pi / 2
	c.FillText(style, vg.Point{X: c.Min.X + height - style.FontExtents().Descent, Y: c.Center().Y}, text)
	return draw.Crop(c, height+p.Y.Label.Padding, 0, 0, 0)
}

func (c Chart) labels() (x, y string) {
	x, y = c.XLabel, c.YLabel
	if x == "" {
		x = "step"
	}
	for _, curve := range c.Curves {
		if y == "" {
			y = curve.Unit
		}
	}
	return x, y
}

// traces collects everything that has to be drawn and replaces what cannot be by gaps.
func (c Chart) traces() ([]trace, error) {
	points := 0
	for _, curve := range c.Curves {
		points += len(curve.Points)
	}
	for _, s := range c.Series {
		points += len(s.X)
	}
	if points > maxPoints {
		return nil, fmt.Errorf("figures: chart %.60q has %d points, want at most %d: keep every tenth",
			c.Title, points, maxPoints)
	}
	var traces []trace
	for _, curve := range c.Curves {
		t := trace{name: curve.Name, index: len(traces), points: c.xys(curve)}
		if c.Smooth > 0 {
			t.raw, t.points = t.points, c.xys(c.smooth(curve))
		}
		traces = append(traces, t)
	}
	for _, s := range c.Series {
		if len(s.X) != len(s.Y) || s.Spread != nil && len(s.Spread) != len(s.Y) {
			return nil, fmt.Errorf("figures: chart %.60q: series %.60q has %d x, %d y and %d spread values, "+
				"want as many of each", c.Title, s.Name, len(s.X), len(s.Y), len(s.Spread))
		}
		t := trace{name: s.Name, index: len(traces), spread: s.Spread, marks: s.Marks, points: make(plotter.XYs, len(s.X))}
		for i := range s.X {
			t.points[i] = c.xy(s.X[i], s.Y[i])
		}
		traces = append(traces, t)
	}
	return traces, nil
}

// smooth is [curve.Curve.Smooth] of what the axis shows: on a logarithmic one, of the logarithms. There one high value
// would hide for long how low the others are.
func (c Chart) smooth(line curve.Curve) curve.Curve {
	if !c.LogY {
		return line.Smooth(c.Smooth)
	}
	line.Points = slices.Clone(line.Points)
	for i, p := range line.Points {
		line.Points[i].Value = math.Log(p.Value) // of 0 and less not finite: a gap
	}
	line = line.Smooth(c.Smooth)
	for i, p := range line.Points {
		line.Points[i].Value = math.Exp(p.Value)
		if finite(p.Value) {
			line.Points[i].Value = clamp(line.Points[i].Value) // despite rounding
		}
	}
	return line
}

func (c Chart) xys(line curve.Curve) plotter.XYs {
	points := make(plotter.XYs, len(line.Points))
	for i, p := range line.Points {
		points[i] = c.xy(float64(p.Step), p.Value)
	}
	return points
}

// xy is the point to draw, or a gap.
func (c Chart) xy(x, y float64) plotter.XY {
	if !c.drawable(x, y, false) {
		return plotter.XY{X: math.NaN(), Y: math.NaN()}
	}
	return plotter.XY{X: onAxis(x, c.LogX), Y: onAxis(y, c.LogY)}
}

// onAxis lifts what is lower than a logarithmic axis can begin.
func onAxis(v float64, log bool) float64 {
	if log {
		return math.Max(v, leastRange)
	}
	return v
}

func (c Chart) drawable(x, y float64, anyX bool) bool {
	return finite(x) && finite(y) && (anyX || !c.LogX || x > 0) && (!c.LogY || y > 0)
}

// setRange makes the axes hold every point, band and reference.
func (c Chart) setRange(p *plot.Plot, traces []trace) error {
	points, whole := 0, true
	for _, t := range traces {
		for _, xys := range []plotter.XYs{t.points, t.raw} {
			for i, q := range xys {
				if math.IsNaN(q.X) {
					continue
				}
				points++
				whole = whole && q.X == math.Trunc(q.X)
				p.X.Min, p.X.Max = min(p.X.Min, q.X), max(p.X.Max, q.X)
				s := spreadAt(t.spread, i)
				low, high := clamp(q.Y-s), clamp(q.Y+s)
				if c.LogY && low < leastRange {
					low = q.Y
				}
				p.Y.Min, p.Y.Max = min(p.Y.Min, low), max(p.Y.Max, high)
			}
		}
	}
	if points == 0 {
		return fmt.Errorf("figures: chart %.60q has nothing to draw: %d curves and series without a finite point "+
			"(on a log axis: above 0)", c.Title, len(traces))
	}
	for _, level := range c.Levels {
		y := onAxis(level.Value, c.LogY)
		p.Y.Min, p.Y.Max = min(p.Y.Min, y), max(p.Y.Max, y)
	}
	widen(&p.X, c.LogX)
	widen(&p.Y, c.LogY)
	if !c.LogX {
		p.X.Tick.Marker = linearTicks{whole}
		if p.X.Min > 0 && p.X.Min < p.X.Max/20 {
			p.X.Min = 0 // the first of many steps: show where they count from
		}
	}
	return nil
}
