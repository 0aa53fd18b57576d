package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"gptbook/internal/backend"
	gonb "gptbook/notebooks/course"
	"gptbook/notebooks/internal/jupyter"
	"gptbook/notebooks/internal/nbformat"
	"gptbook/notebooks/internal/paired"
)

// execute runs chapters from a clean state and stores their outputs: in the chapters, or in out.
// A small run never touches the chapters.
func (c *course) execute(ctx context.Context, args []string, out string) error {
	chapters, err := c.pick(args)
	if err != nil {
		return err
	}
	switch size := os.Getenv(gonb.SizeVariable); size {
	case "", "full", "small":
	default:
		return fmt.Errorf("%s is %q, want small or full", gonb.SizeVariable, size)
	}
	if out == "" && gonb.Small() {
		out = filepath.Join(c.root, "out", "notebooks")
	}
	env, err := c.environment(ctx)
	if err != nil {
		return err
	}
	var failed []error
	total := 0.0
	for _, p := range chapters {
		folder := filepath.Base(p.Dir)
		minutes, err := c.executeOne(ctx, env, p, out)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		total += minutes
		fmt.Printf("%-24s %5.1f min", folder, minutes)
		if err != nil {
			fmt.Printf("  FAILED: %v", err)
			failed = append(failed, fmt.Errorf("%s: %w", folder, err))
		}
		fmt.Println()
	}
	fmt.Printf("%-24s %5.1f min, %s\n", "together", total, gonb.Size())
	if out == "" {
		if _, err := c.writeStartPage(); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// environment prepares all that a cell needs. Without XLA the course goes on, on pure Go.
func (c *course) environment(ctx context.Context) (*jupyter.Env, error) {
	if err := jupyter.OnWindows(); err != nil {
		return nil, err
	}
	env, err := jupyter.New(c.root, filepath.Join(c.root, "notebooks", "requirements.txt"))
	if err != nil {
		return nil, err
	}
	if err := env.Prepare(ctx); err != nil {
		return nil, err
	}
	if err := env.PrepareKernel(ctx); err != nil {
		return nil, err
	}
	if err := backend.Install(ctx); err != nil && ctx.Err() == nil {
		fmt.Fprintf(os.Stderr, "notebooks: no XLA, the course runs on the pure Go backend: %v\n", err)
	}
	return env, ctx.Err()
}

// executeOne runs one chapter from a clean state and stores the notebook.
func (c *course) executeOne(
	ctx context.Context, env *jupyter.Env, p paired.Pair, out string,
) (minutes float64, err error) {
	chapter, nb, err := p.InStep()
	if err != nil {
		return 0, err
	}
	if err := os.RemoveAll(filepath.Join(gonb.StateRoot(), gonb.Size(), p.Name)); err != nil {
		return 0, err
	}
	tmp, err := os.MkdirTemp("", "gptbook-run")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(tmp)
	source, result := filepath.Join(tmp, "source.ipynb"), filepath.Join(tmp, "result.ipynb")
	if _, err := nb.Write(source); err != nil {
		return 0, err
	}
	start := time.Now()
	failed := env.Execute(ctx, source, result, p.Dir, func(cell, of int) {
		if terminal() {
			fmt.Printf("\r%-24s %5.1f min  cell %d of %d \x1b[K", filepath.Base(p.Dir), time.Since(start).Minutes(), cell, of)
		}
	})
	if terminal() {
		fmt.Print("\r\x1b[K")
	}
	minutes = time.Since(start).Minutes()
	if nb, err = nbformat.Read(result); err != nil {
		return minutes, errors.Join(failed, err)
	}
	nb.Normalise()
	var at *jupyter.CellError
	if errors.As(failed, &at) && at.Cell <= len(nb.Cells) {
		if why := nb.Cells[at.Cell-1].Failure(); why != "" {
			at.Message = why
		}
	}
	if failed == nil {
		failed = chapter.Promised(nb)
	}
	nb.SetRun(nbformat.Run{Code: paired.CodeOf(nb), Size: gonb.Size(), Minutes: math.Round(minutes*10) / 10})
	return minutes, c.store(p, nb, out, failed)
}

// store writes an executed notebook to its chapter or, if out is not empty or the run failed,
// to a folder apart. It returns why the run failed, with the place of what came of it.
func (c *course) store(p paired.Pair, nb *nbformat.Notebook, out string, failed error) error {
	if failed == nil && out == "" {
		if _, now, err := p.InStep(); err != nil || paired.CodeOf(now) != paired.CodeOf(nb) {
			failed = errors.New("the chapter was edited while it ran")
		}
	}
	if failed == nil && out == "" {
		_, err := nb.Write(p.Notebook)
		return err
	}
	if out == "" {
		out = filepath.Join(c.root, "out", "notebooks")
	}
	target := filepath.Join(out, filepath.Base(p.Dir), filepath.Base(p.Notebook))
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return errors.Join(failed, err)
	}
	if _, err := nb.Write(target); err != nil {
		return errors.Join(failed, err)
	}
	if failed != nil {
		return fmt.Errorf("%w (see %s)", failed, c.short(target))
	}
	return nil
}

// terminal tells whether standard output is one.
func terminal() bool {
	info, err := os.Stdout.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
