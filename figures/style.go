package figures

import (
	"image/color"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// okabeIto are the colours of Okabe & Ito (2008), "Color Universal Design": distinct for every
// common kind of colour vision. Their yellow is left out, it does not show on white.
var okabeIto = []color.NRGBA{
	{0x00, 0x72, 0xB2, 255}, // blue
	{0xD5, 0x5E, 0x00, 255}, // vermillion
	{0x00, 0x9E, 0x73, 255}, // bluish green
	{0xCC, 0x79, 0xA7, 255}, // reddish purple
	{0xE6, 0x9F, 0x00, 255}, // orange
	{0x56, 0xB4, 0xE9, 255}, // sky blue
	{0x00, 0x00, 0x00, 255}, // black
}

// dashes and glyphs say the same as the colours, for print in black and white. Their counts are
// prime to that of the colours: 35 lines before a pair repeats.
var (
	dashes = [][]vg.Length{nil, {7, 3}, {2, 2}, {8, 3, 2, 3}, {12, 3}}
	glyphs = []draw.GlyphDrawer{draw.CircleGlyph{}, draw.SquareGlyph{}, draw.TriangleGlyph{}, draw.CrossGlyph{}, draw.RingGlyph{}}
)

var (
	ink    = color.NRGBA{0x22, 0x22, 0x22, 255} // text and axes
	pencil = color.NRGBA{0x66, 0x66, 0x66, 255} // reference lines
	grid   = color.NRGBA{0xE4, 0xE4, 0xE4, 255}
)

// Sizes of type, for a figure that is shown 18 cm wide or projected.
const (
	titleSize = 14
	labelSize = 12
	tickSize  = 11
)

func colorOf(i int) color.NRGBA { return okabeIto[i%len(okabeIto)] }

// lineOf is the style of line i. The first two are solid and dashed, blue and vermillion.
func lineOf(i int) draw.LineStyle {
	return draw.LineStyle{Color: colorOf(i), Width: vg.Points(1.8), Dashes: dashes[i%len(dashes)]}
}

func glyphOf(i int) draw.GlyphStyle {
	return draw.GlyphStyle{Color: colorOf(i), Radius: vg.Points(3.5), Shape: glyphs[i%len(glyphs)]}
}

// faint is c mixed with white, share of it left. It is opaque, so that a raw line that crosses
// itself a thousand times looks the same in SVG and PNG.
func faint(c color.NRGBA, share float64) color.NRGBA {
	mix := func(v uint8) uint8 { return uint8(255 - share*(255-float64(v))) }
	return color.NRGBA{mix(c.R), mix(c.G), mix(c.B), 255}
}

func textStyle(size vg.Length) text.Style {
	return text.Style{
		Color:   ink,
		Font:    font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, size),
		YAlign:  draw.YCenter,
		Handler: plot.DefaultTextHandler,
	}
}

// titleHeight is what a title takes from the top of a figure.
const titleHeight = vg.Length(26)

// drawTitle writes title over the whole width of c, smaller if it is long, and returns the rest of c.
func drawTitle(c draw.Canvas, title string) draw.Canvas {
	if title == "" {
		return c
	}
	style := textStyle(titleSize)
	style.XAlign = draw.XCenter
	if room, width := c.Max.X-c.Min.X, style.Width(title); width > room {
		style.Font.Size *= room / width
	}
	c.FillText(style, vg.Point{X: (c.Min.X + c.Max.X) / 2, Y: c.Max.Y - 9}, title)
	return draw.Crop(c, 0, 0, 0, -titleHeight)
}

// newPlot is an empty plot in the style of the course.
func newPlot(xLabel, yLabel string) *plot.Plot {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = xLabel, yLabel
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font, axis.Label.TextStyle.Color = textStyle(labelSize).Font, ink
		axis.Label.Padding = vg.Points(4)
		axis.Tick.Label.Font, axis.Tick.Label.Color = textStyle(tickSize).Font, ink
		axis.Color, axis.Tick.Color = ink, ink
		axis.Tick.Marker = linearTicks{}
	}
	lines := plotter.NewGrid()
	lines.Horizontal.Color, lines.Vertical.Color = grid, grid
	p.Add(lines)
	return p
}

// linearTicks marks round numbers, about six, that are 1, 2 or 5 times a power of ten apart.
type linearTicks struct{ whole bool } // whole: whole numbers only, as steps and layers are

func (t linearTicks) Ticks(low, high float64) []plot.Tick {
	unit := math.Pow(10, math.Floor(math.Log10((high-low)/6)))
	step := unit
	for _, m := range []float64{2, 5, 10} {
		if (high-low)/step > 7 {
			step = m * unit
		}
	}
	if t.whole {
		step = math.Max(step, 1)
	}
	var ticks []plot.Tick
	for i := math.Ceil(low/step - 1e-9); i*step <= high+step*1e-9; i++ {
		ticks = append(ticks, plot.Tick{Value: i * step, Label: number(i*step, step)})
	}
	return ticks
}

// logTicks marks the decades, on a short axis 2 and 5 as well, on a very short one round numbers.
type logTicks struct{}

func (logTicks) Ticks(low, high float64) []plot.Tick {
	decades := math.Log10(high / low)
	if decades < 0.7 {
		return linearTicks{}.Ticks(low, high)
	}
	every := max(1, int(math.Ceil(decades/7))) // label one decade in every
	var ticks []plot.Tick
	for e := int(math.Floor(math.Log10(low))); e <= int(math.Ceil(math.Log10(high))); e++ {
		for m := 1.0; m < 10; m++ {
			v := m * math.Pow10(e)
			if v < low*(1-1e-9) || v > high*(1+1e-9) {
				continue
			}
			tick := plot.Tick{Value: v}
			if m == 1 && e%every == 0 || (m == 2 || m == 5) && decades < 2.5 {
				tick.Label = number(v, v)
			}
			if tick.Label != "" || every == 1 {
				ticks = append(ticks, tick)
			}
		}
	}
	return ticks
}

// number writes v as an axis does: enough digits to tell neighbours that are step apart, and
// thousands, millions and billions as k, M and B.
func number(v, step float64) string {
	if math.Abs(v) < step/1e6 {
		return "0"
	}
	size := math.Abs(v)
	switch {
	case size >= 1e13 || size < 1e-3:
		digits := int(math.Log10(size/math.Min(step, size)) + 0.5)
		s := strconv.FormatFloat(v, 'e', digits, 64)
		return strings.Replace(strings.Replace(s, "e+", "e", 1), "e-0", "e-", 1)
	case size >= 1e4:
		for _, si := range []struct {
			factor float64
			name   string
		}{{1e9, "B"}, {1e6, "M"}, {1e3, "k"}} {
			if size >= si.factor {
				digits := strconv.FormatFloat(v/si.factor, 'f', decimals(step/si.factor), 64)
				if strings.Contains(digits, ".") {
					digits = strings.TrimRight(strings.TrimRight(digits, "0"), ".")
				}
				return digits + si.name
			}
		}
	}
	return strconv.FormatFloat(v, 'f', decimals(step), 64)
}

// decimals is how many digits behind the point a multiple of step needs.
func decimals(step float64) int {
	return max(0, int(-math.Floor(math.Log10(math.Abs(step))+1e-9)))
}
