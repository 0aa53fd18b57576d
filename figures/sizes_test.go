package figures

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	imagepng "image/png"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gptbook/figures/curve"
)

// patience is how long a figure may take: a second, or more where other programs are at work.
const patience = 30 * time.Second

// check draws f as SVG and PNG: both in time and well-formed, or both refused by the same short line.
func check(t *testing.T, name string, f figure) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- drawn(t, name, f) }()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		t.Fatalf("%s: not drawn after %v", name, patience)
		return nil
	}
}

func drawn(t *testing.T, name string, f figure) error {
	vector, err := svg(f)
	pixels, err2 := png(f)
	if err != nil {
		if fmt.Sprint(err) != fmt.Sprint(err2) {
			t.Errorf("%s: SVG refused by %v, PNG by %v", name, err, err2)
		}
		if s := err.Error(); !strings.HasPrefix(s, "figures: ") || strings.Contains(s, "\n") || len(s) > 600 {
			t.Errorf("%s: the error is not one short line: %.1000q", name, s)
		}
		return err
	}
	if err2 != nil {
		t.Errorf("%s: an SVG, but as PNG: %v", name, err2)
	} else if _, err := imagepng.Decode(bytes.NewReader(pixels)); err != nil {
		t.Errorf("%s: PNG: %v", name, err)
	}
	for d := xml.NewDecoder(bytes.NewReader(vector)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Errorf("%s: SVG: %v", name, err)
			break
		}
		element, _ := token.(xml.StartElement)
		for _, a := range element.Attr {
			if a.Name.Local != "href" && (strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf")) {
				t.Errorf("%s: SVG: <%s %s=%.80q>", name, element.Name.Local, a.Name.Local, a.Value)
			}
		}
	}
	keep(t, name+".svg", vector)
	keep(t, name+".png", pixels)
	return nil
}

// coin is a curve that jumps between 0 and 1, as the accuracy on single examples does.
func coin(steps int) curve.Curve {
	c := curve.Curve{Name: "right"}
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range steps {
		c.Points = append(c.Points, curve.Point{Step: i, Value: float64(rng.IntN(2))})
	}
	return c
}

// scattered returns n series of so many points in no order.
func scattered(n, points int) (out []Series) {
	for i := range n {
		s := Series{Name: fmt.Sprint("series ", i)}
		for k := range points {
			s.X = append(s.X, math.Mod(float64(k)*617.13, 1000))
			s.Y = append(s.Y, math.Sin(float64(k*k)))
		}
		out = append(out, s)
	}
	return out
}

func named(n int) (curves []curve.Curve) {
	for i := range n {
		name := fmt.Sprint("a series with a long name, number ", i)
		curves = append(curves, noisy(name, 50, 1, 5, 2+0.04*float64(i), 0.01))
	}
	return curves
}

func numbered(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprint("name number ", i))
	}
	return names
}

var (
	wide    = strings.Repeat("W", 50)
	long    = strings.Repeat("long name ", 200)
	strange = "\x00\x1b\xff<&\"中\ufffe\u202e\n\r\t"
	odd     = []float64{math.MaxFloat64, -math.MaxFloat64, 1e308, 5e-324, math.NaN(), 0, math.Inf(1), 1e-300}
)

