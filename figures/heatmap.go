package figures

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Heatmap shows matrices as colours, side by side and on one scale: the attention of several
// heads, gradient norms by layer and step. Light is low and dark is high; if there are values
// below zero, blue is negative, vermillion positive and white zero. NaN is grey.
type Heatmap struct {
	Title  string
	XLabel string  // what the columns are: "key"
	YLabel string  // what the rows are: "query"
	Unit   string  // what a colour means: "attention weight"
	Max    float64 // top of the scale, darker values look alike; 0 is the largest value
	Panels []Matrix
}

// Matrix is one panel. Row 0 is on top.
type Matrix struct {
	Title  string
	Rows   []string // nil, or a label for each row
	Cols   []string // nil, or a label for each column
	Values [][]float64
}

// Sizes of a heat map in points. The panels share the figure's width.
const (
	heatWidth    = 18 * vg.Centimeter
	heatPanelGap = vg.Length(16)
	heatBar      = vg.Length(70) // colour bar with its numbers
	heatMaxCell  = vg.Length(34)
	heatMaxLabel = 14 // characters of a row or column label
)

func (h Heatmap) size() (w, height vg.Length) {
	l := h.layout()
	return heatWidth, l.head + l.cell*vg.Length(l.rows) + l.foot + 2*8
}

// heatLayout holds the sizes that all panels share.
type heatLayout struct {
	rows, cols             int
	cell, left, head, foot vg.Length
}

func (h Heatmap) layout() heatLayout {
	l := heatLayout{rows: 1, cols: 1, left: 6, head: 4, foot: 6}
	style := textStyle(tickSize)
	tall := vg.Length(0) // the tallest rotated column label
	for _, m := range h.Panels {
		l.rows = max(l.rows, len(m.Values))
		if len(m.Values) > 0 {
			l.cols = max(l.cols, len(m.Values[0]))
		}
		for _, s := range m.Rows {
			l.left = max(l.left, style.Width(visible(s))+8)
		}
		for _, s := range m.Cols {
			tall = max(tall, style.Width(visible(s)))
		}
		if m.Title != "" {
			l.head = max(l.head, 22)
		}
	}
	if h.Title != "" {
		l.head += titleHeight
	}
	if tall > 0 {
		l.foot += tall + 6
	}
	if h.XLabel != "" {
		l.foot += 12
	}
	if h.YLabel != "" {
		l.left += 12
	}
	n := vg.Length(max(1, len(h.Panels)))
	room := (heatWidth - 2*8 - heatBar - heatPanelGap*(n-1)) / n
	l.cell = min((room-l.left)/vg.Length(l.cols), heatMaxCell, 320/vg.Length(l.rows))
	return l
}

func (h Heatmap) draw(c draw.Canvas) error {
	low, high, err := h.scale()
	if err != nil {
		return err
	}
	l := h.layout()
	panel := l.left + l.cell*vg.Length(l.cols)
	total := panel*vg.Length(len(h.Panels)) + heatPanelGap*vg.Length(len(h.Panels)-1) + heatBar
	start := c.Min.X + max(0, (c.Max.X-c.Min.X-total)/2)
	top := c.Max.Y - l.head
	drawTitle(c, h.Title)
	for i, m := range h.Panels {
		x := start + vg.Length(i)*(panel+heatPanelGap)
		h.drawPanel(c, m, l, vg.Point{X: x + l.left, Y: top}, low, high)
	}
	h.drawBar(c, vg.Point{X: start + total - heatBar + 26, Y: top}, max(l.cell*vg.Length(l.rows), 60), low, high)
	return nil
}

