package hub

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/janpfeifer/must"
)

// mirror is a hub with one model.
type mirror struct {
	files    map[string][]byte
	serve    map[string][]byte // instead of the file that was promised
	drops    int               // answers about the weights that break off in the middle
	requests []string          // path and range of each file that was asked for
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if revision, ok := strings.CutPrefix(r.URL.Path, "/api/models/someone/model/revision/"); ok && (revision == "main" || revision == "c0ffee") {
		var siblings []map[string]any
		for name, data := range m.files {
			entry := map[string]any{"rfilename": name}
			if r.URL.Query().Get("blobs") == "true" { // sizes and checksums come only if asked for
				entry["size"], entry["blobId"] = len(data), fmt.Sprintf("%x", sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(data), data)))
			}
			if name == weightsFile && entry["size"] != nil {
				entry["lfs"] = map[string]any{"size": len(data), "sha256": fmt.Sprintf("%x", sha256.Sum256(data))}
			}
			siblings = append(siblings, entry)
		}
		must.M(json.NewEncoder(w).Encode(map[string]any{"sha": "c0ffee", "siblings": siblings}))
		return
	}
	name := path.Base(r.URL.Path)
	data, ok := m.files[name]
	if !ok || path.Dir(r.URL.Path) != "/someone/model/resolve/c0ffee" {
		http.NotFound(w, r)
		return
	}
	m.requests = append(m.requests, name+" "+r.Header.Get("Range"))
	if other, ok := m.serve[name]; ok {
		data = other
	}
	if name == weightsFile && m.drops > 0 {
		m.drops--
		w.Header().Set("Content-Length", fmt.Sprint(len(data)))
		_, _ = w.Write(data[:len(data)/2])
		return
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
}

// open starts a mirror and points Fetch at it, with an empty cache.
func open(t *testing.T, m *mirror) *httptest.Server {
	m.files = map[string][]byte{
		"config.json": []byte(`{"model_type": "gpt2"}`), "merges.txt": []byte("#version: 0.2\n"),
		weightsFile: bytes.Repeat([]byte("weights"), 10_000), "README.md": []byte("not fetched"),
	}
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	t.Setenv("HF_ENDPOINT", server.URL)
	emptyCache(t)
	return server
}

// emptyCache gives the test a cache of its own: the three names are those of Linux, macOS and Windows.
func emptyCache(t *testing.T) {
	for _, name := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData"} {
		t.Setenv(name, t.TempDir())
	}
}

func TestFetch(t *testing.T) {
	m := &mirror{drops: 1}
	server := open(t, m)
	var progress bytes.Buffer
	folder := must.M1(Fetch(t.Context(), "someone/model", &progress))
	entries := must.M1(os.ReadDir(folder))
	if len(entries) != 3 {
		t.Errorf("the folder holds %v, want three files", entries)
	}
	for _, e := range entries {
		if got := must.M1(os.ReadFile(filepath.Join(folder, e.Name()))); !bytes.Equal(got, m.files[e.Name()]) {
			t.Errorf("%s has %d bytes, want %d", e.Name(), len(got), len(m.files[e.Name()]))
		}
	}
	half := fmt.Sprintf("%s bytes=%d-", weightsFile, len(m.files[weightsFile])/2)
	if got := m.requests[len(m.requests)-1]; got != half {
		t.Errorf("after the broken answer it asked for %q, want %q", got, half)
	}
	if !strings.Contains(progress.String(), weightsFile) {
		t.Errorf("progress shows %q", progress.String())
	}
	server.Close()
	if again := must.M1(Fetch(t.Context(), "someone/model", io.Discard)); again != folder {
		t.Errorf("without a network it returned %s", again)
	}
}

func TestFetchRefuses(t *testing.T) {
	m := &mirror{serve: map[string][]byte{weightsFile: []byte("other bytes")}}
	open(t, m)
	_, err := Fetch(t.Context(), "someone/model", io.Discard)
	if err == nil || !strings.Contains(err.Error(), "416") { // asked for the rest, the server says that there is none
		t.Errorf("short file: %v", err)
	}
	m.serve[weightsFile] = bytes.Repeat([]byte("WEIGHTS"), 10_000)
	if _, err = Fetch(t.Context(), "someone/model", io.Discard); err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("other bytes: %v", err)
	}
	m.serve = nil
	if _, err = Fetch(t.Context(), "someone/model", io.Discard); err != nil { // wrong bytes are not gone on from
		t.Errorf("a sound hub after a bad one: %v", err)
	}
	delete(m.files, "config.json")
	emptyCache(t)
	if _, err = Fetch(t.Context(), "someone/model", io.Discard); err == nil || !strings.Contains(err.Error(), "no config.json") {
		t.Errorf("no config: %v", err)
	}
	for _, name := range []string{"gpt4", "../etc", "a/..", "a/b/c", ""} {
		if _, err := Fetch(t.Context(), name, io.Discard); err == nil || !strings.Contains(err.Error(), "gpt2-small") {
			t.Errorf("name %q: %v", name, err)
		}
	}
	if _, err = Fetch(t.Context(), "no/model", io.Discard); err == nil || !strings.Contains(err.Error(), "by hand") {
		t.Errorf("unknown model: %v", err)
	}
}

// A hub that does not answer does not keep a program that is to stop.
func TestFetchStops(t *testing.T) {
	asked, over := make(chan bool, 1), make(chan bool)
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked <- true; <-over }))
	defer silent.Close()
	defer close(over)
	t.Setenv("HF_ENDPOINT", silent.URL)
	emptyCache(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	if _, err := Fetch(ctx, "someone/model", io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want context.Canceled", err)
	}
}

// What is missing in the cache is fetched again.
func TestFetchCompletes(t *testing.T) {
	m := &mirror{}
	open(t, m)
	folder := must.M1(Fetch(t.Context(), "someone/model", io.Discard))
	config := filepath.Join(folder, "config.json")
	must.M(os.Remove(config))
	m.requests = nil
	must.M1(Fetch(t.Context(), "someone/model", io.Discard))
	if got := must.M1(os.ReadFile(config)); !bytes.Equal(got, m.files["config.json"]) || len(m.requests) != 1 {
		t.Errorf("config.json holds %q after the requests %q", got, m.requests)
	}
}
