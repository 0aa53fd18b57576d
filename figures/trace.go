package figures

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"
)

// trace is a Curve or Series on its way to the canvas.
type trace struct {
	name   string
	index  int         // picks colour, dashes and mark
	points plotter.XYs // as drawn, may hold gaps (NaN)
	raw    plotter.XYs // before smoothing, or nil
	spread []float64   // as in Series
	marks  bool
}

// addTrace draws the line or the marks of t and returns its entry in the legend.
func addTrace(p *plot.Plot, t trace) entry {
	e := entry{name: t.name, y: math.NaN()}
	for _, q := range slices.Backward(t.points) {
		if !math.IsNaN(q.Y) {
			e.y = q.Y
			break
		}
	}
	if t.marks {
		style := glyphOf(t.index)
		e.glyph = &style
		addMarks(p, t.points, style)
	} else {
		style := lineOf(t.index)
		e.line = &style
		addLine(p, thin(t.points, p), style)
	}
	if math.IsNaN(e.y) {
		e.name += " (no data)"
	}
	return e
}

// addLine draws the stretches of points between gaps; a point alone becomes a dot.
func addLine(p *plot.Plot, points plotter.XYs, style draw.LineStyle) {
	for len(points) > 0 {
		n := slices.IndexFunc(points, func(q plotter.XY) bool { return math.IsNaN(q.X) })
		if n < 0 {
			n = len(points)
		}
		switch stretch := points[:n]; n {
		case 0:
		case 1:
			p.Add(&plotter.Scatter{XYs: stretch, GlyphStyle: draw.GlyphStyle{
				Color: style.Color, Radius: style.Width * 1.4, Shape: draw.CircleGlyph{}}})
		default:
			p.Add(&plotter.Line{XYs: stretch, LineStyle: style})
		}
		points = points[min(n+1, len(points)):]
	}
}

func addMarks(p *plot.Plot, points plotter.XYs, style draw.GlyphStyle) {
	points = slices.DeleteFunc(slices.Clone(points), func(q plotter.XY) bool { return math.IsNaN(q.X) })
	p.Add(&plotter.Scatter{XYs: points, GlyphStyle: style})
}

// addBand fills the area Y ± Spread between gaps.
func addBand(p *plot.Plot, t trace) {
	var upper, lower plotter.XYs
	flush := func() {
		slices.Reverse(lower)
		if len(upper) > 1 {
			p.Add(&plotter.Polygon{XYs: []plotter.XYs{append(upper, lower...)}, Color: bandColor(t.index)})
		}
		upper, lower = nil, nil
	}
	for i := range t.spread {
		q, s := t.points[i], math.Abs(t.spread[i])
		if math.IsNaN(q.X) || !finite(s) {
			flush()
			continue
		}
		upper = append(upper, plotter.XY{X: q.X, Y: q.Y + s})
		lower = append(lower, plotter.XY{X: q.X, Y: math.Max(q.Y-s, p.Y.Min)})
	}
	flush()
}

// bandColor lets the grid and other bands show through.
func bandColor(i int) color.Color {
	c := colorOf(i)
	c.A = 50
	return c
}

// thin keeps of a long line, for each of 700 columns (the width of the figure in points is
// 510), the first, lowest, highest and last point: what is drawn stays the same, the file small.
func thin(points plotter.XYs, p *plot.Plot) plotter.XYs {
	const columns = 700
	if len(points) <= 2*columns {
		return points
	}
	column := func(i int) int {
		if math.IsNaN(points[i].X) {
			return -1
		}
		return int(p.X.Scale.Normalize(p.X.Min, p.X.Max, points[i].X) * columns)
	}
	var out plotter.XYs
	for start := 0; start < len(points); {
		end, low, high := start+1, start, start
		for ; end < len(points) && column(end) == column(start); end++ {
			if points[end].Y < points[low].Y {
				low = end
			}
			if points[end].Y > points[high].Y {
				high = end
			}
		}
		kept := []int{start, low, high, end - 1}
		slices.Sort(kept)
		for _, i := range slices.Compact(kept) {
			out = append(out, points[i])
		}
		start = end
	}
	return out
}
