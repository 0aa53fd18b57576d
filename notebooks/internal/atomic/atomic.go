// Package atomic writes files that are either whole or not there.
package atomic

import (
	"bytes"
	"os"
	"path/filepath"
)

// WriteFile replaces the file at path by data, by way of a temporary file beside it. It leaves
// a file that already holds data alone, and reports whether it wrote.
func WriteFile(path string, data []byte) (written bool, err error) {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return false, nil
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return false, err
	}
	defer os.Remove(tmp.Name()) // Without effect once it is renamed.
	if _, err = tmp.Write(data); err == nil {
		err = tmp.Chmod(0o644)
	}
	if closed := tmp.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	return err == nil, err
}
