package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"gptbook/notebooks/internal/paired"
)

// course is the chapters and where they are.
type course struct {
	root string // of the module
	dir  string // root/notebooks
	all  []paired.Pair
}

// pick returns the chapters that args name: by folder, name or number; all if there are none.
func (c *course) pick(args []string) ([]paired.Pair, error) {
	if len(args) == 0 || len(args) == 1 && args[0] == "all" {
		if len(c.all) == 0 {
			return nil, fmt.Errorf("no chapters in %s: folders called NN_name", c.dir)
		}
		return c.all, nil
	}
	var picked []paired.Pair
	for _, arg := range args {
		folder := filepath.Base(filepath.Clean(arg))
		found := false
		for _, p := range c.all {
			number, name, _ := strings.Cut(filepath.Base(p.Dir), "_")
			if folder == filepath.Base(p.Dir) || folder == name || fmt.Sprintf("%02s", folder) == number {
				picked, found = append(picked, p), true
			}
		}
		if !found {
			return nil, fmt.Errorf("no chapter %q; have %s", arg, c.names())
		}
	}
	return picked, nil
}

func (c *course) names() string {
	var names []string
	for _, p := range c.all {
		names = append(names, filepath.Base(p.Dir))
	}
	return strings.Join(names, ", ")
}

// sync brings the two files of chapters together, in the direction of bring, and the start
// page up to date.
func (c *course) sync(args []string, bring func(paired.Pair) ([]string, error)) error {
	chapters, err := c.pick(args)
	if err != nil {
		return err
	}
	var failed []error
	for _, p := range chapters {
		changed, err := bring(p)
		if err != nil {
			failed = append(failed, err)
		}
		for _, path := range changed {
			c.say("wrote", path)
		}
	}
	if changed, err := c.writeStartPage(); err != nil {
		failed = append(failed, err)
	} else if changed {
		c.say("wrote", c.startPath())
	}
	return errors.Join(failed...)
}

// check fails if Sync would change a chapter or the start page.
func (c *course) check(args []string) error {
	chapters, err := c.pick(args)
	if err != nil {
		return err
	}
	var failed []error
	for _, p := range chapters {
		if err := p.Check(); err != nil {
			failed = append(failed, err)
		}
	}
	if err := c.checkStartPage(); err != nil {
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// say prints what happened to a file.
func (c *course) say(what, path string) { fmt.Println(what, c.short(path)) }

// short names a file of the repository as the reader sees it.
func (c *course) short(path string) string {
	if short, err := filepath.Rel(c.root, path); err == nil && filepath.IsLocal(short) {
		return short
	}
	return path
}
