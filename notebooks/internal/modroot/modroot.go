// Package modroot finds the repository.
package modroot

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"
)

// Above returns the root of this module: the nearest folder, from dir upwards, that holds its go.mod.
func Above(dir string) (string, error) {
	at, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for {
		mod, err := os.ReadFile(filepath.Join(at, "go.mod"))
		if err == nil && modfile.ModulePath(mod) == "gptbook" {
			return at, nil
		}
		parent := filepath.Dir(at)
		if parent == at {
			return "", fmt.Errorf("no go.mod of module gptbook in %s or above", dir)
		}
		at = parent
	}
}
