package figures

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Bars compares a few numbers: groups along the x axis, in each one bar per set, its value on top.
type Bars struct {
	Title  string
	XLabel string
	YLabel string
	Groups []string    // names along the x axis
	Sets   []Set       // one colour each
	Levels []Reference // horizontal lines to compare with
}

// Set is one bar in every group.
type Set struct {
	Name   string
	Values []float64 // one for each group; NaN leaves the place empty
	Spread []float64 // nil, or half the length of each error bar
}

const (
	maxBars  = 300            // places for bars, each more than a point wide
	maxGroup = 24             // characters of a group's name, longer ones are cut
	maxDrop  = vg.Length(110) // height of a slanted or upright name
)

func (b Bars) sheet() (sheet, error) {
	p := newPlot(b.XLabel, b.YLabel)
	if err := b.setRange(p); err != nil {
		return sheet{}, err
	}
	var entries []entry
	for i, set := range b.Sets {
		if set.Name == "" {
			continue
		}
		style := draw.GlyphStyle{Color: barColor(i), Radius: vg.Points(5), Shape: draw.BoxGlyph{}}
		entries = append(entries, entry{name: set.Name, y: math.NaN(), glyph: &style})
	}
	for _, level := range b.Levels {
		style := levelStyle()
		entries = append(entries, entry{name: level.Name, y: level.Value, line: &style})
	}
	width, height := chartSize(len(entries))
	p.X.Tick.Color, p.X.Tick.Length = color.Transparent, 5
	p.X.Padding, p.Y.Padding = 0, 0
	b.nameGroups(p, width)
	p.Add(barPlotter{b, b.precision()})
	return sheet{width, height, func(c draw.Canvas) { drawWithLegend(drawTitle(c, b.Title), p, entries) }}, nil
}

// nameGroups writes the names under the groups: slanted if they would run into each other, upright if there are many,
// and of very many only some.
func (b Bars) nameGroups(p *plot.Plot, width vg.Length) {
	style, slot := &p.X.Tick.Label, width*0.7/vg.Length(max(1, len(b.Groups))) // the legend takes up to 0.3
	for _, name := range b.Groups {
		if style.Width(shorten(name, maxGroup)) > slot {
			style.Rotation = math.Pi / 6
			style.XAlign, style.YAlign = draw.XRight, draw.YCenter
		}
	}
	if style.Rotation > 0 && slot < 2*tickSize {
		style.Rotation = math.Pi / 2
	}
	var ticks []plot.Tick
	every := int(math.Ceil(float64(tickSize / slot)))
	for i := 0; i < len(b.Groups); i += every {
		name := shorten(b.Groups[i], maxGroup)
		if sin, cos := math.Sincos(style.Rotation); sin > 0 { // down to maxDrop, left to the edge of the figure
			reach := 40 + slot*(vg.Length(i)+0.5)
			name = cut(*style, name, min(reach/vg.Length(cos), maxDrop/vg.Length(sin)))
		}
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: name})
	}
	p.X.Tick.Marker = plot.ConstantTicks(ticks)
}

// setRange checks the sets and makes room for the bars, their errors and their numbers.
func (b Bars) setRange(p *plot.Plot) error {
	low, high, bars := 0.0, 0.0, 0
	if n := len(b.Sets) * len(b.Groups); n > maxBars {
		return fmt.Errorf("figures: bars %.60q: %d sets of %d groups are %d bars, want at most %d: a Chart has room for more",
			b.Title, len(b.Sets), len(b.Groups), n, maxBars)
	}
	for _, set := range b.Sets {
		if len(set.Values) != len(b.Groups) || set.Spread != nil && len(set.Spread) != len(b.Groups) {
			return fmt.Errorf("figures: bars %.60q: set %.60q has %d values and %d spreads for %d groups",
				b.Title, set.Name, len(set.Values), len(set.Spread), len(b.Groups))
		}
		for g, v := range set.Values {
			if !finite(v) {
				continue
			}
			bars++
			s := spreadAt(set.Spread, g)
			low, high = min(low, clamp(v-s)), max(high, clamp(v+s))
		}
	}
	if bars == 0 {
		return fmt.Errorf("figures: bars %.60q: no finite value in %d sets of %d groups", b.Title, len(b.Sets), len(b.Groups))
	}
	for _, level := range b.Levels {
		if !finite(level.Value) {
			return fmt.Errorf("figures: bars %.60q: reference %.60q cannot be drawn at %v", b.Title, level.Name, level.Value)
		}
		low, high = min(low, level.Value), max(high, level.Value)
	}
	if high-low < leastRange {
		high = 1
	}
	room := (high/2 - low/2) / 5
	p.Y.Min, p.Y.Max = low, clamp(high+room)
	if low < 0 {
		p.Y.Min = clamp(low - room)
	}
	p.X.Min, p.X.Max = -0.5, float64(len(b.Groups))-0.5
	return nil
}

