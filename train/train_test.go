package train

import (
	"context"
	"errors"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"
	"github.com/janpfeifer/must"

	"gptbook/internal/backend"
)

var engine = sync.OnceValue(func() compute.Backend { return must.M1(backend.New("")) })

// lines is the task of the tests: learn y = 2x₁ - x₂ + 1 from batches that depend on their number only.
type lines struct {
	next   int
	finite int // number of batches, 0 for no end
	poison int // number of the batch that holds a NaN
}

func (l *lines) Name() string   { return "lines" }
func (l *lines) Seek(batch int) { l.next = batch }

func batchOf(x [][]float32, y []float32) mltrain.Batch {
	return mltrain.Batch{
		Inputs: []*tensors.Tensor{tensors.FromValue(x)}, Labels: []*tensors.Tensor{tensors.FromValue(y)},
	}
}

func (l *lines) Iter() iter.Seq2[mltrain.Batch, error] {
	return func(yield func(mltrain.Batch, error) bool) {
		for n := l.next; l.finite == 0 || n < l.finite; n++ {
			x, y := make([][]float32, 4), make([]float32, 4)
			for i := range x {
				a, b := float32(math.Sin(float64(5*n+i))), float32(math.Cos(float64(7*n+3*i)))
				if l.poison > 0 && n == l.poison {
					a = float32(math.NaN())
				}
				x[i], y[i] = []float32{a, b}, 2*a-b+1
			}
			if !yield(mltrain.Batch{Inputs: []*tensors.Tensor{tensors.FromValue(x)},
				Labels: []*tensors.Tensor{tensors.FromValue(y)}}, nil) {
				return
			}
		}
	}
}

// line is the stage: a matrix, a bias, and dropout, so that the random state matters too.
var line = Stage{
	Name: "line", Unit: "squared error",
	Model: func(scope *model.Scope, _ any, inputs []*graph.Node) []*graph.Node {
		return linear(scope, layers.DropoutStatic(scope, inputs[0], 0.1))
	},
	Loss: func(labels, predictions []*graph.Node) *graph.Node {
		return graph.Square(graph.Sub(predictions[0], labels[0]))
	},
	Metrics: []Metric{{Name: "bias", Graph: func(labels, predictions []*graph.Node) *graph.Node {
		return graph.ReduceAllMean(graph.Sub(predictions[0], labels[0]))
	}}},
}

func linear(scope *model.Scope, x *graph.Node) []*graph.Node {
	w, b := scope.GetVariable("w").NodeValue(x), scope.GetVariable("b").NodeValue(x)
	return []*graph.Node{graph.Add(graph.Squeeze(graph.DotProduct(x, w), -1), b)}
}

func lineStore() *model.Store {
	store := model.NewStore()
	must.M1(store.CreateVariable("/w", tensors.FromValue([][]float32{{0.5}, {0.25}})))
	must.M1(store.CreateVariable("/b", tensors.FromValue(float32(0))))
	return store
}

func weights(store *model.Store) []float32 {
	w := tensors.MustCopyFlatData[float32](must.M1(store.GetVariable("/w").Value()))
	return append(w, tensors.ToScalar[float32](must.M1(store.GetVariable("/b").Value())))
}

func options(dir string) Options {
	return Options{Optimizer: GPT3AdamW(0.05), Schedule: Schedule{Warmup: 3, Steps: 40, Floor: 0.1}, Seed: 7, Dir: dir}
}

// The golden trace of torch.optim.AdamW, with three prescribed gradients.
func TestAdamWEqualsTorch(t *testing.T) {
	store := model.NewStore()
	must.M1(store.CreateVariable("/w", tensors.FromValue([][]float64{{1, -2, .5}})))
	exec := must.M1(model.NewExec(engine(), store, func(scope *model.Scope, grad *graph.Node) *graph.Node {
		w := store.GetVariable("/w").NodeValue(grad)
		opt := AdamW{LearningRate: .1, Beta1: .9, Beta2: .95, Epsilon: 1e-8, WeightDecay: .1}
		opt.graph().UpdateGraph(scope, grad.Graph(), graph.ReduceAllSum(graph.Mul(w, grad)))
		return store.GetVariable("/w").NodeValue(grad)
	}))
	for i, step := range []struct{ grad, want [3]float64 }{
		{[3]float64{.1, -.2, .3}, [3]float64{.89000001, -1.880000005, .3950000033}},
		{[3]float64{0, .4, -.1}, [3]float64{.8132352449, -1.8975373989, .3506193349}},
		{[3]float64{.5, .1, .2}, [3]float64{.733957167, -1.9202890617, .2862661801}},
	} {
		got := must.M1(exec.Call1([][]float64{step.grad[:]})).Value().([][]float64)[0]
		for j, want := range step.want {
			if math.Abs(got[j]-want) > 1e-9 {
				t.Errorf("step %d: w[%d] is %.10f, want %.10f", i+1, j, got[j], want)
			}
		}
	}
}

