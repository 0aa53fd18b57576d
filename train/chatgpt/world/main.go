// Command world walks the road of InstructGPT in the small closed world of datasets/world: a base model, supervised
// fine-tuning, a reward model, PPO with several seeds, and a scorecard of each, judged by the truth that the world knows.
//
//	go run ./train/chatgpt/world               # full size
//	go run ./train/chatgpt/world -size small   # a minute, to see that everything runs
//
// Ctrl-C saves; the same command goes on from there. Results are in the folder -out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gomlx/gomlx/ml/model"

	"gptbook/datasets/world"
	"gptbook/figures"
	"gptbook/train/backend"
	"gptbook/train/chatgpt/rlhf"
)

func main() {
	backend.HugePages()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "\nStopped. The same command goes on from here.")
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// walk is one call of the program.
type walk struct {
	*rlhf.Road
	out    io.Writer
	dir    string // for the record
	device string
	split  world.Split
	sft    [2]world.Scorecard // of the fine-tuned model: at the temperature of PPO, and greedy
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("world", flag.ContinueOnError)
	flags.SetOutput(out)
	dir := flags.String("out", "out/world", "folder for all results; each size wants its own")
	size := flags.String("size", "full", "full or small")
	seeds := flags.Int("seeds", 3, "runs of PPO")
	gold := flags.Bool("gold", false, "the control: PPO with the judge's own score")
	test := flags.Bool("test", false, "report on the test split, for figures to publish; choices are made without it")
	spec := flags.String("backend", "", "go, xla, xla:cuda, ...; XLA if it can be had, else Go, if empty")
	if err := flags.Parse(args); err != nil {
		return err
	}
	plan, ok := map[string]rlhf.Plan{"full": rlhf.Full, "small": rlhf.Small}[*size]
	if !ok || *seeds < 1 || flags.NArg() > 0 {
		return fmt.Errorf("world: -size %q, -seeds %d and %d more arguments; want full or small, 1 or more, and none", *size, *seeds, flags.NArg())
	}
	engine, err := backend.New(*spec)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, backend.Describe(engine))
	road, err := rlhf.Open(engine, *dir, plan, out)
	if err != nil {
		return err
	}
	w := &walk{Road: road, out: out, dir: filepath.Join(*dir, "record"), device: backend.Describe(engine), split: world.Validation}
	if *test {
		w.split = world.Test
	}
	return w.all(ctx, *seeds, *gold)
}

// all goes through the stages.
func (w *walk) all(ctx context.Context, seeds int, gold bool) error {
	start := time.Now()
	base, err := w.Base(ctx)
	if err != nil {
		return err
	}
	for skill := range world.Skills {
		share, err := w.Knowledge(base, skill)
		if err != nil {
			return err
		}
		fmt.Fprintf(w.out, "base: %s %.2f\n", skill, share)
	}
	tuned, err := w.SFT(ctx, base)
	if err != nil {
		return err
	}
	if w.sft, err = w.grade(ctx, "sft", tuned); err != nil {
		return err
	}
	m, err := w.Reward(ctx, tuned)
	if err != nil {
		return err
	}
	fmt.Fprint(w.out, "reward model\n", m.Report)
	var curves []figures.Curve // of the gold reward
	for seed := range seeds {
		c, err := w.improve(ctx, tuned, m, gold, int64(seed+1))
		if err != nil {
			return err
		}
		curves = append(curves, figures.Curve{Name: fmt.Sprintf("seed %d", seed+1), Points: c.Points})
	}
	took := time.Since(start)
	fmt.Fprintf(w.out, "in all: %s, this call; curves in %s\n", took.Round(time.Second), w.dir)
	return w.record(curves, took)
}

// record draws how PPO did on held-out prompts, and writes what made the figure beside it.
func (w *walk) record(curves []figures.Curve, took time.Duration) error {
	return figures.SaveRun(w.dir, figures.Run{Preset: w.Plan.GPT.Name, Seed: w.Plan.Seed, Steps: w.Plan.Iterations, Data: w.SHA256,
		GoMLX: figures.GoMLXVersion(), Device: w.device, Minutes: took.Minutes()},
		figures.Chart{Title: "PPO on held-out prompts", XLabel: "iteration", YLabel: "gold reward", Curves: curves})
}

// improve is PPO with one seed.
func (w *walk) improve(ctx context.Context, tuned *model.Store, m *rlhf.RewardModel, gold bool, seed int64) (held figures.Curve, err error) {
	name := fmt.Sprintf("ppo-%d", seed)
	if gold {
		name = fmt.Sprintf("gold-%d", seed)
	}
	w.Plan.PPO.Seed = seed
	run, err := w.PPO(ctx, tuned, m, gold, name)
	if err != nil {
		return held, err
	}
	cards, err := w.grade(ctx, name, run.Policy)
	if err != nil {
		return held, err
	}
	fmt.Fprintf(w.out, "%s closes %.0f %% of the gap at temperature %g, %.0f %% greedily\n", name,
		100*cards[0].Closed(w.sft[0]), w.Plan.PPO.Temperature, 100*cards[1].Closed(w.sft[1]))
	folder, err := w.Export(run.Policy, name)
	if err != nil {
		return held, err
	}
	fmt.Fprintf(w.out, "talk to it: go run ./gpt/chat/repl -model %s\n", folder)
	return run.Held[0], nil
}

// grade prints both scorecards of a language model and its loss on text.
func (w *walk) grade(ctx context.Context, name string, store *model.Store) (cards [2]world.Scorecard, err error) {
	for i, temperature := range []float64{w.Plan.PPO.Temperature, 0} {
		if cards[i], err = w.Scorecard(ctx, store, w.split, temperature); err != nil {
			return cards, err
		}
		fmt.Fprintf(w.out, "%s at temperature %g, %s split\n%s", name, temperature, w.split, cards[i])
	}
	loss, err := w.TextLoss(store)
	fmt.Fprintf(w.out, "%s: loss on text %.3f nats per token\n", name, loss)
	return cards, err
}
