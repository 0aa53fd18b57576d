package scale

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"gptbook/gpt"
)

// near reports a value that is off by more than a share of what was published.
func near(t *testing.T, what string, got, published, share float64) {
	t.Helper()
	if math.Abs(got-published) > share*published {
		t.Errorf("%s is %.6g, published %.6g", what, got, published)
	}
}

// Table D.1 of Brown et al. 2020: operations and petaFLOP/s-days of 300 billion tokens. It works with rounded weights,
// so the smallest rows agree to a percent only.
func TestFLOPsEqualTableD1(t *testing.T) {
	for _, row := range []struct {
		cfg           gpt.Config
		flops, pfDays float64
		share         float64
	}{
		{gpt.GPT3Small, 2.25e20, 2.60, 0.01}, {gpt.GPT3Medium, 6.41e20, 7.42, 0.005},
		{gpt.GPT3Large, 1.37e21, 15.8, 0.005}, {gpt.GPT3XL, 2.38e21, 27.5, 0.005},
		{gpt.GPT3_2B7, 4.77e21, 55.2, 0.005}, {gpt.GPT3_6B7, 1.20e22, 139, 0.005},
		{gpt.GPT3_13B, 2.31e22, 268, 0.005}, {gpt.GPT3_175B, 3.14e23, 3640, 0.002},
	} {
		flops := FLOPs(row.cfg, 300e9)
		near(t, row.cfg.Name+"'s FLOPs", flops, row.flops, row.share)
		near(t, row.cfg.Name+"'s petaFLOP/s-days", flops/PFDay, row.pfDays, row.share)
	}
}

func TestForwardFLOPs(t *testing.T) {
	cfg := gpt.Config{Vocab: 7, Context: 8, Layers: 2, Heads: 1, Width: 3}
	// Blocks: 2·12·2·9 = 432. Attention: 2·2·5·3 = 60. Head: 2·3·7 = 42.
	if got := ForwardFLOPs(cfg, 5); got != 534 {
		t.Errorf("ForwardFLOPs = %g, want 534", got)
	}
	// At GPT-3's size the rule 2N for a token leaves out a few percent: attention over 2048 tokens.
	rule, full := FLOPs(gpt.GPT3_175B, 1)/3, ForwardFLOPs(gpt.GPT3_175B, 2048)
	if full < rule || full > 1.05*rule {
		t.Errorf("one token takes %g operations, by the rule of thumb %g", full, rule)
	}
}

// Published times: Patterson et al. 2021, table 4, for GPT-3 (10,000 V100 at a measured 24.6 TFLOP/s of 125), and
// Narayanan et al. 2021, §5.1, for 175B on 1024 A100 at 140 of 312 TFLOP/s with every block computed twice (8 instead
// of 6 operations per weight and token).
func TestDurationsArePublishedOnes(t *testing.T) {
	for _, row := range []struct {
		flops             float64
		devices           int
		peak, utilisation float64
		days              float64
	}{
		{3.14e23, 10000, 125 * TFLOPs, 24.6 / 125, 14.8},
		{8. / 6 * FLOPs(gpt.GPT3_175B, 300e9), 1024, 312 * TFLOPs, 140. / 312, 34},
		{8 * 1e12 * 450e9, 3072, 312 * TFLOPs, 163. / 312, 84},
	} {
		d, err := Duration(row.flops, row.devices, row.peak, row.utilisation)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "the time", Days(d), row.days, 0.015)
	}
	for _, bad := range []float64{0, -1, 1.5, math.NaN()} {
		if _, err := Duration(1e20, 8, 1e12, bad); err == nil || !strings.Contains(err.Error(), "utilisation up to 1") {
			t.Errorf("a utilisation of %g: %v", bad, err)
		}
	}
	if _, err := Duration(3e23, 1, 1e9, 0.1); err == nil || !strings.Contains(err.Error(), "292 years") {
		t.Errorf("GPT-3 on a slow computer: %v", err)
	}
	if d, err := Duration(3600*4e9, 1, 1e10, 0.4); err != nil || d != time.Hour {
		t.Errorf("an hour of work takes %v, %v", d, err)
	}
}

