package train

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/checkpoint"
	mltrain "github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"gptbook/figures/curve"
)

// saver writes checkpoints with GoMLX's handler into a folder of its own and moves them from there, so that
// a full disk or a killed process never leaves half a checkpoint under a good name.
type saver struct {
	dir, last string
	store     *model.Store
	handler   *checkpoint.Handler
}

func newSaver(store *model.Store, dir string) (*saver, error) {
	tmp := filepath.Join(dir, ".saving")
	err := os.RemoveAll(tmp) // of a killed process: GoMLX would take its rest for a checkpoint to load
	var handler *checkpoint.Handler
	if err == nil {
		handler, err = checkpoint.Build(store).Dir(tmp).Keep(-1).WithCompression(checkpoint.BinUncompressed).Done()
	}
	if err != nil {
		return nil, fmt.Errorf("cannot write checkpoints to %s: %w", dir, err)
	}
	return &saver{dir: dir, store: store, handler: handler}, nil
}

// save writes the store as the checkpoint of that step and removes the older ones.
func (s *saver) save(step int) (err error) {
	tmp := s.handler.Dir()
	defer os.RemoveAll(tmp)
	if err := os.MkdirAll(tmp, 0o755); err != nil {
		return err
	}
	err = s.handler.Save()
	var written []string
	if err == nil {
		written, err = s.complete(tmp)
	}
	if err != nil {
		return fmt.Errorf("cannot save a checkpoint to %s: %w", s.dir, err)
	}
	older, err := checkpointFiles(s.dir)
	if err != nil {
		return err
	}
	name := filepath.Join(s.dir, fmt.Sprintf("checkpoint-n%07d-step-%08d", step, step))
	for _, from := range written {
		if err := os.Rename(from, name+filepath.Ext(from)); err != nil {
			return err
		}
	}
	for _, old := range slices.Backward(older) { // .json before .bin
		if !strings.HasPrefix(old, name) {
			err = errors.Join(err, os.Remove(old))
		}
	}
	s.last = name + ".json"
	return err
}

// complete returns the two files that GoMLX wrote to tmp once they are on the disk: .bin before .json, by which GoMLX
// finds a checkpoint. GoMLX does not report a variable that it could not write: the size of the .bin tells.
func (s *saver) complete(tmp string) ([]string, error) {
	written, err := checkpointFiles(tmp)
	if err != nil {
		return nil, err
	}
	if len(written) != 2 {
		return nil, fmt.Errorf("%d files were written, want 2", len(written))
	}
	want := int64(0)
	for v := range s.store.IterVariables() {
		want += v.Shape().ByteSize()
	}
	if info, err := os.Stat(written[0]); err != nil || info.Size() != want {
		return nil, cmp.Or(err, fmt.Errorf("not all of its %d bytes were written; is the disk full?", want))
	}
	for _, path := range written {
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return nil, err
		}
		if err := cmp.Or(file.Sync(), file.Close()); err != nil {
			return nil, err
		}
	}
	return written, nil
}

// checkpointFiles returns the paths of the files of checkpoints in dir, in order. (To [filepath.Glob] a folder
// called "a [b]" would be a pattern.)
func checkpointFiles(dir string) (paths []string, err error) {
	entries, err := os.ReadDir(dir)
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), "checkpoint-") {
			paths = append(paths, filepath.Join(dir, entry.Name()))
		}
	}
	return paths, err
}

// HasCheckpoint says whether dir holds a checkpoint that [Load] can read.
func HasCheckpoint(dir string) bool {
	found, _ := checkpointFiles(dir)
	return slices.ContainsFunc(found, func(path string) bool { return filepath.Ext(path) == ".json" })
}

// Load fills the weights of store from the newest checkpoint of a stage in dir. What training kept
// beside them, such as the optimizer's moments, stays behind. A store without weights takes all of
// the checkpoint's; one that holds weights, from gpt.Init for example, must find each of them
// there with its shape. It returns the step at which the checkpoint was written.
func Load(store *model.Store, dir string) (step int, err error) {
	return load(store, dir, func(path string) bool { return !isTrainingState(path) })
}

// load copies the variables whose path keep accepts.
func load(store *model.Store, dir string, keep func(path string) bool) (step int, err error) {
	if !HasCheckpoint(dir) {
		return 0, fmt.Errorf("train: no checkpoint in %s", dir)
	}
	saved := model.NewStore()
	if _, err := checkpoint.Load(saved).Dir(dir).Immediate().Done(); err != nil {
		return 0, fmt.Errorf("train: the checkpoint in %s cannot be read; delete it to start again: %w", dir, err)
	}
	for v := range store.IterVariables() {
		if v.Trainable && saved.GetVariable(v.Path()) == nil {
			return 0, fmt.Errorf("train: the checkpoint in %s has no weight %s; was it made by another model?",
				dir, v.Path())
		}
	}
	step = int(optimizer.GetGlobalStep(saved))
	// The file's order is lost in a map. A fixed one keeps sums over all weights equal to the last bit.
	ordered := slices.SortedFunc(saved.IterVariables(),
		func(a, b *model.Variable) int { return cmp.Compare(a.Path(), b.Path()) })
	for _, from := range ordered {
		if !keep(from.Path()) {
			continue
		}
		if err := move(store, from); err != nil {
			return 0, fmt.Errorf("train: the checkpoint in %s: %w", dir, err)
		}
	}
	return step, nil
}

// move puts the value of from into store.
func move(store *model.Store, from *model.Variable) error {
	value, err := from.Value()
	if err != nil {
		return err
	}
	if to := store.GetVariable(from.Path()); to != nil {
		if !to.Shape().Equal(from.Shape()) {
			return fmt.Errorf("weight %s is %s, want %s; was it made by another model?",
				from.Path(), from.Shape(), to.Shape())
		}
		return to.SetValue(value)
	}
	to, err := store.CreateVariable(from.Path(), value)
	if err == nil {
		to.SetTrainable(!isTrainingState(from.Path()) && from.DType().IsFloat())
	}
	return err
}

// isTrainingState says whether a variable serves training only and is no weight.
func isTrainingState(path string) bool {
	name := strings.TrimPrefix(path, "/")
	for _, prefix := range []string{optimizer.AdamDefaultScope, optimizer.Scope, optimizer.GlobalStepVariableName,
		model.RNGStateVariableName, "trainer", "metrics", mltrain.AccumulatedGradientsScope} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// resume continues from the checkpoint in the stage's folder, if there is one, and gets ready to save there.
func (t *Trainer) resume() (err error) {
	if HasCheckpoint(t.opt.Dir) {
		if _, err := load(t.store, t.opt.Dir, func(string) bool { return true }); err != nil {
			return err
		}
	}
	if t.log, err = curve.Open(filepath.Join(t.opt.Dir, logFile), t.Step()); err != nil {
		return err
	}
	t.saver, err = newSaver(t.store, t.opt.Dir)
	return err
}

// save writes the log and a checkpoint, if the stage has a folder.
func (t *Trainer) save() error {
	if t.saver == nil {
		return nil
	}
	if err := t.saver.save(t.Step()); err != nil {
		return err
	}
	return t.log.Save()
}
