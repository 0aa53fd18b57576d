// Package course is what the cells of the notebooks share: how large to be, where to keep what the
// next cell needs, and what to compute on.
//
// Every cell of a notebook is a program of its own, so weights pass from cell to cell by
// checkpoints in [Dir]. Start with [Pick]:
//
//	cfg.Layers = course.Pick(2, 12)
package course

import (
	"fmt"
	"hash/fnv"
	"html"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
	"github.com/janpfeifer/must"

	"gptbook/internal/backend"
	"gptbook/notebooks/internal/modroot"
)

// SizeVariable is the environment variable that holds the size of a run.
const SizeVariable = "GPTBOOK_SIZE"

// Size returns the size of the run: "small", which CI uses, or "full". Under go test it is
// always small.
func Size() string {
	if testing.Testing() || os.Getenv(SizeVariable) == "small" {
		return "small"
	}
	return "full"
}

// Small tells whether the run is small.
func Small() bool { return Size() == "small" }

// Pick returns small or full, as the size of the run wants it.
func Pick[T any](small, full T) T {
	if Small() {
		return small
	}
	return full
}

// Dir returns the folder for what a chapter keeps between its cells, and makes it. chapter is the
// name of the chapter; name tells all that the content depends on, so that other values never
// meet old content:
//
//	course.Dir("gpt1", fmt.Sprintf("%dx%d-%dsteps", cfg.Layers, cfg.Width, steps))
//
// It lies in .cache/course in the repository or, if that cannot be written to, in the user's
// cache, apart for each size. `go run ./notebooks -run` empties it for the chapters that
// it executes, go test for every run.
func Dir(chapter string, name ...string) string {
	dir := filepath.Join(append([]string{state(), chapter}, name...)...)
	_ = os.MkdirAll(dir, 0o755) // Where this fails, so does what wants to write there, and says so.
	return dir
}

// state is the folder above those of the chapters.
var state = sync.OnceValue(func() string {
	if !testing.Testing() {
		return filepath.Join(StateRoot(), Size())
	}
	dir := filepath.Join(StateRoot(), "test", filepath.Base(os.Args[0]))
	_ = os.RemoveAll(dir) // A test must not pass on what an earlier one left.
	return dir
})

// StateRoot returns the folder that holds the state of all chapters, in a folder per size.
func StateRoot() string {
	dir := os.Getenv(protocol.GONB_DIR_ENV) // The notebook's, where a cell runs; else empty, the working directory.
	if root, err := modroot.Above(dir); err == nil && writable(root) {
		return filepath.Join(root, ".cache", "course")
	}
	if cache, err := os.UserCacheDir(); err == nil {
		return filepath.Join(cache, "gptbook", "course")
	}
	return filepath.Join(os.TempDir(), "gptbook", "course")
}

func writable(dir string) bool {
	if err := os.MkdirAll(filepath.Join(dir, ".cache"), 0o755); err != nil {
		return false
	}
	f, err := os.CreateTemp(filepath.Join(dir, ".cache"), "probe")
	if err != nil {
		return false
	}
	f.Close()
	return os.Remove(f.Name()) == nil
}

// Backend returns what to compute on, the one of [backend.New] with "". Once in every session of a
// notebook it says which that is and why; what a cell prints stays free of it. It panics if
// there is no backend.
func Backend() compute.Backend {
	b := must.M1(backend.New(""))
	announce(backend.Describe(b))
	return b
}

// PureGo returns GoMLX's pure Go backend, for what XLA would compile too long.
func PureGo() compute.Backend { return must.M1(backend.New("go")) }

func announce(line string) {
	session := os.Getenv(protocol.GONB_TMP_DIR_ENV)
	if session == "" || !gonbui.IsNotebook {
		return
	}
	hash := fnv.New64()
	hash.Write([]byte(line))
	mark, err := os.OpenFile(filepath.Join(session, fmt.Sprintf(".backend-%x", hash.Sum64())), os.O_CREATE|os.O_EXCL,
		0o600)
	if err != nil {
		return // Said before.
	}
	mark.Close()
	if home, err := os.UserHomeDir(); err == nil && len(home) > 1 {
		line = strings.ReplaceAll(line, home+string(filepath.Separator), "~"+string(filepath.Separator))
	}
	gonbui.DisplayHTML("<small>backend: " + html.EscapeString(line) + "</small>")
}
