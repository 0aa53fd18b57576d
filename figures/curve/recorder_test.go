package curve

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/janpfeifer/must"
)

func TestRecorder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new folder", "metrics.csv")
	r := must.M1(Open(path, 0)) // a missing file is an empty one
	if len(r.Curves()) != 0 {
		t.Errorf("a new recorder has %v", r.Curves())
	}
	r.Add("train", "nats", 1, 5)
	r.Add("held out", "nats", 1, math.NaN()) // starts the curve, in its place
	r.Add("train", "nats", 2, 4)
	r.Add("train", "nats", 3, math.Inf(1)) // a measurement: the run diverged
	r.Add("held out", "nats", 3, 6)
	for _, c := range []struct {
		name string
		step int
		want bool
	}{{"train", 2, true}, {"held out", 1, false}, {"held out", 3, true}, {"none", 1, false}} {
		if got := r.Has(c.name, c.step); got != c.want {
			t.Errorf("Has(%q, %d) is %v", c.name, c.step, got)
		}
	}
	if c := r.Curve("held out"); c.Unit != "nats" || !slices.Equal(c.Points, []Point{{3, 6}}) {
		t.Errorf("held out: %+v", c)
	}
	if c := r.Curve("none"); c.Name != "none" || len(c.Points) != 0 || len(r.Curves()) != 2 {
		t.Errorf("a curve that was never started: %+v of %v", c, r.Curves())
	}
	must.M(r.Save())
	data := string(must.M1(os.ReadFile(path)))
	if want := "step,train,held out\n1,5,\n2,4,\n3,+Inf,6\n"; data != want {
		t.Errorf("got\n%swant\n%s", data, want)
	}
}

// A run that resumes at step 2 measures step 3 again.
func TestRecorderResumes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.csv")
	r := must.M1(Open(path, 0))
	for step := 1; step <= 3; step++ {
		r.Add("train", "nats", step, float64(step))
	}
	r.Add("held out", "nats", 3, 9)
	must.M(r.Save())

	r = must.M1(Open(path, 2))
	if r.Has("train", 3) || !r.Has("train", 2) || r.Has("held out", 3) {
		t.Errorf("resumed at step 2 with %v", r.Curves())
	}
	r.Add("train", "nats", 3, 7)
	must.M(r.Save())
	if got := must.M1(ReadCSV(path)); !slices.Equal(got[0].Points, []Point{{1, 1}, {2, 2}, {3, 7}}) ||
		got[1].Name != "held out" || len(got[1].Points) != 0 {
		t.Errorf("after the second save the file holds %v", got)
	}
	if r := must.M1(Open(path, 0)); r.Curve("train").Points != nil && len(r.Curve("train").Points) != 0 {
		t.Errorf("a run from its start has %v", r.Curves())
	}
}

func TestRecorderWithoutPath(t *testing.T) {
	r := must.M1(Open("", 5))
	r.Add("train", "nats", 6, 1)
	if err := r.Save(); err != nil || !r.Has("train", 6) {
		t.Errorf("%v, %v", r.Curves(), err)
	}
}

// A file that cannot be read is not taken for an empty one, which the next Save would write over it.
func TestRecorderRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.csv")
	must.M(os.WriteFile(path, []byte("step,train\n1,\"5"), 0o644))
	if _, err := Open(path, 1); err == nil {
		t.Error("a broken file was accepted")
	}
	r := must.M1(Open("", 0))
	r.Add("train", "nats", 1, 1)
	r.path = filepath.Join(path, "below a file.csv")
	if err := r.Save(); err == nil {
		t.Error("saved below a file")
	}
}
