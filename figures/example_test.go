package figures_test

import (
	"fmt"
	"os"
	"path/filepath"

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
	if err := chart.Show(); err != nil { // in a notebook: below the cell
		fmt.Println(err)
	}
	dir, err := os.MkdirTemp("", "figures")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	fmt.Println(chart.Save(filepath.Join(dir, "loss.svg")), chart.Save(filepath.Join(dir, "loss.gif")) != nil)
	// Output: <nil> true
}
