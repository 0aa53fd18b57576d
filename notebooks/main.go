// Command notebooks sets up the course and opens it in JupyterLab.
//
//	go run ./notebooks                       # open the course
//	go run ./notebooks -run all              # execute the chapters, without a browser
//	go run ./notebooks -sync 01_tokenizer    # Go file -> notebook
//	go run ./notebooks -pull 01_tokenizer    # notebook -> Go file
//	go run ./notebooks -check                # fail where the two differ
//	go run ./notebooks -format 01_tokenizer  # one sentence per line of the texts
//	go run ./notebooks -html site            # render the course for reading
//
// A chapter is a folder NN_name with name_test.go and its paired notebook name.ipynb; package
// notebooks/internal/paired tells how the one becomes the other. Read on in openCourse.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"gptbook/internal/command"
	"gptbook/notebooks/internal/modroot"
	"gptbook/notebooks/internal/paired"
)

func main() { command.Main(run, "") }

const synopsis = `go run ./notebooks [-- options of JupyterLab]: sets up the course and opens it in JupyterLab
go run ./notebooks -run|-sync|-pull|-check|-format [chapter ...]: works on chapters (name, number or folder; else all)
go run ./notebooks -html DIR`

// run is the whole program.
func run(ctx context.Context, args []string, out io.Writer) error {
	task, err := parse(args, out)
	if err != nil {
		return err
	}
	root, err := modroot.Above(".")
	if err != nil {
		return fmt.Errorf("notebooks: run it inside the repository: %w", err)
	}
	c := &course{root: root, dir: filepath.Join(root, "notebooks")}
	if c.all, err = paired.Chapters(c.dir); err == nil {
		err = task(ctx, c)
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("notebooks: %w", err)
	}
	return nil
}

// parse reads the command line and returns what to do: one thing.
func parse(args []string, out io.Writer) (task func(context.Context, *course) error, err error) {
	flags := flag.NewFlagSet("notebooks", flag.ContinueOnError)
	flags.Bool("run", false, "execute chapters and store their outputs; "+
		"GPTBOOK_SIZE=small makes them small, for a quick check")
	flags.Bool("sync", false, "bring notebooks up to date with their Go files")
	flags.Bool("pull", false, "bring Go files up to date with their notebooks")
	flags.Bool("check", false, "fail where Go file and notebook differ, or the outputs are not of a full run")
	flags.Bool("format", false, "put each sentence of the texts on a line of its own")
	html := flags.String("html", "", "render the course into `DIR`, as pages that read well offline")
	results := flags.String("out", "", "with -run: store the executed notebooks in `DIR` and leave the chapters alone "+
		"(small runs: out/notebooks)")
	rest, err := command.ParseArgs(flags, args, out, synopsis)
	if err != nil {
		return nil, err
	}
	tasks := map[string]func(context.Context, *course) error{
		"run":    func(ctx context.Context, c *course) error { return c.execute(ctx, rest, *results) },
		"sync":   func(_ context.Context, c *course) error { return c.sync(rest, paired.Pair.Sync) },
		"pull":   func(_ context.Context, c *course) error { return c.sync(rest, paired.Pair.Pull) },
		"format": func(_ context.Context, c *course) error { return c.sync(rest, paired.Pair.Format) },
		"check":  func(_ context.Context, c *course) error { return c.check(rest) },
		"html":   func(ctx context.Context, c *course) error { return c.writeSite(ctx, *html) },
	}
	var wanted []string
	flags.Visit(func(f *flag.Flag) {
		if _, ok := tasks[f.Name]; ok && f.Value.String() != "false" {
			wanted = append(wanted, f.Name)
		}
	})
	switch {
	case len(wanted) > 1:
		return nil, command.Usagef(flags, "-%s do not go together", strings.Join(wanted, " and -"))
	case *results != "" && (len(wanted) == 0 || wanted[0] != "run"):
		return nil, command.Usagef(flags, "-out goes with -run")
	case len(wanted) == 0:
		return func(ctx context.Context, c *course) error { return c.openCourse(ctx, rest) }, nil
	case wanted[0] == "html" && (*html == "" || len(rest) > 0):
		return nil, command.Usagef(flags, "-html wants a folder and no chapters: it renders the whole course")
	}
	return tasks[wanted[0]], nil
}
