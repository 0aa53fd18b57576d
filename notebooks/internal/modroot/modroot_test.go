package modroot

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/janpfeifer/must"
)

func TestAbove(t *testing.T) {
	root := filepath.Join(t.TempDir(), "a [clone]")
	inside := filepath.Join(root, "notebooks", "01_demo")
	must.M(os.MkdirAll(inside, 0o755))
	must.M(os.WriteFile(filepath.Join(inside, "go.mod"), []byte("module another\n"), 0o644))
	for _, mod := range []string{"module gptbook\n", "module gptbook\r\n\r\ngo 1.26\r\n",
		"// Why.\n\nmodule \"gptbook\" // ours"} {
		must.M(os.WriteFile(filepath.Join(root, "go.mod"), []byte(mod), 0o644))
		for _, dir := range []string{root, inside} {
			if got, err := Above(dir); got != root || err != nil {
				t.Errorf("go.mod %q, from %s: got %q, %v", mod, dir, got, err)
			}
		}
		t.Chdir(inside)
		if got, err := Above("."); !strings.HasSuffix(got, "a [clone]") || err != nil {
			t.Errorf("from the working directory: got %q, %v", got, err)
		}
	}
	must.M(os.WriteFile(filepath.Join(root, "go.mod"), []byte("module gptbooks\n"), 0o644))
	if got, err := Above(inside); err == nil || !strings.Contains(err.Error(), "no go.mod of module gptbook in "+inside) {
		t.Errorf("outside: got %q, %v", got, err)
	}
}
