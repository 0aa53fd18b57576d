package figures

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// newPlot is an empty plot in the style of the course.
func newPlot(xLabel, yLabel string) *plot.Plot {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = xLabel, yLabel
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		label, tick := &axis.Label.TextStyle, &axis.Tick.Label
		label.Font, label.Handler, label.Color = textStyle(labelSize).Font, textStyle(labelSize).Handler, ink
		tick.Font, tick.Handler, tick.Color = textStyle(tickSize).Font, textStyle(tickSize).Handler, ink
		axis.Label.Padding = vg.Points(4)
		axis.Color, axis.Tick.Color = ink, ink
		axis.Scale, axis.Tick.Marker = scale{}, linearTicks{}
	}
	lines := plotter.NewGrid()
	lines.Horizontal.Color, lines.Vertical.Color = grid, grid
	p.Add(lines)
	return p
}

// scale maps an axis onto [0, 1], by logarithms if log. Unlike gonum's it holds for all finite numbers: halves have no
// infinite difference, and their ratios are those of the whole.
type scale struct{ log bool }

// Normalize implements plot.Normalizer.
func (s scale) Normalize(low, high, x float64) float64 {
	if math.IsInf(x, 0) { // gonum takes the middle of the axis for half of low+high
		x = high
	}
	if s.log {
		low, high, x = math.Log(low), math.Log(high), math.Log(x)
	}
	return (x/2 - low/2) / (high/2 - low/2)
}

// leastRange is the shortest linear axis, and where a logarithmic one begins: numbers that are nearer to each other, or
// to zero, count as equal. (Below 2e-308 there are fewer digits, and math.Log is not that of the number.)
const leastRange = 1e-300

// widen gives an axis on which all values are equal some room around them.
func widen(a *plot.Axis, log bool) {
	if a.Max-a.Min > math.Max(1e-12*math.Abs(a.Max), leastRange) {
		return
	}
	if log {
		a.Min, a.Max = a.Min/2, clamp(a.Max*2)
	} else {
		room := math.Max(math.Abs(a.Max)/10, 0.5)
		a.Min, a.Max = clamp(a.Min-room), clamp(a.Max+room)
	}
}

// clamp brings what became infinite back to the largest numbers.
func clamp(v float64) float64 { return math.Max(-math.MaxFloat64, math.Min(v, math.MaxFloat64)) }

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// linearTicks marks round numbers, about six, that are 1, 2 or 5 times a power of ten apart.
type linearTicks struct{ whole bool } // whole: whole numbers only, as steps and layers are

// Ticks implements plot.Ticker.
func (t linearTicks) Ticks(low, high float64) []plot.Tick {
	half := high/2 - low/2 // half the length, which may be infinite
	unit := math.Pow(10, math.Floor(math.Log10(half/3)))
	step := unit
	for _, m := range []float64{2, 5, 10} {
		if half/step > 3.5 {
			step = m * unit
		}
	}
	if t.whole {
		step = math.Max(step, 1)
	}
	first := math.Ceil(low/step - 1e-9)
	var ticks []plot.Tick
	for i := range min(8, int(math.Floor(high/step+1e-9)-first)+1) {
		v := (first + float64(i)) * step
		ticks = append(ticks, plot.Tick{Value: v, Label: number(v, step)})
	}
	return ticks
}

// logTicks marks the decades, on a short axis 2 and 5 as well, on a very short one round numbers.
type logTicks struct{}

// Ticks implements plot.Ticker.
func (logTicks) Ticks(low, high float64) []plot.Tick {
	decades := math.Log10(high) - math.Log10(low)
	if decades < 0.7 {
		return linearTicks{}.Ticks(low, high)
	}
	every := max(1, int(math.Ceil(decades/7))) // label one decade in every
	var ticks []plot.Tick
	for e := int(math.Floor(math.Log10(low))); e <= int(math.Ceil(math.Log10(high))); e++ {
		for m := 1.0; m < 10; m++ {
			v := m * math.Pow10(e)
			if v < low*(1-1e-9) || v > high*(1+1e-9) || v > math.MaxFloat64 {
				continue
			}
			tick := plot.Tick{Value: v}
			if m == 1 && e%every == 0 || (m == 2 || m == 5) && decades < 2.5 {
				tick.Label = number(v, v)
			}
			if tick.Label != "" || every == 1 {
				ticks = append(ticks, tick)
			}
		}
	}
	return ticks
}

// number writes v as an axis does: enough digits to tell neighbours that are step apart, and
// thousands, millions and billions as k, M and B.
func number(v, step float64) string {
	if math.Abs(v) <= step/1e6 {
		return "0"
	}
	size := math.Abs(v)
	switch {
	case size >= 1e13 || size < 1e-3:
		digits := min(15, magnitude(size)-magnitude(math.Min(step, size))) // a float64 has no more
		s := strconv.FormatFloat(v, 'e', digits, 64)
		return strings.Replace(strings.Replace(s, "e+", "e", 1), "e-0", "e-", 1)
	case size >= 1e4:
		for _, si := range []struct {
			factor float64
			name   string
		}{{1e9, "B"}, {1e6, "M"}, {1e3, "k"}} {
			if size >= si.factor {
				digits := strconv.FormatFloat(v/si.factor, 'f', decimals(step/si.factor), 64)
				if strings.Contains(digits, ".") {
					digits = strings.TrimRight(strings.TrimRight(digits, "0"), ".")
				}
				return digits + si.name
			}
		}
	}
	return strconv.FormatFloat(v, 'f', decimals(step), 64)
}

// decimals is how many digits behind the point a multiple of step needs.
func decimals(step float64) int {
	return max(0, -magnitude(step))
}

// magnitude is the power of ten of the first digit of v > 0.
func magnitude(v float64) int { return int(math.Floor(math.Log10(v) + 1e-9)) }
