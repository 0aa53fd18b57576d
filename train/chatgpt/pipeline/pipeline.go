// Package pipeline goes from text to ChatGPT: a tokenizer, a base model, supervised fine-tuning, a reward model and
// PPO, and the scorecard of each.
//
// Start with [Recipe], all that can be chosen, and [Open]; [Stages] are the steps in their order, one file each. A
// stage leaves its model in a folder and finds there what the earlier ones left: one that was stopped goes on where it
// was, one that is done is loaded, one that is missing is made. What is learned from is a [Source]: without questions,
// as for any book, the pipeline ends after the base model.
package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"

	"gptbook/datasets/dialog"
	"gptbook/datasets/world"
	"gptbook/figures/curve"
	"gptbook/gpt"
	"gptbook/gpt/generate"
	"gptbook/internal/atomic"
	"gptbook/train"
)

// Pipeline is one way from text to ChatGPT, in one folder.
type Pipeline struct {
	*Source
	Recipe   Recipe
	Template *dialog.Template // of conversations; nil where no questions can be asked

	backend   compute.Backend
	dir       string
	out       io.Writer
	tokenizer saved
	text      func() []int32 // the documents and the held-out text, encoded
	held      func() []int32

	base, tuned *model.Store // the models so far
	reward      *RewardModel
	exported    string         // the folder of the model to talk to
	columns     []world.Column // of the scorecard: the stages so far

	generators map[*model.Store]*generate.Generator // compiled once for each model; they read its weights as they are
}

// Open gets the text ready and learns or loads the tokenizer. What happens is reported to out.
func Open(backend compute.Backend, dir string, recipe Recipe, out io.Writer) (*Pipeline, error) {
	source, err := recipe.open()
	if err != nil {
		return nil, err
	}
	p := &Pipeline{Source: source, Recipe: recipe, backend: backend, dir: dir, out: out,
		generators: map[*model.Store]*generate.Generator{}}
	p.text = sync.OnceValue(func() []int32 { return p.encode(p.Documents()) })
	p.held = sync.OnceValue(func() []int32 { return p.encode(p.HeldOut()) })
	if err := p.claim(); err != nil {
		return nil, err
	}
	return p, p.openTokenizer()
}

// Lock keeps other programs out of the folder until unlock is called or the process ends.
func Lock(dir string) (unlock func() error, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("pipeline: %w", err)
	}
	lock := flock.New(filepath.Join(dir, ".lock"))
	switch free, err := lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("pipeline: %w", err)
	case !free:
		return nil, fmt.Errorf("pipeline: another run is at work in %s; choose another folder", dir)
	}
	return lock.Unlock, nil
}

// claim notes in the folder which text it belongs to, and refuses a folder with models of another one: they would load,
// and continue nonsense.
func (p *Pipeline) claim() error {
	mine, path := p.Edition(), p.path("text.sha256")
	theirs, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(p.path("tokenizer")); errors.Is(err, fs.ErrNotExist) {
			return atomic.WriteFile(path, []byte(mine))
		}
	} else if err != nil {
		return fmt.Errorf("pipeline: %w", err)
	}
	if string(theirs) != mine {
		return fmt.Errorf("pipeline: %s holds models of another text: %s has changed since; "+
			"remove the folder or choose another", p.dir, p.Source.Name)
	}
	return nil
}

// Stage is one step of the pipeline.
type Stage struct {
	Name string
	Asks bool // it asks questions, so it wants a source that can judge the answers
	run  func(p *Pipeline, ctx context.Context) error
}

// Stages are all steps, in order.
var Stages = []Stage{
	{"tokenizer", false, (*Pipeline).reportTokenizer},
	{"pretrain", false, (*Pipeline).reportBase},
	{"sample", false, (*Pipeline).reportSamples},
	{"sft", true, (*Pipeline).reportSFT},
	{"reward", true, (*Pipeline).reportReward},
	{"ppo", true, (*Pipeline).reportPPO},
}

// Usual names the stages that a recipe allows.
func (r Recipe) Usual() (names []string) {
	for i, s := range Stages {
		switch questions := r.Corpus == World; {
		case s.Asks && !questions:
		case questions && r.GPT.Layers > deepest && i > 1: // see deepest
		default:
			names = append(names, s.Name)
		}
	}
	return names
}

