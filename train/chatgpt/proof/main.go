// Command proof runs the experiments of chapter 11 on the models that train/chatgpt has left: PPO with several seeds, the controls,
// and what goes wrong on purpose. Each run is recorded with what made it.
//
//	go run ./train/chatgpt                # first: base, SFT and reward model
//	go run ./train/chatgpt/proof          # everything, in figures/gallery/11_ppo
//	go run ./train/chatgpt/proof -only ppo,gold -seeds 3
//
// Start with [experiments]. Ctrl-C saves; the same command goes on from there.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"gptbook/internal/command"
	"gptbook/train/backend"
	"gptbook/train/chatgpt/rlhf"
)

// experiment is one way to run PPO, with as many seeds as -seeds says or with one.
type experiment struct {
	name   string
	seeds  bool
	change func(*rlhf.Trial)
}

var experiments = []experiment{
	{"ppo", true, func(*rlhf.Trial) {}},
	// The control: with the judge's own score. What is missing here is not the reward model's fault.
	{"gold", false, func(t *rlhf.Trial) { t.Gold = true }},
	{"dear", false, func(t *rlhf.Trial) { t.Config.KL.Coefficient *= 2 }}, // nearer to the reference
	{"noprice", false, func(t *rlhf.Trial) {
		t.Config.KL.Coefficient, t.Config.Loss.Pretraining, t.Iterations = 0, 0, (t.Iterations+1)/2
	}},
	// Over-optimisation: nothing keeps the policy near the reference, it moves fast, and the reward model is a weak one.
	{"hack", false, func(t *rlhf.Trial) {
		t.Config.KL.Coefficient, t.Config.Loss.Pretraining, t.Rate, t.Iterations = 0, 0, 3*t.Rate, (t.Iterations+1)/2
	}},
	// One step on each batch of answers, which no clip need hold back, and no bootstrap from the value model: REINFORCE with a baseline.
	{"reinforce", false, func(t *rlhf.Trial) {
		t.Config.Minibatches, t.Config.Epochs, t.Config.Loss.Clip, t.Config.Lambda = 1, 1, 0, 1
	}},
	{"noclip", false, func(t *rlhf.Trial) { t.Config.Loss.Clip = 0 }},
	{"noptx", false, func(t *rlhf.Trial) { t.Config.Loss.Pretraining = 0 }}, // the alignment tax
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
	flags := flag.NewFlagSet("proof", flag.ContinueOnError)
	flags.SetOutput(out)
	dir := flags.String("out", filepath.Join("out", "chatgpt"), "folder of the run of train/chatgpt")
	gallery := flags.String("gallery", filepath.Join("figures", "gallery", "11_ppo"), "folder for the records")
	only := flags.String("only", strings.Join(names(), ","), "what to do")
	seeds := flags.Int("seeds", 3, "runs of ppo")
	size := flags.String("size", "full", "full or small, as the run of train/chatgpt")
	spec := flags.String("backend", "", "go, xla, xla:cuda, ...; XLA if it can be had, else Go, if empty")
	if err := flags.Parse(args); err != nil {
		return err
	}
	plan, ok := map[string]rlhf.Plan{"full": rlhf.Full, "small": rlhf.Small}[*size]
	wanted := strings.Split(*only, ",")
	for _, name := range wanted {
		if !slices.Contains(names(), name) {
			return fmt.Errorf("proof: no experiment %q; have %s", name, strings.Join(names(), ", "))
		}
	}
	if !ok || *seeds < 1 || flags.NArg() > 0 {
		return fmt.Errorf("proof: -size %q, -seeds %d and %d more arguments; want full or small, 1 or more, and none", *size, *seeds, flags.NArg())
	}
	engine, err := backend.New(*spec)
	if err != nil {
		return err
	}
	l, err := openLab(ctx, engine, *dir, *gallery, plan, out)
	if err != nil {
		return err
	}
	for _, e := range experiments {
		for seed := range int64(*seeds) {
			if !slices.Contains(wanted, e.name) || seed > 0 && !e.seeds {
				continue
			}
			if err := l.experiment(ctx, e, seed+1); err != nil {
				return err
			}
		}
	}
	for i, other := range []func(context.Context) error{l.rewardModels, l.bestOfN, l.secondRound} {
		if slices.Contains(wanted, others[i]) {
			if err := other(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}
