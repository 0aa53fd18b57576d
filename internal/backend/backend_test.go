package backend

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
)

// bareMachine hides every plugin and setting of the real machine, and that this is a test, and returns its cache
// folder.
func bareMachine(t *testing.T) string {
	clear(made.backends) // what New found on another machine
	t.Helper()
	tested = func() bool { return false }
	t.Cleanup(func() { tested = testing.Testing })
	home := t.TempDir()
	for _, name := range []string{compute.ConfigEnvVar, pluginPathEnv, "LD_LIBRARY_PATH"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	if plugins, _ := findPlugins(); len(plugins) > 0 {
		t.Skipf("a plugin of the whole machine cannot be hidden: %s", plugins[0].path)
	}
	dir, err := Dir()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
}

// notPlugin is a sound ELF file that the loader refuses as a library: this very test program.
func notPlugin(t *testing.T) []byte {
	t.Helper()
	if !linked {
		t.Skip(unlinked)
	}
	data, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// square runs a small graph.
func square(t *testing.T, b compute.Backend) {
	t.Helper()
	got, err := CallOnce(b, func(x *Node) *Node { return Square(x) }, float32(3))
	if err != nil {
		t.Fatal(err)
	}
	if got.Value().(float32) != 9 {
		t.Errorf("3² = %v on %s", got.Value(), Describe(b))
	}
}

func TestBareMachineGetsGo(t *testing.T) {
	bareMachine(t)
	b, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	if line := Describe(b); !strings.HasPrefix(line, "pure Go (") || strings.Contains(line, "\n") {
		t.Errorf("Describe = %q", line)
	}
	square(t, b)
}

// Tests compute in pure Go, plugin or not, unless the environment asks for another backend.
func TestTestsGetGo(t *testing.T) {
	t.Setenv(compute.ConfigEnvVar, "")
	clear(made.backends)
	b, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	if line := Describe(b); !strings.HasPrefix(line, "pure Go (go test") {
		t.Errorf("Describe = %q", line)
	}
}

// The Go backend must not deadlock (parallelism -1) and must not print into a notebook's cell.
func TestGoIsUnboundedAndSilent(t *testing.T) {
	stdout := os.Stdout
	defer func() { os.Stdout = stdout }()
	caught, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout = caught
	for spec, want := range map[string]string{"go": "parallelism=-1", "go:ops_sequential": "parallelism=-1",
		"go:parallelism=-1": "parallelism=-1", "go:ops_sequential,parallelism=7": "parallelism=7"} {
		b, err := New(spec)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.Description(), want) {
			t.Errorf("New(%q) made %q", spec, b.Description())
		}
	}
	if text, _ := os.ReadFile(caught.Name()); len(text) > 0 {
		t.Errorf("New printed %q", text)
	}
}

func TestEnvironmentDecides(t *testing.T) {
	bareMachine(t)
	t.Setenv(compute.ConfigEnvVar, "go:parallelism=3")
	b, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.Description(), "parallelism=3") || !strings.Contains(Describe(b), "$GOMLX_BACKEND") {
		t.Errorf("got %q, described as %q", b.Description(), Describe(b))
	}
}

func TestNewRefuses(t *testing.T) {
	bareMachine(t)
	for spec, want := range map[string]string{
		"tpu":              `no backend "tpu"`,
		"go:wings=2":       "wings",
		"go:parallelism=x": `parallelism is "x"`,
		"xla:cpu":          "XLA",
		"xla:/no/such.so":  "XLA",
		"xla:cuda,tf32=no": "XLA",
	} {
		_, err := New(spec)
		if err == nil || !strings.Contains(strings.ToUpper(err.Error()), strings.ToUpper(want)) ||
			!strings.HasPrefix(err.Error(), "backend: ") {
			t.Errorf("New(%q): error %v, want one with %q", spec, err, want)
		}
	}
}

func TestDamagedPluginsArePassedOver(t *testing.T) {
	dir := bareMachine(t)
	whole := notPlugin(t)
	for name, data := range map[string][]byte{"empty": nil, "text": []byte("<html>404"), "half": whole[:len(whole)/2],
		"foreign": whole} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, wheelPlugin.file)
			write(t, path, data)
			b, err := New("")
			if err != nil {
				t.Fatal(err)
			}
			if line := Describe(b); !strings.HasPrefix(line, "pure Go (") || !strings.Contains(line, path) ||
				strings.Contains(line, "\n") {
				t.Errorf("Describe = %q", line)
			}
			if _, err := New("xla:cpu"); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf(`New("xla:cpu"): error %v, want one that names %s`, err, path)
			}
		})
	}
}

func TestFindPluginsOrder(t *testing.T) {
	dir := bareMachine(t)
	data := notPlugin(t)
	set := t.TempDir()
	t.Setenv(pluginPathEnv, set+":/no/such/folder:relative")
	home, _ := os.UserHomeDir()
	want := []string{
		filepath.Join(set, "pjrt-plugin-cpu.so"),
		filepath.Join(home, ".local/lib/go-xla/pjrt_c_api_cpu_v0.114.0_plugin.so"),
		filepath.Join(dir, "pjrt_c_api_cpu_plugin.so"),
	}
	others := []string{filepath.Join(set, "libc.so"), filepath.Join(set, "pjrt_c_api_abacus_plugin.so")}
	for _, path := range slices.Concat(want, others) {
		write(t, path, data)
	}
	plugins, broken := findPlugins()
	var got []string
	for _, p := range plugins {
		got = append(got, p.path)
		if p.kind != "cpu" {
			t.Errorf("%s is of kind %q", p.path, p.kind)
		}
	}
	if !slices.Equal(got, want) || broken != nil {
		t.Errorf("found %q, complaints %q; want %q", got, broken, want)
	}
}

// Runs where the machine has a plugin: XLA computes, and the line names the plugin's file.
func TestXLA(t *testing.T) {
	plugins, _ := findPlugins()
	if !linked || len(plugins) == 0 {
		t.Skip("no XLA here")
	}
	for _, spec := range []string{"xla", "xla:" + plugins[0].kind, "xla:" + plugins[0].path} {
		b, err := New(spec)
		if err != nil {
			t.Fatal(err)
		}
		square(t, b)
		if line := Describe(b); !strings.HasPrefix(line, "XLA ") || !strings.Contains(line, plugins[0].path) {
			t.Errorf("Describe = %q", line)
		}
	}
}

func TestHugePagesKeepsTheUsersChoice(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("Linux only")
	}
	t.Setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=0")
	HugePages() // would start this test over
	if got := os.Getenv("GLIBC_TUNABLES"); got != "glibc.malloc.hugetlb=0" {
		t.Errorf("GLIBC_TUNABLES = %q", got)
	}
}

// Tensors cannot move between backends, so there must be only one of each.
func TestNewReturnsTheSameBackend(t *testing.T) {
	bareMachine(t)
	a, err := New("go")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := New("go"); err != nil || a != b {
		t.Errorf("the second backend is %v (%v), want the first", b, err)
	}
}
