package figures

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/janpfeifer/must"

	"gptbook/figures/curve"
)

// -gallery DIR writes every sample figure, to be looked at.
var galleryDir = flag.String("gallery", "", "folder to write the sample figures to")

// points makes the points of a curve from pairs of a step and a value.
func points(pairs ...float64) (out []curve.Point) {
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, curve.Point{Step: int(pairs[i]), Value: pairs[i+1]})
	}
	return out
}

func noisy(name string, n, every int, from, to, noise float64) curve.Curve {
	rng := rand.New(rand.NewPCG(1, uint64(len(name))))
	c := curve.Curve{Name: name, Unit: "nats/token"}
	for i := 0; i < n; i += every {
		x := float64(i) / float64(n)
		value := to + (from-to)*math.Exp(-6*x) + noise*rng.NormFloat64()
		c.Points = append(c.Points, curve.Point{Step: i + 1, Value: value})
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

func make2D(rows, cols int) [][]float64 {
	m := make([][]float64, rows)
	for i := range m {
		m[i] = make([]float64, cols)
	}
	return m
}

// heads is a heat map with one panel for each attention head.
func heads(n, tokens int, labels []string) Heatmap {
	h := Heatmap{Title: fmt.Sprint(n, " heads"), XLabel: "key", YLabel: "query", Unit: "attention weight"}
	for i := range n {
		h.Panels = append(h.Panels, Matrix{
			Title: fmt.Sprint("head ", i), Rows: labels, Cols: labels, Values: attention(tokens, float64(i)/4),
		})
	}
	return h
}

// samples is one figure of every kind, with the cases that are hard to draw.
func samples() map[string]figure {
	all := map[string]figure{}
	for _, kind := range []map[string]figure{chartSamples(), heatmapSamples(), barSamples()} {
		for name, f := range kind {
			all[name] = f
		}
	}
	return all
}

func chartSamples() map[string]figure {
	runs := []curve.Curve{
		noisy("a", 400, 20, 5, 2, .1), noisy("bb", 400, 20, 5, 2.2, .1), noisy("ccc", 400, 20, 5, 2.1, .1),
	}
	scaling, fit := Series{Name: "trained", Marks: true}, Series{Name: "fit"}
	for _, n := range []float64{1e5, 3e5, 1e6, 4e6, 2e7} {
		scaling.X, scaling.Y = append(scaling.X, n), append(scaling.Y, math.Pow(8.8e13/n, 0.076)*1.02)
		fit.X, fit.Y = append(fit.X, n), append(fit.Y, math.Pow(8.8e13/n, 0.076))
	}
	var nine []curve.Curve
	for i := range 9 {
		nine = append(nine, noisy("layers "+string(rune('1'+i)), 500, 10, 5, 2+0.04*float64(i), 0.01))
	}
	diverged := noisy("no residual", 300, 3, 5, 3, .02)
	diverged.Points = diverged.Points[:40]
	diverged.Points[20].Value = math.NaN()
	layers := []float64{1, 2, 3, 4, 5, 6}
	return map[string]figure{
		"loss": Chart{Title: "GPT-1, 12 layers, on Opticks", Smooth: 100,
			Curves: []curve.Curve{noisy("train", 10000, 1, 6.2, 2.9, .15), noisy("validation", 10000, 500, 6.2, 3.1, .01)},
			Levels: []Reference{{"bigram", 4.1}, {"ln V", math.Log(512)}}},
		"loglog": Chart{Title: "Loss against parameters", XLabel: "parameters", YLabel: "loss in nats/token",
			LogX: true, LogY: true, Series: []Series{scaling, fit}},
		"logwide": Chart{Title: "Gradient norm", XLabel: "layer", YLabel: "norm", LogY: true,
			Series: []Series{{Name: "post-norm", X: layers, Y: []float64{1e-9, 1e-7, 0, 1e-3, 1e-2, 10}},
				{Name: "pre-norm", X: layers, Y: []float64{.1, .2, .3, .2, .3, .5}}}},
		"band": Chart{Title: "Three seeds", YLabel: "nats/token", Series: []Series{must.M1(MeanSpread("3 seeds", runs...))},
			Curves: []curve.Curve{diverged, {Name: "never started"}}},
		"many": Chart{Curves: nine,
			Title: "Depth: what happens to the loss of a transformer when blocks are added, at equal width and data"},
		"single": Chart{Title: "One point", Curves: []curve.Curve{{Name: "only", Unit: "nats", Points: points(5, 2)}}},
	}
}

func heatmapSamples() map[string]figure {
	words := []string{"The", " rays", " of", " light", " are", " refracted", ",", "\n"}
	signed := attention(6, 1)
	for i := range signed {
		for j := range signed[i] {
			signed[i][j] = math.Sin(float64(i*7 + j*3))
		}
	}
	return map[string]figure{
		"attention": Heatmap{Title: "Attention of block 3", XLabel: "key", YLabel: "query", Unit: "attention weight",
			Panels: []Matrix{{Title: "head 0", Rows: words, Cols: words, Values: attention(8, .5)},
				{Title: "head 1", Rows: words, Cols: words, Values: attention(8, 3)}}},
		"attention1": Heatmap{Title: "One head", XLabel: "key", YLabel: "query", Unit: "weight",
			Panels: []Matrix{{Rows: words, Cols: words, Values: attention(8, 2)}}},
		"attention4": Heatmap{Title: "Four heads, 64 tokens", Max: 0.3, Unit: "weight", Panels: []Matrix{
			{Title: "0", Values: attention(64, .5)}, {Title: "1", Values: attention(64, 1)},
			{Title: "2", Values: attention(64, 2)}, {Title: "3", Values: attention(64, 4)}}},
		"signed": Heatmap{Title: "A weight matrix", Unit: "weight", Panels: []Matrix{{Values: signed}}},
	}
}

func barSamples() map[string]figure {
	return map[string]figure{
		"bars": Bars{Title: "Accuracy on held-out questions", YLabel: "accuracy",
			Groups: []string{"intent", "source", "topic"},
			Sets: []Set{{"pretrained", []float64{.93, .88, .71}, []float64{.02, .01, .04}},
				{"from scratch", []float64{.7, .66, .43}, nil}, {"bag of words", []float64{.81, math.NaN(), .5}, nil}},
			Levels: []Reference{{"majority", .25}}},
		"bars8": Bars{Title: "One sentence, eight languages", YLabel: "tokens", Groups: []string{
			"English", "German", "Portuguese", "Vietnamese", "Russian", "Chinese", "Japanese (kana)", "Arabic"},
			Sets: []Set{{Name: "GPT-2", Values: []float64{12, 18, 22, 41, 52, 61, 70, 66}},
				{Name: "ours", Values: []float64{11, 25, 28, 55, 90, 95, 98, 97}}}},
		"bars1": Bars{Title: "Reward", YLabel: "reward", Groups: []string{"SFT", "PPO", "PPO, β = 0"},
			Sets: []Set{{Values: []float64{-.4, 1.25, 2.6}}}},
	}
}

// Equal figures are equal files, small enough for a notebook.
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
			keep(t, name+ext, a)
		}
	}
}

