package corpus

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/schollz/progressbar/v3"
)

// file says what is wanted, so that it does not matter who serves it.
type file struct {
	name   string // in the cache
	sha256 string // in hex
	size   int64  // in bytes
}

// client gives up on a silent server, not on a slow one.
var client = &http.Client{Transport: &http.Transport{
	Proxy:                 http.ProxyFromEnvironment,
	TLSHandshakeTimeout:   30 * time.Second,
	ResponseHeaderTimeout: 30 * time.Second,
}}

// attempts is how often an interrupted download is taken up again before giving up.
const attempts = 3

// cacheDir is where downloads are kept, made if need be.
func cacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("corpus: no place for downloads: %w", err)
	}
	dir := filepath.Join(base, "gptbook", "corpus")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("corpus: no place for downloads: %w", err)
	}
	return dir, nil
}

// download brings f from url to its place in dir, unless it is there already. Bytes arrive in a
// file ending in .part, where the next call goes on after an interruption; only what has the
// right checksum gets the final name.
func download(ctx context.Context, dir, url string, f file, progress io.Writer) (string, error) {
	path := filepath.Join(dir, f.name)
	if check(path, f) == nil {
		return path, nil
	}
	part := path + ".part"
	var err error
	for range attempts {
		if err = fetch(ctx, part, url, f, progress); err == nil || ctx.Err() != nil || errors.Is(err, errFinal) {
			break
		}
	}
	if err != nil {
		return "", fmt.Errorf("corpus: downloading %s: %w; started again it goes on from here, and opticks and godoc need no network", url, err)
	}
	if err := check(part, f); err != nil {
		os.Remove(part) // going on from wrong bytes can never end well
		return "", fmt.Errorf("corpus: downloading %s: %w; the download was deleted", url, err)
	}
	if err := os.Rename(part, path); err != nil {
		return "", fmt.Errorf("corpus: %w", err)
	}
	return path, nil
}

// errFinal marks answers that asking again does not change.
var errFinal = errors.New("refused")

// fetch appends to part what is missing of f.
func fetch(ctx context.Context, part, url string, f file, progress io.Writer) error {
	out, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("%w: %w", errFinal, err)
	}
	defer out.Close()
	have, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if have >= f.size {
		return out.Truncate(f.size) // the checksum decides
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("%w: %w", errFinal, err)
	}
	if have > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if have, err = offset(response, have); err != nil {
		return err
	}
	if _, err := out.Seek(have, io.SeekStart); err != nil {
		return err
	}
	if err := out.Truncate(have); err != nil {
		return err
	}
	bar := progressbar.NewOptions64(f.size, progressbar.OptionSetWriter(progress), progressbar.OptionShowBytes(true),
		progressbar.OptionSetDescription(f.name), progressbar.OptionSetWidth(30), progressbar.OptionThrottle(200*time.Millisecond),
		progressbar.OptionOnCompletion(func() { fmt.Fprintln(progress) }))
	_ = bar.Set64(have)
	n, err := io.Copy(io.MultiWriter(out, bar), io.LimitReader(response.Body, f.size-have))
	if err != nil {
		return err
	}
	if have+n < f.size {
		return fmt.Errorf("connection ended after %d of %d bytes", have+n, f.size)
	}
	return out.Close()
}

// offset returns where in the file the answer begins, given that have bytes are there.
func offset(response *http.Response, have int64) (int64, error) {
	switch {
	case response.StatusCode == http.StatusPartialContent && have > 0:
		return have, nil
	case response.StatusCode == http.StatusOK: // all of it, asked for or not
		return 0, nil
	case response.StatusCode >= 500:
		return 0, errors.New("server says " + response.Status)
	}
	return 0, fmt.Errorf("%w: server says %s", errFinal, response.Status)
}

// check compares size and checksum.
func check(path string, f file) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	hash := sha256.New()
	n, err := io.Copy(hash, in)
	if err != nil {
		return err
	}
	if sum := hex.EncodeToString(hash.Sum(nil)); n != f.size || sum != f.sha256 {
		return fmt.Errorf("got %d bytes with SHA-256 %s, want %d with %s", n, sum, f.size, f.sha256)
	}
	return nil
}
