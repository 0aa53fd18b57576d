// Command chatgpt walks the whole pipeline of the course in a terminal, without Jupyter, with one model: it learns a
// tokenizer, pretrains a GPT, teaches it to answer, learns from rankings what is a good answer, and improves the model
// by that: from text to ChatGPT.
//
//	go run ./train/chatgpt                      # the world of datasets/world
//	go run ./train/chatgpt -size small -out out/small   # the same in a minute, to see that everything runs
//	go run ./train/chatgpt -corpus opticks -out out/opticks   # twelve layers on a book, as far as pretraining
//	go run ./train/chatgpt -help
//
// Here are the flags and nothing else: they fill in a [pipeline.Recipe], and [pipeline.Stages] is what is done, in
// order. Each stage leaves its results in a folder of its own below -out and finds there what the earlier ones left.
// Ctrl-C saves; the same command then goes on from there.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/gomlx/compute"

	"gptbook/internal/backend"
	"gptbook/internal/command"
	"gptbook/train/chatgpt/pipeline"
)

func main() {
	backend.HugePages()
	command.Main(run, "The same command goes on from here.")
}

// run is the whole program.
func run(ctx context.Context, args []string, out io.Writer) error {
	f, err := parse(args, out)
	if err != nil {
		return err
	}
	recipe, err := f.recipe()
	if err != nil {
		return err
	}
	unlock, err := pipeline.Lock(f.out)
	if err != nil {
		return err
	}
	defer unlock()
	began := "a new run"
	if f.recorded() {
		began = "a run that began earlier, with its settings"
	}
	fmt.Fprintf(out, "folder:  %s, %s\n", f.out, began)
	engine, err := openBackend(ctx, f.backend)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "backend:", backend.Describe(engine))
	p, err := pipeline.Open(engine, f.out, recipe, out)
	if err != nil {
		return err
	}
	for i, line := range p.About {
		fmt.Fprintln(out, []string{"text:   ", "        "}[min(i, 1)], line)
	}
	if err := f.record(); err != nil {
		return err
	}
	stages := f.chosen(recipe)
	if err := p.Run(ctx, stages); err != nil {
		return err
	}
	if last := pipeline.Stages[len(pipeline.Stages)-1].Name; f.stages != nil && !slices.Contains(stages, last) {
		fmt.Fprintf(out, "\nNext: go run ./train/chatgpt -out %s\n", f.out)
		return nil
	}
	fmt.Fprintf(out, "\n%s\n", p.NextStep())
	return nil
}

// openBackend returns the backend that was asked for. If none was, XLA's plugin is fetched first, if it can be had.
func openBackend(ctx context.Context, spec string) (compute.Backend, error) {
	if spec == "" && os.Getenv(compute.ConfigEnvVar) == "" {
		if err := backend.Install(ctx); ctx.Err() != nil {
			return nil, ctx.Err()
		} else if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	return backend.New(spec)
}
