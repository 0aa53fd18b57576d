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
	"gptbook/figures/curve"
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
	engine  string
	out     io.Writer
}

func openLab(ctx context.Context, engine compute.Backend, dir, gallery string, plan rlhf.Plan, out io.Writer) (*lab, error) {
	road, err := rlhf.Open(engine, dir, plan, out)
	if err != nil {
		return nil, err
	}
	l := &lab{Road: road, gallery: gallery, engine: engine.Name(), out: out}
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
	chart := figures.Chart{Title: t.Name, XLabel: "iteration", YLabel: "gold reward", Curves: []curve.Curve{run.Curve(rlhf.HeldGold), run.Curve(rlhf.TrainingGold)}}
	return l.record(t.Name, figures.Run{Seed: t.Config.Seed, Steps: t.Iterations * t.Config.Epochs * t.Config.Minibatches, Minutes: took.Minutes()}, chart,
		map[string]any{
			"loop.csv":    append(run.Loop.Curves(), run.Curve(rlhf.HeldScore), run.Curve(rlhf.HeldKL), run.Curve(rlhf.TrainingScore)),
			"grades.json": map[string]rlhf.Grades{"sft": l.sft, "ppo": grades},
		})
}

// record keeps results in the gallery, curves as CSV and all else as JSON, and last what made them. What is recorded stays as it is.
func (l *lab) record(name string, run figures.Run, chart figures.Chart, results map[string]any) error {
	dir := filepath.Join(l.gallery, name)
	if _, err := os.Stat(filepath.Join(dir, "run.json")); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for file, result := range results {
		path := filepath.Join(dir, file)
		if curves, ok := result.([]curve.Curve); ok {
			if err := curve.WriteCSV(path, curves...); err != nil {
				return err
			}
			continue
		}
		data, err := json.MarshalIndent(result, "", "  ")
		if err != nil {
			return fmt.Errorf("proof: %s: %w", path, err)
		}
		if err := atomic.WriteFile(path, append(data, '\n')); err != nil {
			return err
		}
	}
	run.Preset, run.Data, run.GoMLX = l.Plan.GPT.Name, l.SHA256(), figures.GoMLXVersion()
	run.Device = fmt.Sprintf("%d CPU cores, %s", runtime.NumCPU(), l.engine)
	return figures.SaveRun(dir, run, chart)
}

// rewardModels trains reward models in other ways than the plan's, each recorded with its report.
func (l *lab) rewardModels(ctx context.Context) error {
	rankings, err := l.Rankings(ctx, l.tuned, "rankings")
	if err != nil {
		return err
	}
	for _, t := range []rlhf.RewardTrial{
		{Name: "reward-plain", Start: l.base}, // without memory
		{Name: "reward-sft", Start: l.tuned, Memory: true},
	} {
		began := time.Now()
		t.Rankings, t.Policy = rankings, l.tuned
		m, err := l.TryReward(ctx, t)
		if err != nil {
			return err
		}
		fmt.Fprintf(l.out, "%s\n%s", t.Name, m.Report)
		curves, err := l.Curves(t.Name)
		if err != nil {
			return err
		}
		chart := figures.Chart{Title: t.Name, YLabel: "loss (nats/pair)", Smooth: 40, Curves: []curve.Curve{curve.Named(curves, "train_loss")}}
		points := chart.Curves[0].Points
		if err := l.record(t.Name+"-1", figures.Run{Seed: l.Plan.Seed, Steps: points[len(points)-1].Step, Minutes: time.Since(began).Minutes()}, chart,
			map[string]any{"report.json": m.Report}); err != nil {
			return err
		}
	}
	return nil
}

// bestOfN measures what the reward model is worth without any learning.
func (l *lab) bestOfN(ctx context.Context) error {
	began := time.Now()
	table, err := l.BestOfN(ctx, l.tuned, l.judge, world.Test, l.Plan.Held, 32)
	if err != nil {
		return err
	}
	gold, score := curve.Curve{Name: "gold"}, curve.Curve{Name: "score"}
	for _, b := range table {
		fmt.Fprintf(l.out, "best of %2d: KL %.2f, gold %.3f, score %.2f\n", b.N, b.KL, b.Gold, b.Score)
		gold.Points, score.Points = append(gold.Points, curve.Point{Step: b.N, Value: b.Gold}), append(score.Points, curve.Point{Step: b.N, Value: b.Score})
	}
	chart := figures.Chart{Title: "best of n", XLabel: "n", YLabel: "mean", Curves: []curve.Curve{gold, score}}
	return l.record("bestofn-1", figures.Run{Seed: l.Plan.Seed, Steps: table[len(table)-1].N, Minutes: time.Since(began).Minutes()}, chart,
		map[string]any{"bestofn.json": table})
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
