// Command bench races our training step and our generation with a KV cache against the same models in PyTorch
// (eager mode), in turn on the same cores, and prints tokens per second and their ratio:
//
//	python3 -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.15.0
//	go run ./train/bench -python /tmp/torch/bin/python
//
// It also races two of our settings against the plain one: bfloat16, and two devices that share each batch (of XLA,
// whose CPU plugin has several; the pure Go backend has one). Here the tokens are the bytes of a book, and what
// both sides have learned is compared:
//
//	go run ./train/bench -only bf16-small,bf16-large,devices-2-small,devices-2-large
//
// What came out stands in the README.
//
// Start with the variable subjects: what is raced. Both sides make the same number of steps by turns, so that a
// busy machine slows both; the best of all rounds counts. In training both clip the gradient, decay the
// matrices and read the loss back at every step.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	"github.com/gomlx/compute"

	"gptbook/internal/backend"
	"gptbook/internal/command"
)

func main() {
	backend.HugePages()
	command.Main(run, "")
}

// settings are the flags.
type settings struct {
	python          string
	only            []string
	rounds, threads int
}

// run is the whole program.
func run(ctx context.Context, args []string, out io.Writer) error {
	s := settings{rounds: 5, threads: runtime.NumCPU()}
	for _, subject := range subjects {
		s.only = append(s.only, subject.name)
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&s.python, "python", "python3", "a Python that has torch; \"\" measures our side alone")
	flags.Var(command.Some(s.only, &s.only), "only", "`names` of what to race")
	flags.Var(command.AtLeast(1, &s.rounds), "rounds", "`turns` for each side")
	flags.Var(command.AtLeast(1, &s.threads), "threads", "`threads` that torch may use")
	if err := command.Parse(flags, args, out,
		"go run ./train/bench [flags]: races our code against PyTorch"); err != nil {
		return err
	}
	err := bench(ctx, s, out)
	if err != nil && ctx.Err() != nil {
		return ctx.Err() // Python, which Ctrl-C reached too, may have been first to complain.
	}
	return err
}

func bench(ctx context.Context, set settings, out io.Writer) error {
	engine, err := backend.New("")
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "backend:", backend.Describe(engine))
	fmt.Fprintf(out, "%-16s %12s %14s %14s %7s\n", "", "parameters", "ours, tok/s", "other, tok/s", "ratio")
	for _, s := range subjects {
		if !slices.Contains(set.only, s.name) {
			continue
		}
		if have := int(engine.NumDevices()); s.devices > have {
			fmt.Fprintf(out, "%-16s skipped: it takes %d devices, and %s has %d\n",
				s.name, s.devices, engine.Name(), have)
			continue
		}
		ours, err := s.ours(engine)
		if err != nil {
			return err
		}
		sides := []side{ours}
		if other, err := s.rival(ctx, engine, set.python, set.threads); err != nil {
			return err
		} else if other != nil {
			sides = append(sides, other)
		}
		best, err := race(ctx, s, set.rounds, sides)
		if t, ok := sides[len(sides)-1].(*torch); ok {
			t.close()
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%-16s %12d %14.0f", s.name, s.params, best[0])
		if len(best) > 1 {
			fmt.Fprintf(out, " %14.0f %7.2f", best[1], best[0]/best[1])
		}
		fmt.Fprintln(out)
		reportByLength(sides, out)
		if l := sideLosses(sides); l != nil {
			fmt.Fprintln(out, "   ", l)
		}
	}
	return nil
}

// rival is the other side of s; nil if that is PyTorch and there is no python.
func (s subject) rival(ctx context.Context, engine compute.Backend, python string, threads int) (side, error) {
	switch {
	case s.other != nil:
		return s.other(engine)
	case python == "":
		return nil, nil
	}
	return startTorch(ctx, python, threads, s)
}

// side is one of the two that race.
type side interface {
	// run makes that many steps.
	run(ctx context.Context, steps int) error
}

// race lets the sides run by turns and returns the best speed of each, in tokens per second.
func race(ctx context.Context, s subject, rounds int, sides []side) ([]float64, error) {
	best := make([]float64, len(sides))
	for round := -1; round < rounds; round++ {
		for i, side := range sides {
			steps := s.steps
			if round < 0 {
				steps = 2 // compiling and warming up do not count
			}
			start := time.Now()
			if err := side.run(ctx, steps); err != nil {
				return nil, fmt.Errorf("bench: %s: %w", s.name, err)
			}
			speed := float64(steps*s.tokens) / time.Since(start).Seconds()
			if round >= 0 {
				best[i] = max(best[i], speed)
			}
		}
	}
	return best, nil
}
