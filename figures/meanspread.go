package figures

import (
	"fmt"
	"math"

	"gptbook/figures/curve"
)

// MeanSpread joins runs that differ by their seed into one line with a band: mean ± one
// standard deviation (divisor n-1) at each step that all runs share. If a run has a step twice, the later value counts.
// It returns an error if there are fewer than two runs or no shared step.
func MeanSpread(name string, runs ...curve.Curve) (Series, error) {
	out := Series{Name: name}
	if len(runs) < 2 {
		return out, fmt.Errorf("figures: MeanSpread %q: %d run, want 2 or more", name, len(runs))
	}
	values := map[int][]float64{} // for each step those of the runs so far, if all have it
	for i, run := range runs {
		for _, p := range run.Points {
			switch vs := values[p.Step]; len(vs) {
			case i:
				values[p.Step] = append(vs, p.Value)
			case i + 1:
				vs[i] = p.Value
			}
		}
	}
	for _, p := range runs[0].Points {
		vs := values[p.Step]
		if len(vs) != len(runs) {
			continue
		}
		delete(values, p.Step)
		mean, squares := 0.0, 0.0
		for _, v := range vs {
			mean += v / float64(len(vs))
		}
		for _, v := range vs {
			squares += (v - mean) * (v - mean)
		}
		out.X = append(out.X, float64(p.Step))
		out.Y = append(out.Y, mean)
		out.Spread = append(out.Spread, math.Sqrt(squares/float64(len(vs)-1)))
	}
	if len(out.X) == 0 {
		return out, fmt.Errorf("figures: MeanSpread %q: the %d runs share no step", name, len(runs))
	}
	return out, nil
}