// Clipping scales the whole gradient, and vectors do not decay.
func TestClipAndDecay(t *testing.T) {
	for _, tc := range []struct {
		opt  AdamW
		grad []float64
	}{
		{AdamW{LearningRate: 1, Epsilon: 1, Clip: 5}, []float64{30, 40}}, // clipped to (3, 4)
		{AdamW{LearningRate: 1, Epsilon: 1, WeightDecay: .5}, []float64{3, 4}},
	} {
		store := model.NewStore()
		must.M1(store.CreateVariable("/w", tensors.FromValue([]float64{10, 10})))
		// With β₁ = β₂ = 0 the step is g/(|g|+1): 3/4 and 4/5.
		got := must.M1(model.CallOnce(engine(), store, func(scope *model.Scope, grad *graph.Node) *graph.Node {
			w := store.GetVariable("/w").NodeValue(grad)
			tc.opt.graph().UpdateGraph(scope, grad.Graph(), graph.ReduceAllSum(graph.Mul(w, grad)))
			return store.GetVariable("/w").NodeValue(grad)
		}, tc.grad)).Value().([]float64)
		for i, want := range []float64{10 - 3./4, 10 - 4./5} {
			if math.Abs(got[i]-want) > 1e-6 {
				t.Errorf("%+v: w[%d] is %v, want %v", tc.opt, i, got[i], want)
			}
		}
	}
}

// GPT-3's schedule, in millions of tokens (Brown et al. 2020, appendix B).
func TestScheduleEqualsGPT3(t *testing.T) {
	s := Schedule{Warmup: 375, Steps: 260_000, Floor: 0.1}
	for step, want := range map[int]float64{
		1: 1.6e-6, 375: 6e-4, 100_000: 4.26447904828698e-4, 260_000: 6e-5, 300_000: 6e-5,
	} {
		if got := s.Rate(6e-4, step); math.Abs(got-want) > 1e-15 {
			t.Errorf("rate at %dM tokens is %v, want %v", step, got, want)
		}
	}
	if got := (Schedule{}).Rate(0.5, 1000); got != 0.5 {
		t.Errorf("the zero schedule gives %v, want the peak", got)
	}
}

func TestRunLearnsAndLogs(t *testing.T) {
	dir := t.TempDir()
	opt := options(dir)
	opt.Schedule.Steps, opt.Optimizer.WeightDecay = 300, 0
	opt.Validation, opt.EvalEvery, opt.SaveEvery = &lines{next: 1000, finite: 1002}, 50, 100
	store := lineStore()
	trainer := must.M1(New(engine(), store, line, opt))
	before, _, err := trainer.Evaluate(opt.Validation)
	must.M(err)
	curves := must.M1(trainer.Run(t.Context(), &lines{}, 300))
	if got := weights(store); math.Abs(float64(got[2]-1)) > 0.1 {
		t.Errorf("learned %v, want a bias near 1", got)
	}
	if n := len(curves[0].Points); n != 300 || len(curves[1].Points) != 6 {
		t.Errorf("%d training and %d validation points, want 300 and 6", n, len(curves[1].Points))
	}
	if end := curves[1].Last(); end > before/10 {
		t.Errorf("validation loss went from %g to %g", before, end)
	}
	csv := string(must.M1(os.ReadFile(filepath.Join(dir, "metrics.csv"))))
	columns := []string{"step", TrainLoss, ValidationLoss, TokensPerSecond, GradientNorm, "bias", "val_bias"}
	for _, column := range columns {
		if !strings.Contains(strings.SplitN(csv, "\n", 2)[0], column) {
			t.Errorf("metrics.csv has no column %s: %.80s", column, csv)
		}
	}
	if files := must.M1(filepath.Glob(filepath.Join(dir, "*"))); len(files) != 3 {
		t.Errorf("the folder holds %v, want the log and one checkpoint", files)
	}
}

