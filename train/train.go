// Package train holds the one training loop of the course: every stage, from pretraining to PPO, is
// a [Stage] value that [Trainer.Run] learns.
//
// Start with [Stage], then read [Trainer.Run]. What is learned (the stage) and how (the [Options]) never
// mix. The step itself, gradients and metrics are GoMLX's trainer; this package adds the rules of
// the GPT papers: [AdamW] with decay on matrices only, [Schedule], clipping by the global norm,
// held-out evaluation, a log, and checkpoints from which a run goes on bit for bit.
package train

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"gptbook/figures/curve"
)

// Stage says what is learned.
type Stage struct {
	Name    string          // "pretrain", "sft", "reward": also the curve's name
	Unit    string          // unit of the loss, for the plot: "nats/token"
	Model   mltrain.ModelFn // graph from inputs to predictions
	Loss    loss.LossFn     // graph from labels and predictions to [B] or a scalar
	Metrics []Metric        // further quantities to log beside the loss; may be empty
	Layers  *Layers         // the model once more, as a pile of layers, if it is one
	Vocab   int             // if not 0, a batch's first input is token ids, which are below it
}

// Metric is a scalar that is measured at every training step and averaged over the validation set.
type Metric struct {
	Name  string // also the column of the log
	Graph func(labels, predictions []*graph.Node) *graph.Node
}

// Options say how it is learned. The zero value of a field switches its feature off.
type Options struct {
	Optimizer  AdamW
	Schedule   Schedule
	Accumulate int      // batches whose gradients are averaged for one step; 0 is 1
	Backprop   Backprop // how the gradient is computed
	Devices    int      // that share each batch; 0 is 1

	Seed       int64                // of dropout; the data has its own
	Validation mltrain.Dataset      // held-out batches; must end by itself
	EvalEvery  int                  // steps between two evaluations; one is always made at the end of Run
	Each       func(step int) error // what else is to be done at each evaluation and before the first step, see [Trainer.Run]

	Dir       string // where checkpoints and metrics.csv go; a checkpoint found there is resumed
	SaveEvery int    // steps between two checkpoints; one is always written at the end of Run

	Quiet bool // neither bar nor live curve: for callers of many short Runs, such as PPO, who show their own
}

// Validate says what cannot be trained with.
func (o Options) Validate() error {
	switch {
	case !(o.Optimizer.LearningRate > 0):
		return fmt.Errorf("LearningRate is %g, want more than 0", o.Optimizer.LearningRate)
	case o.Schedule.Steps > 0 && o.Schedule.Warmup >= o.Schedule.Steps:
		return fmt.Errorf("a warm-up of %d steps leaves nothing of the schedule's %d", o.Schedule.Warmup, o.Schedule.Steps)
	case o.Devices < 0:
		return fmt.Errorf("Devices is %d, want 1 or more", o.Devices)
	case o.EvalEvery > 0 && o.Validation == nil && o.Each == nil:
		return errors.New("EvalEvery is set but there is neither Validation data nor a function for Each")
	case o.SaveEvery > 0 && o.Dir == "":
		return errors.New("SaveEvery is set but there is no Dir to save in")
	}
	return nil
}

// Trainer runs a stage. It is not safe for concurrent use.
type Trainer struct {
	stage  Stage
	opt    Options
	runner runner
	how    string // of the runner, for people
	store  *model.Store
	rate   *model.Variable
	saver  *saver
	log    *curve.Recorder
	ids    int // in the first inputs of the current step's batches
	called int // the step that Options.Each was last called at, or -1

	live LiveChart // in a notebook: the curve of all Runs, and the line of text below it
	line string
}

// New prepares a stage. The weights live in store, which must hold them already (gpt.Init, or a former
// stage), so the next stage goes on from them. If opt.Dir holds a checkpoint, weights, optimizer, step
// and random state continue from there; otherwise the optimizer starts anew.
func New(backend compute.Backend, store *model.Store, stage Stage, opt Options) (*Trainer, error) {
	opt.Accumulate = max(1, opt.Accumulate)
	t := &Trainer{stage: stage, opt: opt, store: store, log: new(curve.Recorder), called: -1}
	err := opt.Validate()
	if err == nil {
		err = t.start(backend)
	}
	if err != nil {
		return nil, fmt.Errorf("train: stage %q: %w", stage.Name, err)
	}
	return t, nil
}

