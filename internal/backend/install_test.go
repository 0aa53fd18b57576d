package backend

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakePip puts a wheel that holds plugin where a stand-in for python3 "downloads" it from, and pins
// its digests. The stand-in notes each download in the file it returns; script runs before it.
func fakePip(t *testing.T, plugin []byte, script string) (log string) {
	t.Helper()
	if !linked || runtime.GOARCH != "amd64" {
		t.Skip("the wheel is for linux/amd64")
	}
	shop := t.TempDir()
	log = filepath.Join(shop, "log")
	wheel := filepath.Join(shop, wheelPlugin.wheel)
	f, err := os.Create(wheel)
	if err != nil {
		t.Fatal(err)
	}
	archive := zip.NewWriter(f)
	// not compressed: it is large
	member, err := archive.CreateHeader(&zip.FileHeader{Name: "some_package/" + wheelPlugin.file})
	if err != nil {
		t.Fatal(err)
	}
	_, err = member.Write(plugin)
	if err = errors.Join(err, archive.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	pinned, asked := wheelPlugin, sources
	t.Cleanup(func() { wheelPlugin, sources = pinned, asked })
	file := filepath.Join(shop, "plugin")
	write(t, file, plugin)
	wheelPlugin.wheelSHA256, wheelPlugin.sha256 = hashFile(wheel), hashFile(file)
	sources = sources[1:] // without the network

	write(t, filepath.Join(shop, "bin", "python3"), fmt.Appendf(nil, `#!/bin/sh
test "$4" != "" || exit 0 # python3 -m pip --version
while [ "$1" != --dest ]; do shift; done
echo download >> %s
%s
cp %s "$2"
`, log, script, wheel))
	t.Setenv("PATH", filepath.Join(shop, "bin")+":/usr/bin:/bin")
	return log
}

// tidy fails the test if dir holds anything but what it should after an installation.
func tidy(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		if e.Name() != "lock" {
			got = append(got, e.Name())
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%s holds %q, want %q", dir, got, want)
	}
}

func TestInstallOnceForAll(t *testing.T) {
	dir := bareMachine(t)
	log := fakePip(t, notPlugin(t), "sleep 0.3")
	write(t, filepath.Join(dir, "fetch-killed", "half.whl"), nil)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if err := Install(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if text, _ := os.ReadFile(log); string(text) != "download\n" {
		t.Errorf("three installations downloaded: %q", text)
	}
	tidy(t, dir, wheelPlugin.file, wheelPlugin.file+".sha256")

	// A plugin whose bytes rotted is fetched again.
	path := filepath.Join(dir, wheelPlugin.file)
	data, _ := os.ReadFile(path)
	data[len(data)/2] ^= 1
	write(t, path, data)
	if err := Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	if hashFile(path) != wheelPlugin.sha256 {
		t.Error("the rotten plugin is still there")
	}
}

func TestInstallCancelled(t *testing.T) {
	dir := bareMachine(t)
	fakePip(t, notPlugin(t), "exec sleep 60")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	if err := Install(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want the context's", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v to stop", took)
	}
	tidy(t, dir)
}

func TestInstallFails(t *testing.T) {
	for name, test := range map[string]struct {
		script string
		spoil  func()
		want   string
	}{
		"no network":   {"exit 1", func() {}, "pip download"},
		"wrong wheel":  {"", func() { wheelPlugin.wheelSHA256 = "0" }, wheelPlugin.wheel + " has SHA-256"},
		"wrong plugin": {"", func() { wheelPlugin.sha256 = "0" }, wheelPlugin.file + " has SHA-256"},
		"other wheel":  {"", func() { wheelPlugin.file = "pjrt_c_api_gpu_plugin.so" }, "holds no"},
		"no pip":       {"", func() { os.Setenv("PATH", "/nowhere") }, "needs Python's pip"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := bareMachine(t)
			fakePip(t, notPlugin(t), test.script)
			test.spoil()
			err := Install(t.Context())
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q, want one line with %q", err, test.want)
			}
			tidy(t, dir)
			b, err := New("")
			if err != nil {
				t.Fatal(err)
			}
			square(t, b)
		})
	}
}

func TestInstallIntoUnwritableCache(t *testing.T) {
	bareMachine(t)
	if !linked {
		t.Skip(unlinked)
	}
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, nil)
	t.Setenv("XDG_CACHE_HOME", file) // a file, not a folder
	if err := Install(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "backend: no folder") {
		t.Errorf("error %v", err)
	}
}
