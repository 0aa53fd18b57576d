package rlhf

import (
	"strings"
	"testing"

	"github.com/janpfeifer/must"

	"gptbook/datasets/tokenizer"
	"gptbook/datasets/world"
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
		for name, points := range map[string]int{HeldGold: 3, HeldScore: 3, TrainingGold: 2, TrainingScore: 2} {
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
