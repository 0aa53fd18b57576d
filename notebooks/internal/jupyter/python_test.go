//go:build unix

package jupyter

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// fakePython puts a python3 on an otherwise empty PATH that answers the probe with answer, makes
// environments of copies of itself, and as pip ends with pipCode.
func fakePython(t *testing.T, answer, pipCode string) {
	t.Helper()
	bin := t.TempDir()
	script := `#!/bin/sh
case "$1 $2" in
"-c "*) echo ` + answer + ` ;;
"-m venv") /bin/mkdir -p "$3/bin"; /bin/cp "$0" "$3/bin/python" ;;
"-m pip") [ ` + pipCode + ` = hang ] && exec /bin/sleep 60; echo "ERROR: no such host" >&2; exit ` + pipCode + ` ;;
esac
`
	if err := os.WriteFile(filepath.Join(bin, "python3"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
}

func newEnv(t *testing.T) *Env {
	t.Helper()
	root := filepath.Join(t.TempDir(), "a repository")
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	lock := filepath.Join(root, "requirements.txt")
	if err := os.WriteFile(lock, []byte("jupyterlab==1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	e, err := New(root, lock)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestPrepare(t *testing.T) {
	fakePython(t, "3 11 True", "0")
	e := newEnv(t)
	if e.Ready() {
		t.Error("ready before it was made")
	}
	if err := e.Prepare(t.Context()); err != nil || !e.Ready() {
		t.Fatalf("not ready: %v", err)
	}
	t.Setenv("PATH", "") // The second start needs nothing.
	if err := e.Prepare(t.Context()); err != nil {
		t.Error(err)
	}
	// Another lock, and pip fails: what worked before stays.
	if err := os.WriteFile(e.Lock, []byte("jupyterlab==2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(filepath.Join(e.dir, stamp))
	if err != nil {
		t.Fatal(err)
	}
	fakePython(t, "3 11 True", "1")
	err = e.Prepare(t.Context())
	if err == nil || !strings.Contains(err.Error(), "ERROR: no such host") ||
		!strings.Contains(err.Error(), "go run ./train/chatgpt") {
		t.Errorf("got %v", err)
	}
	if now, err := os.ReadFile(filepath.Join(e.dir, stamp)); err != nil || string(now) != string(old) {
		t.Errorf("the old environment is gone: %v", err)
	}
	// A start that broke off between the old one and the new one.
	if err := os.Rename(e.dir, e.dir+".old"); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(e.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(e.dir, stamp), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	fakePython(t, "3 11 True", "0")
	if err := e.Prepare(t.Context()); err != nil || !e.Ready() {
		t.Errorf("after a broken start: %v", err)
	}
}

func TestPrepareRefuses(t *testing.T) {
	for _, test := range []struct{ answer, want string }{
		{"3 8 True", "python3 is Python 3.8: install Python 3.9 or newer"},
		{"2 7 True", "python3 is Python 2.7: install"},
		{"3 11 False", "apt install python3-venv"},
		{"nonsense", "there is no Python here"},
	} {
		fakePython(t, test.answer, "0")
		e := newEnv(t)
		if err := e.Prepare(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) ||
			!strings.Contains(err.Error(), withoutJupyter) {
			t.Errorf("%s: got %v, want %s", test.answer, err, test.want)
		}
	}
	fakePython(t, "3 11 True", "0")
	e := newEnv(t)
	if err := os.Mkdir(e.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := e.Prepare(t.Context()); err == nil || !strings.Contains(err.Error(), "not from this course") {
		t.Errorf("a foreign folder: got %v", err)
	}
	if _, err := os.Stat(e.dir); err != nil {
		t.Errorf("the foreign folder is gone: %v", err)
	}
}

// An interrupt ends pip, and leaves nothing half made.
func TestPrepareInterrupted(t *testing.T) {
	fakePython(t, "3 11 True", "hang")
	e := newEnv(t)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	if err := e.Prepare(ctx); err == nil || time.Since(start) > 30*time.Second {
		t.Errorf("got %v after %v", err, time.Since(start))
	}
	if _, err := os.Stat(e.dir); err == nil {
		t.Error("half an environment is left")
	}
}

// A folder that cannot be written to has its environment in the user's cache.
func TestReadOnlyRoot(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	e, err := New(filepath.Join(t.TempDir(), "missing"), "lock")
	if err != nil {
		t.Fatal(err)
	}
	if cache, err := os.UserCacheDir(); err != nil || !strings.HasPrefix(e.dir, cache) {
		t.Errorf("the environment is in %s, not under %s: %v", e.dir, cache, err)
	}
}

func TestPlain(t *testing.T) {
	for message, want := range map[string]string{
		"\x1b[31mError\x1b[0m: x \n":              "Error: x",
		"want []<int>, got <nil> where a < b > c": "want []<int>, got <nil> where a < b > c",
		"\x1b[1;31mno token <|endoftext|>\x1b[0m": "no token <|endoftext|>",
		strings.Repeat("é", longest):              strings.Repeat("é", longest/2) + " …",
		strings.Repeat("x", longest-1) + "é":      strings.Repeat("x", longest-1) + " …",
	} {
		if got := plain(message); got != want {
			t.Errorf("%.100q: got %.100q, want %.100q", message, got, want)
		}
	}
}

// Lines of any length tell which cell failed.
func TestExecuteLongEvents(t *testing.T) {
	e := newEnv(t)
	for _, size := range []int{10, 64 << 10, 300_000, 5_000_000} {
		events := filepath.Join(t.TempDir(), "events")
		python := "#!/bin/sh\nexec /bin/cat '" + events + "'\n"
		said := `{"cell": 0, "of": 3}` + "\n" + strings.Repeat("no JSON ", size/8) + "\n" + `{"cell": 1, "of": 3}` + "\n" +
			`{"cell": 1, "error": "ERROR: ` + strings.Repeat("x", size) + `"}`
		for path, text := range map[string]string{events: said, e.python(): python} {
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o755)); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		begun := 0
		err := e.Execute(ctx, "source", "output", "folder", func(cell, of int) { begun = 10*cell + of })
		want := "cell 2: ERROR: x"
		if err == nil || !strings.HasPrefix(err.Error(), want) || len(err.Error()) > longest+100 || begun != 23 {
			t.Errorf("%d bytes: got %.100v after cell %d, want %s", size, err, begun/10, want)
		}
	}
}

// The folder of the server's notes may have any name.
func TestAddress(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tmp [1-2]*?")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, file := range []struct{ name, text, want string }{
		{"other.json", `{"url": "http://no/"}`, ""},
		{"jpserver-7.json", `{"url": "http://loc`, ""},
		{"jpserver-7.json", `{"url": "http://localhost:1/", "token": "abc"}`,
			"http://localhost:1/lab/tree/a/b.ipynb?token=abc"},
	} {
		if err := os.WriteFile(filepath.Join(dir, file.name), []byte(file.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := address(os.DirFS(dir), "a/b.ipynb"); got != file.want {
			t.Errorf("%s: got %q, want %q", file.text, got, file.want)
		}
	}
}

// The kernel's script runs with any line ends, and kernel.json runs it in the same way.
func TestPrepareKernel(t *testing.T) {
	e := newEnv(t)
	program, err := os.Executable() // one that Go has built
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(e.Root, "notebooks", "kernels", "gonb", "start.sh")
	if err := os.MkdirAll(filepath.Dir(script), 0o755); err != nil {
		t.Fatal(err)
	}
	text := "#!/bin/sh\n# Why.\nif [ $# -gt 0 ]; then\n\texit 7\nfi\n" +
		"[ \"$(dirname \"$0\")\" = '" + filepath.Dir(script) + "' ] || exit 8\necho '" + program + "'\n"
	for _, lineEnd := range []string{"\n", "\r\n"} {
		e.goVersion = ""
		if err := os.WriteFile(script, []byte(strings.ReplaceAll(text, "\n", lineEnd)), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := e.PrepareKernel(t.Context()); err != nil || !strings.HasPrefix(e.goVersion, "go1.") {
			t.Errorf("lines end with %q: got %q, %v", lineEnd, e.goVersion, err)
		}
	}
	if err := os.WriteFile(script, []byte("exit 3\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := e.PrepareKernel(t.Context()); err == nil || !strings.Contains(err.Error(), "the Go kernel cannot be built") {
		t.Errorf("a script that fails: got %v", err)
	}
	var kernel struct{ Argv []string }
	data, err := os.ReadFile("../../kernels/gonb/kernel.json")
	if err = errors.Join(err, json.Unmarshal(data, &kernel)); err != nil {
		t.Fatal(err)
	}
	want := []string{"sh", "-c", runScript, "{resource_dir}/start.sh", "{connection_file}"}
	if !slices.Equal(kernel.Argv, want) {
		t.Errorf("kernel.json starts %q, want %q", kernel.Argv, want)
	}
}
