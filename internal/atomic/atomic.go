// Package atomic writes files that are either whole or not there. The standard library lacks it and every part of the
// course needs it, so it is the one package of ours that all may import.
package atomic

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Write replaces the file at path by what write writes, by way of a temporary file beside it. It makes the
// folder if need be. After an error the file is what it was before.
func Write(path string, write func(w io.Writer) error) error {
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	var temp *os.File
	if err == nil {
		temp, err = os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer os.Remove(temp.Name()) // fails, as it should, after the rename
	w := bufio.NewWriterSize(temp, 1<<16)
	// Chmod: CreateTemp lets only the owner read.
	err = cmp.Or(write(w), w.Flush(), temp.Chmod(0o644), temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// WriteFile replaces the file at path by data, as [Write] does.
func WriteFile(path string, data []byte) error {
	return Write(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// Update is [WriteFile], but leaves a file that already holds data alone. It reports whether it wrote.
func Update(path string, data []byte) (written bool, err error) {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return false, nil
	}
	err = WriteFile(path, data)
	return err == nil, err
}
