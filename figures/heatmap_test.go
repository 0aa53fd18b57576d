package figures

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/janpfeifer/must"
	"gonum.org/v1/plot/vg"
)

func TestPanelRows(t *testing.T) {
	cat, long := []string{"the", "cat", "sat"}, []string{"extraordinary", "electromagnetism", "[CLS]"}
	for _, c := range []struct {
		h      Heatmap
		perRow int
	}{
		{heads(1, 3, cat), 1},
		{heads(2, 3, cat), 2},
		{heads(6, 3, cat), 3},
		{heads(12, 3, cat), 4},
		{heads(24, 3, cat), 5},
		{heads(6, 3, long), 2},
		{heads(12, 64, nil), 3},
		{heads(2, 24, strings.Split("abcdefghijklmnopqrstuvwx", "")), 2},
		{heads(2, 24, numbered(24)), 1},
	} {
		if l := must.M1(c.h.layout()); l.perRow != c.perRow {
			t.Errorf("%s of %d tokens: %d in a row, want %d", c.h.Title, l.rows, l.perRow, c.perRow)
		}
	}
}

// Whatever the sizes: every panel lies in the figure, none on another, and labels can be read.
func TestPanelsFit(t *testing.T) {
	for _, tokens := range []int{1, 2, 5, 12, 40, 200, 600} {
		for _, labels := range [][]string{nil, numbered(tokens)} {
			h := Heatmap{Title: "panels"}
			panel := Matrix{Title: "panel", Rows: labels, Cols: labels, Values: make2D(tokens, tokens)}
			for _, n := range []int{1, 2, 3, 4, 5, 6, 8, 11, 12, 13, 24, 37} {
				h.Panels = slices.Repeat([]Matrix{panel}, n)
				l, err := h.layout()
				if err != nil && (tokens <= 5 || l.height() <= heatMaxHeight && l.cell >= heatMinCell) {
					t.Errorf("%d panels of %d tokens, %d labels: %v", n, tokens, len(labels), err)
				}
				what := fmt.Sprintf("%d panels of %d tokens, %d labels: %+v", n, tokens, len(labels), l)
				if l.width() > heatWidth-2*margin+1e-9 {
					t.Errorf("%s: %v wide", what, l.width())
				}
				if l.perRow < 1 || l.perRow*l.panelRows() < n || l.perRow*(l.panelRows()-1) >= n {
					t.Errorf("%s: %d rows", what, l.panelRows())
				}
				if bottom := l.title + vg.Length(l.panelRows())*l.pitchY(); l.height() < bottom || l.cell <= 0 {
					t.Errorf("%s: %v high, panels end at %v", what, l.height(), bottom)
				}
				if l.perRow > 1 && labels != nil && l.cell < min(6, heatMaxPanel/vg.Length(tokens)) {
					t.Errorf("%s: labels %v apart", what, l.cell)
				}
			}
		}
	}
}

// Colours are those of the share of the scale, also where its length is no number.
func TestHeatColor(t *testing.T) {
	for _, top := range []float64{1, 1e308} {
		for v, want := range map[float64]int{-1: 0, 0: 2, 1: 4} {
			if got := heatColor(v*top, -top, top); got != diverging[want] {
				t.Errorf("%v from -%v to %v: %v, want %v", v*top, top, top, got, diverging[want])
			}
		}
	}
}