// 2N steps, and N steps + resume in a new store + N steps, must give the same bits.
func TestResumeIsBitEqual(t *testing.T) {
	for _, accumulate := range []int{1, 3} {
		straight := lineStore()
		opt := options("")
		opt.Accumulate = accumulate
		must.M1(must.M1(New(engine(), straight, line, opt)).Run(t.Context(), &lines{}, 20))

		opt.Dir = t.TempDir()
		must.M1(must.M1(New(engine(), lineStore(), line, opt)).Run(t.Context(), &lines{}, 10))
		resumed := lineStore()
		trainer := must.M1(New(engine(), resumed, line, opt))
		if trainer.Step() != 10 {
			t.Fatalf("resumed at step %d, want 10", trainer.Step())
		}
		curves := must.M1(trainer.Run(t.Context(), &lines{}, 10))
		if a, b := weights(straight), weights(resumed); !slices.Equal(a, b) {
			t.Errorf("accumulate %d: weights %v in one go, %v with a resume", accumulate, a, b)
		}
		if n := len(curves[0].Points); n != 20 {
			t.Errorf("accumulate %d: the resumed curve has %d points, want 20", accumulate, n)
		}
	}
}

// A step on one batch is GoMLX's, bit for bit: what counts in the batch changes nothing, it is divided by once already.
func TestStepEqualsGoMLX(t *testing.T) {
	stage, opt := line, options("")
	stage.Count = func(labels []*graph.Node) *graph.Node { return graph.ReduceAllSum(graph.Abs(labels[0])) }
	opt.Schedule = Schedule{}
	ours, theirs := lineStore(), lineStore()
	must.M1(must.M1(New(engine(), ours, stage, opt)).Run(t.Context(), &lines{}, 8))
	must.M(theirs.SetRNGStateFromSeed(opt.Seed))
	trainer := mltrain.NewTrainer(engine(), theirs, line.Model, line.Loss, opt.Optimizer.graph(), nil, nil)
	steps := 0
	for batch := range (&lines{}).Iter() {
		must.M1(trainer.TrainStep(batch))
		if steps++; steps == 8 {
			break
		}
	}
	if a, b := weights(ours), weights(theirs); !slices.Equal(a, b) {
		t.Errorf("weights %v, GoMLX's trainer has %v", a, b)
	}
}

// Several Runs of one trainer are one training.
func TestRunInPieces(t *testing.T) {
	one, two := lineStore(), lineStore()
	must.M1(must.M1(New(engine(), one, line, options(""))).Run(t.Context(), &lines{}, 12))
	trainer := must.M1(New(engine(), two, line, options("")))
	for range 4 {
		must.M1(trainer.Run(t.Context(), &lines{}, 3))
	}
	if a, b := weights(one), weights(two); !slices.Equal(a, b) {
		t.Errorf("weights %v in one run, %v in four", a, b)
	}
}

// Averaging the gradients of two batches is the gradient of one batch of both.
func TestAccumulateEqualsLargerBatch(t *testing.T) {
	stage := line
	stage.Model = func(scope *model.Scope, _ any, inputs []*graph.Node) []*graph.Node {
		return linear(scope, inputs[0])
	}
	small, large := lineStore(), lineStore()
	opt := options("")
	must.M1(must.M1(New(engine(), large, stage, opt)).Run(t.Context(), doubled{&lines{}}, 8))
	opt.Accumulate = 2
	must.M1(must.M1(New(engine(), small, stage, opt)).Run(t.Context(), &lines{}, 8))
	for i, a := range weights(small) {
		if b := weights(large)[i]; math.Abs(float64(a-b)) > 1e-5 {
			t.Errorf("weight %d is %v accumulated and %v in one batch", i, a, b)
		}
	}
}

// doubled joins two batches of lines to one.
type doubled struct{ *lines }