func TestMemoryIsPublished(t *testing.T) {
	// Rajbhandari et al. 2020, §3.1: a model of 1.5 billion weights needs at least 24 GB (they count GPT-2 XL as 1.5).
	near(t, "GPT-2 XL in mixed precision", Mixed.Memory(gpt.GPT2XL)/GB, 24, 0.04)
	near(t, "GPT-3 in 16 bit", Half.Memory(gpt.GPT3_175B)/GB, 350, 0.005) // §1 of many papers: 350 GB
	for _, p := range []Precision{Float32, Mixed} {
		if p.PerWeight() != 16 {
			t.Errorf("%s takes %d bytes, want 16", p.Name, p.PerWeight())
		}
	}
	// Two numbers of C = 12288 in each of 96 blocks, 2 bytes each: 4.5 MiB.
	// GPT-2 small in float32: 72 MiB for 1024 tokens.
	if got := KVCache(gpt.GPT3_175B, 2); got != 9<<19 {
		t.Errorf("the cache of GPT-3 takes %d bytes per token, want %d", got, 9<<19)
	}
	if got := 1024 * KVCache(gpt.GPT2Small, 4); got != 72<<20 {
		t.Errorf("the cache of GPT-2 small takes %d bytes, want %d", got, 72<<20)
	}
}

// Korthikanti et al. 2022, §5: for GPT-3, 5·heads·T/C is 80, and not keeping it saves 70 % of the activations.
func TestActivationsArePublished(t *testing.T) {
	cfg := gpt.GPT3_175B
	all, linear := Activations(cfg, 1, KeepAll), Activations(cfg, 1, KeepLinear)
	inputs := Activations(cfg, 1, KeepInputs)
	near(t, "the share of the scores", 1-linear/all, 0.70, 0.01)
	if all/linear != (34.+80)/34 || linear/inputs != 17 {
		t.Errorf("all : linear : inputs = %g : %g : %g, want 114 : 34 : 2", all, linear, inputs)
	}
	if want := 96. * 2048 * 12288 * 2; inputs != want {
		t.Errorf("the inputs of 96 blocks take %g bytes, want %g", inputs, want)
	}
}

func TestSplit(t *testing.T) {
	cluster := Cluster{Devices: 1024, PerNode: 8, Memory: 80 * GB}
	plan, err := Split(gpt.GPT3_175B, Mixed, cluster, 1536)
	if err != nil {
		t.Fatal(err)
	}
	// 2794 GB of weights need 39 devices of 72 GB: the next shape that divides 1024 and 96 is 8·8,
	// as of Narayanan et al.
	if plan.Tensor != 8 || plan.Pipeline != 8 || plan.Data != 16 || plan.Layers != 12 || plan.Microbatches != 96 {
		t.Errorf("GPT-3 on 1024 devices: %+v", plan)
	}
	near(t, "the bubble", plan.Bubble, 7./96, 1e-12)
	for _, cfg := range gpt.Presets() {
		plan, err := Split(cfg, Mixed, cluster, 1536)
		if err != nil {
			t.Errorf("%s: %v", cfg.Name, err)
			continue
		}
		if plan.Data*plan.Tensor*plan.Pipeline != 1024 || plan.Layers*plan.Pipeline != cfg.Layers ||
			cfg.Heads%plan.Tensor != 0 || plan.Microbatches*plan.Data != 1536 ||
			plan.Weights+plan.Activations > cluster.Memory {
			t.Errorf("%s: the plan %+v does not add up", cfg.Name, plan)
		}
	}
	one := Cluster{Devices: 1, PerNode: 1, Memory: 8 * GB}
	if plan, err := Split(gpt.GPT2Small, Mixed, one, 1); err != nil || plan.Data != 1 || plan.Bubble != 0 {
		t.Errorf("GPT-2 small on one device: %+v, %v", plan, err)
	}
}

func TestSplitSaysWhatIsWrong(t *testing.T) {
	good := Cluster{Devices: 8, PerNode: 8, Memory: 80 * GB}
	for _, tc := range []struct {
		cfg   gpt.Config
		c     Cluster
		batch int
		want  string
	}{
		{gpt.GPT3_175B, good, 8, "does not fit: its weights alone take 2794 GB"},
		{gpt.GPT3_175B, Cluster{PerNode: 8, Memory: 1}, 8, "want all positive"},
		{gpt.GPT3_175B, good, 0, "want all positive"},
		{gpt.Config{Name: "none"}, good, 1, "want at least 1"},
	} {
		if _, err := Split(tc.cfg, Mixed, tc.c, tc.batch); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("got %v, want %q", err, tc.want)
		}
	}
}

