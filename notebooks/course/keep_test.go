package course

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/janpfeifer/must"

	"gptbook/train"
)

func ExampleKeep() {
	type result struct {
		Name   string
		Losses []float64
	}
	Keep("course", "results", []result{{"small", []float64{3, 2.5}}, {"broken", []float64{math.NaN()}}})
	fmt.Println(Recall[[]result]("course", "results"))
	// Output: [{small [3 2.5]} {broken [NaN]}]
}

// message is what f panics with.
func message(t *testing.T, f func()) (text string) {
	defer func() {
		err, ok := recover().(error)
		if !ok {
			t.Fatal("no error")
		}
		text = err.Error()
	}()
	f()
	return ""
}

func TestRecallTooEarly(t *testing.T) {
	got := message(t, func() { Recall[int]("course", "later") })
	if want := `course: course has kept no "later" yet: run the cells above first`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestWeights(t *testing.T) {
	if got := message(t, func() { Weights("course", "untrained") }); !strings.Contains(got, "no checkpoint") {
		t.Error(got)
	}
}

func TestLogged(t *testing.T) {
	dir := t.TempDir()
	log := "step,train_loss,val_loss\n1,3,\n2,2.5,2.75\n"
	must.M(os.WriteFile(filepath.Join(dir, "metrics.csv"), []byte(log), 0o644))
	c := Logged(dir, train.ValidationLoss, "held out")
	if c.Name != "held out" || len(c.Points) != 1 || c.Last() != 2.75 {
		t.Errorf("logged %+v", c)
	}
	got := message(t, func() { Logged(dir, "accuracy", "x") })
	if !strings.Contains(got, `nothing in a column "accuracy"`) {
		t.Error(got)
	}
}
