package figures

import (
	"bytes"
	"strings"
	"testing"

	"github.com/janpfeifer/must"
)

// A number that is wider than its bar is written smaller, not left out.
func TestNarrowBars(t *testing.T) {
	bars := Bars{Groups: make([]string, 8), Sets: []Set{
		{Name: "GPT-2 (2019), 50k", Values: []float64{13, 26, 23, 73, 50, 139, 34, 57}},
		{Name: "GPT-4 (2023), 100k", Values: []float64{13, 22, 16, 35, 37, 84, 22, 45}},
		{Name: "GPT-4o (2024), 200k", Values: []float64{13, 17, 14, 17, 18, 25, 16, 35}},
	}}
	if !bytes.Contains(must.M1(svg(bars)), []byte(">139</text>")) {
		t.Error("139 is not drawn")
	}
}

// Names of groups never run into each other: of very many only some are written.
func TestGroupNames(t *testing.T) {
	for groups, want := range map[int]int{1: 1, 8: 8, 30: 30, 100: 25, 300: 30} {
		bars := Bars{Groups: numbered(groups), Sets: []Set{{Values: make([]float64, groups)}}}
		if got := strings.Count(string(must.M1(svg(bars))), ">name"); got != want {
			t.Errorf("of %d groups %d are named, want %d", groups, got, want)
		}
	}
}
