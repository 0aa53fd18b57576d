package figures

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/janpfeifer/must"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"gptbook/figures/curve"
)

// On a logarithmic axis the logarithms are averaged, and what has none is a gap.
func TestSmoothLog(t *testing.T) {
	k := math.Exp(-1.0 / 20)
	log := Chart{LogY: true, Smooth: 20}.smooth(curve.Curve{Points: points(1, 1, 2, 1000, 3, 0)}).Points
	if want := math.Pow(1000, 1/(k+1)); math.Abs(log[1].Value-want) > 1e-9 || log[2].Value != 0 {
		t.Errorf("got %v, want %v and 0", log[1:], want)
	}
	largest := curve.Curve{Points: points(1, math.MaxFloat64, 2, math.MaxFloat64)}
	most := Chart{LogY: true, Smooth: 20}.smooth(largest).Points
	if !finite(most[0].Value) || !finite(most[1].Value) {
		t.Errorf("the largest numbers became %v", most)
	}
}

func TestSpread(t *testing.T) {
	wanted := []vg.Length{50, 50, 49, 10, 0}
	got := spread(wanted, 10, 0, 60)
	if want := []vg.Length{50, 40, 30, 10, 0}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for range 100 {
		for i := range wanted {
			wanted[i] = vg.Length(rand.Float64() * 60)
		}
		got := spread(wanted, 10, 0, 60)
		for i := range got {
			for j := range got {
				if i != j && math.Abs(float64(got[i]-got[j])) < 10-1e-9 {
					t.Fatalf("%v became %v: closer than 10", wanted, got)
				}
				if wanted[i] < wanted[j] && got[i] > got[j] {
					t.Fatalf("%v became %v: order changed", wanted, got)
				}
			}
			if got[i] < 0 || got[i] > 60 {
				t.Fatalf("%v became %v: outside", wanted, got)
			}
		}
	}
}

// A chart grows with its legend until it holds 40 names; the rest is counted.
func TestManyNames(t *testing.T) {
	_, few := chartSize(13)
	_, many := chartSize(40)
	_, most := chartSize(1000)
	if few != 10*vg.Centimeter || many < 40*legendLine+few/4 || most != many {
		t.Errorf("13, 40 and 1000 names: %v, %v and %v high", few, many, most)
	}
	text := string(must.M1(svg(Chart{Curves: named(60)})))
	if !strings.Contains(text, ">and 21 more</text>") || !strings.Contains(text, "number 38<") {
		t.Error("want 39 names and the count of the other 21")
	}
}

// Thinning must keep every peak that a reader could see.
func TestThin(t *testing.T) {
	points := make(plotter.XYs, 100_000)
	for i := range points {
		points[i] = plotter.XY{X: float64(i), Y: rand.Float64()}
	}
	points[12_345].Y, points[77_777].Y = 50, -50
	points[50_000] = plotter.XY{X: math.NaN(), Y: math.NaN()}
	p := newPlot("", "")
	p.X.Min, p.X.Max = 0, 1e5
	out := thin(points, p)
	if len(out) > 4*702 {
		t.Errorf("%d points left", len(out))
	}
	for _, i := range []int{0, 12_345, 77_777, 99_999} {
		if !slices.Contains(out, points[i]) {
			t.Errorf("point %d is gone", i)
		}
	}
	if !slices.ContainsFunc(out, func(q plotter.XY) bool { return math.IsNaN(q.X) }) {
		t.Error("the gap is gone")
	}
}

// A line is drawn in one stroke, and in pieces only where many cross the chart: each begins where the last one ended.
func TestPieces(t *testing.T) {
	strokes := func(steps int) [][]string {
		var out [][]string
		drawing := string(must.M1(svg(Chart{Curves: []curve.Curve{coin(steps)}})))
		for _, path := range strings.Split(drawing, "<path d=\"")[1:] {
			path, style, _ := strings.Cut(path, "\"")
			if style, _, _ = strings.Cut(style, "/>"); strings.Contains(style, "stroke:#0072B2") {
				out = append(out, strings.FieldsFunc(path, func(r rune) bool { return r == 'M' || r == 'L' }))
			}
		}
		return out
	}
	if n := len(strokes(500)); n != 2 { // the line and its sample in the legend
		t.Errorf("a short line is drawn in %d strokes", n-1)
	}
	pieces := strokes(1300)
	if n := len(pieces); n < 80 || n > 100 {
		t.Fatalf("a line of 1300 points is drawn in %d strokes, want about 87 and the legend", n)
	}
	for i := 1; i < len(pieces)-1; i++ {
		if last := pieces[i-1]; pieces[i][0] != last[len(last)-1] {
			t.Fatalf("piece %d begins at %s, the one before ends at %s", i, pieces[i][0], last[len(last)-1])
		}
	}
}

func TestMeanSpread(t *testing.T) {
	s, err := MeanSpread("m", curve.Curve{Points: points(1, 2, 2, 9, 3, 1)}, curve.Curve{Points: points(1, 4, 3, 1)})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.X, []float64{1, 3}) || !slices.Equal(s.Y, []float64{3, 1}) {
		t.Errorf("x %v y %v", s.X, s.Y)
	}
	if math.Abs(s.Spread[0]-math.Sqrt2) > 1e-12 || s.Spread[1] != 0 {
		t.Errorf("spread %v, want √2 and 0", s.Spread)
	}
	// Step 1 twice in one run is not step 1 in two runs, and the later value counts.
	s, err = MeanSpread("m", curve.Curve{Points: points(1, 2, 1, 4, 2, 7, 2, 5)}, curve.Curve{Points: points(2, 9, 2, 3)})
	if err != nil || !slices.Equal(s.X, []float64{2}) || !slices.Equal(s.Y, []float64{4}) {
		t.Errorf("steps twice: x %v y %v, %v", s.X, s.Y, err)
	}
	for _, runs := range [][]curve.Curve{nil, {{}}, {{Points: points(1, 1)}, {Points: points(2, 1)}}} {
		if _, err := MeanSpread("m", runs...); err == nil {
			t.Errorf("MeanSpread of %v: no error", runs)
		}
	}
}

func BenchmarkLiveFrame10k(b *testing.B) {
	chart := Chart{Smooth: 100, Curves: []curve.Curve{noisy("train", 10000, 1, 6, 3, .1)}}
	for b.Loop() {
		if _, err := svg(chart); err != nil {
			b.Fatal(err)
		}
	}
}
