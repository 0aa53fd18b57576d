package pip

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/janpfeifer/must"
)

// install puts a script in the place of every pip of the machine.
func install(t *testing.T, name, script string) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	bin := t.TempDir()
	must.M(os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script), 0o755))
	t.Setenv("PATH", bin)
}

func TestDownload(t *testing.T) {
	dir := t.TempDir()
	install(t, "pip3", `[ "$1" = --version ] && exit
while [ "$1" != --dest ]; do [ "$1" = --require-hashes ] && strict=yes; shift; done
[ "$strict" ] || exit 1
read line < "$4"; echo "$line" > "$2/wheel"
`)
	must.M(Download(t.Context(), dir, "some-package==1.2", "c0ffee"))
	got := string(must.M1(os.ReadFile(filepath.Join(dir, "wheel"))))
	if got != "some-package==1.2 --hash=sha256:c0ffee\n" {
		t.Errorf("pip was asked for %q", got)
	}
	if entries := must.M1(os.ReadDir(dir)); len(entries) != 1 {
		t.Errorf("the folder holds %v", entries)
	}
}

func TestDownloadFails(t *testing.T) {
	for script, want := range map[string]string{
		"exit 1":                         "needs Python's pip",
		`[ "$1" = --version ] || exit 7`: "pip download some-package==1.2: exit status 7",
	} {
		install(t, "pip", script)
		if err := Download(t.Context(), t.TempDir(), "some-package==1.2", "c0ffee"); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q", err, want)
		}
	}
}
