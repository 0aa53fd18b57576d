// Package pip fetches wheels with Python's pip, which knows the user's index, proxy and certificates.
package pip

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// limit ends a download that does not.
const limit = 15 * time.Minute

// Download brings the wheel of a requirement, "name==version", to dir. pip refuses one whose SHA-256 is not sum, hex.
// Progress goes to standard error.
func Download(ctx context.Context, dir, requirement, sum string) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	pip, err := find(ctx)
	if err != nil {
		return err
	}
	pin := filepath.Join(dir, "requirements.txt") // a hash cannot be given on the command line
	if err := os.WriteFile(pin, []byte(requirement+" --hash=sha256:"+sum+"\n"), 0o644); err != nil {
		return err
	}
	args := append(pip[1:], "download", "--quiet", "--progress-bar=on", "--no-input", "--disable-pip-version-check",
		"--no-cache-dir",
		"--retries=2", "--no-deps", "--only-binary=:all:", "--require-hashes", "--dest", dir, "-r", pin)
	cmd := exec.CommandContext(ctx, pip[0], args...)
	// not a kill: pip removes its own temporary files
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("pip download %s: %w", requirement, err)
	}
	return os.Remove(pin)
}

// find returns the start of a command line that runs pip.
func find(ctx context.Context) ([]string, error) {
	for _, pip := range [][]string{{"python3", "-m", "pip"}, {"python", "-m", "pip"}, {"pip3"}, {"pip"}} {
		if exec.CommandContext(ctx, pip[0], append(pip[1:], "--version")...).Run() == nil {
			return pip, nil
		}
	}
	return nil, errors.New("it needs Python's pip, which is not installed (Debian: apt install python3-pip)")
}
