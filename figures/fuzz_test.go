package figures

import (
	"encoding/binary"
	"math"
	"testing"

	"gptbook/figures/curve"
)

// numbers reads data as numbers of any size.
func numbers(data []byte) (out []float64) {
	for len(data) >= 8 {
		out = append(out, math.Float64frombits(binary.LittleEndian.Uint64(data)))
		data = data[8:]
	}
	for _, b := range data { // small ones, for the fuzzer to begin with
		out = append(out, float64(int8(b)))
	}
	return out
}

func bytesOf(values []float64) (out []byte) {
	for _, v := range values {
		out = binary.LittleEndian.AppendUint64(out, math.Float64bits(v))
	}
	return out
}

// deal shares the numbers out to n lists.
func deal(data []byte, n int) [][]float64 {
	lists := make([][]float64, max(1, n))
	for i, v := range numbers(data) {
		lists[i%len(lists)] = append(lists[i%len(lists)], v)
	}
	return lists
}

// matrix is one of rows × cols that repeats the numbers.
func matrix(data []byte, rows, cols int) [][]float64 {
	m, values := make2D(rows, cols), append(numbers(data), 1)
	for i := range m {
		for j := range m[i] {
			m[i][j] = values[(i*cols+j)%len(values)]
		}
	}
	return m
}

func FuzzChart(f *testing.F) {
	f.Add("loss", "train", []byte{5, 4, 3, 2}, uint8(1), uint8(0))
	f.Add(strange, long, bytesOf(odd), uint8(2), uint8(0b01011))
	f.Add("", "x", bytesOf(odd), uint8(60), uint8(0b11100))
	f.Fuzz(func(t *testing.T, title, name string, data []byte, series, flags uint8) {
		_ = check(t, "fuzz", anyChart(title, name, data, series, flags))
	})
}

func anyChart(title, name string, data []byte, series, flags uint8) Chart {
	chart := Chart{Title: title, XLabel: name, YLabel: title, LogX: flags&1 > 0, LogY: flags&2 > 0}
	lists := deal(data, int(series))
	if flags&4 > 0 && len(lists[0]) > 0 {
		chart.Smooth = lists[0][0]
	}
	for i, y := range lists {
		x := lists[(i+1)%len(lists)]
		x, y := x[:min(len(x), len(y))], y[:min(len(x), len(y))]
		chart.Series = append(chart.Series, Series{Name: name, X: x, Y: y, Spread: x, Marks: flags&8 > 0})
		line := curve.Curve{Name: title, Unit: name}
		for step, v := range y {
			line.Points = append(line.Points, curve.Point{Step: step, Value: v})
		}
		chart.Curves = append(chart.Curves, line)
	}
	if flags&16 > 0 {
		chart.Levels = []Reference{{name, 1}, {title, 1e-9}}
	}
	return chart
}

func FuzzHeatmap(f *testing.F) {
	f.Add("attention", "the", []byte{1, 2, 3}, uint8(12), uint8(3), uint8(3), true)
	f.Add(strange, long, bytesOf(odd), uint8(6), uint8(6), uint8(6), true)
	f.Add("", "", bytesOf(odd), uint8(24), uint8(1), uint8(200), false)
	f.Fuzz(func(t *testing.T, title, label string, data []byte, panels, rows, cols uint8, labelled bool) {
		_ = check(t, "fuzz", anyHeatmap(title, label, data, panels, rows, cols, labelled))
	})
}

func anyHeatmap(title, label string, data []byte, panels, rows, cols uint8, labelled bool) Heatmap {
	h := Heatmap{Title: title, XLabel: label, YLabel: title, Unit: label}
	m := Matrix{Title: label, Values: matrix(data, int(rows), int(cols))}
	if labelled {
		for i := range rows {
			m.Rows = append(m.Rows, label[:min(len(label), int(i))])
		}
		m.Cols = make([]string, cols)
	}
	for range panels {
		h.Panels = append(h.Panels, m)
	}
	return h
}

func FuzzBars(f *testing.F) {
	f.Add("accuracy", "group", []byte{1, 2, 3}, uint8(3), uint8(2))
	f.Add(strange, long, bytesOf(odd), uint8(8), uint8(3))
	f.Add("", "", bytesOf(odd), uint8(100), uint8(3))
	f.Fuzz(func(t *testing.T, title, name string, data []byte, groups, sets uint8) {
		_ = check(t, "fuzz", anyBars(title, name, data, groups, sets))
	})
}

func anyBars(title, name string, data []byte, groups, sets uint8) Bars {
	bars := Bars{Title: title, YLabel: name, XLabel: title, Levels: []Reference{{name, 1}}}
	for i := range groups {
		bars.Groups = append(bars.Groups, name[:min(len(name), int(i))])
	}
	for i, values := range matrix(data, int(sets), int(groups)) {
		bars.Sets = append(bars.Sets, Set{Name: name[:min(len(name), i)], Values: values, Spread: values})
	}
	return bars
}
