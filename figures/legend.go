package figures

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/plot"
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
	legendGap   = vg.Length(10) // between the data and the samples
	maxName     = 36            // characters, longer names are cut
)

// drawWithLegend draws p, and the entries in a column of its right, each as near to the end of
// its line as the others allow. Without names, or with a single one that says nothing new, p has all the room.
func drawWithLegend(c draw.Canvas, p *plot.Plot, entries []entry) {
	style := textStyle(tickSize)
	width := vg.Length(0)
	for i := range entries {
		if name := []rune(entries[i].name); len(name) > maxName {
			entries[i].name = string(name[:maxName-1]) + "…"
		}
		width = max(width, style.Width(entries[i].name))
	}
	if width == 0 {
		p.Draw(draw.Crop(c, 0, -legendGap, 0, 0))
		return
	}
	left := draw.Crop(c, 0, -(legendGap + sampleWidth + 4 + width), 0, 0)
	p.Draw(left)
	data := p.DataCanvas(left)
	ends := make([]vg.Length, len(entries))
	for i, e := range entries {
		ends[i] = data.Max.Y
		if !math.IsNaN(e.y) {
			ends[i] = min(max(data.Y(p.Y.Norm(e.y)), data.Min.Y), data.Max.Y)
		}
	}
	x := left.Max.X + legendGap
	for i, y := range spread(ends, style.Font.Size*1.35, data.Min.Y, data.Max.Y) {
		e := entries[i]
		if e.line != nil {
			c.StrokeLine2(*e.line, x, y, x+sampleWidth, y)
		}
		if e.glyph != nil {
			c.DrawGlyphNoClip(*e.glyph, vg.Point{X: x + sampleWidth/2, Y: y})
		}
		c.FillText(style, vg.Point{X: x + sampleWidth + 4, Y: y + 1}, e.name)
	}
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