func (t *Trainer) start(backend compute.Backend) error {
	if err := forgetOptimizer(t.store); err != nil {
		return err
	}
	if err := t.store.SetRNGStateFromSeed(t.opt.Seed); err != nil {
		return err
	}
	if t.opt.Dir != "" {
		if err := t.resume(); err != nil {
			return err
		}
	}
	if err := t.chooseRunner(backend); err != nil {
		return err
	}
	t.rate = optimizer.LearningRateVar(t.store.RootScope(), dtypes.Float32, t.opt.Optimizer.LearningRate)
	return nil
}

// Step is the number of optimizer steps done, those before a resume included.
func (t *Trainer) Step() int { return int(optimizer.GetGlobalStep(t.store)) }

// Run makes steps updates on batches of ds and logs the loss of each. Called again with batches of
// the same shape it does not recompile: PPO calls it once per rollout. If ds has a Seek method, as the
// batches of datasets/corpus do, it is set to the first batch not yet seen.
//
// When ctx ends, Run saves and returns ctx.Err(). A loss or gradient that is not finite stops it with
// the step and the last good checkpoint. The returned curves are those of [Trainer.Curves].
//
// Options.Each is called with the number of steps done: 0 before the first step, then every multiple of EvalEvery, and
// the step at which Run ends. It may measure whatever the weights in the store can do, but must not change them. Its error
// stops Run. The checkpoint of the step is written before, so nothing that was learned is lost; a run that is resumed
// there, or from an earlier checkpoint, makes the call again with the same step and the same weights: who keeps what was
// measured, in a [curve.Recorder] for example, skips the steps that it has.
func (t *Trainer) Run(ctx context.Context, ds mltrain.Dataset, steps int) ([]curve.Curve, error) {
	if seeker, ok := ds.(interface{ Seek(batch int) }); ok {
		seeker.Seek(t.Step() * t.opt.Accumulate)
	}
	last := t.Step() + steps
	progress := newProgress(t, last)
	defer progress.close()
	err := t.each(last)
	if err == nil {
		err = t.setRate()
	}
	if err == nil {
		t.ids = 0
		watch := &stepper{t: t, ctx: ctx, progress: progress, last: last, clock: time.Now()}
		err = t.feed(checked{ds, t.stage.Vocab}, steps*t.opt.Accumulate, watch.onStep)
	}
	if err == nil || ctx.Err() != nil && errors.Is(err, ctx.Err()) { // not after a step that failed, interrupted or not
		err = errors.Join(err, t.save())
	}
	if err == nil {
		err = t.each(last)
	}
	if err != nil {
		return t.Curves(), t.fail(err)
	}
	return t.Curves(), nil
}

// feed has the runner learn from a number of batches and calls onStep with what it measured of each.
func (t *Trainer) feed(ds mltrain.Dataset, batches int, onStep func(values []*tensors.Tensor) error) error {
	if batches < 1 {
		return nil
	}
	done := 0
	for batch, err := range ds.Iter() {
		var values []*tensors.Tensor
		if err == nil {
			if len(batch.Inputs) > 0 {
				t.ids += batch.Inputs[0].Shape().Size()
			}
			values, err = t.runner.TrainStep(batch)
		}
		if err == nil {
			err = onStep(values)
		}
		if err != nil {
			return err
		}
		free(values)
		if done++; done == batches {
			return nil
		}
	}
	return fmt.Errorf("%s ended after %d of %d batches", ds.Name(), done, batches)
}

// each calls Options.Each if that is due in a Run that ends at step last.
func (t *Trainer) each(last int) error {
	step := t.Step()
	if !t.eachDue(step, last) {
		return nil
	}
	if err := t.opt.Each(step); err != nil {
		return err
	}
	t.called = step
	return nil
}

func (t *Trainer) eachDue(step, last int) bool {
	return t.opt.Each != nil && step != t.called && (step == 0 || step == last || every(t.opt.EvalEvery, step))
}

// every says whether step is a multiple of n; 0 has none.
func every(n, step int) bool { return n > 0 && step%n == 0 }

// fail wraps an error with the stage, the step and the checkpoint to go back to.
func (t *Trainer) fail(err error) error {
	saved := ""
	if t.saver != nil && t.saver.last != "" {
		saved = fmt.Sprintf(" (last good checkpoint: %s)", t.saver.last)
	}
	return fmt.Errorf("train: stage %q at step %d: %w%s", t.stage.Name, t.Step(), err, saved)
}

// setRate hands the optimizer the learning rate of the step to come. The schedule is plain Go, computed on the host.
func (t *Trainer) setRate() error {
	rate := t.opt.Schedule.Rate(t.opt.Optimizer.LearningRate, t.Step()+1)
	return t.rate.SetValue(tensors.FromScalar(float32(rate)))
}

