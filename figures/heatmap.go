package figures

import (
	"fmt"
	"math"

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

func (h Heatmap) sheet() (sheet, error) {
	low, high, err := h.scale()
	if err != nil {
		return sheet{}, err
	}
	l, err := h.layout()
	if err != nil {
		return sheet{}, err
	}
	return sheet{heatWidth, l.height(), func(c draw.Canvas) {
		drawTitle(c, h.Title)
		start := vg.Point{X: c.Min.X + max(0, (c.Max.X-c.Min.X-l.width())/2), Y: c.Max.Y - (l.title + l.head)}
		for i, m := range h.Panels {
			x := start.X + vg.Length(i%l.perRow)*l.pitchX()
			y := start.Y - vg.Length(i/l.perRow)*l.pitchY()
			h.drawPanel(c, m, l, vg.Point{X: x + l.left, Y: y}, low, high)
		}
		h.drawBar(c, l, vg.Point{X: start.X + l.width() - heatBar + 26, Y: start.Y}, low, high)
	}}, nil
}

// scale checks the matrices and returns the lowest and highest value of the shared scale.
func (h Heatmap) scale() (low, high float64, err error) {
	low, high = math.Inf(1), math.Inf(-1)
	if len(h.Panels) == 0 {
		return 0, 0, fmt.Errorf("figures: heat map %.60q has no panels", h.Title)
	}
	for _, m := range h.Panels {
		if len(m.Values) == 0 || len(m.Values[0]) == 0 {
			return 0, 0, fmt.Errorf("figures: heat map %.60q: panel %.60q is empty", h.Title, m.Title)
		}
		rows, cols := len(m.Values), len(m.Values[0])
		if m.Rows != nil && len(m.Rows) != rows || m.Cols != nil && len(m.Cols) != cols {
			return 0, 0, fmt.Errorf("figures: heat map %.60q: panel %.60q has %d×%d values but %d row and %d column labels",
				h.Title, m.Title, rows, cols, len(m.Rows), len(m.Cols))
		}
		for i, row := range m.Values {
			if len(row) != cols {
				return 0, 0, fmt.Errorf("figures: heat map %.60q: panel %.60q: row %d has %d values, row 0 has %d",
					h.Title, m.Title, i, len(row), cols)
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
		return 0, 0, fmt.Errorf("figures: heat map %.60q has no finite value", h.Title)
	case !finite(h.Max) || h.Max < 0:
		return 0, 0, fmt.Errorf("figures: heat map %.60q: Max is %v, want 0 or more", h.Title, h.Max)
	}
	top := math.Max(high, -low)
	if h.Max > 0 {
		top = h.Max
	}
	if top < leastRange {
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
		head, title := fit(head, m.Title, l.pitchX()-6)
		c.FillText(head, vg.Point{X: corner.X + width/2, Y: corner.Y + 11}, title)
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
		below, label := fit(centre, h.XLabel, l.pitchX()-6)
		c.FillText(below, vg.Point{X: corner.X + width/2, Y: corner.Y - l.cell*vg.Length(l.rows) - l.foot + 8}, label)
	}
	if h.YLabel != "" {
		side, label := fit(centre, h.YLabel, l.pitchY()-6)
		side.Rotation = math.Pi / 2
		c.FillText(side, vg.Point{X: corner.X - l.left + 6, Y: corner.Y - height/2}, label)
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
			style.Color = inkOn(heatColor(v, low, high))
			at := vg.Point{X: corner.X + l.cell*(vg.Length(j)+0.5), Y: corner.Y - l.cell*(vg.Length(i)+0.5)}
			c.FillText(style, at, text)
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
func (h Heatmap) drawBar(c draw.Canvas, l heatLayout, corner vg.Point, low, high float64) {
	height := l.barHeight()
	const steps, width, toEdge = 64, vg.Length(10), heatBar - 26 - 10 - 4 + margin
	ramp := make([][]float64, steps)
	for i := range ramp {
		at := float64(i) / (steps - 1)
		ramp[i] = []float64{high*(1-at) + low*at}
	}
	box := vg.Rectangle{Min: vg.Point{X: corner.X, Y: corner.Y - height}, Max: vg.Point{X: corner.X + width, Y: corner.Y}}
	c.DrawImage(box, cells(ramp, low, high, 1))
	style := textStyle(tickSize)
	for _, tick := range (linearTicks{}).Ticks(low, high) {
		y := box.Min.Y + height*vg.Length(scale{}.Normalize(low, high, tick.Value))
		beside, label := fit(style, tick.Label, toEdge)
		c.FillText(beside, vg.Point{X: box.Max.X + 4, Y: y}, label)
	}
	if h.Unit != "" {
		side, unit := fit(style, h.Unit, max(height, l.pitchY()))
		side.XAlign, side.Rotation = draw.XCenter, math.Pi/2
		c.FillText(side, vg.Point{X: corner.X - 9, Y: (box.Min.Y + box.Max.Y) / 2}, unit)
	}
}
