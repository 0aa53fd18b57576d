package corpus

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
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

	"gptbook/datasets/download"
)

func fileOf(name string, data []byte) download.File {
	return download.File{Name: name, Sum: fmt.Sprintf("%x", sha256.Sum256(data)), Size: int64(len(data))}
}

// Every source, with small texts in place of the real ones.
func TestSources(t *testing.T) {
	texts := map[string]string{
		"tinyshakespeare": "First Citizen:\nBefore we proceed any further, hear me speak.\n\nAll:\nSpeak, speak.\n",
		"tinystories":     "Once upon a time.\nThe end.\n<|endoftext|>\nA dog.\n<|endoftext|>\n",
		"wikitext-2": " \n = Valkyria Chronicles III = \n \n It is a game . \n \n = = Gameplay = = \n \n " +
			"Tactical . \n \n = Tower Building = \n \n It is in Arkansas . \n",
		"yuanqu": `[{"title":"天净沙","author":"马致远","paragraphs":["枯藤老树昏鸦，","断肠人在天涯。"]},` +
			`{"title":"空","author":"","paragraphs":[]}]`,
	}
	want := map[string][]string{
		"tinyshakespeare": {strings.TrimSpace(texts["tinyshakespeare"])},
		"tinystories":     {"Once upon a time.\nThe end.", "A dog."},
		"wikitext-2": {"= Valkyria Chronicles III = \n \n It is a game . \n \n = = Gameplay = = \n \n Tactical .",
			"= Tower Building = \n \n It is in Arkansas ."},
		"yuanqu": {"天净沙\n马致远\n枯藤老树昏鸦，\n断肠人在天涯。"},
	}
	for _, s := range sources {
		served := []byte(texts[s.name])
		s.text = fileOf(s.text.Name, served)
		if s.archive != nil {
			served = pack(t, s.archive.Name, s.member, served)
			archive := fileOf(s.archive.Name, served)
			s.archive = &archive
		}
		requests := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			requests++
			_, _ = w.Write(served)
		}))
		s.url = server.URL
		dir := t.TempDir()
		for range 2 { // from the net, then from the cache
			c, err := s.loadIn(t.Context(), dir, io.Discard)
			if err != nil {
				t.Fatalf("%s: %v", s.name, err)
			}
			if got := c.Documents(); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want[s.name]) {
				t.Errorf("%s: documents %q, want %q", s.name, got, want[s.name])
			}
		}
		if entries, _ := os.ReadDir(dir); len(entries) != 1 || requests != 1 {
			t.Errorf("%s: %d requests, left behind %v", s.name, requests, entries)
		}
		// A damaged cache is noticed and fetched anew.
		if err := os.WriteFile(filepath.Join(dir, s.text.Name), []byte("damaged"), 0o644); err != nil {
			t.Fatal(err)
		}
		if c, err := s.loadIn(t.Context(), dir, io.Discard); err != nil || len(c.Documents()) != len(want[s.name]) {
			t.Errorf("%s: damaged cache: %v", s.name, err)
		}
		if s.archive != nil {
			s.member = "other"
			os.Remove(filepath.Join(dir, s.text.Name))
			if _, err := s.loadIn(t.Context(), dir, io.Discard); err == nil {
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
		files := []download.File{s.text}
		if s.archive != nil {
			files = append(files, *s.archive)
		}
		for _, f := range files {
			if sum, err := hex.DecodeString(f.Sum); err != nil || len(sum) != sha256.Size || f.Size <= 0 {
				t.Errorf("%s: %+v is no checksum and size", s.name, f)
			}
		}
		if !strings.HasPrefix(s.url, "https://") || strings.Contains(s.url, "/main/") ||
			strings.Contains(s.url, "/master/") {
			t.Errorf("%s: %s is not a fixed revision", s.name, s.url)
		}
	}
	if len(Names()) != len(sources)+2 {
		t.Error("not every source is listed")
	}
}
