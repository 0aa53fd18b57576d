package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/janpfeifer/must"

	"gptbook/figures"
	"gptbook/figures/curve"
	"gptbook/train/chatgpt/pipeline"
)

// Experiments in little leave their records, and are not made twice. Those that only change a number of PPO's run
// once a night: see TestChanges for what they change.
func TestAblations(t *testing.T) {
	dir, gallery := t.TempDir(), t.TempDir()
	wanted := []string{"ppo", "hack", "reward", "bestofn", "second"}
	if os.Getenv("GPTBOOK_NIGHTLY") != "" {
		wanted = names()
	}
	walk := func() string {
		var out strings.Builder
		must.M(run(t.Context(), []string{"-out", dir, "-gallery", gallery, "-size", "small", "-seeds", "2",
			"-backend", "go", "-only", strings.Join(wanted, ",")}, &out))
		return out.String()
	}
	said := walk()
	for _, want := range []string{"ppo-2: 2 iterations", "hack-1: ", "reward-sft\naccuracy", "best of 32", "second-1: "} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in:\n%s", want, said)
		}
	}
	runs := []string{"ppo-2", "second-1"}
	for _, e := range experiments {
		if slices.Contains(wanted, e.name) {
			runs = append(runs, e.name+"-1")
		}
	}
	for _, name := range runs {
		record, curves, err := figures.LoadRun(filepath.Join(gallery, name))
		if err != nil || record.Preset != "small world" || len(curves) != 2 || len(curves[0].Points) < 2 {
			t.Errorf("%s: %+v, %v, %v", name, record, curves, err)
		}
		if loop, err := curve.ReadCSV(filepath.Join(gallery, name, "loop.csv")); err != nil || len(loop) < 12 {
			t.Errorf("%s: %d curves, %v", name, len(loop), err)
		}
		var grades map[string]pipeline.Grades
		must.M(json.Unmarshal(must.M1(os.ReadFile(filepath.Join(gallery, name, "grades.json"))), &grades))
		if g := grades["ppo"]; g.Text < 3 || g.Sampled.Harmless == 0 {
			t.Errorf("%s: grades %+v", name, grades)
		}
	}
	var report pipeline.RewardReport
	must.M(json.Unmarshal(must.M1(os.ReadFile(filepath.Join(gallery, "reward-plain-1", "report.json"))), &report))
	var best []pipeline.BestOf
	must.M(json.Unmarshal(must.M1(os.ReadFile(filepath.Join(gallery, "bestofn-1", "bestofn.json"))), &best))
	if report.Bayes < 0.5 || best[len(best)-1].N != 32 {
		t.Errorf("report %+v, best of n %+v", report, best)
	}
	if again := walk(); strings.Contains(again, "steps in") {
		t.Errorf("the second call learned again:\n%s", again)
	}
}

// Each experiment changes what its name says, and nothing else.
func TestChanges(t *testing.T) {
	recipe := pipeline.Full
	plain := pipeline.PPOTrial{Config: recipe.PPO, Iterations: recipe.Iterations, LearningRate: recipe.LearningRate}
	for _, e := range experiments {
		got, want := plain, plain
		e.change(&got)
		switch e.name {
		case "gold":
			want.Gold = true
		case "kl2x":
			want.Config.KLCoefficient = 0.2
		case "nokl":
			want.Config.KLCoefficient, want.Config.Loss.Pretraining, want.Iterations = 0, 0, 20
		case "hack":
			want.Config.KLCoefficient, want.Config.Loss.Pretraining, want.Iterations = 0, 0, 20
			want.LearningRate = 3 * plain.LearningRate
		case "reinforce":
			want.Config.Minibatches, want.Config.Epochs, want.Config.Loss.Clip, want.Config.Lambda = 1, 1, 0, 1
		case "noclip":
			want.Config.Loss.Clip = 0
		case "noptx":
			want.Config.Loss.Pretraining = 0
		}
		if got != want {
			t.Errorf("%s: %+v, want %+v", e.name, got, want)
		}
	}
}

func TestBadInput(t *testing.T) {
	for want, args := range map[string][]string{
		`no "huge"; have full, small`:                 {"-size", "huge"},
		"flag -seeds: want a whole number, 1 or more": {"-seeds", "0"},
		`unexpected argument "small"`:                 {"small"},
		"flag provided but not defined":               {"-x"},
		`no "magic"; have ppo, gold`:                  {"-only", "ppo,magic"},
		"backend":                                     {"-backend", "abacus"},
	} {
		err := run(t.Context(), args, &strings.Builder{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got error %v, want %q", args, err, want)
		}
	}
}