// scale checks the matrices and returns the lowest and highest value of the shared scale.
func (h Heatmap) scale() (low, high float64, err error) {
	low, high = math.Inf(1), math.Inf(-1)
	if len(h.Panels) == 0 {
		return 0, 0, fmt.Errorf("figures: heat map %q has no panels", h.Title)
	}
	for _, m := range h.Panels {
		if len(m.Values) == 0 || len(m.Values[0]) == 0 {
			return 0, 0, fmt.Errorf("figures: heat map %q: panel %q is empty", h.Title, m.Title)
		}
		rows, cols := len(m.Values), len(m.Values[0])
		if m.Rows != nil && len(m.Rows) != rows || m.Cols != nil && len(m.Cols) != cols {
			return 0, 0, fmt.Errorf("figures: heat map %q: panel %q has %d×%d values but %d row and %d column labels",
				h.Title, m.Title, rows, cols, len(m.Rows), len(m.Cols))
		}
		for i, row := range m.Values {
			if len(row) != cols {
				return 0, 0, fmt.Errorf("figures: heat map %q: panel %q: row %d has %d values, row 0 has %d", h.Title, m.Title, i, len(row), cols)
			}
			for _, v := range row {
				if finite(v) {
					low, high = min(low, v), max(high, v)
				}
			}
		}
	}
	switch {
	case low > high:
		return 0, 0, fmt.Errorf("figures: heat map %q has no finite value", h.Title)
	case !finite(h.Max) || h.Max < 0:
		return 0, 0, fmt.Errorf("figures: heat map %q: Max is %v, want 0 or more", h.Title, h.Max)
	}
	top := math.Max(high, -low)
	if h.Max > 0 {
		top = h.Max
	} else if top == 0 {
		top = 1
	}
	if low < 0 { // diverging: zero in the middle
		return -top, top, nil
	}
	return 0, top, nil
}

// drawPanel draws one matrix, its upper left corner at corner.
func (h Heatmap) drawPanel(c draw.Canvas, m Matrix, l heatLayout, corner vg.Point, low, high float64) {
	rows, cols := len(m.Values), len(m.Values[0])
	width, height := l.cell*vg.Length(cols), l.cell*vg.Length(rows)
	box := vg.Rectangle{Min: vg.Point{X: corner.X, Y: corner.Y - height}, Max: vg.Point{X: corner.X + width, Y: corner.Y}}
	c.DrawImage(box, cells(m.Values, low, high, l.cell))
	frame := draw.LineStyle{Color: pencil, Width: vg.Points(0.6)}
	c.StrokeLines(frame, []vg.Point{box.Min, {X: box.Max.X, Y: box.Min.Y}, box.Max, {X: box.Min.X, Y: box.Max.Y}, box.Min})

	style := textStyle(tickSize)
	centre := style
	centre.XAlign = draw.XCenter
	if m.Title != "" {
		head := centre
		head.Font.Size = labelSize
		c.FillText(head, vg.Point{X: corner.X + width/2, Y: corner.Y + 11}, m.Title)
	}
	small := style // so that as many labels as possible have room
	small.Font.Size = min(style.Font.Size, max(l.cell-1, 6))
	every := int(math.Ceil(float64(small.Font.Size / l.cell))) // no two touch
	right := small
	right.XAlign = draw.XRight
	for i := 0; i < len(m.Rows); i += every {
		c.FillText(right, vg.Point{X: corner.X - 4, Y: corner.Y - l.cell*(vg.Length(i)+0.5)}, visible(m.Rows[i]))
	}
	turned := right
	turned.Rotation = math.Pi / 2
	for j := 0; j < len(m.Cols); j += every {
		c.FillText(turned, vg.Point{X: corner.X + l.cell*(vg.Length(j)+0.5), Y: box.Min.Y - 4}, visible(m.Cols[j]))
	}
	if h.XLabel != "" {
		c.FillText(centre, vg.Point{X: corner.X + width/2, Y: corner.Y - l.cell*vg.Length(l.rows) - l.foot + 8}, h.XLabel)
	}
	if h.YLabel != "" {
		side := centre
		side.Rotation = math.Pi / 2
		c.FillText(side, vg.Point{X: corner.X - l.left + 6, Y: corner.Y - height/2}, h.YLabel)
	}
	h.drawValues(c, m, l, corner, low, high)
}

