package atomic

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/janpfeifer/must"
)

func TestWrite(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new", "folder")
	path := filepath.Join(folder, "file")
	for _, text := range []string{"first", "second, longer", ""} {
		must.M(WriteFile(path, []byte(text)))
		if got := string(must.M1(os.ReadFile(path))); got != text {
			t.Errorf("the file holds %q, want %q", got, text)
		}
	}
	must.M(WriteFile(path, []byte("kept")))
	broken := errors.New("broken")
	err := Write(path, func(w io.Writer) error {
		must.M1(w.Write(make([]byte, 1<<20)))
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want the writer's", err)
	}
	if got := string(must.M1(os.ReadFile(path))); got != "kept" {
		t.Errorf("a broken write left %d bytes", len(got))
	}
	if entries := must.M1(os.ReadDir(folder)); len(entries) != 1 {
		t.Errorf("left behind %v", entries)
	}
	if err := WriteFile(filepath.Join(path, "file"), nil); err == nil {
		t.Error("wrote below a file")
	}
}

func TestUpdate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for _, step := range []struct {
		text string
		want bool
	}{{"a", true}, {"a", false}, {"b", true}} {
		if written := must.M1(Update(path, []byte(step.text))); written != step.want {
			t.Errorf("%q: written is %t", step.text, written)
		}
	}
}