func (d doubled) Iter() iter.Seq2[mltrain.Batch, error] {
	return func(yield func(mltrain.Batch, error) bool) {
		next, stop := iter.Pull2(d.lines.Iter())
		defer stop()
		for {
			a, _, _ := next()
			b, _, _ := next()
			x := append(a.Inputs[0].Value().([][]float32), b.Inputs[0].Value().([][]float32)...)
			y := append(a.Labels[0].Value().([]float32), b.Labels[0].Value().([]float32)...)
			if !yield(mltrain.Batch{Inputs: []*tensors.Tensor{tensors.FromValue(x)},
				Labels: []*tensors.Tensor{tensors.FromValue(y)}}, nil) {
				return
			}
		}
	}
}

func (d doubled) Seek(batch int) { d.lines.Seek(2 * batch) }

func TestNaNStopsWithTheLastGoodCheckpoint(t *testing.T) {
	opt := options(t.TempDir())
	opt.SaveEvery = 4
	trainer := must.M1(New(engine(), lineStore(), line, opt))
	_, err := trainer.Run(t.Context(), &lines{poison: 9}, 20)
	if err == nil || !strings.Contains(err.Error(), "step-00000008") ||
		!strings.Contains(err.Error(), `stage "line" at step 10`) {
		t.Fatalf("error is %v", err)
	}
	store := lineStore()
	if step := must.M1(Load(store, opt.Dir)); step != 8 {
		t.Errorf("loaded step %d, want 8", step)
	}
	for _, w := range weights(store) {
		if math.IsNaN(float64(w)) {
			t.Errorf("the good checkpoint holds a NaN")
		}
	}
}

// An interrupt saves, and the resumed run ends where an uninterrupted one would have.
func TestInterruptSaves(t *testing.T) {
	straight := lineStore()
	must.M1(must.M1(New(engine(), straight, line, options(""))).Run(t.Context(), &lines{}, 12))

	opt := options(t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	opt.Validation, opt.EvalEvery = interrupter{&lines{next: 50, finite: 51}, func() {
		if calls++; calls == 5 {
			cancel()
		}
	}}, 1
	_, err := must.M1(New(engine(), lineStore(), line, opt)).Run(ctx, &lines{}, 12)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error is %v, want context.Canceled", err)
	}
	resumed := lineStore()
	opt.Validation, opt.EvalEvery = nil, 0
	trainer := must.M1(New(engine(), resumed, line, opt))
	if trainer.Step() != 5 {
		t.Fatalf("saved at step %d, want 5", trainer.Step())
	}
	must.M1(trainer.Run(t.Context(), &lines{}, 12-trainer.Step()))
	if a, b := weights(straight), weights(resumed); !slices.Equal(a, b) {
		t.Errorf("weights %v uninterrupted, %v interrupted", a, b)
	}
}

// A step that fails while an interrupt is under way is told, and its weights do not replace the good ones.
func TestInterruptHidesNoFailure(t *testing.T) {
	opt := options(t.TempDir())
	opt.SaveEvery = 4
	ctx, cancel := context.WithCancel(t.Context())
	_, err := must.M1(New(engine(), lineStore(), line, opt)).Run(ctx, interrupter{&lines{poison: 9}, cancel}, 4)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error is %v, want context.Canceled", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	opt.Accumulate = 9 // the poisoned batch is in the step that the interrupt lets end
	trainer := must.M1(New(engine(), lineStore(), line, opt))
	_, err = trainer.Run(ctx, interrupter{&lines{poison: 9}, cancel}, 4)
	if err == nil || errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "NaN") {
		t.Errorf("error is %v, want one about NaN", err)
	}
	if step := must.M1(Load(lineStore(), opt.Dir)); step != 1 {
		t.Errorf("the checkpoint is of step %d, want 1", step)
	}
}

