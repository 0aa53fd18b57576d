package figures

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
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

// What a chart can hold: beyond it nobody could tell lines or marks apart, and drawing would take more than a second.
const (
	maxPoints    = 1_000_000
	maxCrossings = 5000   // of the plot by all lines together, up, down or across
	maxBands     = 500    // the same for the edges of bands
	maxMarks     = 20_000 // marks, and stretches of lines between gaps
	maxWhole     = 500    // crossings up to which lines are drawn in one stroke
)

// pens draws traces in p and measures how much that is.
type pens struct {
	plot             *plot.Plot
	crossings, bands float64
	marks            int
}

// check says whether it was too much.
func (d *pens) check(title string) error {
	if d.crossings <= maxCrossings && d.bands <= maxBands && d.marks <= maxMarks {
		return nil
	}
	return fmt.Errorf("figures: chart %.60q: %d marks, lines and bands that cross it %.0f and %.0f times, "+
		"want at most %d, %d and %d: draw fewer of them",
		title, d.marks, d.crossings, d.bands, maxMarks, maxCrossings, maxBands)
}

// trace draws the line or the marks of t and returns its entry in the legend.
func (d *pens) trace(t trace) entry {
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
		d.dots(slices.DeleteFunc(slices.Clone(t.points), func(q plotter.XY) bool { return math.IsNaN(q.X) }), style)
	} else {
		style := lineOf(t.index)
		e.line = &style
		d.line(thin(t.points, d.plot), style)
	}
	if math.IsNaN(e.y) {
		e.name += " (no data)"
	}
	return e
}

// line draws the stretches of points between gaps; a point alone becomes a dot.
func (d *pens) line(points plotter.XYs, style draw.LineStyle) {
	for len(points) > 0 {
		n := slices.IndexFunc(points, func(q plotter.XY) bool { return math.IsNaN(q.X) })
		if n < 0 {
			n = len(points)
		}
		switch stretch := points[:n]; n {
		case 0:
		case 1:
			dot := draw.GlyphStyle{Color: style.Color, Radius: style.Width * 1.4, Shape: draw.CircleGlyph{}}
			d.dots(stretch, dot)
		default:
			d.marks++
			d.crossings += d.crossed(stretch)
			d.plot.Add(&stroke{Line: plotter.Line{XYs: stretch, LineStyle: style}, chart: d})
		}
		points = points[min(n+1, len(points)):]
	}
}

func (d *pens) dots(points plotter.XYs, style draw.GlyphStyle) {
	d.marks += len(points)
	d.plot.Add(&plotter.Scatter{XYs: points, GlyphStyle: style})
}

// crossed is the length of a line, up, down and across, in heights and widths of the plot.
func (d *pens) crossed(points plotter.XYs) (sum float64) {
	at := func(q plotter.XY) (x, y float64) { return d.plot.X.Norm(q.X), d.plot.Y.Norm(q.Y) }
	for i := 1; i < len(points); i++ {
		x0, y0 := at(points[i-1])
		x1, y1 := at(points[i])
		sum += math.Abs(x1-x0) + math.Abs(y1-y0)
	}
	return sum
}

// stroke is a line of a chart.
type stroke struct {
	plotter.Line
	chart *pens
}

// Plot implements plot.Plotter. The time that a rasterizer takes for a stroke grows with the square of what it crosses:
// where lines cross the plot very often they are drawn in pieces.
func (s *stroke) Plot(c draw.Canvas, p *plot.Plot) {
	if s.chart.crossings <= maxWhole {
		s.Line.Plot(c, p)
		return
	}
	const piece = 16
	toX, toY := p.Transforms(&c)
	style, line := s.LineStyle, []vg.Point{}
	for i, q := range s.XYs {
		line = append(line, vg.Point{X: toX(q.X), Y: toY(q.Y)})
		if len(line) == piece || i == len(s.XYs)-1 {
			c.StrokeLines(style, line)
			for k := 1; k < len(line); k++ { // the dashes go on where they were
				d := line[k].Sub(line[k-1])
				style.DashOffs += vg.Length(math.Hypot(float64(d.X), float64(d.Y)))
			}
			line = line[len(line)-1:]
		}
	}
}

// band fills the area Y ± Spread between gaps.
func (d *pens) band(t trace) {
	var upper, lower plotter.XYs
	flush := func() {
		if len(upper) > 1 {
			upper, lower = thin(upper, d.plot), thin(lower, d.plot)
			slices.Reverse(lower)
			edge := append(upper, lower...)
			d.marks++
			d.bands += d.crossed(edge)
			d.plot.Add(&plotter.Polygon{XYs: []plotter.XYs{edge}, Color: bandColor(t.index)})
		}
		upper, lower = nil, nil
	}
	for i := range t.spread {
		q, s := t.points[i], math.Abs(t.spread[i])
		if math.IsNaN(q.X) || !finite(s) {
			flush()
			continue
		}
		upper = append(upper, plotter.XY{X: q.X, Y: clamp(q.Y + s)})
		lower = append(lower, plotter.XY{X: q.X, Y: math.Max(q.Y-s, d.plot.Y.Min)})
	}
	flush()
}

// spreadAt is half the height of band or error bar i; 0 if there is none.
func spreadAt(spread []float64, i int) float64 {
	if i < len(spread) && finite(spread[i]) {
		return math.Abs(spread[i])
	}
	return 0
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