// keep writes a figure to the folder of -gallery.
func keep(t *testing.T, name string, data []byte) {
	if *galleryDir == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(*galleryDir, name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestSave(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new folder")
	chart := Chart{Curves: []curve.Curve{noisy("a", 10, 1, 2, 1, 0)}}
	for name, magic := range map[string]string{"a.svg": "<?xml", "b.PNG": "\x89PNG"} {
		path := filepath.Join(dir, name)
		if err := chart.Save(path); err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(path); err != nil || !bytes.HasPrefix(data, []byte(magic)) {
			t.Errorf("%s: %v, starts with %.8q", name, err, data)
		}
	}
	if err := chart.Save(filepath.Join(dir, "c.jpg")); err == nil || !strings.Contains(err.Error(), ".svg or .png") {
		t.Errorf("c.jpg: %v", err)
	}
	if err := (Chart{}).Save(filepath.Join(dir, "a.svg")); err == nil {
		t.Error("an empty chart was saved")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("folder holds %v, want the two figures alone", entries)
	}
	if err := chart.Save(filepath.Join(dir, "a.svg", "x.svg")); err == nil {
		t.Error("a file as a folder was accepted")
	}
	if err := chart.Show(); err != nil { // no notebook: nothing to do
		t.Error(err)
	}
}
