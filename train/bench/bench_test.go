package main

import (
	"cmp"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/janpfeifer/must"

	"gptbook/figures/curve"
	"gptbook/gpt"
	"gptbook/internal/backend"
)

// Our settings against the plain one, in miniature: bfloat16 learns nearly the same and not the same, two devices
// learn the same within 1e-5, and they start from equal weights on equal batches.
func TestSettings(t *testing.T) {
	engine := must.M1(backend.New(""))
	cfg := gpt.Config{Name: "bench", Context: 8, Layers: 1, Heads: 2, Width: 16}
	for _, s := range []subject{
		setting("bf16", cfg, 2, 20, bf16),
		setting("devices-2", cfg, 2, 20, twoDevices),
	} {
		if have := int(engine.NumDevices()); s.devices > have {
			t.Logf("%s: %s has %d devices", s.name, engine.Name(), have)
			continue
		}
		sides := []side{must.M1(s.ours(engine)), must.M1(s.other(engine))}
		must.M1(race(t.Context(), s, 1, sides))
		l := sideLosses(sides)
		t.Logf("%s: %s", s.name, l)
		if want := s.steps + 2; l.steps != want {
			t.Errorf("%s: %d steps are compared, want %d", s.name, l.steps, want)
		}
		switch {
		case l.ours < 1 || l.ours > 6: // ln 256 = 5.5
			t.Errorf("%s: a loss of %g nats/token", s.name, l.ours)
		case s.name == "bf16" && (l.apart == 0 || l.apart > 0.02):
			t.Errorf("bfloat16 and float32 are %g apart", l.apart)
		case s.name == "devices-2" && l.apart > 1e-5:
			t.Errorf("two devices and one are %g apart", l.apart)
		}
	}
}

// By hand: of 22 steps, the first 20 are compared one by one and the last 20 by their mean.
func TestCompareLosses(t *testing.T) {
	var a, b curve.Curve
	for i := range 22 {
		a.Points = append(a.Points, curve.Point{Step: i + 1, Value: 1})
		b.Points = append(b.Points, curve.Point{Step: i + 1, Value: 1})
	}
	b.Points[1].Value, b.Points[21].Value = 1.5, 3 // outside of the last 20, outside of the first 20
	if l := compareLosses(a, b); l.steps != 22 || l.apart != 0.5 || math.Abs(l.ours-1) > 1e-9 ||
		math.Abs(l.other-1.1) > 1e-9 {
		t.Errorf("got %+v", l)
	}
}

// A small race over both kinds of subject: both sides answer, and both know the time by length of the text.
// $GPTBOOK_PYTHON names a Python with torch; without one our side runs alone.
func TestRace(t *testing.T) {
	t.Chdir(t.TempDir()) // in this folder, Python would take torch.py for torch
	python := cmp.Or(os.Getenv("GPTBOOK_PYTHON"), "python3")
	withTorch := exec.Command(python, "-c", "import torch").Run() == nil
	for _, s := range []subject{decoder("learn", gpt.Tiny, 2, 1), writer("write", gpt.Tiny, 2, 1)} {
		ours := must.M1(s.ours(must.M1(backend.New("go"))))
		sides := []side{ours}
		if withTorch {
			torch := must.M1(startTorch(t.Context(), python, 1, s))
			defer torch.close()
			sides = append(sides, torch)
		}
		for i, speed := range must.M1(race(t.Context(), s, 1, sides)) {
			if speed <= 0 {
				t.Errorf("%s: side %d makes %g tokens/s", s.name, i, speed)
			}
			w, ok := sides[i].(byLength)
			if s.name != "write" {
				continue
			}
			if !ok {
				t.Fatalf("side %d does not tell its time by length", i)
			}
			for quarter, ms := range w.byLength() {
				if ms <= 0 {
					t.Errorf("side %d: %g ms per token in quarter %d", i, ms, quarter)
				}
			}
			t.Logf("side %d: %s ms", i, w.byLength())
		}
	}
	if !withTorch {
		t.Logf("%s has no torch: raced alone", python)
	}
}

func TestBadInput(t *testing.T) {
	for line, want := range map[string]string{
		"-only nope":  `invalid value "nope" for flag -only: no "nope"; have gpt-small, `,
		"-rounds -1":  `invalid value "-1" for flag -rounds: want a whole number, 1 or more`,
		"-threads -4": `invalid value "-4" for flag -threads: want a whole number, 1 or more`,
		"gpt-small":   `unexpected argument "gpt-small"`,
	} {
		var out strings.Builder
		err := run(t.Context(), strings.Fields(line), &out)
		if err == nil || !strings.HasPrefix(err.Error(), "bench: "+want) || strings.Contains(err.Error(), "\n") ||
			out.Len() > 0 {
			t.Errorf("%s: got %v and %q, want %s", line, err, out.String(), want)
		}
	}
}
