package figures

import (
	"image/color"

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
	glyphs = []draw.GlyphDrawer{
		draw.CircleGlyph{}, draw.SquareGlyph{}, draw.TriangleGlyph{}, draw.CrossGlyph{}, draw.RingGlyph{},
	}
)

var (
	ink    = color.NRGBA{0x22, 0x22, 0x22, 255} // text and axes
	pencil = color.NRGBA{0x66, 0x66, 0x66, 255} // reference lines
	grid   = color.NRGBA{0xE4, 0xE4, 0xE4, 255}
)

func colorOf(i int) color.NRGBA { return okabeIto[i%len(okabeIto)] }

// lineOf is the style of line i. The first two are solid and dashed, blue and vermillion.
func lineOf(i int) draw.LineStyle {
	return draw.LineStyle{Color: colorOf(i), Width: vg.Points(1.8), Dashes: dashes[i%len(dashes)]}
}

func glyphOf(i int) draw.GlyphStyle {
	return draw.GlyphStyle{Color: colorOf(i), Radius: vg.Points(3.5), Shape: glyphs[i%len(glyphs)]}
}

// levelStyle is that of a reference line.
func levelStyle() draw.LineStyle {
	return draw.LineStyle{Color: pencil, Width: vg.Points(1), Dashes: []vg.Length{3, 2}}
}

// faint is c mixed with white, share of it left. It is opaque, so that a raw line that crosses
// itself a thousand times looks the same in SVG and PNG.
func faint(c color.NRGBA, share float64) color.NRGBA {
	mix := func(v uint8) uint8 { return uint8(255 - share*(255-float64(v))) }
	return color.NRGBA{mix(c.R), mix(c.G), mix(c.B), 255}
}
