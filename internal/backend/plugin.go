package backend

import (
	"cmp"
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// pluginPathEnv is PJRT's own variable: folders to look for plugins in, separated by colons.
const pluginPathEnv = "PJRT_PLUGIN_LIBRARY_PATH"

// plugin is one of XLA's plugins (PJRT, the interface between a framework and a compiler):
// a shared library that compiles for one kind of device.
type plugin struct {
	kind   string // "cpu", "cuda", ...
	path   string // absolute
	source string // why it was looked for there
}

func (p plugin) describe() string {
	return fmt.Sprintf("XLA %s (%s: %s)", p.kind, p.source, p.path)
}

// devices lists the kinds of plugin, best first, with the files that betray such a device:
// CUDA plugins load without a card and fail only later. Windows' Linux shows cards as dxg.
var devices = []struct {
	kind  string
	files []string
}{
	{"cuda", []string{"/dev/nvidia[0-9]*", "/dev/dxg"}},
	{"rocm", []string{"/dev/kfd"}},
	{"cpu", []string{"/"}},
}

// pluginName matches the file names that go-xla accepts, with an optional version (cpu_v0.114.0).
var pluginName = regexp.MustCompile(
	`^(?:pjrt_c_api_(.+?)(?:_v[0-9.]+)?_plugin|pjrt[-_]plugin[-_](.+?)(?:_v[0-9.]+)?)\.so$`)

// findPlugins lists the plugins for devices of this machine, the preferred one first, and a
// complaint for each one that is damaged. It replaces go-xla's own search, which loads every
// plugin to look at it and panics over a damaged one.
func findPlugins() (plugins []plugin, broken []string) {
	for _, f := range pluginFolders() {
		entries, _ := os.ReadDir(f.dir) // a folder that is not there holds no plugin
		for _, entry := range entries {
			m := pluginName.FindStringSubmatch(entry.Name())
			if m == nil {
				continue
			}
			p := plugin{kind: m[1] + m[2], path: filepath.Join(f.dir, entry.Name()), source: f.source}
			if rank(p) < 0 {
				continue
			}
			if err := checkPlugin(p.path); err != nil {
				broken = append(broken, err.Error())
				continue
			}
			plugins = append(plugins, p)
		}
	}
	slices.SortStableFunc(plugins, func(a, b plugin) int { return cmp.Compare(rank(a), rank(b)) })
	return plugins, broken
}

// rank is the place of p's kind in devices, or -1 if the machine has no such device.
func rank(p plugin) int {
	for i, d := range devices {
		if !strings.HasPrefix(p.kind, d.kind) {
			continue
		}
		for _, file := range d.files {
			if found, _ := filepath.Glob(file); len(found) > 0 {
				return i
			}
		}
	}
	return -1
}

type folder struct{ dir, source string }

// pluginFolders lists where plugins may be, in order: what the user set, go-xla's standard
// folders, the loader's path, our own cache.
func pluginFolders() []folder {
	var folders []folder
	add := func(source string, dirs ...string) {
		for _, dir := range dirs {
			if filepath.IsAbs(dir) {
				folders = append(folders, folder{dir, source})
			}
		}
	}
	add("$"+pluginPathEnv, filepath.SplitList(os.Getenv(pluginPathEnv))...)
	lib := "/usr/local/lib/go-xla"
	if home, err := os.UserHomeDir(); err == nil {
		own := filepath.Join(home, ".local", "lib", "go-xla")
		add("installed by go-xla", own, filepath.Join(own, "nvidia"))
	}
	add("installed by go-xla", lib, filepath.Join(lib, "nvidia"))
	add("$LD_LIBRARY_PATH", filepath.SplitList(os.Getenv("LD_LIBRARY_PATH"))...)
	if dir, err := Dir(); err == nil {
		add("fetched", dir)
	}
	return folders
}

// Dir is the folder that [Install] keeps its plugin in: gptbook/xla in the user's cache.
func Dir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("backend: no folder to keep the XLA plugin in: %w", err)
	}
	return filepath.Join(cache, "gptbook", "xla"), nil
}

// checkPlugin refuses a file that is no complete shared library. Loading a truncated one does
// not fail but kills the process (SIGBUS). The headers at the end of the file prove its length.
func checkPlugin(path string) error {
	f, err := elf.Open(path)
	if err != nil {
		return fmt.Errorf("%s is damaged (%s)", path, firstLine(err))
	}
	defer f.Close()
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	for _, segment := range f.Progs {
		if segment.Off+segment.Filesz > uint64(info.Size()) {
			return fmt.Errorf("%s is damaged (cut off after %d bytes)", path, info.Size())
		}
	}
	return nil
}
