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
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/janpfeifer/must"

	"gptbook/internal/weights"
)

const weightsFile = weights.ModelFile

// mirror is a hub with one model.
type mirror struct {
	files    map[string][]byte
	serve    map[string][]byte // instead of the file that was promised
	drops    int               // answers about the weights that break off in the middle
	requests []string          // path and range of each file that was asked for
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	revision, ok := strings.CutPrefix(r.URL.Path, "/api/models/someone/model/revision/")
	if ok && (revision == "main" || revision == "c0ffee") {
		var siblings []map[string]any
		for name, data := range m.files {
			entry := map[string]any{"rfilename": name}
			if r.URL.Query().Get("blobs") == "true" { // sizes and checksums come only if asked for
				blob := fmt.Appendf(nil, "blob %d\x00%s", len(data), data)
				entry["size"], entry["blobId"] = len(data), fmt.Sprintf("%x", sha1.Sum(blob))
			}
			if path.Ext(name) == ".safetensors" && entry["size"] != nil {
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

// mentions tells whether err says all of words.
func mentions(err error, words ...string) bool {
	return err != nil && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(err.Error(), w) })
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
	if !mentions(err, "416") { // asked for the rest, the server says that there is none
		t.Errorf("short file: %v", err)
	}
	m.serve[weightsFile] = bytes.Repeat([]byte("WEIGHTS"), 10_000)
	if _, err = Fetch(t.Context(), "someone/model", io.Discard); !mentions(err, "checksum") {
		t.Errorf("other bytes: %v", err)
	}
	m.serve = nil
	if _, err = Fetch(t.Context(), "someone/model", io.Discard); err != nil { // wrong bytes are not gone on from
		t.Errorf("a sound hub after a bad one: %v", err)
	}
	delete(m.files, "config.json")
	emptyCache(t)
	if _, err = Fetch(t.Context(), "someone/model", io.Discard); !mentions(err, "no config.json") {
		t.Errorf("no config: %v", err)
	}
	for _, name := range []string{"gpt4", "../etc", "a/..", "a/b/c", ""} {
		if _, err := Fetch(t.Context(), name, io.Discard); !mentions(err, "gpt2-small") {
			t.Errorf("name %q: %v", name, err)
		}
	}
	if _, err = Fetch(t.Context(), "no/model", io.Discard); !mentions(err, "by hand") {
		t.Errorf("unknown model: %v", err)
	}
}

// Of a model in several files all are fetched that the index names, and of a tokenizer all that there is.
func TestFetchShards(t *testing.T) {
	m := &mirror{}
	open(t, m)
	delete(m.files, weightsFile)
	m.files[weights.IndexFile] = []byte(
		`{"weight_map": {"v": "a.safetensors", "w": "b.safetensors", "x": "a.safetensors"}}`)
	fetched := []string{weights.IndexFile}
	for _, name := range []string{"a.safetensors", "b.safetensors", "config.json",
		"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
		"vocab.json", "merges.txt", "vocab.txt"} {
		m.files[name] = []byte("the bytes of " + name)
		fetched = append(fetched, name)
	}
	slices.Sort(fetched)
	for _, name := range []string{
		"c.safetensors", "pytorch_model.bin", "training_args.bin", "onnx/config.json", "tokenizer.model",
	} {
		m.files[name] = []byte("not fetched")
	}
	list := func(folder string) (names []string) {
		for _, e := range must.M1(os.ReadDir(folder)) {
			names = append(names, e.Name())
		}
		return names
	}
	folder := must.M1(Fetch(t.Context(), "someone/model", io.Discard))
	if got := list(folder); !slices.Equal(got, fetched) {
		t.Errorf("fetched %q, want %q", got, fetched)
	}
	must.M(os.Remove(filepath.Join(folder, "b.safetensors")))
	m.requests = nil
	must.M1(Fetch(t.Context(), "someone/model", io.Discard))
	if got := list(folder); !slices.Equal(got, fetched) || !slices.Equal(m.requests, []string{"b.safetensors "}) {
		t.Errorf("after the loss of a shard it asked for %q, which gives %q", m.requests, got)
	}
	m.serve = map[string][]byte{"b.safetensors": []byte("The bytes of b.safetensors")}
	emptyCache(t)
	if _, err := Fetch(t.Context(), "someone/model", io.Discard); !mentions(err, "checksum") {
		t.Errorf("other bytes in a shard: %v", err)
	}
	for index, says := range map[string]string{
		`{"weight_map": {"v": "d.safetensors"}}`:       "it has no d.safetensors",
		`{"weight_map": {"v": "../../a.safetensors"}}`: "want a file like",
		`{}`: "no weight_map",
	} {
		m.files[weights.IndexFile] = []byte(index)
		emptyCache(t)
		if _, err := Fetch(t.Context(), "someone/model", io.Discard); !mentions(err, says) {
			t.Errorf("index %s: %v", index, err)
		}
	}
	delete(m.files, weights.IndexFile)
	emptyCache(t)
	if _, err := Fetch(t.Context(), "someone/model", io.Discard); !mentions(err, "no "+weightsFile) {
		t.Errorf("no weights: %v", err)
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