// A law goes in and comes out, at another unit of x too.
func TestFitFindsTheLaw(t *testing.T) {
	want := KaplanParams
	var x, loss []float64
	for n := 1e5; n < 1e9; n *= 4 {
		x, loss = append(x, n), append(loss, want.At(n))
	}
	fit, err := FitPowerLaw(x, loss)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "the exponent", fit.Exponent, want.Exponent, 1e-9)
	near(t, "the unit", fit.Unit, want.Unit, 1e-6)
	if got, low, high := fit.Predict(1e11); math.Abs(got-want.At(1e11)) > 1e-9 || high-low > 1e-6 || fit.R2 < 1-1e-12 {
		t.Errorf("at 1e11 the loss is %g in [%g, %g], want %g; R² %g", got, low, high, want.At(1e11), fit.R2)
	}
}

// The textbook's interval by hand: residuals ∓δ, ±2δ, ∓δ around a flat line through x = 1/e, 1, e.
func TestPredictionInterval(t *testing.T) {
	const d = 0.01
	fit, err := FitPowerLaw([]float64{1 / math.E, 1, math.E},
		[]float64{math.Exp(-d + 0.5), math.Exp(2 * d), math.Exp(-d - 0.5)})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "the exponent", fit.Exponent, 0.5, 1e-9)
	near(t, "the error", fit.Error, math.Sqrt(6)*d, 1e-9) // n-2 = 1
	loss, low, high := fit.Predict(math.Exp(3))
	margin := 12.7062 * fit.Error * math.Sqrt(1+1./3+9./2) // Student's t for one degree of freedom
	near(t, "the interval's top", math.Log(high/loss), margin, 1e-4)
	near(t, "its bottom", math.Log(loss/low), margin, 1e-4)
	for i, want := range []float64{-d, 2 * d, -d} {
		if math.Abs(fit.Residuals[i]-want) > 1e-12 {
			t.Errorf("residual %d is %g, want %g", i, fit.Residuals[i], want)
		}
	}
}

// Of noisy laws the interval holds about 95 in 100 of the runs that were held out.
func TestIntervalCovers(t *testing.T) {
	rng, held := rand.New(rand.NewPCG(1, 2)), 0
	noisy := func(x float64) float64 { return KaplanParams.At(x) * math.Exp(0.02*rng.NormFloat64()) }
	const trials = 2000
	for range trials {
		var x, loss []float64
		for n := 1e4; n < 1e6; n *= 2.5 {
			x, loss = append(x, n), append(loss, noisy(n))
		}
		fit, err := FitPowerLaw(x, loss)
		if err != nil {
			t.Fatal(err)
		}
		if _, low, high := fit.Predict(3e6); low < high {
			if truth := noisy(3e6); low <= truth && truth <= high {
				held++
			}
		}
	}
	if share := float64(held) / trials; share < 0.93 || share > 0.97 {
		t.Errorf("the 95 %% interval held %.1f %%", 100*share)
	}
}

func TestFitSaysWhatIsWrong(t *testing.T) {
	for _, tc := range []struct {
		x, loss []float64
		want    string
	}{
		{[]float64{1, 2}, []float64{2, 1}, "3 or more"},
		{[]float64{1, 2, 3}, []float64{2, 1}, "as many of each"},
		{[]float64{1, 2, 0}, []float64{2, 1, 1}, "run 2 has size 0"},
		{[]float64{1, 2, 3}, []float64{2, math.NaN(), 1}, "run 1 has size 2 and loss NaN"},
		{[]float64{1, 2, 3}, []float64{2, math.Inf(1), 1}, "finite"},
		{[]float64{5, 5, 5}, []float64{1, 2, 3}, "the same size"},
		{[]float64{1, 2, 3}, []float64{2, 2, 2}, "no law"},
	} {
		if _, err := FitPowerLaw(tc.x, tc.loss); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v, %v: %v, want %q", tc.x, tc.loss, err, tc.want)
		}
	}
}

// Kaplan et al. 2020, figure 1: the largest of their models, 1.5 billion weights, has a loss a little above 2.
func TestKaplan(t *testing.T) {
	if l := KaplanParams.At(1.5e9); l < 2 || l > 2.5 {
		t.Errorf("L(1.5e9) = %g", l)
	}
	if KaplanTokens.At(5.4e13) != 1 || KaplanCompute.At(3.1e8) != 1 {
		t.Error("a law is 1 at its unit")
	}
}

func ExampleFLOPs() {
	flops := FLOPs(gpt.GPT3_175B, 300e9)
	d, _ := Duration(flops, 1024, 312*TFLOPs, 0.45)
	fmt.Printf("%.2e operations, %.0f days on 1024 devices of 312 TFLOP/s at 45 %%\n", flops, Days(d))
	// Output: 3.14e+23 operations, 25 days on 1024 devices of 312 TFLOP/s at 45 %
}
