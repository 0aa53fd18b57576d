package train

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/janpfeifer/must"
)

// noting returns a function for Options.Each and the steps that it was called with.
func noting() (each func(step int) error, steps *[]int) {
	steps = new([]int)
	return func(step int) error { *steps = append(*steps, step); return nil }, steps
}

// Before the first step, after every EvalEvery steps and at the end of each Run: once, and nothing else changes.
func TestEach(t *testing.T) {
	plain := options("")
	plain.Validation, plain.EvalEvery = &lines{next: 1000, finite: 1002}, 4
	straight := lineStore()
	without := must.M1(New(engine(), straight, line, plain))
	must.M1(without.Run(t.Context(), &lines{}, 10))
	for _, test := range []struct {
		every int
		runs  []int
		want  []int
	}{
		{4, []int{10}, []int{0, 4, 8, 10}},
		{5, []int{10}, []int{0, 5, 10}},
		{0, []int{10}, []int{0, 10}},
		{4, []int{5, 5, 0}, []int{0, 4, 5, 8, 10}},
	} {
		opt, store := plain, lineStore()
		each, called := noting()
		opt.Each, opt.EvalEvery = each, test.every
		trainer := must.M1(New(engine(), store, line, opt))
		for _, steps := range test.runs {
			must.M1(trainer.Run(t.Context(), &lines{}, steps))
		}
		if !slices.Equal(*called, test.want) {
			t.Errorf("EvalEvery %d, runs of %v steps: called at %v, want %v", test.every, test.runs, *called, test.want)
		}
		if a, b := weights(straight), weights(store); !slices.Equal(a, b) {
			t.Errorf("weights %v, without Each %v", b, a)
		}
		if a, b := without.Metric(TrainLoss).Points, trainer.Metric(TrainLoss).Points; !slices.Equal(a, b) {
			t.Errorf("losses %v, without Each %v", b, a)
		}
	}
	opt := options("")
	opt.EvalEvery = 4
	if _, err := New(engine(), lineStore(), line, opt); err == nil ||
		!strings.Contains(err.Error(), "neither Validation") {
		t.Errorf("nothing to do every 4 steps: %v", err)
	}
	opt.Each, _ = noting()
	must.M1(New(engine(), lineStore(), line, opt))
}

// Whatever stops a run in the middle of a call, the step before it is saved and the resumed run makes the call again; a
// run that goes on from an earlier checkpoint makes it with the same weights.
func TestEachAfterResume(t *testing.T) {
	straight := lineStore()
	must.M1(must.M1(New(engine(), straight, line, options(""))).Run(t.Context(), &lines{}, 10))
	broken := errors.New("no paper left")
	for _, at := range []int{0, 4, 8, 10} {
		for _, interrupt := range []bool{false, true} {
			opt := options(t.TempDir())
			ctx, cancel := context.WithCancel(t.Context())
			opt.EvalEvery, opt.Each = 4, func(step int) error {
				if step > 0 && must.M1(Load(lineStore(), opt.Dir)) != step {
					t.Errorf("at step %d there is no checkpoint of it", step)
				}
				switch {
				case step == at && interrupt:
					cancel()
					return ctx.Err()
				case step == at:
					return broken
				}
				return nil
			}
			trainer := must.M1(New(engine(), lineStore(), line, opt))
			if _, err := trainer.Run(ctx, &lines{}, 10); interrupt != errors.Is(err, context.Canceled) ||
				interrupt == errors.Is(err, broken) {
				t.Fatalf("stopped in the call at %d: %v", at, err)
			}
			each, called := noting()
			opt.Each = each
			resumed := lineStore()
			trainer = must.M1(New(engine(), resumed, line, opt))
			must.M1(trainer.Run(t.Context(), &lines{}, 10-trainer.Step()))
			want := []int{0, 4, 8, 10}
			if want = want[slices.Index(want, at):]; !slices.Equal(*called, want) {
				t.Errorf("stopped in the call at %d and resumed: called at %v, want %v", at, *called, want)
			}
			if a, b := weights(straight), weights(resumed); !slices.Equal(a, b) {
				t.Errorf("weights %v in one go, %v after a stop at %d", a, b, at)
			}
			cancel()
		}
	}
}

// The log of a run in pieces is that of one run, byte for byte apart from the speed.
func TestLogAfterResume(t *testing.T) {
	log := func(pieces ...int) string {
		opt := options(t.TempDir())
		opt.Validation, opt.EvalEvery = &lines{next: 1000, finite: 1002}, 4
		for _, steps := range pieces {
			must.M1(must.M1(New(engine(), lineStore(), line, opt)).Run(t.Context(), &lines{}, steps))
		}
		var out strings.Builder
		for row := range strings.Lines(string(must.M1(os.ReadFile(filepath.Join(opt.Dir, logFile))))) {
			cells := strings.Split(row, ",")
			out.WriteString(strings.Join(slices.Delete(cells, 3, 4), ",")) // tokens_per_second
		}
		return out.String()
	}
	one, two := log(12), log(4, 8)
	if one != two {
		t.Errorf("in one go\n%sand in two\n%s", one, two)
	}
	if !strings.HasPrefix(one, "step,train_loss,bias,learning_rate,gradient_norm,val_loss,val_bias\n1,") {
		t.Errorf("the columns are %.100s", one)
	}
}
