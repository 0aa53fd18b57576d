// Package download brings files of known size and checksum from the net, texts and weights alike.
//
// Start with [File.Fetch]. What has been fetched once needs no network; an interrupted download goes on where it
// stopped; bytes that are not the promised ones never get the file's name.
package download

import (
	"cmp"
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
	"time"

	"github.com/schollz/progressbar/v3"
)

// File says what is wanted, so that it does not matter who serves it.
type File struct {
	Name string // in the folder
	Sum  string // in hex: SHA-256, or git's SHA-1 of a blob, told apart by their lengths
	Size int64  // in bytes
}

// client gives up on a silent server, not on a slow one.
var client = &http.Client{Transport: &http.Transport{
	Proxy:                 http.ProxyFromEnvironment,
	TLSHandshakeTimeout:   30 * time.Second,
	ResponseHeaderTimeout: 30 * time.Second,
}}

// silence is how long a server may send nothing in the middle of a file.
var silence = 30 * time.Second

// attempts is how often an interrupted download is taken up again before giving up.
const attempts = 3

// errRefused marks answers that asking again does not change.
var errRefused = errors.New("refused")

// Fetch brings f from url to its place in dir, unless it is there already, and returns its path. Bytes arrive in a
// file ending in .part, where the next call goes on after an interruption; only what has the right checksum
// gets the final name. progress shows how far it is. The error names url and what to do.
func (f File) Fetch(ctx context.Context, dir, url string, progress io.Writer) (path string, err error) {
	path = filepath.Join(dir, f.Name)
	if f.Check(path) == nil {
		return path, nil
	}
	part := path + ".part"
	for range attempts {
		if err = f.transfer(ctx, part, url, progress); err == nil || ctx.Err() != nil || errors.Is(err, errRefused) {
			break
		}
	}
	if err != nil {
		return "", fmt.Errorf("downloading %s: %w; started again it goes on from here", url, err)
	}
	if err := f.Check(part); err != nil {
		os.Remove(part) // going on from wrong bytes can never end well
		return "", fmt.Errorf("downloading %s: %w; the download was deleted", url, err)
	}
	return path, os.Rename(part, path)
}

// transfer appends to part what is missing of f.
func (f File) transfer(ctx context.Context, part, url string, progress io.Writer) error {
	out, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	defer out.Close()
	have, err := out.Seek(0, io.SeekEnd)
	if err != nil || have >= f.Size {
		return err // the checksum decides
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	answer, have, err := ask(ctx, url, have)
	if err != nil {
		return err
	}
	defer answer.Close()
	watch := time.AfterFunc(silence, func() { stop(fmt.Errorf("the server has sent nothing for %s", silence)) })
	defer watch.Stop()
	if _, err := out.Seek(have, io.SeekStart); err != nil {
		return err
	}
	bar := progressbar.NewOptions64(f.Size, progressbar.OptionSetWriter(progress), progressbar.OptionShowBytes(true),
		progressbar.OptionSetDescription(f.Name), progressbar.OptionSetWidth(30),
		progressbar.OptionThrottle(200*time.Millisecond),
		progressbar.OptionOnCompletion(func() { fmt.Fprintln(progress) }))
	_ = bar.Set64(have) // what the terminal does with it must not stop a download
	arrived := alive(func() { watch.Reset(silence) })
	n, err := io.Copy(io.MultiWriter(out, bar, arrived), io.LimitReader(answer, f.Size-have))
	switch {
	case context.Cause(ctx) != nil:
		err = context.Cause(ctx)
	case err == nil && have+n < f.Size:
		err = fmt.Errorf("connection ended after %d of %d bytes", have+n, f.Size)
	}
	return cmp.Or(err, out.Sync(), out.Close())
}

// alive is called whenever bytes arrive.
type alive func()

func (a alive) Write(p []byte) (int, error) { a(); return len(p), nil }

// ask requests url from byte have on. It returns the answer and where in the file it begins.
func ask(ctx context.Context, url string, have int64) (answer io.ReadCloser, start int64, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", errRefused, err)
	}
	if have > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, 0, err
	}
	switch {
	case response.StatusCode == http.StatusPartialContent && have > 0:
		return response.Body, have, nil
	case response.StatusCode == http.StatusOK: // all of it, asked for or not
		return response.Body, 0, nil
	case response.StatusCode >= 500:
		err = errors.New("server says " + response.Status)
	default:
		err = fmt.Errorf("%w: server says %s", errRefused, response.Status)
	}
	response.Body.Close()
	return nil, 0, err
}

// Check compares the file at path with the size and the checksum of f.
func (f File) Check(path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	sum := f.hash()
	n, err := io.Copy(sum, in)
	if err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); n != f.Size || got != f.Sum {
		return fmt.Errorf("got %d bytes with checksum %s, want %d with %s", n, got, f.Size, f.Sum)
	}
	return nil
}

// hash is ready for the file's bytes.
func (f File) hash() hash.Hash {
	if len(f.Sum) != hex.EncodedLen(sha1.Size) {
		return sha256.New()
	}
	sum := sha1.New()
	fmt.Fprintf(sum, "blob %d\x00", f.Size) // what git puts before the bytes
	return sum
}
