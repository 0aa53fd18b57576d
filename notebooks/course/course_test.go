package course

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gptbook/notebooks/internal/modroot"
)

func TestSize(t *testing.T) {
	if Pick("a", "b") != "a" || Size() != "small" {
		t.Errorf("under go test the size is %s, want small", Size())
	}
}

func TestDir(t *testing.T) {
	dir := Dir("gpt1", "2x64", "weights")
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		t.Fatalf("%s: %v", dir, err)
	}
	if !strings.HasSuffix(dir, filepath.Join("test", filepath.Base(os.Args[0]), "gpt1", "2x64", "weights")) {
		t.Errorf("%s is not apart from the notebooks' state", dir)
	}
	if root, err := modroot.Above("."); err != nil || StateRoot() != filepath.Join(root, ".cache", "course") {
		t.Errorf("StateRoot %s is not under %s", StateRoot(), root)
	}
}

// Where there is no module, the user's cache takes the state.
func TestStateRootElsewhere(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CACHE_HOME", "/somewhere")
	t.Setenv("HOME", "/somewhere")
	if root := StateRoot(); !strings.HasPrefix(root, "/somewhere/") {
		t.Errorf("StateRoot() = %s", root)
	}
}

// The backend says nothing on standard output, where Examples look.
func ExampleBackend() {
	defer Backend().Finalize()
	// Output:
}

// The exercises in testdata show the convention: skipped by default, failing with a hint when
// asked for, passing with the solution.
func TestExercise(t *testing.T) {
	for _, test := range []struct {
		args []string
		ok   bool
		want string
	}{
		{nil, true, "SKIP: TestSoftmax"},
		{[]string{"-run", "Softmax"}, false, "Softmax of two numbers has 0, want 2: make a slice as long as x"},
		{[]string{"-tags", "solution"}, true, "PASS: TestSoftmax"},
	} {
		args := append(append([]string{"test", "-count=1", "-v"}, test.args...), "./testdata/exercises")
		out, err := exec.Command("go", args...).CombinedOutput()
		if (err == nil) != test.ok || !strings.Contains(string(out), test.want) {
			t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}
