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
// Measured with -rounds 3 on two cores and nothing else running: after 302 steps of the small model bfloat16 was at 2.3367 nats per
// byte, float32 and two devices at 2.3370. Two devices were at most 9.5e-7 from one within the first 20 steps, with the large model 4.8e-7.
// bfloat16 made 1.07 of the tokens per second of float32 and two devices 0.89 of one; with the large model 1.11 and 0.97.
//
// Start with [subjects]: what is raced. Both sides make the same number of steps by turns, so that a
// busy machine slows both; the best of all rounds counts. In training both clip the gradient, decay the
// matrices and read the loss back at every step.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/compute"

	"gptbook/train/backend"
)

func main() {
	backend.HugePages()
	python := flag.String("python", "python3", "a Python that has torch; \"\" measures our side alone")
	only := flag.String("only", "", "comma-separated names of what to race; all if empty")
	rounds := flag.Int("rounds", 5, "turns for each side")
	threads := flag.Int("threads", runtime.NumCPU(), "threads that torch may use")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := bench(ctx, *python, *only, *rounds, *threads); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, python, only string, rounds, threads int) error {
	engine, err := backend.New("")
	if err != nil {
		return err
	}
	fmt.Println("backend:", backend.Describe(engine))
	fmt.Printf("%-16s %12s %14s %14s %7s\n", "", "parameters", "ours, tok/s", "other, tok/s", "ratio")
	for _, s := range subjects {
		if only != "" && !slices.Contains(strings.Split(only, ","), s.name) {
			continue
		}
		if have := int(engine.NumDevices()); s.devices > have {
			fmt.Printf("%-16s skipped: it takes %d devices, and %s has %d\n", s.name, s.devices, engine.Name(), have)
			continue
		}
		ours, err := s.ours(engine)
		if err != nil {
			return err
		}
		sides := []side{ours}
		if other, err := s.rival(ctx, engine, python, threads); err != nil {
			return err
		} else if other != nil {
			sides = append(sides, other)
		}
		best, err := race(ctx, s, rounds, sides)
		if t, ok := sides[len(sides)-1].(*torch); ok {
			t.close()
		}
		if err != nil {
			return err
		}
		fmt.Printf("%-16s %12d %14.0f", s.name, s.params, best[0])
		if len(best) > 1 {
			fmt.Printf(" %14.0f %7.2f", best[1], best[0]/best[1])
		}
		fmt.Println()
		reportByLength(sides)
		if l := sideLosses(sides); l != nil {
			fmt.Println("   ", l)
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
