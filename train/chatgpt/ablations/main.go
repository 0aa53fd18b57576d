// Command ablations runs the experiments of chapter 11 on the models that train/chatgpt has left: PPO with several
// seeds, the controls, and what goes wrong on purpose. Each run is recorded with what made it.
//
//	go run ./train/chatgpt                    # first: base, SFT and reward model
//	go run ./train/chatgpt/ablations          # everything, in figures/gallery/11_ppo
//	go run ./train/chatgpt/ablations -only ppo,gold -seeds 3
//
// Start with the list of experiments. Ctrl-C saves; the same command goes on from there.
package main

import (
	"context"
	"flag"
	"io"
	"path/filepath"
	"slices"

	"gptbook/internal/backend"
	"gptbook/internal/command"
	"gptbook/train/chatgpt/pipeline"
)

// experiment is one way to run PPO, with as many seeds as -seeds says or with one.
type experiment struct {
	name   string
	seeds  bool
	change func(*pipeline.PPOTrial)
}

var experiments = []experiment{
	{"ppo", true, func(*pipeline.PPOTrial) {}},
	// The control: with the judge's own score. What is missing here is not the reward model's fault.
	{"gold", false, func(t *pipeline.PPOTrial) { t.Gold = true }},
	// Twice the KL penalty: nearer to the reference.
	{"kl2x", false, func(t *pipeline.PPOTrial) { t.Config.KLCoefficient *= 2 }},
	{"nokl", false, func(t *pipeline.PPOTrial) {
		t.Config.KLCoefficient, t.Config.Loss.Pretraining, t.Iterations = 0, 0, (t.Iterations+1)/2
	}},
	// Over-optimisation: nothing keeps the policy near the reference, it moves fast, and the reward model is a weak
	// one.
	{"hack", false, func(t *pipeline.PPOTrial) {
		t.Config.KLCoefficient, t.Config.Loss.Pretraining = 0, 0
		t.LearningRate, t.Iterations = 3*t.LearningRate, (t.Iterations+1)/2
	}},
	// One step on each batch of answers, which no clip need hold back, and no bootstrap from the critic: REINFORCE with
	// a baseline.
	{"reinforce", false, func(t *pipeline.PPOTrial) {
		t.Config.Minibatches, t.Config.Epochs, t.Config.Loss.Clip, t.Config.Lambda = 1, 1, 0, 1
	}},
	{"noclip", false, func(t *pipeline.PPOTrial) { t.Config.Loss.Clip = 0 }},
	{"noptx", false, func(t *pipeline.PPOTrial) { t.Config.Loss.Pretraining = 0 }}, // the alignment tax
}

// others are the experiments that are no runs of PPO by the plan.
var others = []string{"reward", "bestofn", "second"}

func main() {
	backend.HugePages()
	command.Main(run, "The same command goes on from here.")
}

func names() (list []string) {
	for _, e := range experiments {
		list = append(list, e.name)
	}
	return append(list, others...)
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("ablations", flag.ContinueOnError)
	dir := flags.String("out", filepath.Join("out", "chatgpt"), "folder of the run of train/chatgpt")
	gallery := flags.String("gallery", filepath.Join("figures", "gallery", "11_ppo"), "folder for the records")
	only, seeds, size := names(), 3, "full"
	flags.Var(command.Some(names(), &only), "only", "what to do")
	flags.Var(command.AtLeast(1, &seeds), "seeds", "runs of ppo")
	flags.Var(command.OneOf([]string{"full", "small"}, &size), "size", "`full` or small, as the run of train/chatgpt")
	spec := flags.String("backend", "", "go, xla, xla:cuda, ...; XLA if it can be had, else Go, if empty")
	if err := command.Parse(flags, args, out,
		"go run ./train/chatgpt/ablations [flags]: the experiments of chapter 11"); err != nil {
		return err
	}
	recipe := pipeline.Full
	if size == "small" {
		recipe = pipeline.Small
	}
	unlock, err := pipeline.Lock(*dir)
	if err != nil {
		return err
	}
	defer unlock()
	engine, err := backend.New(*spec)
	if err != nil {
		return err
	}
	a, err := open(ctx, engine, *dir, *gallery, recipe, out)
	if err != nil {
		return err
	}
	for _, e := range experiments {
		for seed := range int64(seeds) {
			if !slices.Contains(only, e.name) || seed > 0 && !e.seeds {
				continue
			}
			if err := a.experiment(ctx, e, seed+1); err != nil {
				return err
			}
		}
	}
	for i, other := range []func(context.Context) error{a.rewardModels, a.bestOfN, a.secondRound} {
		if slices.Contains(only, others[i]) {
			if err := other(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}
