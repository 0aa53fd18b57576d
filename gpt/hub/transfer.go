package hub

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gomlx/go-huggingface/hub"
	"github.com/schollz/progressbar/v3"
)

// client gives up on a silent server, not on a slow one.
var client = &http.Client{Transport: &http.Transport{
	Proxy:                 http.ProxyFromEnvironment,
	TLSHandshakeTimeout:   30 * time.Second,
	ResponseHeaderTimeout: 30 * time.Second,
}}

// errRefused marks answers that asking again does not change.
var errRefused = errors.New("refused")

// transfer appends to part what is missing of the size bytes at url.
func transfer(ctx context.Context, part, url string, size int64, progress io.Writer) error {
	out, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	defer out.Close()
	have, err := out.Seek(0, io.SeekEnd)
	if err != nil || have >= size {
		return err // the checksum decides
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	if have > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode == http.StatusOK: // all of it, asked for or not
		have = 0
	case response.StatusCode >= 500:
		return errors.New("server says " + response.Status)
	case response.StatusCode != http.StatusPartialContent || have == 0:
		return fmt.Errorf("%w: server says %s", errRefused, response.Status)
	}
	if _, err := out.Seek(have, io.SeekStart); err != nil {
		return err
	}
	bar := progressbar.NewOptions64(size, progressbar.OptionSetWriter(progress), progressbar.OptionShowBytes(true),
		progressbar.OptionSetDescription(strings.TrimSuffix(filepath.Base(part), ".part")), progressbar.OptionSetWidth(30),
		progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionOnCompletion(func() { fmt.Fprintln(progress) }))
	_ = bar.Set64(have) // what the terminal does with it must not stop a download
	n, err := io.Copy(io.MultiWriter(out, bar), io.LimitReader(response.Body, size-have))
	if err == nil && have+n < size {
		err = fmt.Errorf("connection ended after %d of %d bytes", have+n, size)
	}
	return errors.Join(err, out.Close())
}

// checksum is what the hub says of a file.
type checksum struct {
	size int64
	sum  string           // hex
	hash func() hash.Hash // ready for the file's bytes
}

// expect reads the checksum of a file from the hub's list: the SHA-256 of a large one, git's own SHA-1 of a small one.
func expect(f *hub.FileInfo) checksum {
	if f.LFS != nil {
		return checksum{f.LFS.Size, f.LFS.SHA256, sha256.New}
	}
	return checksum{f.Size, f.BlobID, func() hash.Hash {
		h := sha1.New()
		fmt.Fprintf(h, "blob %d\x00", f.Size)
		return h
	}}
}

// check compares the file at path.
func (c checksum) check(path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	h := c.hash()
	n, err := io.Copy(h, in)
	if err != nil {
		return err
	}
	if sum := hex.EncodeToString(h.Sum(nil)); n != c.size || sum != c.sum {
		return fmt.Errorf("got %d bytes with checksum %s, want %d with %s", n, sum, c.size, c.sum)
	}
	return nil
}
