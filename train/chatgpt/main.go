// Command chatgpt walks the road of the course in a terminal, without Jupyter: it learns a tokenizer, pretrains
// a GPT on a text and lets it write.
//
//	go run ./train/chatgpt                      # twelve layers on Newton's Opticks, about five minutes with XLA
//	go run ./train/chatgpt -corpus my.txt -out out/mine
//	go run ./train/chatgpt -help
//
// Start with [stages]: what is done, in order. Each stage leaves its results in a folder of its own below -out and
// finds there what the earlier ones left. Ctrl-C saves; the same command then goes on from there.
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
	"strings"
	"syscall"

	"github.com/gofrs/flock"

	"gptbook/train/backend"
)

// stages are the road, in order.
var stages = []struct {
	name string
	run  func(r *road, ctx context.Context) error
}{
	{"tokenizer", (*road).learnTokenizer},
	{"pretrain", (*road).pretrain},
	{"sample", (*road).sample},
}

func main() {
	backend.HugePages()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "\nStopped. The same command goes on from here.")
		os.Exit(130) // what a shell reports for Ctrl-C
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run is the whole program.
func run(ctx context.Context, args []string, out io.Writer) error {
	s, err := parse(args, out)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.out, 0o755); err != nil {
		return fmt.Errorf("chatgpt: -out: %w", err)
	}
	lock := flock.New(filepath.Join(s.out, ".lock"))
	if free, err := lock.TryLock(); err != nil {
		return fmt.Errorf("chatgpt: -out: %w", err)
	} else if !free {
		return fmt.Errorf("chatgpt: another run is at work in %s; choose another -out", s.out)
	}
	defer lock.Unlock()

	r := &road{settings: s, stdout: out}
	if err := r.open(ctx); err != nil {
		return err
	}
	for i, stage := range stages {
		if !s.wants(stage.name) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		r.say("\n[%d/%d] %s", i+1, len(stages), stage.name)
		if err := stage.run(r, ctx); err != nil {
			return err
		}
	}
	r.say("\n%s", r.nextStep())
	return nil
}

// nextStep is what to do with what is there now.
func (r *road) nextStep() string {
	if last := stages[len(stages)-1].name; !r.wants(last) {
		return fmt.Sprintf("Next: go run ./train/chatgpt -out %s", r.out)
	}
	return strings.Join([]string{
		"Next: look at the curve in " + r.path("pretrain", "loss.png") + ";",
		fmt.Sprintf("      train longer:    go run ./train/chatgpt -out %s -steps %d", r.out, 2*r.steps),
		"      on your own text: go run ./train/chatgpt -corpus FILE -out out/mine",
		"      learn how it works: go run ./notebooks",
	}, "\n")
}
