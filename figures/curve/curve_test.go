package curve

import (
	"math"
	"testing"
)

func TestSmooth(t *testing.T) {
	// A constant stays constant from the first point on, whatever the gaps.
	flat := Curve{Points: []Point{{1, 3}, {2, 3}, {50, 3}, {51, math.NaN()}, {400, 3}}}
	for _, p := range flat.Smooth(20).Points {
		if p.Step != 51 && math.Abs(p.Value-3) > 1e-12 {
			t.Errorf("smoothed constant 3 is %v at step %d", p.Value, p.Step)
		}
	}
	// Closed form for two points one step apart, k = e^(-1/20): weights k(1-k) and (1-k).
	k := math.Exp(-1.0 / 20)
	got := Curve{Points: []Point{{1, 1}, {2, 5}}}.Smooth(20).Points[1].Value
	if want := (k*1 + 5) / (k + 1); math.Abs(got-want) > 1e-12 {
		t.Errorf("got %v, want %v", got, want)
	}
	// A gap far longer than the memory forgets what was before.
	got = Curve{Points: []Point{{1, 1}, {1000, 5}}}.Smooth(20).Points[1].Value
	if math.Abs(got-5) > 1e-9 {
		t.Errorf("after a long gap: %v, want 5", got)
	}
	if s := flat.Smooth(0); &s.Points[0] != &flat.Points[0] {
		t.Error("Smooth(0) must be the curve itself")
	}
	if s := flat.Smooth(math.NaN()); &s.Points[0] != &flat.Points[0] {
		t.Error("Smooth(NaN) must be the curve itself")
	}
}

// The average of finite values is finite, between their least and greatest but for rounding, however large they are.
func TestSmoothStaysBetween(t *testing.T) {
	for _, most := range []float64{1, 1e308, math.MaxFloat64} {
		c := Curve{Points: []Point{{1, most}, {2, most}, {3, most}, {math.MaxInt, -most}, {math.MinInt, most}}}
		for memory := 1e-9; memory < 1e17; memory *= 1.37 {
			for _, p := range c.Smooth(memory).Points {
				if !(math.Abs(p.Value)/most <= 1+1e-12) {
					t.Fatalf("of ±%v with a memory of %.3g steps: %v at step %d", most, memory, p.Value, p.Step)
				}
			}
		}
	}
}

func TestLast(t *testing.T) {
	for _, c := range []struct {
		points []Point
		want   float64
	}{
		{nil, math.NaN()},
		{[]Point{{1, math.NaN()}, {2, math.Inf(1)}}, math.NaN()},
		{[]Point{{1, 2}, {2, 3}, {3, math.NaN()}}, 3},
	} {
		if got := (Curve{Points: c.points}).Last(); got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("last of %v is %v, want %v", c.points, got, c.want)
		}
	}
}

func TestNamed(t *testing.T) {
	curves := []Curve{{Name: "a", Unit: "nats"}, {Name: "b"}}
	if c := Named(curves, "a"); c.Unit != "nats" {
		t.Errorf("got %+v", c)
	}
	if c := Named(curves, "c"); c.Name != "c" || c.Points != nil {
		t.Errorf("got %+v, want an empty curve named c", c)
	}
}
