package rlhf

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/janpfeifer/must"

	"gptbook/datasets/tokenizer"
	"gptbook/datasets/world"
	"gptbook/figures/curve"
	"gptbook/gpt"
	"gptbook/train/backend"
	"gptbook/train/ppo"
)

// The whole road in little; walked again, it finds everything done and ends at the same models.
func TestRoadInLittle(t *testing.T) {
	dir := t.TempDir()
	engine := must.M1(backend.New(""))
	walk := func() (string, world.Scorecard, *ppo.Loop) {
		var out strings.Builder
		r := must.M1(Open(engine, dir, Small, &out))
		base := must.M1(r.Base(t.Context()))
		tuned := must.M1(r.SFT(t.Context(), base))
		m := must.M1(r.Reward(t.Context(), base, tuned))
		if m.Report.Bayes < m.Report.Accuracy || m.Report.Bayes <= .5 || m.Report.Order.Pairs < 0 {
			t.Errorf("report %+v", m.Report)
		}
		run := must.M1(r.PPO(t.Context(), tuned, m, r.Plan.Trial(1)))
		loop, policy := run.Loop, run.Policy
		for name, points := range map[string]int{HeldGold: 3, HeldScore: 3, HeldKL: 3, TrainingGold: 2, TrainingScore: 2} {
			if c := run.Curve(name); len(c.Points) != points {
				t.Errorf("%s: %+v, want %d points", name, c, points)
			}
		}
		loss, gold := must.M2(r.SFTCurves())
		if len(loss[0].Points) != 5 || len(loss[1].Points) != 1 || len(gold.Points) != 2 {
			t.Errorf("curves of SFT: %+v, %+v", loss, gold)
		}
		before, after := must.M1(r.TextLoss(base)), must.M1(r.TextLoss(tuned))
		if before < 4 || before > 8 || after < 4 || after > 9 || before == after {
			t.Errorf("the loss on text is %v before and %v after", before, after)
		}
		folder := must.M1(r.Export(policy, "ppo"))
		if cfg := must.M1(gpt.ReadConfig(folder)); cfg.Vocab != r.Template.VocabSize() || must.M1(tokenizer.LoadBPE(folder)).VocabSize() >= cfg.Vocab {
			t.Errorf("exported %+v", cfg)
		}
		return out.String(), must.M1(r.Scorecard(t.Context(), policy, world.Validation, .7)), loop
	}
	first, card, loop := walk()
	for _, stage := range []string{"pretrain: 20 steps", "sft: 5 steps", "reward: "} {
		if !strings.Contains(first, stage) {
			t.Errorf("no %q in:\n%s", stage, first)
		}
	}
	again, same, resumed := walk()
	if strings.Contains(again, "steps in") {
		t.Errorf("the second walk learned again:\n%s", again)
	}
	if card != same || loop.Iteration() != 2 || resumed.Iteration() != 2 {
		t.Errorf("the second walk ends elsewhere: %v and %v, %d and %d iterations", card, same, loop.Iteration(), resumed.Iteration())
	}
	if got := resumed.Curve(ppo.Score).Points; len(got) != 2 || got[1] != loop.Curve(ppo.Score).Points[1] {
		t.Errorf("curve %v, resumed %v", loop.Curve(ppo.Score).Points, got)
	}
}

// Models of another world would load, and answer nonsense.
func TestFolderOfAnotherWorld(t *testing.T) {
	dir, engine := t.TempDir(), must.M1(backend.New("go"))
	must.M1(Open(engine, dir, Small, &strings.Builder{}))
	must.M1(Open(engine, dir, Small, &strings.Builder{}))
	other := Small
	other.Seed++
	if _, err := Open(engine, dir, other, &strings.Builder{}); err == nil || !strings.Contains(err.Error(), "another world") {
		t.Errorf("another seed: %v", err)
	}
	must.M(os.Remove(filepath.Join(dir, "world.sha256"))) // an edition that did not note it
	if _, err := Open(engine, dir, Small, &strings.Builder{}); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a folder without a note: %v", err)
	}
}

// A record of an earlier edition has fewer curves.
func TestRecordGrows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "held.csv")
	must.M(must.M1(openRecord(path)).add(0, []string{"a", "b"}, 1, 2))
	r := must.M1(openRecord(path))
	must.M(r.add(5, []string{"a", "new", "b"}, 3, 4, math.NaN()))
	r = must.M1(openRecord(path))
	for name, want := range map[string]int{"a": 2, "b": 1, "new": 1} {
		if c := curve.Named(r.curves, name); len(c.Points) != want {
			t.Errorf("%s: %+v, want %d points", name, c, want)
		}
	}
	if !r.has(5) || r.has(1) {
		t.Error("5 was measured, and 1 was not")
	}
}
