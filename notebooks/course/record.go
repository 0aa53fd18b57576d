package course

import (
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"time"

	"github.com/janpfeifer/must"

	"gptbook/figures"
)

// Gallery returns the path of something in figures/gallery, where the reference runs are. It is relative to a chapter's
// folder, in which both its cells and its tests run.
func Gallery(name ...string) string {
	return filepath.Join(append([]string{"..", "..", "figures", "gallery"}, name...)...)
}

// Record stores the chart of a full run in a folder of the gallery, with the numbers and with what made them. Of run it
// sets GoMLX's version, the device and the time. A small run proves nothing and is not stored. It panics if run lacks
// something else or the folder cannot be written to.
func Record(folder string, run figures.Run, took time.Duration, chart figures.Chart) {
	if !Small() {
		must.M(figures.SaveRun(Gallery(folder), described(run, took), chart))
	}
}

func described(run figures.Run, took time.Duration) figures.Run {
	run.GoMLX = figures.GoMLXVersion()
	run.Device = fmt.Sprintf("%d CPU cores, %s", runtime.NumCPU(), Backend().Name())
	run.Minutes = math.Round(took.Minutes()*10) / 10
	return run
}
