package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"gptbook/notebooks/internal/jupyter"
)

// openCourse sets up what is missing and opens JupyterLab on the start page.
func (c *course) openCourse(ctx context.Context, args []string) error {
	env, err := c.environment(ctx)
	if err != nil {
		return err
	}
	if !jupyter.Writable(c.dir) {
		fmt.Fprintln(os.Stderr, "notebooks: the repository is read-only: cells run, edits cannot be saved")
	} else if _, err := c.writeStartPage(); err != nil {
		return err
	}
	if _, err := os.Stat(c.startPath()); err != nil {
		return errors.New("there is no notebooks/README.ipynb; `go run ./notebooks -sync` makes it")
	}
	return env.Lab(ctx, "notebooks/README.ipynb", args...)
}
