package figures

import (
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Sizes of type, for a figure that is shown 18 cm wide or projected.
const (
	titleSize = 14
	labelSize = 12
	tickSize  = 11
	leastSize = 8   // of a text that had to shrink
	maxText   = 200 // characters, more than any figure has room for
)

// textStyle is the style of all text: none is drawn or measured but by way of [legible].
func textStyle(size vg.Length) text.Style {
	return text.Style{
		Color:   ink,
		Font:    font.From(sans, size),
		YAlign:  draw.YCenter,
		Handler: legible{plot.DefaultTextHandler},
	}
}

// legible is a text handler that measures and draws what [printable] makes of a text.
type legible struct{ text.Handler }

func (l legible) Lines(s string) []string { return []string{printable(s)} }

func (l legible) Draw(c vg.Canvas, s string, style text.Style, at vg.Point) {
	l.Handler.Draw(c, printable(s), style, at)
}

// printable writes characters that cannot be seen, or that the font lacks, and bytes that are none as Go does: \n,
// \u4e2d, \xff. The text is then one line, and XML holds it. If it is longer than every figure it is cut.
func printable(s string) string {
	if len(s) <= maxText && utf8.ValidString(s) && strings.IndexFunc(s, unseen) < 0 {
		return s
	}
	var out []string // characters as written
	for len(s) > 0 && len(out) <= maxText {
		r, size := utf8.DecodeRuneInString(s)
		if seen := s[:size]; unseen(r) || r == utf8.RuneError && size == 1 {
			quoted := strconv.QuoteToASCII(seen)
			out = append(out, quoted[1:len(quoted)-1])
		} else {
			out = append(out, seen)
		}
		s = s[size:]
	}
	if len(out) > maxText {
		return strings.Join(out[:maxText-1], "") + "…"
	}
	return strings.Join(out, "")
}

func unseen(r rune) bool {
	glyph, err := liberation.GlyphIndex(nil, r)
	return err != nil || glyph == 0 || !unicode.IsGraphic(r)
}

// sans is the font of all text, liberation what it can draw.
var (
	sans       = font.Font{Typeface: "Liberation", Variant: "Sans"}
	liberation = plot.DefaultTextHandler.Cache().Lookup(sans, tickSize).Face
)

// shorten cuts s to at most n characters.
func shorten(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return s
}

// fit makes s smaller if it is wider than room, and cuts it if it would have to be smaller than can be read.
func fit(style text.Style, s string, room vg.Length) (text.Style, string) {
	width, size := style.Width(s), style.Font.Size
	if width <= room {
		return style, s
	}
	if style.Font.Size *= room / width; style.Font.Size >= leastSize {
		return style, s
	}
	style.Font.Size = min(size, leastSize)
	return style, cut(style, s, room)
}

// cut shortens s to room.
func cut(style text.Style, s string, room vg.Length) string {
	if style.Width(s) <= room {
		return s
	}
	runes := []rune(printable(s))
	n := sort.Search(len(runes), func(n int) bool { return style.Width(string(runes[:n])+"…") > room })
	return string(runes[:max(0, n-1)]) + "…"
}

// titleHeight is what a title takes from the top of a figure.
const titleHeight = vg.Length(26)

// drawTitle writes title over the whole width of c, smaller if it is long, and returns the rest of c.
func drawTitle(c draw.Canvas, title string) draw.Canvas {
	if title == "" {
		return c
	}
	style, title := fit(textStyle(titleSize), title, c.Max.X-c.Min.X)
	style.XAlign = draw.XCenter
	c.FillText(style, vg.Point{X: (c.Min.X + c.Max.X) / 2, Y: c.Max.Y - 9}, title)
	return draw.Crop(c, 0, 0, 0, -titleHeight)
}