// stepper is what happens after each training step of one Run.
type stepper struct {
	t        *Trainer
	ctx      context.Context
	progress *progress
	last     int       // the step at which Run ends
	clock    time.Time // when the step began
	batches  int       // accumulated so far in this step
	sums     []float64 // of their measurements
}

func (s *stepper) onStep(values []*tensors.Tensor) error {
	t := s.t
	if s.batches == 0 {
		s.sums = make([]float64, len(values))
	}
	s.batches++
	for i, v := range values {
		s.sums[i] += scalar(v)
	}
	if s.batches < t.opt.Accumulate {
		return nil
	}
	s.batches = 0
	if err := s.record(scalar(values[2])); err != nil {
		return err
	}
	step := t.Step()
	if step != s.last && (every(t.opt.SaveEvery, step) || t.eachDue(step, s.last)) { // Run sees to the last one
		if err := t.save(); err != nil {
			return err
		}
	}
	err := s.ctx.Err()
	if err == nil && step != s.last {
		err = t.each(s.last)
	}
	s.clock = time.Now()
	return errors.Join(err, t.setRate())
}

// record logs one finished step and evaluates where it is due. norm is the global norm of the gradient.
func (s *stepper) record(norm float64) error {
	t, step := s.t, s.t.Step()
	mean := func(i int) float64 { return s.sums[i] / float64(t.opt.Accumulate) }
	if bad := mean(0) + norm; math.IsNaN(bad) || math.IsInf(bad, 0) {
		return fmt.Errorf("the loss is %g with a gradient of norm %g: try a lower learning rate or a longer warm-up", mean(0), norm)
	}
	t.log.Add(TrainLoss, "", step, mean(0)) // values[1] is GoMLX's moving average of it
	for i, m := range t.stage.Metrics {
		t.log.Add(m.Name, "", step, mean(3+i))
	}
	t.log.Add(TokensPerSecond, "", step, float64(t.ids)/time.Since(s.clock).Seconds())
	t.ids = 0
	t.log.Add(LearningRate, "", step, t.opt.Schedule.Rate(t.opt.Optimizer.LearningRate, step))
	t.log.Add(GradientNorm, "", step, norm)
	if t.opt.Validation != nil && (step == s.last || every(t.opt.EvalEvery, step)) {
		loss, metrics, err := t.Evaluate(t.opt.Validation)
		if err != nil {
			return err
		}
		t.log.Add(ValidationLoss, "", step, loss)
		for i, m := range t.stage.Metrics {
			t.log.Add(ValidationPrefix+m.Name, "", step, metrics[i])
		}
	}
	s.progress.show(step)
	return nil
}

func scalar(t *tensors.Tensor) float64 { return shapes.ConvertTo[float64](t.Value()) }

// Evaluate returns the mean loss over ds and the mean of each of the stage's metrics. Nothing is learned.
func (t *Trainer) Evaluate(ds mltrain.Dataset) (loss float64, metrics []float64, err error) {
	values, err := t.runner.Eval(checked{ds, t.stage.Vocab})
	if err != nil {
		return 0, nil, fmt.Errorf("train: evaluating stage %q: %w", t.stage.Name, err)
	}
	for _, v := range values[1:] {
		metrics = append(metrics, scalar(v))
	}
	return scalar(values[0]), metrics, nil
}

// checked is a dataset that refuses a batch with a token outside of the vocabulary: backends read another token's weights for it, and
// as a label it costs nothing.
type checked struct {
	mltrain.Dataset
	vocab int // 0: the first input is no ids
}

// Iter implements [mltrain.Dataset].
func (c checked) Iter() iter.Seq2[mltrain.Batch, error] {
	return func(yield func(mltrain.Batch, error) bool) {
		for batch, err := range c.Dataset.Iter() {
			if err == nil && c.vocab > 0 {
				err = c.check(batch.Inputs[0])
			}
			if !yield(batch, err) {
				return
			}
		}
	}
}

func (c checked) check(ids *tensors.Tensor) (err error) {
	bad := func(id int32) bool { return id < 0 || int(id) >= c.vocab }
	failed := tensors.ConstFlatData(ids, func(flat []int32) {
		if i := slices.IndexFunc(flat, bad); i >= 0 {
			err = fmt.Errorf("a batch of %s holds token %d, outside the model's vocabulary of %d: was it made with another tokenizer?",
				c.Name(), flat[i], c.vocab)
		}
	})
	return cmp.Or(failed, err)
}
