// Package backend chooses what computes the graphs: XLA where one of its
// plugins is on the machine, GoMLX's pure Go backend everywhere else.
//
// Start with [New]; [Describe] says in one line what it chose and why. New
// never touches the network: [Install] fetches the plugin for XLA on the CPU.
package backend

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
)

// reasons holds what [Describe] says about each backend that [New] made.
var reasons sync.Map // compute.Backend -> string

// New makes the backend that spec asks for, in GoMLX's own notation:
//
//   - "" chooses: $GOMLX_BACKEND if set, else XLA if a plugin is found (CUDA before CPU), else
//     pure Go. A plugin that does not load is passed over; [Describe] says so. Under go test it is
//     pure Go if $GOMLX_BACKEND is not set: to compile hundreds of small graphs takes XLA many minutes.
//   - "xla", "xla:cpu", "xla:cuda", "xla:/path/to/plugin.so" ask for XLA and fail without it.
//   - "go" asks for pure Go.
//
// Plugins are looked for in the folders of $PJRT_PLUGIN_LIBRARY_PATH, in go-xla's standard
// folders, in $LD_LIBRARY_PATH and in [Dir].
//
// Asked again for the same spec it returns the same backend: a tensor that has been on one cannot go to
// another, even of the same kind.
//
// The pure Go backend gets parallelism=-1 unless spec says otherwise: with its default, the
// goroutines of a deep graph can hold all of its worker slots while each waits for one more.
func New(spec string) (compute.Backend, error) {
	made.Lock()
	defer made.Unlock()
	key := spec + "\n" + os.Getenv(compute.ConfigEnvVar)
	if b := made.backends[key]; b != nil && !b.IsFinalized() {
		return b, nil
	}
	b, err := create(spec)
	if err == nil {
		made.backends[key] = b
	}
	return b, err
}

// made holds what New returned before, by spec and environment.
var made = struct {
	sync.Mutex
	backends map[string]compute.Backend
}{backends: map[string]compute.Backend{}}

func create(spec string) (compute.Backend, error) {
	if spec != "" {
		return explicit(spec, "asked for")
	}
	if spec = os.Getenv(compute.ConfigEnvVar); spec != "" {
		return explicit(spec, "$"+compute.ConfigEnvVar+" asks for it")
	}
	if tested() {
		return newGo("", "go test takes it if $"+compute.ConfigEnvVar+" is not set")
	}
	b, why := automatic()
	if b != nil {
		return b, nil
	}
	return newGo("", why)
}

// tested says whether this is a test program. The tests of this package pretend that it is not.
var tested = testing.Testing

// Describe says in one line which backend b is and why [New] chose it.
func Describe(b compute.Backend) string {
	if reason, ok := reasons.Load(b); ok {
		return reason.(string)
	}
	return b.Description()
}

// explicit makes exactly the backend that spec names, or says why it cannot.
func explicit(spec, why string) (compute.Backend, error) {
	name, options, _ := strings.Cut(spec, ":")
	switch name {
	case "go":
		return newGo(options, why)
	case "xla", "stablehlo", "hlo", "shlo":
		return explicitXLA(options, why)
	}
	if known := compute.List(); !slices.Contains(known, name) {
		slices.Sort(known)
		return nil, fmt.Errorf("backend: no backend %q in this build; have %s", spec, strings.Join(known, ", "))
	}
	return compute.NewWithConfig(spec)
}

func explicitXLA(options, why string) (compute.Backend, error) {
	if !linked {
		return nil, fmt.Errorf("backend: %s; use \"go\"", unlinked)
	}
	kind, options, _ := strings.Cut(options, ",")
	plugins, broken := findPlugins()
	if strings.ContainsAny(kind, `/\`) {
		plugins = []plugin{{kind: "plugin", path: kind, source: why}}
	} else if kind != "" {
		plugins = slices.DeleteFunc(plugins, func(p plugin) bool { return p.kind != kind })
	}
	if len(plugins) == 0 {
		missing := append([]string{strings.TrimSpace("no XLA plugin " + kind)}, broken...)
		return nil, fmt.Errorf("backend: %s; set $%s to its folder, or use \"go\"", strings.Join(missing, "; "),
			pluginPathEnv)
	}
	b, err := newXLA(plugins[0], options)
	if err != nil {
		return nil, fmt.Errorf("backend: %s does not load: %w", plugins[0].path, err)
	}
	reasons.Store(b, plugins[0].describe())
	return b, nil
}

// automatic returns XLA on the best plugin that loads, or nil and the reason why there is none.
func automatic() (compute.Backend, string) {
	if !linked {
		return nil, unlinked
	}
	plugins, broken := findPlugins()
	for _, p := range plugins {
		b, err := newXLA(p, "")
		if err != nil {
			broken = append(broken, fmt.Sprintf("%s does not load (%s)", p.path, firstLine(err)))
			continue
		}
		reasons.Store(b, strings.Join(append([]string{p.describe()}, broken...), "; "))
		return b, ""
	}
	if len(broken) == 0 {
		return nil, "no XLA plugin found"
	}
	return nil, strings.Join(broken, "; ")
}

// newGo makes the pure Go backend. GoMLX prints to standard output when its options name the
// parallelism, which would end up in a notebook's cell: we take it out of them and set it by hand.
func newGo(options, why string) (compute.Backend, error) {
	parallelism := -1
	var others []string
	for option := range strings.SplitSeq(options, ",") {
		if value, ok := strings.CutPrefix(option, "parallelism="); !ok {
			others = append(others, option)
		} else if n, err := strconv.Atoi(value); err == nil {
			parallelism = n
		} else {
			return nil, fmt.Errorf("backend: go:%s: parallelism is %q, want a number of workers or -1 for no limit", options,
				value)
		}
	}
	b, err := gobackend.New(strings.Join(others, ","))
	if err != nil {
		return nil, fmt.Errorf("backend: go:%s: %w", options, err)
	}
	workers := reflect.ValueOf(b).Elem().FieldByName("Workers")
	workers.MethodByName("SetMaxParallelism").Call([]reflect.Value{reflect.ValueOf(parallelism)})
	line := "pure Go (" + why + ")"
	if !simd {
		line += simdHint
	}
	reasons.Store(b, line)
	return b, nil
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