// Odd but drawable: any count, any name, any finite value.
func TestOddInput(t *testing.T) {
	one := func(name string, pairs ...float64) []curve.Curve {
		return []curve.Curve{{Name: name, Points: points(pairs...)}}
	}
	most, seven := math.MaxFloat64, []float64{1, 2, 3, 4, 5, 6, 7}
	for name, f := range map[string]figure{
		"far":       Chart{Curves: one(long, 1, 1e300, 2, -1e300)},
		"log":       Chart{LogY: true, LogX: true, Curves: one(strange, 0, 1, 1, 1e-300, 5, 1e300)},
		"unsorted":  Chart{Title: long, Curves: one("", 9, 2, 3, 2, 5, 2)},
		"equal":     Chart{LogY: true, Smooth: 10, Curves: one("a", 1, 2, 2, 2)},
		"max":       Chart{Curves: one("max", math.MaxInt64, most, math.MinInt64, -most)},
		"near max":  Chart{Smooth: 3, Curves: one("max", 1, most, 2, most, 3, most)},
		"max log":   Chart{LogX: true, LogY: true, Smooth: 3, Curves: one("max", 1, most, 2, most, 3, 1e308)},
		"high":      Chart{LogX: true, Series: []Series{{X: []float64{1e308, most}, Y: []float64{1e308, most}}}},
		"least":     Chart{Curves: one("least", 1, 5e-324, 2, 0)},
		"least log": Chart{LogY: true, Curves: one("least", 1, 5e-324)},
		"all":       Chart{Series: []Series{{X: odd, Y: odd, Spread: odd}, {X: odd, Y: odd, Marks: true}, {}}},
		"all log":   Chart{LogX: true, LogY: true, Series: []Series{{X: odd, Y: odd, Spread: odd}}},
		"strange": Chart{Title: strange, XLabel: strange, YLabel: strange, Curves: one(strange, 1, 2),
			Levels: []Reference{{strange, 2}}},
		"long": Chart{Title: long, XLabel: long, YLabel: long, LogY: true, Curves: one(long, 1, 2),
			Levels: []Reference{{long, 2}}},
		"band": Chart{Series: []Series{
			{Name: "s", Marks: true, X: []float64{1, 2}, Y: []float64{0, 0}, Spread: []float64{math.Inf(1), 1}}}},
		"wide":        Chart{Title: wide, XLabel: wide, YLabel: wide, Curves: one(wide, 1e17, 1e17, 1e17+32, 1e17+16)},
		"names 20":    Chart{Title: "20 curves", Curves: named(20)},
		"names 60":    Chart{Title: "60 curves", XLabel: long, YLabel: long, Curves: named(60)},
		"points 1000": Chart{Series: scattered(1000, 1)},
		"coin":        Chart{Smooth: 100, Curves: []curve.Curve{coin(10_000)}},
		"gaps":        Chart{Series: []Series{{X: odd[:2], Y: []float64{math.NaN(), math.NaN()}}, {X: seven, Y: seven}}},
		"cell":        Heatmap{Panels: []Matrix{{Values: [][]float64{{0}}}, {Values: make2D(3, 200)}}},
		"label":       Heatmap{Panels: []Matrix{{Rows: []string{long}, Cols: []string{""}, Values: [][]float64{{1e9}}}}},
		"row":         Heatmap{Unit: "attention weight", Panels: []Matrix{{Values: [][]float64{seven}}}},
		"values": Heatmap{Title: strange, XLabel: long, YLabel: long, Unit: long,
			Panels: []Matrix{{Title: long, Values: [][]float64{odd}}}},
		"tiny":          Heatmap{Panels: []Matrix{{Values: [][]float64{{5e-324, -5e-324}}}}},
		"tiny max":      Heatmap{Max: 5e-324, Panels: []Matrix{{Values: [][]float64{{1}}}}},
		"heads 1":       heads(1, 3, []string{"the", "cat", "sat"}),
		"heads 12":      heads(12, 3, []string{"the", "cat", "sat"}),
		"heads 24":      heads(24, 3, []string{"the", "cat", "sat"}),
		"heads 24 × 24": heads(24, 24, strings.Split("abcdefghijklmnopqrstuvwx", "")),
		"heads 6 long":  heads(6, 6, []string{long, strange, "extraordinary", "electromagnetism", "", "中文"}),
		"heads 100":     heads(100, 3, nil),
		"zero":          Bars{Groups: []string{"zero"}, Sets: []Set{{Name: "s", Values: []float64{0}}}},
		"big": Bars{Groups: []string{"big"},
			Sets: []Set{{Name: "s", Values: []float64{1e12}}, {Name: "t", Values: []float64{-3}}}},
		"bars max": Bars{Title: long, Groups: numbered(8), Sets: []Set{{Name: long, Values: odd, Spread: odd}}},
		"bars tiny": Bars{Groups: []string{strange, long},
			Sets: []Set{{Name: strange, Values: []float64{5e-324, 1e-310}}}},
		"groups 20": Bars{Groups: numbered(20), Sets: []Set{{Name: "a", Values: make([]float64, 20)}}},
		"groups wide": Bars{XLabel: long, YLabel: wide, Groups: slices.Repeat([]string{wide}, 20),
			Sets: []Set{{Name: wide, Values: make([]float64, 20)}}},
		"groups 300": Bars{Title: "300 groups", Groups: numbered(300), Levels: []Reference{{"level", -most}},
			Sets: []Set{{Name: "a", Values: make([]float64, 300)}}},
	} {
		if err := check(t, "odd "+name, f); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRefused(t *testing.T) {
	nan := math.NaN()
	curves := func(points []curve.Point) []curve.Curve { return []curve.Curve{{Points: points}} }
	one := curves(points(1, 1))
	bar := []Set{{Values: []float64{1}}}
	band := scattered(1, 20_000)
	band[0].Spread = make([]float64, 20_000)
	marks := scattered(1, 20_001)
	marks[0].Marks = true
	for want, f := range map[string]figure{
		`"empty" has nothing to draw`:     Chart{Title: "empty"},
		`"nan" has nothing to draw`:       Chart{Title: "nan", Curves: curves(points(1, nan, 2, math.Inf(1)))},
		`"log" has nothing to draw`:       Chart{Title: "log", LogY: true, Curves: curves(points(1, 0, 2, -1))},
		`2 x, 1 y`:                        Chart{Series: []Series{{Name: "s", X: []float64{1, 2}, Y: []float64{1}}}},
		`reference "r" cannot be drawn`:   Chart{Curves: one, Levels: []Reference{{"r", nan}}},
		`reference "z" cannot be drawn`:   Chart{Curves: one, LogY: true, Levels: []Reference{{"z", 0}}},
		`"lines": 1000 marks`:             Chart{Title: "lines", Series: scattered(1000, 10)},
		`"bands": 2 marks`:                Chart{Title: "bands", Series: band},
		`"marks": 20001 marks`:            Chart{Title: "marks", Series: marks},
		`has 1000001 points`:              Chart{Curves: curves(make([]curve.Point, 1_000_001))},
		`panel "p" is empty`:              Heatmap{Panels: []Matrix{{Title: "p"}}},
		`"h" has no finite value`:         Heatmap{Title: "h", Panels: []Matrix{{Values: [][]float64{{nan}}}}},
		`row 1 has 1 values, row 0 has 2`: Heatmap{Panels: []Matrix{{Values: [][]float64{{1, 2}, {1}}}}},
		`1×2 values but 2 row`:            Heatmap{Panels: []Matrix{{Rows: numbered(2), Values: make2D(1, 2)}}},
		`Max is -1`:                       Heatmap{Max: -1, Panels: []Matrix{{Values: [][]float64{{1}}}}},
		`no panels`:                       Heatmap{},
		`1000 panels of 3×3 values`:       heads(1000, 3, nil),
		`1×1000 values are more than`:     Heatmap{Panels: []Matrix{{Values: make2D(1, 1000)}}},
		`1000×1 values are more than`:     Heatmap{Panels: []Matrix{{Values: make2D(1000, 1)}}},
		`no finite value in 0 sets`:       Bars{Groups: []string{"a"}},
		`has 2 values`:                    Bars{Groups: []string{"a"}, Sets: []Set{{Values: []float64{1, 2}}}},
		`bars "b": reference "r" cannot`:  Bars{Title: "b", Groups: numbered(1), Sets: bar, Levels: []Reference{{"r", nan}}},
		`are 301 bars`:                    Bars{Groups: numbered(301), Sets: bar},
	} {
		if err := check(t, want, f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
}
