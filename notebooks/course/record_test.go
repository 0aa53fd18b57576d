package course

import (
	"os"
	"testing"
	"time"

	"gptbook/figures"
)

func TestDescribed(t *testing.T) {
	given := figures.Run{Preset: "toy", Seed: 7, Steps: 2, Data: "abc"}
	run := described(given, 97*time.Second)
	want := given
	want.Minutes, want.GoMLX, want.Device = 1.6, run.GoMLX, run.Device
	if run != want || run.Device == "" {
		t.Errorf("the record is %+v, want %+v and a device", run, want)
	}
}

// Tests are small and leave the gallery as it is.
func TestRecordSmall(t *testing.T) {
	Record("a-small-run", figures.Run{Preset: "toy", Steps: 2, Data: "abc"}, time.Second, figures.Chart{})
	if _, err := os.Stat(Gallery("a-small-run")); err == nil {
		t.Error("a small run is in the gallery")
	}
}

// The package lies as deep as the chapters do.
func TestGallery(t *testing.T) {
	if _, _, err := figures.LoadRun(Gallery("04_gpt1")); err != nil {
		t.Error(err)
	}
}
