package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"gptbook/notebooks/internal/jupyter"
	"gptbook/notebooks/internal/site"
)

// writeSite renders the chapters into dir.
func (c *course) writeSite(ctx context.Context, dir string) error {
	env, err := jupyter.New(c.root, filepath.Join(c.root, "notebooks", "requirements.txt"))
	if err != nil {
		return err
	}
	if err := env.Prepare(ctx); err != nil {
		return err
	}
	entries, err := c.entries()
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return errors.New("there are no notebooks to render; `go run ./notebooks -sync` makes them")
	}
	var chapters []site.Chapter
	for _, e := range entries {
		chapters = append(chapters, site.Chapter{Number: e.Number, Title: e.Title, Summary: e.Summary,
			Notebook: filepath.Join(c.dir, filepath.FromSlash(e.Link))})
	}
	render := func(notebooks []string) ([]string, string, error) {
		out, err := env.Script(ctx, site.RenderScript, notebooks...)
		if err != nil {
			return nil, "", fmt.Errorf("rendering: %w", err)
		}
		var pages []string
		if err := json.Unmarshal(out, &pages); err != nil || len(pages) != len(notebooks)+1 {
			return nil, "", fmt.Errorf("rendering %d notebooks gave %d pages: %w", len(notebooks), len(pages)-1, err)
		}
		return pages[:len(notebooks)], pages[len(notebooks)], nil
	}
	if err := site.Write(dir, c.root, courseTitle, chapters, render); err != nil {
		return err
	}
	fmt.Println("wrote", filepath.Join(dir, "index.html"))
	return nil
}
