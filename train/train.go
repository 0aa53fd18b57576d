// Package train holds the one training loop of the course: every stage, from pretraining to PPO, is
// a [Stage] value that [Trainer.Run] learns.
//
// Start with [Stage], then read [Trainer.Run]. What is learned (the stage) and how (the [Options]) never
// mix. The step itself, gradients and metrics are GoMLX's trainer; this package adds the rules of
// the GPT papers: [AdamW] with decay on matrices only, [Schedule], clipping by the global norm,
// held-out evaluation, a log, and checkpoints from which a run goes on bit for bit.
//
// The same seed, data and program give the same weights, bit for bit, on the same machine and backend, in one run or
// resumed, on few or many of its processors; the tests hold that for XLA on the CPU and for pure Go. Another kind of
// processor adds up in another order, as wide as its vector instructions are, and another backend draws other random
// numbers: losses then agree to some digits, and what a small model knows at the end may differ visibly. A comparison
// that hangs on such a thing needs several seeds.
package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"gptbook/figures/curve"
)

// Options say how it is learned. The zero value of a field switches its feature off.
type Options struct {
	Optimizer  AdamW
	Schedule   Schedule
	Accumulate int      // batches that make one step, with the gradient of one batch of all; 0 is 1
	Backprop   Backprop // how the gradient is computed
	Devices    int      // that share each batch; 0 is 1

	Seed       int64           // of dropout; the data has its own
	Validation mltrain.Dataset // held-out batches; must end by itself
	EvalEvery  int             // steps between two evaluations; one is always made at the end of Run
	// what else is to be done at each evaluation and before the first step, see [Trainer.Run]
	Each func(step int) error

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
		return fmt.Errorf("a warm-up of %d steps leaves nothing of the schedule's %d",
			o.Schedule.Warmup, o.Schedule.Steps)
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
	count  *counter
	log    *curve.Recorder
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
	var err error
	if t.count, err = newCounter(backend, t.stage); err != nil {
		return err
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
// the step at which Run ends. It may measure whatever the weights in the store can do, but must not change them. Its
// error stops Run. The checkpoint of the step is written before, so nothing that was learned is lost; a run that is
// resumed there, or from an earlier checkpoint, makes the call again with the same step and the same weights: who keeps
// what was measured, in a [curve.Recorder] for example, skips the steps that it has.
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
		watch := &stepper{t: t, ctx: ctx, progress: progress, last: last, clock: time.Now()}
		err = t.feed(checked{ds, t.stage.Vocab}, steps, watch.onStep)
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

// feed makes steps on the batches of ds and calls onStep with what each of them found out.
func (t *Trainer) feed(ds mltrain.Dataset, steps int, onStep func(m measured) error) error {
	if steps < 1 {
		return nil
	}
	done, batches := 0, []mltrain.Batch(nil) // the batches of the step to come
	for batch, err := range ds.Iter() {
		if err != nil {
			return err
		}
		if batches = append(batches, batch); len(batches) < t.opt.Accumulate {
			continue
		}
		m, err := t.learn(batches)
		if err == nil {
			err = onStep(m)
		}
		if err != nil {
			return err
		}
		if done, batches = done+1, nil; done == steps {
			return nil
		}
	}
	n := t.opt.Accumulate
	return fmt.Errorf("%s ended after %d of %d batches", ds.Name(), done*n+len(batches), steps*n)
}

// learn makes one step on batches, which it frees.
func (t *Trainer) learn(batches []mltrain.Batch) (step measured, err error) {
	for _, batch := range batches {
		step.tokens += batch.Inputs[0].Shape().Size()
	}
	if len(batches) == 1 {
		one, err := t.runner.TrainStep(batches[0])
		one.tokens = step.tokens
		return one, err
	}
	counts, totals := make([][]float64, len(batches)), make([]float64, len(t.count.counts))
	for i, batch := range batches {
		if counts[i], err = t.count.of(batch); err != nil {
			return step, err
		}
		for k, n := range counts[i] {
			totals[k] += n
		}
	}
	metrics := make(means, len(t.stage.Metrics))
	for i, batch := range batches {
		weights := make([]float32, 1+len(t.stage.Terms))
		for k := range weights {
			if totals[k] > 0 { // 1 on average: the runner takes the mean over the batches
				weights[k] = float32(counts[i][k] * float64(len(batches)) / totals[k])
			}
		}
		batch.Labels = append(slices.Clip(batch.Labels), tensors.FromValue(weights))
		one, err := t.runner.TrainStep(batch)
		if err != nil {
			return step, err
		}
		step.loss, step.norm = step.loss+one.loss, one.norm
		metrics.add(one.metrics, counts[i][len(weights):])
	}
	step.loss /= float64(len(batches))
	for _, m := range metrics {
		step.metrics = append(step.metrics, m.value())
	}
	return step, nil
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
}

func (s *stepper) onStep(m measured) error {
	t := s.t
	if err := s.record(m); err != nil {
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

// record logs one finished step and evaluates where it is due.
func (s *stepper) record(m measured) error {
	t, step := s.t, s.t.Step()
	if bad := m.loss + m.norm; math.IsNaN(bad) || math.IsInf(bad, 0) {
		return fmt.Errorf("the loss is %g with a gradient of norm %g: try a lower learning rate or a longer warm-up", m.loss,
			m.norm)
	}
	t.log.Add(TrainLoss, "", step, m.loss)
	for i, metric := range t.stage.Metrics {
		t.log.Add(metric.Name, "", step, m.metrics[i])
	}
	t.log.Add(TokensPerSecond, "", step, float64(m.tokens)/time.Since(s.clock).Seconds())
	t.log.Add(LearningRate, "", step, t.opt.Schedule.Rate(t.opt.Optimizer.LearningRate, step))
	t.log.Add(GradientNorm, "", step, m.norm)
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
