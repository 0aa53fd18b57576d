package download

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func fileOf(name string, data []byte) File {
	return File{name, fmt.Sprintf("%x", sha256.Sum256(data)), int64(len(data))}
}

// mirror serves data like a server on the net. The first drops answers break off in the middle; a
// server without ranges sends everything each time.
type mirror struct {
	data     []byte
	drops    int
	noRanges bool
	status   int // instead of an answer
	requests []string
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.requests = append(m.requests, r.Header.Get("Range"))
	if m.status != 0 {
		http.Error(w, "no", m.status)
		return
	}
	if m.noRanges {
		r.Header.Del("Range")
	}
	if m.drops > 0 {
		m.drops--
		w.Header().Set("Content-Length", fmt.Sprint(len(m.data)))
		if r.Header.Get("Range") != "" {
			http.Error(w, "not now", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write(m.data[:len(m.data)/2]) // the connection ends early
		return
	}
	http.ServeContent(w, r, "data", time.Time{}, bytes.NewReader(m.data))
}

func TestFetch(t *testing.T) {
	text := []byte(strings.Repeat("To be, or not to be.\n", 5000))
	for name, m := range map[string]*mirror{
		"at once":   {data: text},
		"broken":    {data: text, drops: 2},
		"no ranges": {data: text, drops: 1, noRanges: true},
	} {
		server := httptest.NewServer(m)
		dir := t.TempDir()
		f := fileOf("text.txt", text)
		var progress bytes.Buffer
		path, err := f.Fetch(t.Context(), dir, server.URL, &progress)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got, _ := os.ReadFile(path); !bytes.Equal(got, text) {
			t.Errorf("%s: %d bytes, want %d", name, len(got), len(text))
		}
		if name == "broken" && m.requests[len(m.requests)-1] != fmt.Sprintf("bytes=%d-", len(text)/2) {
			t.Errorf("%s: not resumed: %q", name, m.requests)
		}
		if !strings.Contains(progress.String(), "text.txt") {
			t.Errorf("%s: no progress shown: %q", name, progress.String())
		}
		n := len(m.requests)
		if _, err := f.Fetch(t.Context(), dir, server.URL, io.Discard); err != nil || len(m.requests) != n {
			t.Errorf("%s: fetched again: %v", name, err)
		}
		if entries, _ := os.ReadDir(dir); len(entries) != 1 {
			t.Errorf("%s: left behind %v", name, entries)
		}
		server.Close()
	}
}

// An interrupted program finds its .part file again.
func TestFetchResumesAfterRestart(t *testing.T) {
	text := []byte(strings.Repeat("abc", 1000))
	m := &mirror{data: text}
	server := httptest.NewServer(m)
	defer server.Close()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "t.part"), text[:1234], 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := fileOf("t", text).Fetch(t.Context(), dir, server.URL, io.Discard); err != nil {
		t.Fatal(err)
	}
	if len(m.requests) != 1 || m.requests[0] != "bytes=1234-" {
		t.Errorf("requests %q", m.requests)
	}
}

// A server that falls silent in the middle of a file is given up and asked again for the rest.
func TestFetchLeavesASilentServer(t *testing.T) {
	defer func(old time.Duration) { silence = old }(silence)
	silence = 50 * time.Millisecond
	text := []byte(strings.Repeat("abc", 1000))
	m, over := &mirror{data: text}, make(chan bool)
	stalls := attempts - 1
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if stalls == 0 {
			m.ServeHTTP(w, r)
			return
		}
		stalls--
		w.Header().Set("Content-Length", fmt.Sprint(len(text)))
		_, _ = w.Write(text[:1000])
		w.(http.Flusher).Flush()
		<-over
	}))
	defer server.Close()
	defer close(over)
	path, err := fileOf("t", text).Fetch(t.Context(), t.TempDir(), server.URL, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); !bytes.Equal(got, text) || len(m.requests) != 1 || m.requests[0] != "bytes=1000-" {
		t.Errorf("got %d bytes by the requests %q", len(got), m.requests)
	}
	stalls = attempts
	_, err = fileOf("t", text).Fetch(t.Context(), t.TempDir(), server.URL, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "has sent nothing for") {
		t.Errorf("a server silent for ever: %v", err)
	}
}

func TestFetchRefuses(t *testing.T) {
	good := []byte("the right text")
	for name, c := range map[string]struct {
		mirror   mirror
		part     string
		want     string
		requests int
	}{
		"other bytes":   {mirror{data: []byte("the wrong text")}, "", "want 14 with", 1},
		"longer":        {mirror{data: []byte("the wrong text and more")}, "", "want 14 with", 1},
		"shorter":       {mirror{data: good[:5]}, "", "Range Not Satisfiable", 2},
		"empty":         {mirror{data: nil}, "", "ended after 0 of 14 bytes", attempts},
		"wrong part":    {mirror{data: good}, "THE RIGHT", "checksum", 1},
		"too long part": {mirror{data: good}, "a part that is too long", "checksum", 0},
		"gone":          {mirror{status: 404}, "", "404", 1},
		"broken server": {mirror{status: 503}, "", "503", attempts},
	} {
		server := httptest.NewServer(&c.mirror)
		dir := t.TempDir()
		if c.part != "" {
			if err := os.WriteFile(filepath.Join(dir, "t.part"), []byte(c.part), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		_, err := fileOf("t", good).Fetch(t.Context(), dir, server.URL, io.Discard)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), server.URL) {
			t.Errorf("%s: got %v, want an error with %q", name, err, c.want)
		}
		if _, err := os.Stat(filepath.Join(dir, "t")); err == nil {
			t.Errorf("%s: a file of the final name exists", name)
		}
		if len(c.mirror.requests) != c.requests {
			t.Errorf("%s: %d requests, want %d", name, len(c.mirror.requests), c.requests)
		}
		// Whatever happened, the right answer later is accepted.
		c.mirror = mirror{data: good}
		for range 2 {
			_, err = fileOf("t", good).Fetch(t.Context(), dir, server.URL, io.Discard)
		}
		if err != nil {
			t.Errorf("%s: does not recover: %v", name, err)
		}
		server.Close()
	}
	server := httptest.NewServer(&mirror{data: good})
	address := server.URL
	server.Close()
	_, err := fileOf("t", good).Fetch(t.Context(), t.TempDir(), address, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "started again") {
		t.Errorf("no server: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = fileOf("t", good).Fetch(ctx, t.TempDir(), address, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("cancelled: %v", err)
	}
}

// The names that `printf 'hello\n' | sha256sum` and `printf 'hello\n' | git hash-object --stdin` give.
func TestCheck(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hello")
	if err := os.WriteFile(path, []byte("hello\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, sum := range []string{
		"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03", "ce013625030ba8dba906f756967f9e9ca394464a",
	} {
		if err := (File{"hello", sum, 6}).Check(path); err != nil {
			t.Error(err)
		}
		for _, other := range []File{{"hello", sum, 7}, {"hello", sum[:len(sum)-1] + "0", 6}} {
			if err := other.Check(path); err == nil {
				t.Errorf("%+v is accepted", other)
			}
		}
	}
}
