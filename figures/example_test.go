package figures_test

import (
	"bytes"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"

	"github.com/janpfeifer/must"

	"gptbook/figures"
	"gptbook/figures/curve"
)

// The loss of a run with a baseline, as the chapters show it.
func ExampleChart() {
	train := curve.Curve{Name: "train", Unit: "nats/token"}
	for step := 1; step <= 500; step++ {
		train.Points = append(train.Points, curve.Point{Step: step, Value: 2 + 4/float64(step)})
	}
	chart := figures.Chart{
		Title:  "a model on a text",
		Curves: []curve.Curve{train},
		Levels: []figures.Reference{{Name: "bigram", Value: 3.1}},
	}
	must.M(chart.Show()) // in a notebook: below the cell

	dir := must.M1(os.MkdirTemp("", "figures"))
	defer os.RemoveAll(dir)
	must.M(chart.Save(filepath.Join(dir, "loss.svg")))
	must.M(chart.Save(filepath.Join(dir, "loss.png")))
	for _, file := range must.M1(os.ReadDir(dir)) {
		fmt.Println(file.Name())
	}
	fmt.Println(chart.Save("loss.gif"))
	// Output:
	// loss.png
	// loss.svg
	// figures: cannot save to "loss.gif": the name must end in .svg or .png
}

// A law over sizes that are no steps: what was measured as marks, what was fitted as a line, both axes logarithmic.
func ExampleSeries() {
	measured := figures.Series{Name: "trained", Marks: true}
	law := figures.Series{Name: "(N/8.8e13)^-0.076"}
	for i, n := range []float64{1e5, 1e6, 1e7} {
		loss := math.Pow(8.8e13/n, 0.076)
		law.X, law.Y = append(law.X, n), append(law.Y, loss)
		measured.X, measured.Y = append(measured.X, n), append(measured.Y, loss+0.02*float64(i))
	}
	data := must.M1(figures.Chart{
		XLabel: "parameters", YLabel: "nats/token", LogX: true, LogY: true, Series: []figures.Series{measured, law},
	}.PNG())
	size := must.M1(png.DecodeConfig(bytes.NewReader(data)))
	fmt.Println(size.Width, "×", size.Height)
	// Output: 1020 × 567
}

// Twelve attention heads share one scale, in rows of four.
func ExampleHeatmap() {
	words := []string{"the", "cat", "sat"}
	attention := [][]float64{{1, 0, 0}, {0.6, 0.4, 0}, {0.1, 0.7, 0.2}} // each row sums to 1
	heads := figures.Heatmap{Title: "Attention", XLabel: "key", YLabel: "query", Unit: "weight"}
	for head := range 12 {
		title := fmt.Sprint("head ", head)
		heads.Panels = append(heads.Panels, figures.Matrix{Title: title, Rows: words, Cols: words, Values: attention})
	}
	size := must.M1(png.DecodeConfig(bytes.NewReader(must.M1(heads.PNG()))))
	fmt.Println(size.Width, "×", size.Height)
	// Output: 1020 × 804
}

// Two models on three kinds of question, with the spread over seeds and what guessing gives.
func ExampleBars() {
	data := must.M1(figures.Bars{
		Title: "Held-out questions", YLabel: "accuracy", Groups: []string{"intent", "source", "topic"},
		Sets: []figures.Set{
			{Name: "pretrained", Values: []float64{0.93, 0.88, 0.71}, Spread: []float64{0.02, 0.01, 0.04}},
			{Name: "from scratch", Values: []float64{0.70, 0.66, 0.43}},
		},
		Levels: []figures.Reference{{Name: "majority", Value: 0.25}},
	}.SVG())
	fmt.Println(bytes.Contains(data, []byte(">0.93</text>"))) // each bar bears its number
	// Output: true
}

// A chart that grows while a model learns. In a notebook it is drawn once a second.
func ExampleLive() {
	live := figures.NewLive(figures.Chart{Title: "SFT", YLabel: "nats/token"})
	for step := 1; step <= 100; step++ {
		live.Add("train", step, 1+2/float64(step))
		if step%50 == 0 {
			live.Add("held out", step, 1.5)
		}
	}
	must.M(live.Close())
	for _, c := range live.Chart().Curves {
		fmt.Println(c.Name, len(c.Points), c.Last())
	}
	// Output:
	// train 100 1.02
	// held out 2 1.5
}

// Three runs that differ by their seed become a line with a band.
func ExampleMeanSpread() {
	var runs []curve.Curve
	for _, loss := range []float64{2.0, 2.1, 2.2} {
		runs = append(runs, curve.Curve{Points: []curve.Point{{Step: 100, Value: loss + 1}, {Step: 200, Value: loss}}})
	}
	band := must.M1(figures.MeanSpread("three seeds", runs...))
	for i, step := range band.X {
		fmt.Printf("step %.0f: %.1f ± %.1f\n", step, band.Y[i], band.Spread[i])
	}
	// Output:
	// step 100: 3.1 ± 0.1
	// step 200: 2.1 ± 0.1
}

// A run of the gallery: how it was made, its curves and its figure.
func ExampleSaveRun() {
	dir := must.M1(os.MkdirTemp("", "gallery"))
	defer os.RemoveAll(dir)
	loss := curve.Curve{Name: "train", Points: []curve.Point{{Step: 1, Value: 6.2}, {Step: 500, Value: 3.4}}}
	run := figures.Run{
		Preset: "gpt1-course", Seed: 1, Steps: 500, Data: "9f86d08…", GoMLX: "v0.28.8", Device: "2 CPU cores", Minutes: 4,
	}
	must.M(figures.SaveRun(dir, run, figures.Chart{YLabel: "nats/token", Curves: []curve.Curve{loss}}))
	for _, file := range must.M1(os.ReadDir(dir)) {
		fmt.Println(file.Name())
	}
	// Output:
	// loss.csv
	// loss.png
	// run.json
}

// The reference run of chapter 4, beside which a reader's own can be drawn.
func ExampleLoadRun() {
	run, curves, err := figures.LoadRun("gallery/04_gpt1")
	must.M(err)
	fmt.Println(run.Preset)
	for _, c := range curves {
		fmt.Println(c.Name)
	}
	// Output:
	// opticks: 12 layers, width 64
	// train
	// validation
}
