package figures

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gptbook/figures/curve"

	"github.com/janpfeifer/gonb/gonbui/protocol"
	"github.com/janpfeifer/must"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// -gallery DIR writes every sample figure, to be looked at.
var galleryDir = flag.String("gallery", "", "folder to write the sample figures to")

func noisy(name string, n, every int, from, to, noise float64) curve.Curve {
	rng := rand.New(rand.NewPCG(1, uint64(len(name))))
	c := curve.Curve{Name: name, Unit: "nats/token"}
	for i := 0; i < n; i += every {
		x := float64(i) / float64(n)
		c.Points = append(c.Points, curve.Point{i + 1, to + (from-to)*math.Exp(-6*x) + noise*rng.NormFloat64()})
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
	var many []curve.Curve
	for i := range 9 {
		c := noisy("layers "+string(rune('1'+i)), 500, 10, 5, 2+0.04*float64(i), 0.01)
		many = append(many, c)
	}
	diverged := noisy("no residual", 300, 3, 5, 3, .02)
	diverged.Points = diverged.Points[:40]
	diverged.Points[20].Value = math.NaN()
	return map[string]figure{
		"loss": Chart{Title: "GPT-1, 12 layers, on Opticks", Smooth: 100,
			Curves: []curve.Curve{noisy("train", 10000, 1, 6.2, 2.9, .15), noisy("validation", 10000, 500, 6.2, 3.1, .01)},
			Levels: []Reference{{"bigram", 4.1}, {"ln V", math.Log(512)}}},
		"loglog": Chart{Title: "Loss against parameters", XLabel: "parameters", YLabel: "loss in nats/token", LogX: true, LogY: true,
			Series: []Series{scaling, fit}},
		"logwide": Chart{Title: "Gradient norm", XLabel: "layer", YLabel: "norm", LogY: true,
			Series: []Series{{Name: "post-norm", X: []float64{1, 2, 3, 4, 5, 6}, Y: []float64{1e-9, 1e-7, 0, 1e-3, 1e-2, 10}},
				{Name: "pre-norm", X: []float64{1, 2, 3, 4, 5, 6}, Y: []float64{.1, .2, .3, .2, .3, .5}}}},
		"band":   Chart{Title: "Three seeds", YLabel: "nats/token", Series: []Series{spread}, Curves: []curve.Curve{diverged, {Name: "never started"}}},
		"many":   Chart{Title: "Depth: what happens to the loss of a transformer when blocks are added, at equal width and data", Curves: many},
		"single": Chart{Title: "One point", Curves: []curve.Curve{{Name: "only", Unit: "nats", Points: []curve.Point{{5, 2}}}}},
		"attention": Heatmap{Title: "Attention of block 3", XLabel: "key", YLabel: "query", Unit: "attention weight", Panels: []Matrix{
			{Title: "head 0", Rows: words, Cols: words, Values: attention(8, .5)}, {Title: "head 1", Rows: words, Cols: words, Values: attention(8, 3)}}},
		"attention1": Heatmap{Title: "One head", XLabel: "key", YLabel: "query", Unit: "weight", Panels: []Matrix{{Rows: words, Cols: words, Values: attention(8, 2)}}},
		"attention4": Heatmap{Title: "Four heads, 64 tokens", Max: 0.3, Unit: "weight", Panels: []Matrix{
			{Title: "0", Values: attention(64, .5)}, {Title: "1", Values: attention(64, 1)}, {Title: "2", Values: attention(64, 2)}, {Title: "3", Values: attention(64, 4)}}},
		"signed": Heatmap{Title: "A weight matrix", Unit: "weight", Panels: []Matrix{{Values: signed}}},
		"bars": Bars{Title: "Accuracy on held-out questions", YLabel: "accuracy", Groups: []string{"intent", "source", "topic"},
			Sets:   []Set{{"pretrained", []float64{.93, .88, .71}, []float64{.02, .01, .04}}, {"from scratch", []float64{.7, .66, .43}, nil}, {"bag of words", []float64{.81, math.NaN(), .5}, nil}},
			Levels: []Reference{{"majority", .25}}},
		"bars8": Bars{Title: "One sentence, eight languages", YLabel: "tokens", Groups: []string{"English", "German", "Portuguese", "Vietnamese", "Russian", "Chinese", "Japanese (kana)", "Arabic"},
			Sets: []Set{{Name: "GPT-2", Values: []float64{12, 18, 22, 41, 52, 61, 70, 66}}, {Name: "ours", Values: []float64{11, 25, 28, 55, 90, 95, 98, 97}}}},
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

func TestSmooth(t *testing.T) {
	// A constant stays constant from the first point on, whatever the gaps.
	flat := curve.Curve{Points: []curve.Point{{1, 3}, {2, 3}, {50, 3}, {51, math.NaN()}, {400, 3}}}
	for _, p := range flat.Smooth(20).Points {
		if p.Step != 51 && math.Abs(p.Value-3) > 1e-12 {
			t.Errorf("smoothed constant 3 is %v at step %d", p.Value, p.Step)
		}
	}
	// Closed form for two points one step apart, k = e^(-1/20): weights k(1-k) and (1-k).
	k := math.Exp(-1.0 / 20)
	got := curve.Curve{Points: []curve.Point{{1, 1}, {2, 5}}}.Smooth(20).Points[1].Value
	if want := (k*1 + 5) / (k + 1); math.Abs(got-want) > 1e-12 {
		t.Errorf("got %v, want %v", got, want)
	}
	// A gap far longer than the memory forgets what was before.
	got = curve.Curve{Points: []curve.Point{{1, 1}, {1000, 5}}}.Smooth(20).Points[1].Value
	if math.Abs(got-5) > 1e-9 {
		t.Errorf("after a long gap: %v, want 5", got)
	}
	// On a logarithmic axis the logarithms are averaged, and what has none is a gap.
	log := Chart{LogY: true, Smooth: 20}.smooth(curve.Curve{Points: []curve.Point{{1, 1}, {2, 1000}, {3, 0}}}).Points
	if want := math.Pow(1000, 1/(k+1)); math.Abs(log[1].Value-want) > 1e-9 || log[2].Value != 0 {
		t.Errorf("got %v, want %v and 0", log[1:], want)
	}
	raw := noisy("x", 10, 1, 3, 1, .1)
	if s := raw.Smooth(0); &s.Points[0] != &raw.Points[0] {
		t.Error("Smooth(0) must be the curve itself")
	}
	if last := flat.Last(); last != 3 {
		t.Errorf("Last = %v", last)
	}
	if last := (curve.Curve{}).Last(); !math.IsNaN(last) {
		t.Errorf("Last of an empty curve = %v, want NaN", last)
	}
}

func TestMeanSpread(t *testing.T) {
	s, err := MeanSpread("m", curve.Curve{Points: []curve.Point{{1, 2}, {2, 9}, {3, 1}}}, curve.Curve{Points: []curve.Point{{1, 4}, {3, 1}}})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.X, []float64{1, 3}) || !slices.Equal(s.Y, []float64{3, 1}) {
		t.Errorf("x %v y %v", s.X, s.Y)
	}
	if math.Abs(s.Spread[0]-math.Sqrt2) > 1e-12 || s.Spread[1] != 0 {
		t.Errorf("spread %v, want √2 and 0", s.Spread)
	}
	for _, runs := range [][]curve.Curve{nil, {{}}, {{Points: []curve.Point{{1, 1}}}, {Points: []curve.Point{{2, 1}}}}} {
		if _, err := MeanSpread("m", runs...); err == nil {
			t.Errorf("MeanSpread of %v: no error", runs)
		}
	}
}

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
		{logTicks{}, 1, 1000, "1 10 100 1000"},
		{logTicks{}, 1, 50, "1 2 5 10 20 50"},
		{logTicks{}, 1e-9, 10, "1e-8 1e-6 1e-4 0.01 1"},
		{logTicks{}, 1e18, 1e24, "1e18 1e19 1e20 1e21 1e22 1e23 1e24"},
		{logTicks{}, 3, 5, "3.0 3.5 4.0 4.5 5.0"},
	} {
		if got := strings.Join(labels(c.ticker.Ticks(c.low, c.high)), " "); got != c.want {
			t.Errorf("%T from %v to %v: got %q, want %q", c.ticker, c.low, c.high, got, c.want)
		}
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

func TestRefused(t *testing.T) {
	nan := math.NaN()
	one := []curve.Curve{{Name: "a", Points: []curve.Point{{1, 1}}}}
	for want, f := range map[string]figure{
		`"empty" has nothing to draw`:     Chart{Title: "empty"},
		`"nan" has nothing to draw`:       Chart{Title: "nan", Curves: []curve.Curve{{Points: []curve.Point{{1, nan}, {2, math.Inf(1)}}}}},
		`"log" has nothing to draw`:       Chart{Title: "log", LogY: true, Curves: []curve.Curve{{Points: []curve.Point{{1, 0}, {2, -1}}}}},
		`2 x, 1 y`:                        Chart{Series: []Series{{Name: "s", X: []float64{1, 2}, Y: []float64{1}}}},
		`reference "r" cannot be drawn`:   Chart{Curves: one, Levels: []Reference{{"r", nan}}},
		`reference "z" cannot be drawn`:   Chart{Curves: one, LogY: true, Levels: []Reference{{"z", 0}}},
		`panel "p" is empty`:              Heatmap{Panels: []Matrix{{Title: "p"}}},
		`"h" has no finite value`:         Heatmap{Title: "h", Panels: []Matrix{{Values: [][]float64{{nan}}}}},
		`row 1 has 1 values, row 0 has 2`: Heatmap{Panels: []Matrix{{Values: [][]float64{{1, 2}, {1}}}}},
		`1×2 values but 2 row`:            Heatmap{Panels: []Matrix{{Rows: []string{"a", "b"}, Values: [][]float64{{1, 2}}}}},
		`Max is -1`:                       Heatmap{Max: -1, Panels: []Matrix{{Values: [][]float64{{1}}}}},
		`no panels`:                       Heatmap{},
		`no finite value in 0 sets`:       Bars{Groups: []string{"a"}},
		`has 2 values`:                    Bars{Groups: []string{"a"}, Sets: []Set{{Values: []float64{1, 2}}}},
		`bars "b": reference "r" cannot`:  Bars{Title: "b", Groups: []string{"a"}, Sets: []Set{{Values: []float64{1}}}, Levels: []Reference{{"r", nan}}},
	} {
		for _, render := range []func(figure) ([]byte, error){svg, png} {
			if _, err := render(f); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("want an error with %q, got %v", want, err)
			}
		}
	}
}

// Odd but drawable: huge and tiny values, steps out of order, equal values, names of every kind.
func TestOddInput(t *testing.T) {
	long := strings.Repeat("long name ", 20)
	for i, f := range []figure{
		Chart{Curves: []curve.Curve{{Name: long, Points: []curve.Point{{1, 1e300}, {2, -1e300}}}}},
		Chart{LogY: true, LogX: true, Curves: []curve.Curve{{Name: "<&\"中", Points: []curve.Point{{0, 1}, {1, 1e-300}, {5, 1e300}}}}},
		Chart{Title: long, Curves: []curve.Curve{{Points: []curve.Point{{9, 2}, {3, 2}, {5, 2}}}}},
		Chart{LogY: true, Smooth: 10, Curves: []curve.Curve{{Name: "a", Points: []curve.Point{{1, 2}, {2, 2}}}}},
		Chart{Curves: []curve.Curve{{Name: "max", Points: []curve.Point{{math.MaxInt, math.MaxFloat64}, {math.MinInt, -math.MaxFloat64}}}}},
		Chart{Series: []Series{{Name: "s", Marks: true, X: []float64{1, 2}, Y: []float64{0, 0}, Spread: []float64{math.Inf(1), 1}}}},
		Heatmap{Panels: []Matrix{{Values: [][]float64{{0}}}, {Values: make2D(3, 200)}}},
		Heatmap{Panels: []Matrix{{Rows: []string{long}, Cols: []string{""}, Values: [][]float64{{1e9}}}}},
		Bars{Groups: []string{"zero"}, Sets: []Set{{Name: "s", Values: []float64{0}}}},
		Bars{Groups: []string{"big"}, Sets: []Set{{Name: "s", Values: []float64{1e12}}, {Name: "t", Values: []float64{-3}}}},
	} {
		for _, render := range []func(figure) ([]byte, error){svg, png} {
			if data, err := render(f); err != nil || len(data) == 0 {
				t.Errorf("figure %d: %d bytes, %v", i, len(data), err)
			}
		}
	}
}

// A number that is wider than its bar is written smaller, not left out.
func TestNarrowBars(t *testing.T) {
	bars := Bars{Groups: make([]string, 8), Sets: []Set{
		{Name: "GPT-2 (2019), 50k", Values: []float64{13, 26, 23, 73, 50, 139, 34, 57}},
		{Name: "GPT-4 (2023), 100k", Values: []float64{13, 22, 16, 35, 37, 84, 22, 45}},
		{Name: "GPT-4o (2024), 200k", Values: []float64{13, 17, 14, 17, 18, 25, 16, 35}},
	}}
	if !bytes.Contains(must.M1(svg(bars)), []byte(">139</text>")) {
		t.Error("139 is not drawn")
	}
}

func make2D(rows, cols int) [][]float64 {
	m := make([][]float64, rows)
	for i := range m {
		m[i] = make([]float64, cols)
	}
	return m
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

func TestCSV(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.csv")
	train := curve.Curve{Name: "train_loss", Points: []curve.Point{{1, 6.25}, {2, 1.0 / 3}, {3, math.NaN()}}}
	val := curve.Curve{Name: "val_loss", Points: []curve.Point{{2, 5}}}
	none := curve.Curve{Name: "tokens_per_second"}
	if err := curve.WriteCSV(path, train, val, none); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(path)
	if want := "step,train_loss,val_loss,tokens_per_second\n1,6.25,,\n2,0.3333333333333333,5,\n3,NaN,,\n"; string(data) != want {
		t.Errorf("got\n%swant\n%s", data, want)
	}
	curves, err := curve.ReadCSV(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(curves), fmt.Sprint([]curve.Curve{train, val, none}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for text, want := range map[string]string{
		"":                          "is empty",
		"a,b\n":                     `first column is "a"`,
		"step,a\nx,1\n":             `:2: step "x"`,
		"step,a\n1,1\n2,one\n":      `:3: a "one"`,
		"step,a\n1,1,1\n":           "wrong number of fields",
		"step,a\n1,\"unterminated":  "\"",
		"step,a\n1,2\n\"\x00\",3\n": ":3: step",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := curve.ReadCSV(path); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "metrics.csv") {
			t.Errorf("%q: got %v, want an error with %q and the file's name", text, err, want)
		}
	}
	if _, err := curve.ReadCSV(filepath.Join(t.TempDir(), "none.csv")); err == nil {
		t.Error("no error for a missing file")
	}
	if err := curve.WriteCSV(path, train, train); err == nil {
		t.Error("two curves of one name were written")
	}
}

func TestLive(t *testing.T) {
	live := NewLive(Chart{Title: "live", Curves: []curve.Curve{{Name: "train", Unit: "nats"}}})
	live.Add("train", 1, 5) // outside a notebook: collects only
	if err := live.Close(); err != nil {
		t.Fatal(err)
	}
	clock := time.Unix(0, 0)
	var frames []protocol.MIMEType
	var last []byte
	live.now = func() time.Time { return clock }
	live.display = func(mime protocol.MIMEType, content any) {
		frames = append(frames, mime)
		last = fmt.Append(nil, content)
	}
	live.drawn = clock.Add(-time.Hour)
	for step := 2; step <= 32; step++ { // 10 points a second, for three seconds
		live.Add("train", step, 5/float64(step))
		live.Add("validation", step, math.NaN())
		clock = clock.Add(100 * time.Millisecond)
	}
	if n := len(frames); n != 4 { // at 0, 1, 2 and 3 seconds
		t.Errorf("%d frames in 3 seconds, want 4", n)
	}
	if !bytes.Contains(last, []byte("</svg>")) {
		t.Error("a live frame is no SVG")
	}
	if err := live.Close(); err != nil || frames[len(frames)-1] != protocol.MIMEImagePNG {
		t.Errorf("the final frame is %v, %v", frames[len(frames)-1], err)
	}
	chart := live.Chart()
	if n := len(chart.Curves[0].Points); n != 32 || chart.Curves[0].Unit != "nats" || chart.Curves[1].Name != "validation" {
		t.Errorf("collected %d points, curves %v", n, chart.Curves)
	}
	chart.Curves[0].Points[0].Value = -1
	if live.Chart().Curves[0].Points[0].Value == -1 {
		t.Error("Chart shares memory with the live chart")
	}
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	run := Run{Preset: "gpt1-course", Seed: 42, Steps: 500, Data: "abc123", GoMLX: "v0.28.8", Device: "2 CPU cores", Minutes: 3.5}
	chart := Chart{Curves: []curve.Curve{noisy("train", 500, 5, 6, 3, .1), noisy("validation", 500, 50, 6, 3, .1)}}
	if err := SaveRun(dir, run, chart); err != nil {
		t.Fatal(err)
	}
	got, curves, err := LoadRun(dir)
	if err != nil || got != run {
		t.Fatalf("got %+v, %v", got, err)
	}
	if !slices.Equal(curves[0].Points, chart.Curves[0].Points) || !slices.Equal(curves[1].Points, chart.Curves[1].Points) {
		t.Error("curves changed on disk")
	}
	run.Device = ""
	if err := SaveRun(t.TempDir(), run, chart); err == nil {
		t.Error("a run without a device was saved")
	}
	for _, text := range []string{"", "{", `{"preset":"x"}`, `{"unknown":1}`} {
		if err := os.WriteFile(filepath.Join(dir, "run.json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, err := LoadRun(dir); err == nil || !strings.Contains(err.Error(), "run.json") {
			t.Errorf("%q: %v", text, err)
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
