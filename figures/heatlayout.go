package figures

import (
	"fmt"
	"strings"

	"gonum.org/v1/plot/vg"
)

// Sizes of a heat map in points. The panels of a row share the figure's width.
const (
	heatWidth     = 18 * vg.Centimeter
	heatMaxHeight = vg.Length(3000)
	heatPanelGap  = vg.Length(16)
	heatBar       = vg.Length(70) // colour bar with its numbers
	heatBarHeight = vg.Length(60) // at least
	heatMaxCell   = vg.Length(34)
	heatMinCell   = vg.Length(0.5) // a pixel of the PNG
	heatMaxPanel  = vg.Length(320) // height of the cells of a panel
	heatMaxLabel  = 14             // characters of a row or column label
)

// heatLayout holds the sizes that all panels share.
type heatLayout struct {
	panels, perRow                int
	rows, cols                    int // of the largest matrix
	labelled                      bool
	title, cell, left, head, foot vg.Length // foot holds the labels of the columns
}

func (h Heatmap) layout() (heatLayout, error) {
	l := heatLayout{panels: len(h.Panels), rows: 1, cols: 1, left: 6, head: 4, foot: 6}
	style := textStyle(tickSize)
	tall := vg.Length(0) // the tallest rotated column label
	for _, m := range h.Panels {
		l.rows, l.cols = max(l.rows, len(m.Values)), max(l.cols, len(m.Values[0]))
		for _, s := range m.Rows {
			l.left = max(l.left, style.Width(visible(s))+8)
		}
		for _, s := range m.Cols {
			tall = max(tall, style.Width(visible(s)))
		}
		l.labelled = l.labelled || len(m.Rows)+len(m.Cols) > 0
		if m.Title != "" {
			l.head = max(l.head, 22)
		}
	}
	if h.Title != "" {
		l.title = titleHeight
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
	l.arrange()
	if l.cell < heatMinCell {
		return l, fmt.Errorf("figures: heat map %.60q: %d×%d values are more than it has points: average or cut them",
			h.Title, l.rows, l.cols)
	}
	if l.height() > heatMaxHeight {
		return l, fmt.Errorf("figures: heat map %.60q: %d panels of %d×%d values would be %.0f points high, "+
			"want at most %.0f: draw fewer, or without labels", h.Title, l.panels, l.rows, l.cols, l.height(), heatMaxHeight)
	}
	return l, nil
}

// arrange puts as many panels side by side as can be read, and into equal rows. A label needs 6 points, and small
// matrices, which would fit at any size, are to have cells of 12, or of 6 if the figure would become too high.
func (l *heatLayout) arrange() {
	most := min(heatMaxCell, heatMaxPanel/vg.Length(l.rows)) // side of a cell
	side := func(perRow int) vg.Length {
		n := vg.Length(perRow)
		room := (heatWidth - 2*margin - heatBar - heatPanelGap*(n-1)) / n
		return min((room-l.left)/vg.Length(l.cols), most)
	}
	for _, wanted := range []vg.Length{12, 6} {
		least := max(heatMinCell, min(wanted, 80/vg.Length(l.cols)))
		if l.labelled {
			least = max(6, least)
		}
		l.perRow = min(l.panels, 20) // the gaps of more would take all the width
		for l.perRow > 1 && side(l.perRow) < min(least, most) {
			l.perRow--
		}
		l.perRow = (l.panels + l.panelRows() - 1) / l.panelRows()
		if l.cell = side(l.perRow); l.height() <= heatMaxHeight {
			return
		}
	}
}

// panelRows is the number of rows of panels.
func (l heatLayout) panelRows() int { return (l.panels + l.perRow - 1) / l.perRow }

// pitchX and pitchY are the distances between the corners of neighbouring panels.
func (l heatLayout) pitchX() vg.Length { return l.left + l.cell*vg.Length(l.cols) + heatPanelGap }
func (l heatLayout) pitchY() vg.Length { return l.head + l.cell*vg.Length(l.rows) + l.foot }

// width is that of the panels and the colour bar.
func (l heatLayout) width() vg.Length {
	panel := l.left + l.cell*vg.Length(l.cols)
	return panel*vg.Length(l.perRow) + heatPanelGap*vg.Length(l.perRow-1) + heatBar
}

// barHeight is that of the colour bar: of all panels, if they are not very many.
func (l heatLayout) barHeight() vg.Length {
	cells := l.cell*vg.Length(l.rows) + l.pitchY()*vg.Length(l.panelRows()-1)
	return min(max(cells, heatBarHeight), heatMaxPanel)
}

// height is that of the figure.
func (l heatLayout) height() vg.Length {
	panels := l.title + l.head + l.cell*vg.Length(l.rows) + l.foot + l.pitchY()*vg.Length(l.panelRows()-1)
	return max(panels, l.title+l.head+l.barHeight()+6) + 2*margin
}

// visible makes blanks of a token visible and cuts long labels.
func visible(label string) string {
	return shorten(strings.ReplaceAll(printable(label), " ", "·"), heatMaxLabel)
}
