package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/datasets/world"
	"gptbook/figures"
	"gptbook/figures/curve"
	"gptbook/internal/atomic"
	"gptbook/train"
	"gptbook/train/chatgpt/pipeline"
)

// ablations is what the experiments share.
type ablations struct {
	*pipeline.Pipeline
	sft     pipeline.Grades
	gallery string
	engine  string
	out     io.Writer
}

// open makes what is missing of base, SFT and reward model.
func open(ctx context.Context, engine compute.Backend, dir, gallery string, recipe pipeline.Recipe, out io.Writer) (
	*ablations, error) {
	p, err := pipeline.Open(engine, dir, recipe, out)
	if err != nil {
		return nil, err
	}
	a := &ablations{Pipeline: p, gallery: gallery, engine: engine.Name(), out: out}
	if _, err := p.Reward(ctx); err != nil {
		return nil, err
	}
	tuned, err := p.SFT(ctx)
	if err != nil {
		return nil, err
	}
	a.sft, err = p.Grade(ctx, tuned, world.Test)
	return a, err
}

// experiment runs PPO once and records it.
func (a *ablations) experiment(ctx context.Context, e experiment, seed int64) error {
	t, err := a.PPOTrial(ctx, seed)
	if err != nil {
		return err
	}
	t.Name = fmt.Sprintf("%s-%d", e.name, seed)
	e.change(&t)
	if e.name == "hack" {
		if t.Reward, err = a.WeakReward(ctx); err != nil {
			return err
		}
		fmt.Fprintf(a.out, "weak reward model\n%s", t.Reward.Report)
	}
	return a.improve(ctx, t)
}

func (a *ablations) improve(ctx context.Context, t pipeline.PPOTrial) error {
	began := time.Now()
	run, err := a.PPO(ctx, t)
	if err != nil {
		return err
	}
	took := time.Since(began)
	grades, err := a.Grade(ctx, run.Policy, world.Test)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s: %d iterations in %s; test split at temperature %g: %.3f -> %.3f, %.0f %% of the gap; "+
		"greedy: %.3f -> %.3f, %.0f %%; text %.3f -> %.3f nats\n",
		t.Name, t.Iterations, took.Round(time.Second),
		t.Config.Temperature, a.sft.Sampled.Gold, grades.Sampled.Gold, 100*grades.Sampled.Closed(a.sft.Sampled),
		a.sft.Greedy.Gold, grades.Greedy.Gold, 100*grades.Greedy.Closed(a.sft.Greedy), a.sft.Text, grades.Text)
	if _, err := a.Export(run.Policy, t.Name); err != nil {
		return err
	}
	chart := figures.Chart{Title: t.Name, XLabel: "iteration", YLabel: "gold reward",
		Curves: []curve.Curve{run.Curve(pipeline.HeldGold), run.Curve(pipeline.TrainingGold)}}
	loop := append(run.Loop.Curves(), run.Curve(pipeline.HeldScore),
		run.Curve(pipeline.HeldKL), run.Curve(pipeline.TrainingScore))
	steps := t.Iterations * t.Config.Epochs * t.Config.Minibatches
	result := figures.Run{Seed: t.Config.Seed, Steps: steps, Minutes: took.Minutes()}
	return a.record(t.Name, result, chart, map[string]any{
		"loop.csv":    loop,
		"grades.json": map[string]pipeline.Grades{"sft": a.sft, "ppo": grades},
	})
}

// record keeps results in the gallery, curves as CSV and all else as JSON, and last what made them. What is recorded
// stays as it is.
func (a *ablations) record(name string, run figures.Run, chart figures.Chart, results map[string]any) error {
	dir := filepath.Join(a.gallery, name)
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
			return fmt.Errorf("ablations: %s: %w", path, err)
		}
		if err := atomic.WriteFile(path, append(data, '\n')); err != nil {
			return err
		}
	}
	run.Preset, run.Data, run.GoMLX = a.Recipe.GPT.Name, a.SHA256(), figures.GoMLXVersion()
	run.Device = fmt.Sprintf("%d CPU cores, %s", runtime.NumCPU(), a.engine)
	return figures.SaveRun(dir, run, chart)
}

