package exercises

import (
	"math"
	"testing"

	"gptbook/gpt"
	"gptbook/notebooks/course"
)

func TestParams(t *testing.T) {
	course.Exercise(t)
	for _, cfg := range []gpt.Config{gpt.Tiny, gpt.GPT2Small, gpt.GPT3_175B} {
		got := Params(cfg.Layers, cfg.Width, cfg.Vocab, cfg.Context)
		if diff := cfg.Params() - got; diff != 0 {
			t.Fatalf("%s has %d weights, you count %d: "+
				"%d are missing (a block alone has 12C²+13C = %d)",
				cfg.Name, cfg.Params(), got, diff, 12*cfg.Width*cfg.Width+13*cfg.Width)
		}
	}
	if got := Memory(124_439_808); got != 1_991_036_928 {
		t.Fatalf("GPT-2 small trains in %d bytes, want 1991036928: four float32 for each weight",
			got)
	}
}

func TestRate(t *testing.T) {
	course.Exercise(t)
	for _, tc := range []struct {
		step int
		want float64
		hint string
	}{
		{1, 1.25e-7, "the first update has 1/2000 of the peak"},
		{2000, 2.5e-4, "the peak is reached at update 2000"},
		{51000, 1.25e-4, "half way down the cosine the rate is half the peak"},
		{100000, 0, "the last update has rate 0"},
	} {
		if got := Rate(tc.step, 100000); math.Abs(got-tc.want) > 1e-12 {
			t.Fatalf("Rate(%d, 100000) = %g, want %g: %s", tc.step, got, tc.want, tc.hint)
		}
	}
}
