package exercises

import (
	"math"
	"slices"
	"testing"

	"gptbook/gpt"
	"gptbook/notebooks/course"
)

func TestMinP(t *testing.T) {
	course.Exercise(t)
	probs := []float64{0.1, 0.5, 0.25, 0.125, 0.025}
	for _, tc := range []struct {
		share float64
		want  []float64
		hint  string
	}{
		{1, []float64{0, 1, 0, 0, 0}, "a share of 1 leaves the best token alone"},
		{0.5, []float64{0, 2. / 3, 1. / 3, 0, 0},
			"0.25 is just half of 0.5, so it stays, and the rest is scaled to the sum 1"},
		{0.21, []float64{0, 4. / 7, 2. / 7, 1. / 7, 0}, "0.1 is less than 0.21 · 0.5"},
		{1e-9, probs, "nothing is cut"},
	} {
		got := MinP(probs, tc.share)
		if len(got) != len(probs) {
			t.Fatalf("MinP(%v, %g) has %d numbers, want %d: one for each token",
				probs, tc.share, len(got), len(probs))
		}
		for i := range got {
			if math.Abs(got[i]-tc.want[i]) > 1e-12 {
				t.Fatalf("MinP(%v, %g) = %.4f, want %.4f: %s",
					probs, tc.share, got, tc.want, tc.hint)
			}
		}
	}
	if probs[0] != 0.1 || probs[1] != 0.5 {
		t.Fatalf("MinP changed its input to %v; make a new slice", probs)
	}
}

func TestBanned(t *testing.T) {
	course.Exercise(t)
	for _, tc := range []struct {
		text []int32
		n    int
		want []int32
		hint string
	}{
		{[]int32{1, 2, 3, 1, 2}, 3, []int32{3}, "1 2 stood there before, and 3 came after it"},
		{[]int32{1, 2, 9, 1, 2, 4, 1, 2}, 3, []int32{4, 9},
			"1 2 was followed by 9 and by 4; ascending"},
		{[]int32{1, 2, 9, 1, 2, 9, 1, 2}, 3, []int32{9}, "each token once"},
		{[]int32{1, 2, 3}, 3, nil, "1 2 is not what the text ends with"},
		{[]int32{5, 5, 5}, 2, []int32{5}, "runs may overlap"},
		{[]int32{3, 1, 3}, 1, []int32{1, 3},
			"a run of one token: everything that stands in the text"},
		{[]int32{1}, 3, nil, "the text is shorter than a run"},
	} {
		if got := Banned(tc.text, tc.n); !slices.Equal(got, tc.want) {
			t.Fatalf("Banned(%v, %d) = %v, want %v: %s", tc.text, tc.n, got, tc.want, tc.hint)
		}
	}
}

func TestTexts(t *testing.T) {
	course.Exercise(t)
	for _, tc := range []struct {
		bytes int
		cfg   gpt.Config
		want  int
		hint  string
	}{
		{1 << 30, gpt.GPT2Small, 21, "the weights take 237 MiB, each text of 1024 tokens 36 MiB"},
		{1 << 30, gpt.GPT2XL, 0, "the weights alone do not fit"},
		{8 * 80 << 30, gpt.GPT3_175B, 34,
			"eight cards of 80 GiB hold the weights and 34 texts of 2048 tokens"},
	} {
		got := Texts(tc.bytes, tc.cfg.Params(), tc.cfg.Layers, tc.cfg.Width, tc.cfg.Context)
		if got != tc.want {
			t.Fatalf("%s in %d bytes: %d texts, want %d: %s",
				tc.cfg.Name, tc.bytes, got, tc.want, tc.hint)
		}
	}
}