// rewardModels trains reward models in other ways than the recipe's, each recorded with its report.
func (a *ablations) rewardModels(ctx context.Context) error {
	tuned, start, err := a.starts(ctx)
	if err != nil {
		return err
	}
	rankings, err := a.Rankings(ctx, tuned, "rankings")
	if err != nil {
		return err
	}
	for _, t := range []pipeline.RewardTrial{
		{Name: "reward-plain", Start: start}, // without memory
		{Name: "reward-sft", Start: tuned, Memory: true},
	} {
		began := time.Now()
		t.Rankings, t.Policy = rankings, tuned
		m, err := a.TryReward(ctx, t)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.out, "%s\n%s", t.Name, m.Report)
		curves, err := a.Curves(t.Name)
		if err != nil {
			return err
		}
		loss := curve.Named(curves, train.TrainLoss)
		if len(loss.Points) == 0 {
			return fmt.Errorf("ablations: the log of %s was lost; remove its folder to train it again", t.Name)
		}
		chart := figures.Chart{Title: t.Name, YLabel: "loss (nats/pair)", Smooth: 40, Curves: []curve.Curve{loss}}
		steps := loss.Points[len(loss.Points)-1].Step
		result := figures.Run{Seed: a.Recipe.Seed, Steps: steps, Minutes: time.Since(began).Minutes()}
		if err := a.record(t.Name+"-1", result, chart, map[string]any{"report.json": m.Report}); err != nil {
			return err
		}
	}
	return nil
}

// starts are the fine-tuned model, and the base as the reward model starts from it.
func (a *ablations) starts(ctx context.Context) (tuned, start *model.Store, err error) {
	if tuned, err = a.SFT(ctx); err != nil {
		return nil, nil, err
	}
	base, err := a.Base(ctx)
	if err != nil {
		return nil, nil, err
	}
	start, err = a.WithMarks(base)
	return tuned, start, err
}

// bestOfN measures what the reward model is worth without any learning.
func (a *ablations) bestOfN(ctx context.Context) error {
	began := time.Now()
	t, err := a.PPOTrial(ctx, a.Recipe.Seed)
	if err != nil {
		return err
	}
	table, err := a.BestOfN(ctx, t.Start, t.Reward, world.Test, a.Recipe.EvalPrompts, 32)
	if err != nil {
		return err
	}
	gold, score := curve.Curve{Name: "gold"}, curve.Curve{Name: "score"}
	for _, b := range table {
		fmt.Fprintf(a.out, "best of %2d: KL %.2f, gold %.3f, score %.2f\n", b.N, b.KL, b.Gold, b.Score)
		gold.Points = append(gold.Points, curve.Point{Step: b.N, Value: b.Gold})
		score.Points = append(score.Points, curve.Point{Step: b.N, Value: b.Score})
	}
	chart := figures.Chart{Title: "best of n", XLabel: "n", YLabel: "mean", Curves: []curve.Curve{gold, score}}
	run := figures.Run{Seed: a.Recipe.Seed, Steps: table[len(table)-1].N, Minutes: time.Since(began).Minutes()}
	return a.record("bestofn-1", run, chart, map[string]any{"bestofn.json": table})
}

// secondRound collects rankings of the improved policy's answers, learns a reward model from both, and improves the
// policy by it.
func (a *ablations) secondRound(ctx context.Context) error {
	tuned, start, err := a.starts(ctx)
	if err != nil {
		return err
	}
	t, err := a.PPOTrial(ctx, 1)
	if err != nil {
		return err
	}
	first, err := a.PPO(ctx, t)
	if err != nil {
		return err
	}
	old, err := a.Rankings(ctx, tuned, "rankings")
	if err != nil {
		return err
	}
	fresh, err := a.Rankings(ctx, first.Policy, "rankings-2")
	if err != nil {
		return err
	}
	m, err := a.TryReward(ctx, pipeline.RewardTrial{Name: "reward-2", Start: start, Memory: a.Recipe.Memory,
		Rankings: slices.Concat(old, fresh), Policy: first.Policy})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "second reward model, on answers of the improved policy\n%s", m.Report)
	t.Name, t.Start, t.Reward = "second-1", first.Policy, m
	return a.improve(ctx, t)
}