// What a process that was killed in the middle of a save has left behind is in nobody's way.
func TestKilledSave(t *testing.T) {
	opt := options(filepath.Join(t.TempDir(), "a [b]*")) // no pattern
	must.M1(must.M1(New(engine(), lineStore(), line, opt)).Run(t.Context(), &lines{}, 3))
	saving := filepath.Join(opt.Dir, ".saving")
	later := options(t.TempDir())
	must.M1(must.M1(New(engine(), lineStore(), line, later)).Run(t.Context(), &lines{}, 7))
	for name, rest := range map[string]func(){
		"half": func() {
			must.M(os.WriteFile(filepath.Join(saving, "checkpoint-n0000001-x.json"), nil, 0o644))
			must.M(os.WriteFile(filepath.Join(saving, "checkpoint-n0000001-x.bin"), []byte{1, 2, 3}, 0o644))
		},
		"whole, of another step": func() { must.M(os.CopyFS(saving, os.DirFS(later.Dir))) },
	} {
		must.M(os.MkdirAll(saving, 0o755))
		rest()
		trainer, err := New(engine(), lineStore(), line, opt)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if trainer.Step() != 3 {
			t.Errorf("%s: resumed at step %d, want 3", name, trainer.Step())
		}
	}
}

// A file that is shorter than the variables, as a full disk leaves it, does not replace a checkpoint.
func TestShortCheckpoint(t *testing.T) {
	store, dir := lineStore(), t.TempDir()
	saver := must.M1(newSaver(store, dir))
	tmp := saver.handler.Dir()
	must.M(saver.handler.Save())
	written := must.M1(saver.complete(tmp))
	if filepath.Ext(written[0]) != ".bin" {
		t.Fatalf("%s would come first: GoMLX would find the .json without its data", written[0])
	}
	must.M(os.Truncate(written[0], must.M1(os.Stat(written[0])).Size()-1))
	if _, err := saver.complete(tmp); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("a byte is missing: %v", err)
	}
	must.M(os.Remove(written[1]))
	if _, err := saver.complete(tmp); err == nil {
		t.Error("a file is missing, and nobody noticed")
	}
}

// interrupter calls a function whenever it is read.
type interrupter struct {
	*lines
	call func()
}

func (i interrupter) Iter() iter.Seq2[mltrain.Batch, error] { i.call(); return i.lines.Iter() }

func TestBadInputIsAnswered(t *testing.T) {
	bad := options("")
	bad.Optimizer.LearningRate = 0
	if _, err := New(engine(), lineStore(), line, bad); err == nil ||
		!strings.Contains(err.Error(), `stage "line": LearningRate is 0`) {
		t.Errorf("no learning rate: %v", err)
	}
	if _, err := Load(model.NewStore(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "no checkpoint") {
		t.Errorf("empty folder: %v", err)
	}
	opt := options(t.TempDir())
	must.M1(must.M1(New(engine(), lineStore(), line, opt)).Run(t.Context(), &lines{}, 2))
	other := lineStore()
	must.M1(other.CreateVariable("/more", tensors.FromValue(float32(1))))
	if _, err := New(engine(), other, line, opt); err == nil || !strings.Contains(err.Error(), "/more") {
		t.Errorf("missing weight: %v", err)
	}
	wrong := model.NewStore()
	must.M1(wrong.CreateVariable("/w", tensors.FromValue([][]float32{{1}})))
	if _, err := Load(wrong, opt.Dir); err == nil || !strings.Contains(err.Error(), "/w") {
		t.Errorf("wrong shape: %v", err)
	}
	bin := must.M1(filepath.Glob(filepath.Join(opt.Dir, "*.bin")))[0]
	must.M(os.Truncate(bin, 3))
	if _, err := Load(lineStore(), opt.Dir); err == nil || !strings.Contains(err.Error(), opt.Dir) {
		t.Errorf("truncated: %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	must.M(os.WriteFile(file, nil, 0o644))
	if _, err := New(engine(), lineStore(), line, options(file)); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("a file for a folder: %v", err)
	}
}

// The next stage starts its optimizer anew on the weights of the last.
func TestNextStageKeepsWeightsOnly(t *testing.T) {
	store := lineStore()
	must.M1(must.M1(New(engine(), store, line, options(""))).Run(t.Context(), &lines{}, 5))
	learned := weights(store)
	trainer := must.M1(New(engine(), store, line, options("")))
	if trainer.Step() != 0 || !slices.Equal(weights(store), learned) {
		t.Errorf("the next stage starts at step %d from %v, want 0 and %v", trainer.Step(), weights(store), learned)
	}
}