// Run does the named stages, in the pipeline's order.
func (p *Pipeline) Run(ctx context.Context, names []string) error {
	for i, s := range Stages {
		if !slices.Contains(names, s.Name) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		p.say("\n[%d/%d] %s", i+1, len(Stages), s.Name)
		if err := s.run(p, ctx); err != nil {
			return err
		}
	}
	return nil
}

// Path is a place below the pipeline's folder.
func (p *Pipeline) path(parts ...string) string {
	return filepath.Join(append([]string{p.dir}, parts...)...)
}

func (p *Pipeline) say(format string, args ...any) { fmt.Fprintf(p.out, format+"\n", args...) }

// done loads a stage that has been trained to its last step, and says whether that was so.
func (p *Pipeline) done(store *model.Store, dir string, steps int) (bool, error) {
	if !train.HasCheckpoint(p.path(dir)) {
		return false, nil
	}
	step, err := train.Load(store, p.path(dir))
	return step >= steps, err
}

// learn trains a stage to its last step, in a folder of that name.
func (p *Pipeline) learn(ctx context.Context, store *model.Store, stage train.Stage, ds mltrain.Dataset, steps int,
	dir string, opt train.Options) error {
	opt.Seed, opt.Dir, opt.SaveEvery = p.Recipe.Seed, p.path(dir), cmp.Or(opt.EvalEvery, max(100, steps/5))
	trainer, err := train.New(p.backend, store, stage, opt)
	if err != nil {
		return err
	}
	start, left := time.Now(), steps-trainer.Step()
	p.say("%s: gradients by %s", dir, trainer.Describe())
	if trainer.Step() > 0 {
		p.say("%s: goes on from step %d", dir, trainer.Step())
	}
	p.say("%s: the first step takes longer: it compiles the graph", dir)
	if _, err := trainer.Run(ctx, ds, left); err != nil {
		return err
	}
	p.say("%s: %d steps in %s, loss %.3f", dir, left, time.Since(start).Round(time.Second),
		trainer.Metric(train.TrainLoss).Last())
	return nil
}

// Curves reads what a stage, named by its folder, has logged: "pretrain", "sft", "reward". A lost log has none.
func (p *Pipeline) Curves(stage string) ([]curve.Curve, error) {
	curves, err := curve.ReadCSV(p.path(stage, "metrics.csv"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return curves, err
}

// Export writes a language model with its tokenizer into a folder of the pipeline, and returns the folder:
// gpt/chat/repl and transformers read it.
func (p *Pipeline) Export(store *model.Store, name string) (string, error) {
	folder := p.path(name, "model")
	if err := gpt.Save(store.RootScope(), p.Recipe.GPT, folder); err != nil {
		return "", err
	}
	return folder, p.tokenizer.Save(folder)
}

// NextStep is what to do with what is there now, for people.
func (p *Pipeline) NextStep() string {
	if p.exported != "" {
		return strings.Join([]string{
			"Next: talk to it:        go run ./gpt/chat/repl -model " + p.exported,
			"      the measurements:  " + p.path("scorecard.txt") + ", " + p.path("ppo.png"),
			"      learn how it works: go run ./notebooks",
		}, "\n")
	}
	next := []string{
		"Next: look at the curve in " + p.path("pretrain", "loss.png") + ";",
		fmt.Sprintf("      train longer:    go run ./train/chatgpt -out %s -steps %d",
			p.dir, 2*p.Recipe.Pretrain.Steps),
		"      on your own text: go run ./train/chatgpt -corpus FILE -out out/mine",
		"      learn how it works: go run ./notebooks",
	}
	if p.World == nil {
		next = append(next, "Fine-tuning, reward model and PPO ask questions whose answers must be known: "+
			"go run ./train/chatgpt -out out/world")
	} else if p.Recipe.GPT.Layers > deepest {
		next = append(next, fmt.Sprintf("Fine-tuning, reward model and PPO compile all layers at once and stop at %d: "+
			"choose fewer -layers for them.", deepest))
	}
	return strings.Join(next, "\n")
}
