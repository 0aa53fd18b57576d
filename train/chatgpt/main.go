// Command chatgpt walks the whole road of the course in a terminal, without Jupyter, with one model: it learns a tokenizer, pretrains
// a GPT, teaches it to answer, learns from rankings what is a good answer, and improves the model by that: from text to ChatGPT.
//
//	go run ./train/chatgpt                      # the world of datasets/world
//	go run ./train/chatgpt -size small -out out/small   # the same in a minute, to see that everything runs
//	go run ./train/chatgpt -corpus opticks -out out/opticks   # twelve layers on a book, as far as pretraining
//	go run ./train/chatgpt -help
//
// Start with [stages]: what is done, in order. Each stage leaves its results in a folder of its own below -out and
// finds there what the earlier ones left. Ctrl-C saves; the same command then goes on from there.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"gptbook/internal/command"
	"gptbook/train/backend"
)

// stage is one part of the road.
type stage struct {
	name  string
	world bool // it asks questions, so it wants the world, which knows the answers
	run   func(r *road, ctx context.Context) error
}

// stages are the road, in order.
var stages = []stage{
	{"tokenizer", false, (*road).learnTokenizer},
	{"pretrain", false, (*road).pretrain},
	{"sample", false, (*road).sample},
	{"sft", true, (*road).sft},
	{"reward", true, (*road).reward},
	{"ppo", true, (*road).ppo},
}

func stageNames() string {
	var names []string
	for _, st := range stages {
		names = append(names, st.name)
	}
	return strings.Join(names, ",")
}

func main() {
	backend.HugePages()
	command.Main(run, "The same command goes on from here.")
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
	for i, st := range stages {
		if !s.wants(st.name) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		r.say("\n[%d/%d] %s", i+1, len(stages), st.name)
		if err := st.run(r, ctx); err != nil {
			return err
		}
	}
	r.say("\n%s", r.nextStep())
	return nil
}

// nextStep is what to do with what is there now.
func (r *road) nextStep() string {
	if names := r.chosen(); r.stages != "" && names[len(names)-1] != stages[len(stages)-1].name {
		return fmt.Sprintf("Next: go run ./train/chatgpt -out %s", r.out)
	}
	if r.talk != "" {
		return strings.Join([]string{
			"Next: talk to it:        go run ./gpt/chat/repl -model " + r.talk,
			"      the measurements:  " + r.path("scorecard.txt") + ", " + r.path("ppo.png"),
			"      learn how it works: go run ./notebooks",
		}, "\n")
	}
	next := []string{
		"Next: look at the curve in " + r.path("pretrain", "loss.png") + ";",
		fmt.Sprintf("      train longer:    go run ./train/chatgpt -out %s -steps %d", r.out, 2*r.steps),
		"      on your own text: go run ./train/chatgpt -corpus FILE -out out/mine",
		"      learn how it works: go run ./notebooks",
	}
	if r.corpus != ofTheWorld {
		next = append(next, "Fine-tuning, reward model and PPO ask questions whose answers must be known: go run ./train/chatgpt -out out/world")
	} else if r.layers > deepest {
		next = append(next, fmt.Sprintf("Fine-tuning, reward model and PPO compile all layers at once and stop at %d: choose fewer -layers for them.", deepest))
	}
	return strings.Join(next, "\n")
}
