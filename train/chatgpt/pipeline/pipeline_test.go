package pipeline

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/janpfeifer/must"

	"gptbook/datasets/tokenizer"
	"gptbook/datasets/world"
	"gptbook/gpt"
	"gptbook/internal/backend"
	"gptbook/train"
	"gptbook/train/ppo"
)

// The whole pipeline in little; run again, it finds everything done and ends at the same models.
func TestPipelineInLittle(t *testing.T) {
	dir := t.TempDir()
	engine := must.M1(backend.New(""))
	run := func() (string, world.Scorecard, *ppo.Loop) {
		var out strings.Builder
		p := must.M1(Open(engine, dir, Small, &out))
		base := must.M1(p.Base(t.Context()))
		tuned := must.M1(p.SFT(t.Context()))
		m := must.M1(p.Reward(t.Context()))
		if m.Report.Bayes < m.Report.Accuracy || m.Report.Bayes <= .5 || m.Report.Order.Pairs < 0 {
			t.Errorf("report %+v", m.Report)
		}
		trial := must.M1(p.PPOTrial(t.Context(), 1))
		if _, err := p.PPO(&fuse{t.Context(), 1}, trial); !train.HasCheckpoint(filepath.Join(dir, "ppo-1")) ||
			err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("Ctrl-C in the first iteration: %v", err)
		}
		improved := must.M1(p.PPO(t.Context(), trial)) // goes on, and has lost no point of the curves
		loop, policy := improved.Loop, improved.Policy
		for name, points := range map[string]int{HeldGold: 3, HeldScore: 3, HeldKL: 3,
			TrainingGold: 2, TrainingScore: 2} {
			if c := improved.Curve(name); len(c.Points) != points {
				t.Errorf("%s: %+v, want %d points", name, c, points)
			}
		}
		loss, gold := must.M2(p.SFTCurves())
		if len(loss[0].Points) != 5 || len(loss[1].Points) != 1 || len(gold.Points) != 2 {
			t.Errorf("curves of SFT: %+v, %+v", loss, gold)
		}
		before, after := must.M1(p.TextLoss(base)), must.M1(p.TextLoss(tuned))
		if before < 4 || before > 8 || after < 4 || after > 9 || before == after {
			t.Errorf("the loss on text is %v before and %v after", before, after)
		}
		folder := must.M1(p.Export(policy, "ppo"))
		if cfg := must.M1(gpt.ReadConfig(folder)); cfg.Vocab != p.Template.VocabSize() ||
			must.M1(tokenizer.LoadBPE(folder)).VocabSize() >= cfg.Vocab {
			t.Errorf("exported %+v", cfg)
		}
		return out.String(), must.M1(p.Scorecard(t.Context(), policy, world.Validation, .7)), loop
	}
	first, card, loop := run()
	for _, stage := range []string{"pretrain: 20 steps", "sft: 5 steps", "reward: "} {
		if !strings.Contains(first, stage) {
			t.Errorf("no %q in:\n%s", stage, first)
		}
	}
	again, same, resumed := run()
	if strings.Contains(again, "steps in") {
		t.Errorf("the second run learned again:\n%s", again)
	}
	if card != same || loop.Iteration() != 2 || resumed.Iteration() != 2 {
		t.Errorf("the second run ends elsewhere: %v and %v, %d and %d iterations", card, same,
			loop.Iteration(), resumed.Iteration())
	}
	if got := resumed.Curve(ppo.Score).Points; len(got) != 2 || got[1] != loop.Curve(ppo.Score).Points[1] {
		t.Errorf("curve %v, resumed %v", loop.Curve(ppo.Score).Points, got)
	}
}

// fuse is a context that ends after so many questions whether it has: a Ctrl-C at a fixed place.
type fuse struct {
	context.Context
	left int
}

func (f *fuse) Err() error {
	if f.left--; f.left < 0 {
		return context.Canceled
	}
	return nil
}

// Models of another world would load, and answer nonsense.
func TestFolderOfAnotherWorld(t *testing.T) {
	dir, engine := t.TempDir(), must.M1(backend.New("go"))
	must.M1(Open(engine, dir, Small, &strings.Builder{}))
	must.M1(Open(engine, dir, Small, &strings.Builder{}))
	other := Small
	other.Seed++
	if _, err := Open(engine, dir, other, &strings.Builder{}); err == nil ||
		!strings.Contains(err.Error(), "another text") {
		t.Errorf("another seed: %v", err)
	}
	must.M(os.Remove(filepath.Join(dir, "text.sha256"))) // an edition that did not note it
	if _, err := Open(engine, dir, Small, &strings.Builder{}); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a folder without a note: %v", err)
	}
}