// barColor lightens the line colours: areas need less ink.
func barColor(i int) color.NRGBA { return faint(colorOf(i), 0.85) }

// barPlotter draws the bars of all sets.
type barPlotter struct {
	Bars
	step float64 // precision of the numbers
}

// Plot implements plot.Plotter.
func (b barPlotter) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	const share = 0.8 // of a group's width that its bars fill
	width := share / float64(len(b.Sets))
	text := b.numberStyle(toX(width) - toX(0))
	gap := min(0.5, (toX(width)-toX(0))/4) // left and right of a bar
	line := draw.LineStyle{Color: ink, Width: vg.Points(1)}
	for s, set := range b.Sets {
		for g, v := range set.Values {
			if !finite(v) {
				continue
			}
			left := float64(g) - share/2 + width*float64(s)
			x0, x1 := toX(left)+gap, toX(left+width)-gap
			y0, y1 := toY(0), toY(v)
			mid := (x0 + x1) / 2
			c.FillPolygon(barColor(s), []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}})
			err := spreadAt(set.Spread, g)
			below, above := toY(clamp(v-err)), toY(clamp(v+err))
			if err > 0 {
				c.StrokeLine2(line, mid, below, mid, above)
				c.StrokeLine2(line, mid-3, below, mid+3, below)
				c.StrokeLine2(line, mid-3, above, mid+3, above)
			}
			if label := number(v, b.step); text.Width(label) < toX(width)-toX(0)+4 { // not into its neighbours
				y := above + 7
				if v < 0 {
					y = below - 7
				}
				c.FillText(text, vg.Point{X: mid, Y: y}, label)
			}
		}
	}
	c.StrokeLine2(line, c.Min.X, toY(0), c.Max.X, toY(0))
	for _, l := range b.Levels {
		c.StrokeLine2(levelStyle(), c.Min.X, toY(l.Value), c.Max.X, toY(l.Value))
	}
}

// numberStyle is that of the numbers on bars of that width: smaller if one of them would be wider than its bar.
func (b barPlotter) numberStyle(width vg.Length) text.Style {
	style := textStyle(tickSize - 1)
	style.XAlign = draw.XCenter
	widest := width
	for _, set := range b.Sets {
		for _, v := range set.Values {
			if finite(v) {
				widest = max(widest, style.Width(number(v, b.step)))
			}
		}
	}
	style.Font.Size *= max(0.75, width/widest)
	return style
}

// precision is the power of ten to which all numbers are written: three significant digits of
// the largest, fewer if they say the same.
func (b Bars) precision() float64 {
	largest := 0.0
	for _, set := range b.Sets {
		for _, v := range set.Values {
			if finite(v) {
				largest = math.Max(largest, math.Abs(v))
			}
		}
	}
	if largest < leastRange {
		return 1
	}
	e := int(math.Floor(math.Log10(largest))) - 2
	for ; e < 0 && b.multiples(math.Pow10(e), 10); e++ {
	}
	return math.Pow10(e)
}

// multiples says whether every value, rounded to step, is a multiple of n steps.
func (b Bars) multiples(step, n float64) bool {
	for _, set := range b.Sets {
		for _, v := range set.Values {
			if finite(v) && math.Mod(math.Round(v/step), n) != 0 {
				return false
			}
		}
	}
	return true
}
