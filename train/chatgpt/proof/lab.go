package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/datasets/preference"
	"gptbook/datasets/world"
	"gptbook/figures"
	"gptbook/internal/atomic"
	"gptbook/train/chatgpt/rlhf"
)

// lab is what the experiments share.
type lab struct {
	*rlhf.Road
	tuned   *model.Store
	base    *model.Store // as the reward model starts
	judge   *rlhf.RewardModel
	sft     rlhf.Grades
	gallery string
	device  string
	out     io.Writer
}

func openLab(ctx context.Context, engine compute.Backend, dir, gallery string, plan rlhf.Plan, out io.Writer) (*lab, error) {
	road, err := rlhf.Open(engine, dir, plan, out)
	if err != nil {
		return nil, err
	}
	l := &lab{Road: road, gallery: gallery, device: fmt.Sprintf("%d CPU cores, %s", runtime.NumCPU(), engine.Name()), out: out}
	base, err := road.Base(ctx)
	if err != nil {
		return nil, err
	}
	if l.base, err = road.Introduced(base); err != nil {
		return nil, err
	}
	if l.tuned, err = road.SFT(ctx, base); err != nil {
		return nil, err
	}
	if l.judge, err = road.Reward(ctx, base, l.tuned); err != nil {
		return nil, err
	}
	l.sft, err = road.Grade(ctx, l.tuned, world.Test)
	return l, err
}

// experiment runs PPO once and records it.
func (l *lab) experiment(ctx context.Context, e experiment, seed int64) error {
	t := l.Plan.Trial(seed)
	t.Name = fmt.Sprintf("%s-%d", e.name, seed)
	e.change(&t)
	judge := l.judge
	if e.name == "hack" {
		var err error
		if judge, err = l.WeakReward(ctx, l.tuned); err != nil {
			return err
		}
		fmt.Fprintf(l.out, "weak reward model\n%s", judge.Report)
	}
	return l.improve(ctx, l.tuned, judge, t)
}

func (l *lab) improve(ctx context.Context, start *model.Store, judge *rlhf.RewardModel, t rlhf.Trial) error {
	began := time.Now()
	run, err := l.PPO(ctx, start, judge, t)
	if err != nil {
		return err
	}
	took := time.Since(began)
	grades, err := l.Grade(ctx, run.Policy, world.Test)
	if err != nil {
		return err
	}
	fmt.Fprintf(l.out, "%s: %d iterations in %s; test split at temperature %g: %.3f -> %.3f, %.0f %% of the gap; greedy: %.3f -> %.3f, %.0f %%; text %.3f -> %.3f nats\n",
		t.Name, t.Iterations, took.Round(time.Second), t.Config.Temperature, l.sft.Sampled.Gold, grades.Sampled.Gold, 100*grades.Sampled.Closed(l.sft.Sampled),
		l.sft.Greedy.Gold, grades.Greedy.Gold, 100*grades.Greedy.Closed(l.sft.Greedy), l.sft.Text, grades.Text)
	if _, err := l.Export(run.Policy, t.Name); err != nil {
		return err
	}
	dir := filepath.Join(l.gallery, t.Name)
	if _, err := os.Stat(filepath.Join(dir, "run.json")); err == nil {
		return nil // recorded when it was run
	}
	chart := figures.Chart{Title: t.Name, XLabel: "iteration", YLabel: "gold reward", Curves: []figures.Curve{run.Curve(rlhf.HeldGold), run.Curve(rlhf.TrainingGold)}}
	if err := l.save(dir, t.Config.Seed, t.Iterations*t.Config.Epochs*t.Config.Minibatches, took, chart); err != nil {
		return err
	}
	if err := figures.WriteCSV(filepath.Join(dir, "loop.csv"), append(run.Loop.Curves(), run.Curve(rlhf.HeldScore), run.Curve(rlhf.TrainingScore))...); err != nil {
		return err
	}
	return writeJSON(filepath.Join(dir, "grades.json"), map[string]rlhf.Grades{"sft": l.sft, "ppo": grades})
}

func (l *lab) save(dir string, seed int64, steps int, took time.Duration, chart figures.Chart) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return figures.SaveRun(dir, figures.Run{Preset: l.Plan.GPT.Name, Seed: seed, Steps: steps, Data: l.SHA256(),
		GoMLX: figures.GoMLXVersion(), Device: l.device, Minutes: took.Minutes()}, chart)
}

// rewardModels compares ways to train a reward model.
func (l *lab) rewardModels(ctx context.Context) error {
	rankings, err := l.Rankings(ctx, l.tuned, "rankings")
	if err != nil {
		return err
	}
	reports := map[string]rlhf.RewardReport{"from base, memory": l.judge.Report}
	for name, t := range map[string]rlhf.RewardTrial{
		"from base, no memory": {Name: "reward-plain", Start: l.base},
		"from SFT, memory":     {Name: "reward-sft", Start: l.tuned, Memory: true},
	} {
		t.Rankings, t.Policy = rankings, l.tuned
		m, err := l.TryReward(ctx, t)
		if err != nil {
			return err
		}
		reports[name] = m.Report
		fmt.Fprintf(l.out, "reward model %s\n%s", name, m.Report)
	}
	return writeJSON(filepath.Join(l.gallery, "reward.json"), reports)
}

// bestOfN measures what the reward model is worth without any learning.
func (l *lab) bestOfN(ctx context.Context) error {
	table, err := l.BestOfN(ctx, l.tuned, l.judge, world.Test, l.Plan.Held/2, 32)
	if err != nil {
		return err
	}
	for _, b := range table {
		fmt.Fprintf(l.out, "best of %2d: KL %.2f, gold %.3f, score %.2f\n", b.N, b.KL, b.Gold, b.Score)
	}
	return writeJSON(filepath.Join(l.gallery, "bestofn.json"), table)
}

// secondRound collects rankings of the improved policy's answers, learns a reward model from both, and improves the policy by it.
func (l *lab) secondRound(ctx context.Context) error {
	first, err := l.PPO(ctx, l.tuned, l.judge, l.Plan.Trial(1))
	if err != nil {
		return err
	}
	old, err := l.Rankings(ctx, l.tuned, "rankings")
	if err != nil {
		return err
	}
	fresh, err := l.Rankings(ctx, first.Policy, "rankings-2")
	if err != nil {
		return err
	}
	m, err := l.TryReward(ctx, rlhf.RewardTrial{Name: "reward-2", Start: l.base, Memory: l.Plan.Memory,
		Rankings: append(append([]preference.Ranking{}, old...), fresh...), Policy: first.Policy})
	if err != nil {
		return err
	}
	fmt.Fprintf(l.out, "second reward model, on answers of the improved policy\n%s", m.Report)
	t := l.Plan.Trial(1)
	t.Name = "second-1"
	return l.improve(ctx, first.Policy, m, t)
}

func writeJSON(path string, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("proof: %s: %w", path, err)
	}
	return atomic.WriteFile(path, append(data, '\n'))
}
