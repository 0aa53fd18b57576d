package figures

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot"
)

func TestTicks(t *testing.T) {
	labels := func(ticks []plot.Tick) (out []string) {
		for _, k := range ticks {
			if k.Label != "" {
				out = append(out, k.Label)
			}
		}
		return out
	}
	for _, c := range []struct {
		ticker    plot.Ticker
		low, high float64
		want      string
	}{
		{linearTicks{}, 0, 10000, "0 2000 4000 6000 8000 10k"},
		{linearTicks{}, -1, 1, "-1.0 -0.5 0 0.5 1.0"},
		{linearTicks{}, 2.31, 2.34, "2.310 2.315 2.320 2.325 2.330 2.335 2.340"},
		{linearTicks{whole: true}, 1, 3, "1 2 3"},
		{linearTicks{}, 0, 3e6, "0 500k 1M 1.5M 2M 2.5M 3M"},
		{linearTicks{}, -math.MaxFloat64, math.MaxFloat64, "-1e308 0 1e308"},
		{linearTicks{}, 1e308, math.MaxFloat64, "1.0e308 1.2e308 1.4e308 1.6e308"},
		{linearTicks{}, 0, 3e-300, "0 5e-301 1.0e-300 1.5e-300 2.0e-300 2.5e-300 3.0e-300"},
		{linearTicks{}, 0, 3e-4, "0 5e-5 1.0e-4 1.5e-4 2.0e-4 2.5e-4 3.0e-4"},
		{linearTicks{}, 0, 6e-5, "0 1e-5 2e-5 3e-5 4e-5 5e-5 6e-5"},
		{logTicks{}, 1, 1000, "1 10 100 1000"},
		{logTicks{}, 1, 50, "1 2 5 10 20 50"},
		{logTicks{}, 1e-9, 10, "1e-8 1e-6 1e-4 0.01 1"},
		{logTicks{}, 1e18, 1e24, "1e18 1e19 1e20 1e21 1e22 1e23 1e24"},
		{logTicks{}, 3, 5, "3.0 3.5 4.0 4.5 5.0"},
		{logTicks{}, 1e-300, math.MaxFloat64, "1e-261 1e-174 1e-87 1 1e87 1e174 1e261"},
	} {
		if got := strings.Join(labels(c.ticker.Ticks(c.low, c.high)), " "); got != c.want {
			t.Errorf("%T from %v to %v: got %q, want %q", c.ticker, c.low, c.high, got, c.want)
		}
	}
}

// Whatever the range: few ticks, within it.
func FuzzTicks(f *testing.F) {
	f.Add(0.0, 1.0)
	f.Add(-math.MaxFloat64, math.MaxFloat64)
	f.Add(1e308, math.Nextafter(1e308, math.MaxFloat64))
	f.Add(5e-324, 1e-323)
	f.Add(1e17, 1e17+16)
	f.Fuzz(func(t *testing.T, a, b float64) {
		if !finite(a) || !finite(b) {
			return
		}
		p := newPlot("", "")
		for _, log := range []bool{false, true} {
			axis := p.X
			axis.Min, axis.Max = min(a, b), max(a, b)
			if log {
				axis.Min, axis.Max = onAxis(axis.Min, true), onAxis(axis.Max, true)
			}
			widen(&axis, log)
			if !finite(axis.Min) || !finite(axis.Max) || axis.Min >= axis.Max || log && axis.Min <= 0 {
				t.Fatalf("log %v: from %v to %v became from %v to %v", log, a, b, axis.Min, axis.Max)
			}
			tickers := []plot.Ticker{linearTicks{}, linearTicks{whole: true}}
			if log {
				tickers = []plot.Ticker{logTicks{}}
			}
			for _, ticker := range tickers {
				ticks, labelled := ticker.Ticks(axis.Min, axis.Max), 0
				for _, tick := range ticks {
					at := scale{log}.Normalize(axis.Min, axis.Max, tick.Value)
					if !(at >= -1e-6 && at <= 1+1e-6) {
						t.Errorf("%T from %v to %v: tick %v lies at %v", ticker, axis.Min, axis.Max, tick.Value, at)
					}
					if tick.Label != "" {
						labelled++
					}
					if len(tick.Label) > 25 {
						t.Errorf("%T from %v to %v: label %q", ticker, axis.Min, axis.Max, tick.Label)
					}
				}
				if labelled > 11 || len(ticks) > 80 {
					t.Errorf("%T from %v to %v: %d ticks, %d labelled", ticker, axis.Min, axis.Max, len(ticks), labelled)
				}
			}
		}
	})
}

// Where gonum's scales hold, ours are the same to the last bit.
func FuzzScale(f *testing.F) {
	f.Add(0.0, 3.0, 1.0)
	f.Add(-7.1, 1e9, 0.3)
	f.Fuzz(func(t *testing.T, low, high, x float64) {
		if !(math.Abs(low) < 1e300 && math.Abs(high) < 1e300 && high-low > leastRange && low <= x && x <= high) {
			return
		}
		if got, want := (scale{}).Normalize(low, high, x), (plot.LinearScale{}).Normalize(low, high, x); got != want {
			t.Errorf("linear: %v from %v to %v lies at %v, want %v", x, low, high, got, want)
		}
		if low <= 0 {
			return
		}
		if got, want := (scale{true}).Normalize(low, high, x), (plot.LogScale{}).Normalize(low, high, x); got != want &&
			math.Log(low) < math.Log(high) {
			t.Errorf("log: %v from %v to %v lies at %v, want %v", x, low, high, got, want)
		}
	})
}
