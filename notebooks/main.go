// Command notebooks sets up the course and opens it in JupyterLab.
//
//	go run ./notebooks                       # open the course
//	go run ./notebooks -run all              # execute the chapters, without a browser
//	go run ./notebooks -sync 01_tokenizer    # Go file -> notebook
//	go run ./notebooks -pull 01_tokenizer    # notebook -> Go file
//	go run ./notebooks -check                # fail where the two differ
//	go run ./notebooks -html site            # render the course for reading
//
// A chapter is a folder NN_name with name_test.go and its twin name.ipynb; package
// notebooks/internal/twin tells how the one becomes the other. Read on in openCourse.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"gptbook/notebooks/internal/twin"
)

type options struct {
	Run   bool     `xor:"do" help:"Execute chapters and store their outputs. GPTBOOK_SIZE=small makes them small, for a quick check."`
	Sync  bool     `xor:"do" help:"Bring notebooks up to date with their Go files."`
	Pull  bool     `xor:"do" help:"Bring Go files up to date with their notebooks."`
	Check bool     `xor:"do" help:"Fail where Go file and notebook differ, or the outputs are not of a full run."`
	HTML  string   `xor:"do" name:"html" placeholder:"DIR" help:"Render the course into DIR as pages that read well offline."`
	Out   string   `placeholder:"DIR" help:"With -run: store the executed notebooks in DIR and leave the chapters alone (small runs: out/notebooks)."`
	Args  []string `arg:"" optional:"" help:"Chapters (name, number or folder; none or \"all\" for every one), or options for JupyterLab behind a \"--\"."`
}

func main() {
	var opt options
	parser := kong.Must(&opt, kong.Name("notebooks"),
		kong.Description("Sets up the course and opens it in JupyterLab; with a flag, works on its chapters instead."))
	_, err := parser.Parse(doubleDashes(os.Args[1:]))
	parser.FatalIfErrorf(err)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, opt); err != nil {
		if ctx.Err() != nil {
			err = errors.New("interrupted")
		}
		fmt.Fprintln(os.Stderr, "notebooks:", err)
		os.Exit(1)
	}
}

// doubleDashes lets -sync stand for --sync, as Go's own tools spell it.
func doubleDashes(args []string) []string {
	out := make([]string, len(args))
	for i, arg := range args {
		if arg == "--" {
			copy(out[i:], args[i:])
			break
		}
		if len(arg) > 2 && arg[0] == '-' && arg[1] != '-' {
			arg = "-" + arg
		}
		out[i] = arg
	}
	return out
}

func run(ctx context.Context, opt options) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	c := &course{root: root, dir: filepath.Join(root, "notebooks")}
	if c.all, err = twin.Chapters(c.dir); err != nil {
		return err
	}
	if opt.Out != "" && !opt.Run {
		return errors.New("-out goes with -run")
	}
	switch {
	case opt.Sync:
		return c.sync(opt.Args, twin.Pair.Sync)
	case opt.Pull:
		return c.sync(opt.Args, twin.Pair.Pull)
	case opt.Run:
		return c.execute(ctx, opt.Args, opt.Out)
	case opt.HTML != "":
		if len(opt.Args) > 0 {
			return errors.New("-html renders the whole course: it takes no chapters")
		}
		return c.writeSite(ctx, opt.HTML)
	case opt.Check:
		return c.check(opt.Args)
	}
	return c.openCourse(ctx, opt.Args)
}

// moduleRoot returns the folder of this module: the nearest above that has its go.mod.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(mod), "module gptbook\n") {
			return dir, nil
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		return "", errors.New("run it inside the repository: no go.mod of module gptbook here or above")
	}
}
