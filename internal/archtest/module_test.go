package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// root is the module's folder, seen from here.
var root = filepath.Join("..", "..")

// pkg is what go list tells of a package.
type pkg struct {
	ImportPath, Dir                    string
	GoFiles                            []string // without tests
	Imports, TestImports, XTestImports []string
}

// name is the folder of the package, below the module's.
func (p pkg) name() string { return strings.TrimPrefix(p.ImportPath, module) }

// ours returns the packages of this module among paths, by their folders.
func ours(paths []string) (names []string) {
	for _, path := range paths {
		if name, ok := strings.CutPrefix(path, module); ok {
			names = append(names, name)
		}
	}
	return names
}

var listed = sync.OnceValues(func() ([]pkg, error) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var all []pkg
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
})

// packages lists the module's packages.
func packages(t *testing.T) []pkg {
	t.Helper()
	all, err := listed()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	if !slices.ContainsFunc(all, func(p pkg) bool { return p.name() == "gpt" }) {
		t.Fatalf("found %d packages and none of them is gpt: is this the module's root?", len(all))
	}
	return all
}
