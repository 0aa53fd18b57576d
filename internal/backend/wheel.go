package backend

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"

	"github.com/schollz/progressbar/v3"

	"gptbook/internal/pip"
)

// wheelPlugin is XLA's CPU plugin (PJRT 0.115, Apache-2.0) as the LAMMPS project packs it for
// Python. Pinned: other builds were slower or older.
var wheelPlugin = struct {
	requirement, wheel, wheelSHA256 string
	file, sha256                    string
}{
	requirement: "lammps-jax-pjrt-cpu==0.11.2",
	wheel:       "lammps_jax_pjrt_cpu-0.11.2-py3-none-manylinux_2_27_x86_64.whl",
	wheelSHA256: "1319390d948b39f69f7dade496b7c385149d9ca6097a6b62114da113216d9ad1",
	file:        "pjrt_c_api_cpu_plugin.so",
	sha256:      "ad1309ac822b1b24d51b7f9947c7c9fa9ef5d67f390584cbc3d1fa2428fed9c2",
}

// installWheel fetches the wheel and puts the plugin that it holds into dir.
func installWheel(ctx context.Context, dir string) error {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return fmt.Errorf("no wheel for %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	if err := removeLeftovers(dir); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(dir, "fetch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := pip.Download(ctx, tmp, wheelPlugin.requirement, wheelPlugin.wheelSHA256); err != nil {
		return err
	}
	wheel := filepath.Join(tmp, wheelPlugin.wheel)
	if got := hashFile(wheel); got != wheelPlugin.wheelSHA256 {
		return fmt.Errorf("%s has SHA-256 %q, want %s", wheelPlugin.wheel, got, wheelPlugin.wheelSHA256)
	}
	return extractPlugin(ctx, wheel, dir, tmp)
}

// removeLeftovers deletes the folders of downloads whose process was killed. The caller holds the lock.
func removeLeftovers(dir string) error {
	leftovers, err := filepath.Glob(filepath.Join(dir, "fetch-*"))
	for _, l := range leftovers {
		err = errors.Join(err, os.RemoveAll(l))
	}
	return err
}

// extractPlugin copies the plugin out of the wheel, checks it and moves it to its place in dir,
// its digest (in sha256sum's format) beside it. tmp is a folder on dir's file system.
func extractPlugin(ctx context.Context, wheel, dir, tmp string) error {
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		return err
	}
	defer archive.Close()
	for _, member := range archive.File {
		if path.Base(member.Name) != wheelPlugin.file {
			continue
		}
		part := filepath.Join(tmp, wheelPlugin.file)
		got, err := unpack(ctx, member, part)
		if err != nil {
			return err
		}
		if got != wheelPlugin.sha256 {
			return fmt.Errorf("%s has SHA-256 %s, want %s", wheelPlugin.file, got, wheelPlugin.sha256)
		}
		digest := filepath.Join(tmp, "sha256")
		if err := os.WriteFile(digest, []byte(got+"  "+wheelPlugin.file+"\n"), 0o644); err != nil {
			return err
		}
		final := filepath.Join(dir, wheelPlugin.file)
		return errors.Join(os.Rename(digest, final+".sha256"), os.Rename(part, final))
	}
	return fmt.Errorf("%s holds no %s", filepath.Base(wheel), wheelPlugin.file)
}

// unpack writes member to path, with a progress bar, and returns its SHA-256.
func unpack(ctx context.Context, member *zip.File, path string) (string, error) {
	in, err := member.Open()
	if err != nil {
		return "", err
	}
	defer in.Close()
	out, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer out.Close()
	size := int64(member.UncompressedSize64)
	bar := progressbar.DefaultBytes(size, "unpacking the XLA plugin")
	hash := sha256.New()
	// LimitReader: a hostile archive must not fill the disk.
	_, err = io.Copy(io.MultiWriter(out, hash, bar), io.LimitReader(cancelled{ctx, in}, size))
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// cancelled is a reader that fails once its context has ended.
type cancelled struct {
	ctx context.Context
	r   io.Reader
}

func (c cancelled) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// hashFile returns the SHA-256 of a file in hex, or "" if it cannot be read.
func hashFile(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return ""
	}
	return hex.EncodeToString(hash.Sum(nil))
}
