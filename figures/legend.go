package figures

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// entry is a name in the column right of the data, with a sample of its line, mark or bar.
type entry struct {
	name  string
	y     float64 // where its line ends; NaN: anywhere
	line  *draw.LineStyle
	glyph *draw.GlyphStyle
}

const (
	sampleWidth = vg.Length(26)
	legendGap   = vg.Length(10)              // between the data and the samples
	legendLine  = vg.Length(tickSize * 1.35) // from name to name
	maxName     = 36                         // characters, longer names are cut
	maxNames    = 40                         // the rest is counted
)

// chartSize is that of a chart whose legend has so many names: higher, if they are many.
func chartSize(names int) (w, h vg.Length) {
	const apart = 90 // points for the title, the x axis and the margins
	return 18 * vg.Centimeter, max(10*vg.Centimeter, apart+legendLine*vg.Length(min(names, maxNames)))
}

// drawWithLegend draws p, and the entries in a column of its right, each as near to the end of its line as the others
// allow. Without names, or with a single one that says nothing new, p has all the room.
func drawWithLegend(c draw.Canvas, p *plot.Plot, entries []entry) {
	if n := len(entries); n > maxNames {
		rest := entry{name: fmt.Sprintf("and %d more", n-maxNames+1), y: p.Y.Min}
		entries = append(entries[:maxNames-1:maxNames-1], rest)
	}
	style := textStyle(tickSize)
	width, most := vg.Length(0), (c.Max.X-c.Min.X)*0.45
	styles := make([]text.Style, len(entries))
	for i, e := range entries {
		styles[i], entries[i].name = fit(style, shorten(e.name, maxName), most)
		width = max(width, styles[i].Width(entries[i].name))
	}
	left := draw.Crop(c, 0, -(legendGap + sampleWidth + 4 + width), 0, 0)
	if width == 0 {
		left = draw.Crop(c, 0, -legendGap, 0, 0)
	}
	fitLabels(p, left, c)
	p.Draw(left)
	if width == 0 {
		return
	}
	data := p.DataCanvas(left)
	ends := make([]vg.Length, len(entries))
	for i, e := range entries {
		ends[i] = data.Max.Y
		if !math.IsNaN(e.y) {
			ends[i] = min(max(data.Y(p.Y.Norm(e.y)), data.Min.Y), data.Max.Y)
		}
	}
	x := left.Max.X + legendGap
	for i, y := range spread(ends, legendLine, data.Min.Y, data.Max.Y) {
		e := entries[i]
		if e.line != nil {
			c.StrokeLine2(*e.line, x, y, x+sampleWidth, y)
		}
		if e.glyph != nil {
			c.DrawGlyphNoClip(*e.glyph, vg.Point{X: x + sampleWidth/2, Y: y})
		}
		c.FillText(styles[i], vg.Point{X: x + sampleWidth + 4, Y: y + 1}, e.name)
	}
}

// fitLabels keeps the labels of both axes, which stand at the middle of the data, within whole. p is drawn in part of
// it.
func fitLabels(p *plot.Plot, part, whole draw.Canvas) {
	x, y := p.X.Label.Text, p.Y.Label.Text
	p.X.Label.Text, p.Y.Label.Text = "", "" // a long one would push the data aside
	data := p.DataCanvas(part)
	middle := data.Center()
	p.X.Label.TextStyle, p.X.Label.Text = fit(p.X.Label.TextStyle, x, 2*min(middle.X-whole.Min.X, whole.Max.X-middle.X)-20)
	p.Y.Label.TextStyle, p.Y.Label.Text = fit(p.Y.Label.TextStyle, y, 2*min(middle.Y-whole.Min.Y, whole.Max.Y-middle.Y))
}

// spread moves the wanted positions apart until neighbours are at least gap from each other,
// keeps their order and stays between low and high if there is room.
func spread(wanted []vg.Length, gap, low, high vg.Length) []vg.Length {
	order := make([]int, len(wanted))
	for i := range order {
		order[i] = i
	}
	// Downwards; of equal ends the first named stands on top.
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(wanted[b], wanted[a]) })
	out := slices.Clone(wanted)
	for k := 1; k < len(order); k++ { // push down
		out[order[k]] = min(out[order[k]], out[order[k-1]]-gap)
	}
	for k := len(order) - 1; k >= 0; k-- { // push back up from the floor
		floor := low
		if k < len(order)-1 {
			floor = out[order[k+1]] + gap
		}
		out[order[k]] = max(out[order[k]], floor)
	}
	return out
}
