package course

import (
	"testing"

	"gptbook/figures"
	"gptbook/figures/curve"
	"gptbook/train"
)

// Whoever imports this package, as all chapters do, sees the curves of what is trained.
func TestTrainingIsDrawn(t *testing.T) {
	first := curve.Curve{Name: "train", Points: []curve.Point{{Step: 1, Value: 3}}}
	chart := train.NewLiveChart("pretrain", "nats", []curve.Curve{first})
	chart.Add("train", 2, 2.5)
	got := chart.(*figures.Live).Chart()
	if got.Title != "pretrain" || got.YLabel != "nats" || len(got.Curves[0].Points) != 2 {
		t.Errorf("the chart is %+v", got)
	}
	if err := chart.Close(); err != nil {
		t.Error(err)
	}
}
