package figures

import (
	"bytes"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// -gallery DIR writes every sample figure, to be looked at.
var galleryDir = flag.String("gallery", "", "folder to write the sample figures to")

func noisy(name string, n, every int, from, to, noise float64) Curve {
	rng := rand.New(rand.NewPCG(1, uint64(len(name))))
	c := Curve{Name: name, Unit: "nats/token"}
	for i := 0; i < n; i += every {
		x := float64(i) / float64(n)
		c.Points = append(c.Points, Point{i + 1, to + (from-to)*math.Exp(-6*x) + noise*rng.NormFloat64()})
	}
	return c
}

func attention(n int, sharp float64) [][]float64 {
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n)
		sum := 0.0
		for j := 0; j <= i; j++ {
			m[i][j] = math.Exp(sharp * math.Cos(float64(i-j)*1.3))
			sum += m[i][j]
		}
		for j := range m[i] {
			m[i][j] /= sum
			if j > i {
				m[i][j] = math.NaN()
			}
		}
	}
	return m
}

// samples is one figure of every kind, with the cases that are hard to draw.
func samples() map[string]figure {
	words := []string{"The", " rays", " of", " light", " are", " refracted", ",", "\n"}
	spread, _ := MeanSpread("3 seeds", noisy("a", 400, 20, 5, 2, .1), noisy("bb", 400, 20, 5, 2.2, .1), noisy("ccc", 400, 20, 5, 2.1, .1))
	signed := attention(6, 1)
	for i := range signed {
		for j := range signed[i] {
			signed[i][j] = math.Sin(float64(i*7 + j*3))
		}
	}
	var scaling, fit Series
	scaling, fit = Series{Name: "trained", Marks: true}, Series{Name: "fit"}
	for _, n := range []float64{1e5, 3e5, 1e6, 4e6, 2e7} {
		scaling.X, scaling.Y = append(scaling.X, n), append(scaling.Y, math.Pow(8.8e13/n, 0.076)*1.02)
		fit.X, fit.Y = append(fit.X, n), append(fit.Y, math.Pow(8.8e13/n, 0.076))
	}
	var many []Curve
	for i := range 9 {
		c := noisy("layers "+string(rune('1'+i)), 500, 10, 5, 2+0.04*float64(i), 0.01)
		many = append(many, c)
	}
	diverged := noisy("no residual", 300, 3, 5, 3, .02)
	diverged.Points = diverged.Points[:40]
	diverged.Points[20].Value = math.NaN()
	return map[string]figure{
		"loss": Chart{Title: "GPT-1, 12 layers, on Opticks", Smooth: 100,
			Curves: []Curve{noisy("train", 10000, 1, 6.2, 2.9, .15), noisy("validation", 10000, 500, 6.2, 3.1, .01)},
			Levels: []Reference{{"bigram", 4.1}, {"ln V", math.Log(512)}}},
		"loglog": Chart{Title: "Loss against parameters", XLabel: "parameters", YLabel: "loss in nats/token", LogX: true, LogY: true,
			Series: []Series{scaling, fit}},
		"logwide": Chart{Title: "Gradient norm", XLabel: "layer", YLabel: "norm", LogY: true,
			Series: []Series{{Name: "post-norm", X: []float64{1, 2, 3, 4, 5, 6}, Y: []float64{1e-9, 1e-7, 0, 1e-3, 1e-2, 10}},
				{Name: "pre-norm", X: []float64{1, 2, 3, 4, 5, 6}, Y: []float64{.1, .2, .3, .2, .3, .5}}}},
		"band":   Chart{Title: "Three seeds", YLabel: "nats/token", Series: []Series{spread}, Curves: []Curve{diverged, {Name: "never started"}}},
		"many":   Chart{Title: "Depth", Curves: many},
		"single": Chart{Title: "One point", Curves: []Curve{{Name: "only", Unit: "nats", Points: []Point{{5, 2}}}}},
		"attention": Heatmap{Title: "Attention of block 3", XLabel: "key", YLabel: "query", Unit: "attention weight", Panels: []Matrix{
			{Title: "head 0", Rows: words, Cols: words, Values: attention(8, .5)}, {Title: "head 1", Rows: words, Cols: words, Values: attention(8, 3)}}},
		"attention1": Heatmap{Title: "One head", XLabel: "key", YLabel: "query", Unit: "weight", Panels: []Matrix{{Rows: words, Cols: words, Values: attention(8, 2)}}},
		"attention4": Heatmap{Title: "Four heads, 64 tokens", Unit: "weight", Panels: []Matrix{
			{Title: "0", Values: attention(64, .5)}, {Title: "1", Values: attention(64, 1)}, {Title: "2", Values: attention(64, 2)}, {Title: "3", Values: attention(64, 4)}}},
		"signed": Heatmap{Title: "A weight matrix", Unit: "weight", Panels: []Matrix{{Values: signed}}},
		"bars": Bars{Title: "Accuracy on held-out questions", YLabel: "accuracy", Groups: []string{"intent", "source", "topic"},
			Sets: []Set{{"pretrained", []float64{.93, .88, .71}, []float64{.02, .01, .04}}, {"from scratch", []float64{.7, .66, .43}, nil}, {"bag of words", []float64{.81, math.NaN(), .5}, nil}},
			Levels: []Reference{{"majority", .25}}},
		"bars1": Bars{Title: "Reward", YLabel: "reward", Groups: []string{"SFT", "PPO", "PPO, β = 0"}, Sets: []Set{{Values: []float64{-.4, 1.25, 2.6}}}},
	}
}

func TestSamples(t *testing.T) {
	for name, f := range samples() {
		for ext, render := range map[string]func(figure) ([]byte, error){".svg": svg, ".png": png} {
			a, err := render(f)
			if err != nil {
				t.Errorf("%s%s: %v", name, ext, err)
				continue
			}
			if b, _ := render(f); !bytes.Equal(a, b) {
				t.Errorf("%s%s: two renderings differ", name, ext)
			}
			if len(a) > 120_000 {
				t.Errorf("%s%s has %d bytes", name, ext, len(a))
			}
			if *galleryDir != "" {
				if err := os.WriteFile(filepath.Join(*galleryDir, name+ext), a, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
