package corpus

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
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

func fileOf(name string, data []byte) file {
	sum := sha256.Sum256(data)
	return file{name, hex.EncodeToString(sum[:]), int64(len(data))}
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

func TestDownload(t *testing.T) {
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
		path, err := download(context.Background(), dir, server.URL, f, &progress)
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
		if _, err := download(context.Background(), dir, server.URL, f, io.Discard); err != nil || len(m.requests) != n {
			t.Errorf("%s: fetched again: %v", name, err)
		}
		if entries, _ := os.ReadDir(dir); len(entries) != 1 {
			t.Errorf("%s: left behind %v", name, entries)
		}
		server.Close()
	}
}

// An interrupted program finds its .part file again.
func TestDownloadResumesAfterRestart(t *testing.T) {
	text := []byte(strings.Repeat("abc", 1000))
	m := &mirror{data: text}
	server := httptest.NewServer(m)
	defer server.Close()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "t.part"), text[:1234], 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := download(context.Background(), dir, server.URL, fileOf("t", text), io.Discard); err != nil {
		t.Fatal(err)
	}
	if len(m.requests) != 1 || m.requests[0] != "bytes=1234-" {
		t.Errorf("requests %q", m.requests)
	}
}

func TestDownloadRefuses(t *testing.T) {
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
		"wrong part":    {mirror{data: good}, "THE RIGHT", "SHA-256", 1},
		"too long part": {mirror{data: good}, "a part that is too long", "SHA-256", 0},
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
		_, err := download(context.Background(), dir, server.URL, fileOf("t", good), io.Discard)
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
			_, err = download(context.Background(), dir, server.URL, fileOf("t", good), io.Discard)
		}
		if err != nil {
			t.Errorf("%s: does not recover: %v", name, err)
		}
		server.Close()
	}
	server := httptest.NewServer(&mirror{data: good})
	address := server.URL
	server.Close()
	if _, err := download(context.Background(), t.TempDir(), address, fileOf("t", good), io.Discard); err == nil || !strings.Contains(err.Error(), "need no network") {
		t.Errorf("no server: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := download(ctx, t.TempDir(), address, fileOf("t", good), io.Discard); err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("cancelled: %v", err)
	}
}

// Every source, with small texts in place of the real ones.
func TestSources(t *testing.T) {
	texts := map[string]string{
		"tinyshakespeare": "First Citizen:\nBefore we proceed any further, hear me speak.\n\nAll:\nSpeak, speak.\n",
		"tinystories":     "Once upon a time.\nThe end.\n<|endoftext|>\nA dog.\n<|endoftext|>\n",
		"wikitext-2":      " \n = Valkyria Chronicles III = \n \n It is a game . \n \n = = Gameplay = = \n \n Tactical . \n \n = Tower Building = \n \n It is in Arkansas . \n",
		"yuanqu":          `[{"title":"天净沙","author":"马致远","paragraphs":["枯藤老树昏鸦，","断肠人在天涯。"]},{"title":"空","author":"","paragraphs":[]}]`,
	}
	want := map[string][]string{
		"tinyshakespeare": {strings.TrimSpace(texts["tinyshakespeare"])},
		"tinystories":     {"Once upon a time.\nThe end.", "A dog."},
		"wikitext-2":      {"= Valkyria Chronicles III = \n \n It is a game . \n \n = = Gameplay = = \n \n Tactical .", "= Tower Building = \n \n It is in Arkansas ."},
		"yuanqu":          {"天净沙\n马致远\n枯藤老树昏鸦，\n断肠人在天涯。"},
	}
	for _, s := range sources {
		served := []byte(texts[s.name])
		s.text = fileOf(s.text.name, served)
		if s.archive != nil {
			served = pack(t, s.archive.name, s.member, served)
			archive := fileOf(s.archive.name, served)
			s.archive = &archive
		}
		m := &mirror{data: served}
		server := httptest.NewServer(m)
		s.url = server.URL
		dir := t.TempDir()
		for range 2 { // from the net, then from the cache
			c, err := s.loadIn(context.Background(), dir, io.Discard)
			if err != nil {
				t.Fatalf("%s: %v", s.name, err)
			}
			if got := c.Documents(); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want[s.name]) {
				t.Errorf("%s: documents %q, want %q", s.name, got, want[s.name])
			}
		}
		if entries, _ := os.ReadDir(dir); len(entries) != 1 || len(m.requests) != 1 {
			t.Errorf("%s: %d requests, left behind %v", s.name, len(m.requests), entries)
		}
		// A damaged cache is noticed and fetched anew.
		if err := os.WriteFile(filepath.Join(dir, s.text.name), []byte("damaged"), 0o644); err != nil {
			t.Fatal(err)
		}
		if c, err := s.loadIn(context.Background(), dir, io.Discard); err != nil || len(c.Documents()) != len(want[s.name]) {
			t.Errorf("%s: damaged cache: %v", s.name, err)
		}
		if s.archive != nil {
			s.member = "other"
			os.Remove(filepath.Join(dir, s.text.name))
			if _, err := s.loadIn(context.Background(), dir, io.Discard); err == nil {
				t.Errorf("%s: a missing member was accepted", s.name)
			}
		}
		server.Close()
	}
}

// pack puts text into an archive of the kind that its name says.
func pack(t *testing.T, name, member string, text []byte) []byte {
	var out bytes.Buffer
	if strings.HasSuffix(name, ".zip") {
		z := zip.NewWriter(&out)
		_, err := must(z.Create(member)).Write(text)
		if err != nil || z.Close() != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	gz := gzip.NewWriter(&out)
	w := tar.NewWriter(gz)
	for _, m := range []string{"before", member} {
		if err := w.WriteHeader(&tar.Header{Name: m, Size: int64(len(text)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if w.Close() != nil || gz.Close() != nil {
		t.Fatal("cannot pack")
	}
	return out.Bytes()
}

// What is pinned must look like a pin.
func TestPins(t *testing.T) {
	for _, s := range sources {
		files := []file{s.text}
		if s.archive != nil {
			files = append(files, *s.archive)
		}
		for _, f := range files {
			if sum, err := hex.DecodeString(f.sha256); err != nil || len(sum) != sha256.Size || f.size <= 0 {
				t.Errorf("%s: %+v is no checksum and size", s.name, f)
			}
		}
		if !strings.HasPrefix(s.url, "https://") || strings.Contains(s.url, "/main/") || strings.Contains(s.url, "/master/") {
			t.Errorf("%s: %s is not a fixed revision", s.name, s.url)
		}
	}
	if len(Downloads()) != len(sources) || len(Names()) != len(sources)+2 {
		t.Error("not every source is listed")
	}
}
