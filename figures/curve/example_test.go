package curve_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/janpfeifer/must"

	"gptbook/figures/curve"
)

// A noisy curve and its moving average over about ten steps.
func ExampleCurve_Smooth() {
	loss := curve.Curve{Name: "train", Unit: "nats/token"}
	for step := 1; step <= 100; step++ {
		noise := float64(step%2) - 0.5
		loss.Points = append(loss.Points, curve.Point{Step: step, Value: 3 + noise})
	}
	fmt.Printf("%.2f, smoothed %.2f\n", loss.Last(), loss.Smooth(10).Last())
	// Output: 2.50, smoothed 2.98
}

// A run is stopped after step 3, but its last checkpoint is that of step 2.
func ExampleRecorder() {
	dir := must.M1(os.MkdirTemp("", "run"))
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "metrics.csv")

	run := must.M1(curve.Open(path, 0))
	for step := 1; step <= 3; step++ {
		run.Add("train", "nats/token", step, 5-float64(step))
	}
	must.M(run.Save())

	resumed := must.M1(curve.Open(path, 2))
	fmt.Println("measured:", resumed.Has("train", 2), resumed.Has("train", 3))
	resumed.Add("train", "nats/token", 3, 2.25)
	fmt.Println(resumed.Curve("train").Points)
	// Output:
	// measured: true false
	// [{1 4} {2 3} {3 2.25}]
}

// The file has one row for each step and a column for each curve.
func ExampleWriteCSV() {
	dir := must.M1(os.MkdirTemp("", "run"))
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "metrics.csv")

	train := curve.Curve{Name: "train", Points: []curve.Point{{Step: 1, Value: 5.5}, {Step: 2, Value: 4.25}}}
	heldOut := curve.Curve{Name: "held out", Points: []curve.Point{{Step: 2, Value: 4.75}}}
	must.M(curve.WriteCSV(path, train, heldOut))
	fmt.Print(string(must.M1(os.ReadFile(path))))

	curves := must.M1(curve.ReadCSV(path))
	fmt.Println(curve.Named(curves, "held out").Points)
	// Output:
	// step,train,held out
	// 1,5.5,
	// 2,4.25,4.75
	// [{2 4.75}]
}
