package main

import (
	"cmp"
	"os"
	"os/exec"
	"testing"

	"github.com/janpfeifer/must"

	"gptbook/gpt"
	"gptbook/train/backend"
)

// A small race over both kinds of subject: both sides answer, and both know the time by length of the text. $GPTBOOK_PYTHON
// names a Python with torch; without one our side runs alone.
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
