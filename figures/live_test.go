package figures

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"gptbook/figures/curve"
)

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
	train, validation := chart.Curves[0], chart.Curves[1]
	if n := len(train.Points); n != 32 || train.Unit != "nats" || validation.Name != "validation" {
		t.Errorf("collected %d points, curves %v", n, chart.Curves)
	}
	chart.Curves[0].Points[0].Value = -1
	if live.Chart().Curves[0].Points[0].Value == -1 {
		t.Error("Chart shares memory with the live chart")
	}
}

// Nothing that a run measures stops it: what cannot be drawn is said when the chart is closed.
func TestLiveOdd(t *testing.T) {
	live, frames := NewLive(Chart{Title: strange}), 0
	live.display = func(protocol.MIMEType, any) { frames++ }
	if err := live.Close(); err == nil || !strings.Contains(err.Error(), "nothing to draw") {
		t.Errorf("an empty chart was closed with %v", err)
	}
	for i := range 20 {
		for k, v := range odd {
			live.drawn = time.Time{} // always time for a frame
			live.Add(fmt.Sprint(strange, i), k, v)
		}
	}
	if err := live.Close(); err != nil || frames != 20*len(odd)+1 {
		t.Errorf("%d frames, then %v", frames, err)
	}
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	run := Run{
		Preset: "gpt1-course", Seed: 42, Steps: 500, Data: "abc123", GoMLX: "v0.28.8", Device: "2 CPU cores", Minutes: 3.5,
	}
	chart := Chart{Curves: []curve.Curve{noisy("train", 500, 5, 6, 3, .1), noisy("validation", 500, 50, 6, 3, .1)}}
	if err := SaveRun(dir, run, chart); err != nil {
		t.Fatal(err)
	}
	got, curves, err := LoadRun(dir)
	if err != nil || got != run {
		t.Fatalf("got %+v, %v", got, err)
	}
	for i, c := range curves {
		if !slices.Equal(c.Points, chart.Curves[i].Points) {
			t.Errorf("curve %s changed on disk", c.Name)
		}
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