// drawValues writes the numbers into cells that have room for them.
func (h Heatmap) drawValues(c draw.Canvas, m Matrix, l heatLayout, corner vg.Point, low, high float64) {
	style := textStyle(9)
	style.XAlign = draw.XCenter
	if style.Width("0.00")+4 > l.cell || l.cell < 13 {
		return
	}
	for i, row := range m.Values {
		for j, v := range row {
			text := cellText(v)
			if !finite(v) || style.Width(text)+2 > l.cell {
				continue
			}
			style.Color = ink
			if shade := heatColor(v, low, high); 0.3*float64(shade.R)+0.6*float64(shade.G)+0.1*float64(shade.B) < 135 {
				style.Color = color.White
			}
			c.FillText(style, vg.Point{X: corner.X + l.cell*(vg.Length(j)+0.5), Y: corner.Y - l.cell*(vg.Length(i)+0.5)}, text)
		}
	}
}

func cellText(v float64) string {
	if v == 0 {
		return "0"
	}
	return number(v, math.Pow(10, math.Min(0, math.Max(-2, math.Floor(math.Log10(math.Abs(v)))-1))))
}

// drawBar draws the colour bar: 64 steps from low to high.
func (h Heatmap) drawBar(c draw.Canvas, corner vg.Point, height vg.Length, low, high float64) {
	const steps, width = 64, vg.Length(10)
	ramp := make([][]float64, steps)
	for i := range ramp {
		ramp[i] = []float64{high - (high-low)*float64(i)/(steps-1)}
	}
	box := vg.Rectangle{Min: vg.Point{X: corner.X, Y: corner.Y - height}, Max: vg.Point{X: corner.X + width, Y: corner.Y}}
	c.DrawImage(box, cells(ramp, low, high, 1))
	style := textStyle(tickSize)
	for _, tick := range (linearTicks{}).Ticks(low, high) {
		y := box.Min.Y + height*vg.Length((tick.Value-low)/(high-low))
		c.FillText(style, vg.Point{X: box.Max.X + 4, Y: y}, tick.Label)
	}
	if h.Unit != "" {
		side := style
		side.XAlign, side.Rotation = draw.XCenter, math.Pi/2
		c.FillText(side, vg.Point{X: corner.X - 9, Y: (box.Min.Y + box.Max.Y) / 2}, h.Unit)
	}
}

// cells paints one square per value. Each gets several pixels, because viewers blur what they enlarge.
func cells(values [][]float64, low, high float64, cell vg.Length) image.Image {
	k := max(1, int(math.Ceil(float64(cell)*2)))
	img := image.NewNRGBA(image.Rect(0, 0, k*len(values[0]), k*len(values)))
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			img.SetNRGBA(x, y, heatColor(values[y/k][x/k], low, high))
		}
	}
	return img
}

// The stops of the two scales, evenly spaced and monotone in lightness.
var (
	sequential = []color.NRGBA{{255, 255, 255, 255}, {198, 219, 239, 255}, {107, 174, 214, 255}, {0, 114, 178, 255}, {8, 38, 84, 255}}
	diverging  = []color.NRGBA{{0, 66, 120, 255}, {100, 165, 214, 255}, {255, 255, 255, 255}, {240, 150, 90, 255}, {150, 55, 0, 255}}
)

func heatColor(v, low, high float64) color.NRGBA {
	stops := sequential
	if low < 0 {
		stops = diverging
	}
	if !finite(v) {
		return color.NRGBA{200, 200, 200, 255}
	}
	at := math.Max(0, math.Min(1, (v-low)/(high-low))) * float64(len(stops)-1)
	i := min(int(at), len(stops)-2)
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + (float64(b)-float64(a))*(at-float64(i)))) }
	a, b := stops[i], stops[i+1]
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// visible makes blanks of a token visible and cuts long labels.
func visible(label string) string {
	label = strings.NewReplacer("\n", `\n`, "\t", `\t`, "\r", `\r`, " ", "·").Replace(label)
	if runes := []rune(label); len(runes) > heatMaxLabel {
		return string(runes[:heatMaxLabel-1]) + "…"
	}
	return label
}
