package scale

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// PowerLaw is a loss that falls by the same factor whenever x grows by the same factor:
//
//	L(x) = (Unit / x)^Exponent
//
// a straight line where both axes are logarithmic. Unit is the x at which the loss would be 1.
type PowerLaw struct{ Unit, Exponent float64 }

// At is the loss at x.
func (p PowerLaw) At(x float64) float64 { return math.Pow(p.Unit/x, p.Exponent) }

// The laws of Kaplan et al. 2020 (eq. 1.1 to 1.3), in nats per token, each where nothing else limits: of non-embedding
// weights, of training tokens, and of computation in [PFDay]. They hold for WebText2 in GPT-2's tokens with a context
// of 1024 and do not carry over to other data or tokenizers; only their form does. Hoffmann et al. 2022 found later
// that the runs behind them were cut off too early for their size.
var (
	KaplanParams  = PowerLaw{Unit: 8.8e13, Exponent: 0.076}
	KaplanTokens  = PowerLaw{Unit: 5.4e13, Exponent: 0.095}
	KaplanCompute = PowerLaw{Unit: 3.1e8, Exponent: 0.050}
)

// Fit is a power law found in measurements.
type Fit struct {
	PowerLaw
	Residuals []float64 // of each run: log(measured / fitted), so 0.01 is 1 % above the line
	Error     float64   // standard deviation of the residuals, with n-2 in the divisor
	R2        float64   // share of the variance of log L that the line explains

	runs         float64
	mean, spread float64 // of log x; spread is the sum of squares about the mean
}

// FitPowerLaw is the least-squares line through log x and log loss. It returns an error unless there are three runs or
// more, all positive, at two sizes and with two losses at least.
func FitPowerLaw(x, loss []float64) (Fit, error) {
	if len(x) != len(loss) || len(x) < 3 {
		return Fit{}, fmt.Errorf("scale: %d sizes and %d losses, want as many of each and 3 or more", len(x), len(loss))
	}
	logX, logL := make([]float64, len(x)), make([]float64, len(x))
	for i := range x {
		if !(x[i] > 0) || !(loss[i] > 0) || math.IsInf(x[i]+loss[i], 0) {
			return Fit{}, fmt.Errorf("scale: run %d has size %g and loss %g, want both positive and finite",
				i, x[i], loss[i])
		}
		logX[i], logL[i] = math.Log(x[i]), math.Log(loss[i])
	}
	mean, variance := stat.MeanVariance(logX, nil)
	if variance == 0 {
		return Fit{}, errors.New("scale: all runs have the same size, want two sizes or more")
	}
	intercept, slope := stat.LinearRegression(logX, logL, nil, false)
	if slope == 0 {
		return Fit{}, errors.New("scale: the loss is the same at all sizes: there is no law to fit")
	}
	f := Fit{PowerLaw: PowerLaw{Exponent: -slope, Unit: math.Exp(-intercept / slope)},
		R2:   stat.RSquared(logX, logL, nil, intercept, slope),
		runs: float64(len(x)), mean: mean, spread: variance * float64(len(x)-1)}
	squares := 0.0
	for i := range logX {
		r := logL[i] - (intercept + slope*logX[i])
		f.Residuals = append(f.Residuals, r)
		squares += r * r
	}
	f.Error = math.Sqrt(squares / (f.runs - 2))
	return f, nil
}

// Predict is the loss of a run at x that was not measured, and the interval in which 95 of 100 such runs would lie if
// the law went on and runs scattered about it like those measured. Of a law that bends it knows nothing.
func (f Fit) Predict(x float64) (loss, low, high float64) {
	away := math.Log(x) - f.mean
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: f.runs - 2}.Quantile(0.975)
	margin := t * f.Error * math.Sqrt(1+1/f.runs+away*away/f.spread)
	loss = f.At(x)
	return loss, loss * math.Exp(-margin), loss * math.Exp(margin)
}
