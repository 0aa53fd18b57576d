package backend

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// Install makes XLA available to [New] if it can be had: it returns at once if a sound plugin is on
// the machine, else it tries go-xla's own installer, then the CPU plugin from PyPI
// (linux/amd64 only). Progress goes to standard error.
//
// Several processes may call it at once: one fetches, the others wait. Whatever fails or is
// cancelled leaves no half plugin behind, and a program may go on: New then chooses pure Go.
func Install(ctx context.Context) error {
	if !linked {
		return fmt.Errorf("backend: %s; the pure Go backend does the work", unlinked)
	}
	dir, err := Dir()
	if err != nil {
		return err
	}
	if installed(dir) {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("backend: no folder to keep the XLA plugin in: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	if _, err := lock.TryLockContext(ctx, 200*time.Millisecond); err != nil {
		return fmt.Errorf("backend: waiting for another installation of XLA: %w", err)
	}
	defer lock.Unlock()
	if installed(dir) { // by the process that we waited for
		return nil
	}
	return fetchFirst(ctx, dir)
}

// installed says whether New will find a sound plugin. It removes one of ours whose bytes are not
// the pinned ones: New checks only the length of what it loads, because hashing takes time.
func installed(dir string) bool {
	own := filepath.Join(dir, wheelPlugin.file)
	if _, err := os.Stat(own); err == nil && hashFile(own) != wheelPlugin.sha256 {
		os.Remove(own)
	}
	plugins, _ := findPlugins()
	return len(plugins) > 0
}

// sources are the places that a plugin can come from, in order. dir is [Dir].
var sources = []struct {
	name  string
	fetch func(ctx context.Context, dir string) error
}{
	{"go-xla's installer", installGoXLA},
	{"PyPI", installWheel},
}

// fetchFirst asks the sources in order until one delivers.
func fetchFirst(ctx context.Context, dir string) error {
	var failures []string
	for _, s := range sources {
		fmt.Fprintf(os.Stderr, "XLA plugin: asking %s\n", s.name)
		err := s.fetch(ctx, dir)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("backend: fetching the XLA plugin: %w", context.Cause(ctx))
		}
		if errors.Is(err, context.DeadlineExceeded) {
			err = errors.New("no answer in time")
		}
		failures = append(failures, s.name+": "+firstLine(err))
	}
	return fmt.Errorf("backend: no XLA plugin to be had (%s); the pure Go backend does the work",
		strings.Join(failures, "; "))
}
