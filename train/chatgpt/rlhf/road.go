package rlhf

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"

	"gptbook/datasets/corpus"
	"gptbook/datasets/dialog"
	"gptbook/datasets/tokenizer"
	"gptbook/datasets/world"
	"gptbook/figures/curve"
	"gptbook/gpt"
	"gptbook/gpt/chat"
	"gptbook/gpt/generate"
	"gptbook/internal/atomic"
	"gptbook/train"
	"gptbook/train/pretrain"
)

// Road is one walk.
type Road struct {
	Plan      Plan
	World     *world.World
	Template  *dialog.Template
	backend   compute.Backend
	dir       string
	out       io.Writer
	tokenizer *tokenizer.BPE
	documents func() []string // of the pretraining text; written when first asked for, as are its tokens
	text      func() []int32
	held      func() []int32                       // text of the same world that no stage learns from
	speaking  map[*model.Store]*generate.Generator // compiled once for each model; they read its weights as they are
}

// Open draws the world, writes its text and learns or loads the tokenizer. What happens is reported to out.
func Open(backend compute.Backend, dir string, plan Plan, out io.Writer) (*Road, error) {
	r := &Road{Plan: plan, backend: backend, dir: dir, out: out, speaking: map[*model.Store]*generate.Generator{}}
	var err error
	if r.World, err = world.New(plan.People, plan.Seed); err != nil {
		return nil, err
	}
	r.documents = sync.OnceValue(func() []string { return r.World.Text(plan.Words, plan.Seed) })
	r.text = sync.OnceValue(func() []int32 { return r.encode(r.documents()) })
	r.held = sync.OnceValue(func() []int32 { return r.encode(r.World.Text(max(plan.Words/40, 1000), plan.Seed+1)) })
	if err := r.claim(); err != nil {
		return nil, err
	}
	if r.tokenizer, err = r.learnTokenizer(); err != nil {
		return nil, err
	}
	r.Template = dialog.NewTemplate(r.tokenizer)
	r.Plan.GPT.Vocab = r.Template.VocabSize()
	return r, nil
}

// SHA256 is the checksum of the pretraining text, in hex.
func (r *Road) SHA256() string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(r.documents(), "\n"))))
}

// claim notes in the folder which world it belongs to, and refuses a folder with models of another one: they would load, and answer
// nonsense.
func (r *Road) claim() error {
	mine := fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(r.World.Text(2000, r.Plan.Seed), "\n"))))
	path := r.path("world.sha256")
	theirs, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(r.path("tokenizer")); errors.Is(err, fs.ErrNotExist) {
			return atomic.WriteFile(path, []byte(mine))
		}
	} else if err != nil {
		return fmt.Errorf("rlhf: %w", err)
	}
	if string(theirs) != mine {
		return fmt.Errorf("rlhf: %s holds models of another world, or of an earlier edition of it; remove it or choose another folder", r.dir)
	}
	return nil
}

// learnTokenizer loads the tokenizer, or learns it from the text: large enough to hold every word of the world as one token.
func (r *Road) learnTokenizer() (*tokenizer.BPE, error) {
	dir := r.path("tokenizer")
	if _, err := os.Stat(dir); err == nil {
		return tokenizer.LoadBPE(dir)
	}
	bpe, err := tokenizer.Train(" "+strings.Join(r.documents(), " "), r.Plan.Tokens)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(r.dir, 0o755); err != nil {
		return nil, err
	}
	return bpe, bpe.Save(dir)
}

func (r *Road) encode(documents []string) (ids []int32) {
	for _, d := range documents {
		ids = append(ids, r.Template.Document(d)...)
	}
	return ids
}

func (r *Road) path(parts ...string) string {
	return filepath.Join(append([]string{r.dir}, parts...)...)
}

func (r *Road) say(format string, args ...any) { fmt.Fprintf(r.out, format+"\n", args...) }

// Base pretrains on the text of the world, or goes on or loads what is there.
func (r *Road) Base(ctx context.Context) (*model.Store, error) {
	store, s := model.NewStore(), r.Plan.Base
	if err := gpt.Init(store.RootScope(), r.Plan.GPT, r.Plan.Seed); err != nil {
		return nil, err
	}
	if done, err := r.done(store, "pretrain", s.Steps); done || err != nil {
		return store, err
	}
	ds, err := r.textBatches(s.Batch)
	if err != nil {
		return nil, err
	}
	held, err := corpus.Sequential(r.held(), s.Batch, r.Plan.GPT.Context)
	if err != nil {
		return nil, err
	}
	return store, r.learn(ctx, store, pretrain.CausalLM(r.Plan.GPT), ds, s.Steps, "pretrain", train.Options{
		Optimizer: train.GPT3AdamW(s.Rate), Schedule: train.Schedule{Warmup: min(50, s.Steps/10), Steps: s.Steps, Floor: 0.1},
		Validation: held, EvalEvery: max(1, s.Steps/10)}, nil)
}

// textBatches are rows of the pretraining text, one window each.
func (r *Road) textBatches(batch int) (mltrain.Dataset, error) {
	return corpus.NextToken(r.text(), batch, r.Plan.GPT.Context, r.Plan.Seed)
}

// done loads a stage that has been trained to its last step, and says whether that was so.
func (r *Road) done(store *model.Store, dir string, steps int) (bool, error) {
	if !train.HasCheckpoint(r.path(dir)) {
		return false, nil
	}
	step, err := train.Load(store, r.path(dir))
	return step >= steps, err
}

// learn trains a stage to its last step. At the start and after every EvalEvery
// steps it calls look, unless nil.
func (r *Road) learn(ctx context.Context, store *model.Store, stage train.Stage, ds mltrain.Dataset, steps int, dir string, opt train.Options,
	look func(step int) error) error {
	opt.Seed, opt.Dir, opt.SaveEvery = r.Plan.Seed, r.path(dir), max(100, steps/5)
	trainer, err := train.New(r.backend, store, stage, opt)
	if err != nil {
		return err
	}
	start, left, part := time.Now(), steps-trainer.Step(), steps
	if left > 0 {
		r.say("%s: gradients by %s", dir, trainer.Describe())
	}
	if look != nil {
		part = max(1, opt.EvalEvery)
	}
	for {
		n := trainer.Step()
		if look != nil && (n%part == 0 || n == steps) {
			if err := look(n); err != nil {
				return err
			}
		}
		if n >= steps {
			break
		}
		if _, err := trainer.Run(ctx, ds, min(part-n%part, steps-n)); err != nil {
			return err
		}
	}
	if left > 0 {
		r.say("%s: %d steps in %s, loss %.3f", dir, left, time.Since(start).Round(time.Second), trainer.Curves()[0].Last())
	}
	return nil
}

// Curves reads what a stage, named by its folder, has logged: "pretrain", "sft", "reward".
func (r *Road) Curves(stage string) ([]curve.Curve, error) {
	return curve.ReadCSV(r.path(stage, "metrics.csv"))
}

// Export writes a language model with its tokenizer into a folder of the road, and returns the folder: gpt/chat/repl and
// transformers read it.
func (r *Road) Export(store *model.Store, name string) (string, error) {
	folder := r.path(name, "model")
	if err := gpt.Save(store.RootScope(), r.Plan.GPT, folder); err != nil {
		return "", err
	}
	return folder, r.tokenizer.Save(folder)
}

// TextLoss is the loss on held-out text, in nats per token: what a stage makes of it is its alignment tax.
func (r *Road) TextLoss(store *model.Store) (float64, error) {
	ds, err := corpus.Sequential(r.held(), 8, r.Plan.GPT.Context)
	if err != nil {
		return 0, err
	}
	exec, err := model.NewExec(r.backend, store, func(scope *model.Scope, ids, next *Node) *Node {
		return gpt.CrossEntropy([]*Node{next}, []*Node{gpt.Logits(scope, ids, r.Plan.GPT)})
	})
	if err != nil {
		return 0, err
	}
	sum, rows := 0.0, 0.0
	for batch, err := range ds.Iter() {
		if err != nil {
			return 0, err
		}
		n := float64(batch.Inputs[0].Shape().Dim(0))
		loss, err := exec.Exec1(batch.Inputs[0], batch.Labels[0])
		if err != nil {
			return 0, err
		}
		sum, rows = sum+n*float64(loss.Value().(float32)), rows+n
	}
	return sum / rows, nil
}

// speaker answers with the language model in store; at temperature 0 greedily.
func (r *Road) speaker(store *model.Store, temperature float64, seed int64) (chat.Speaker, error) {
	if r.speaking[store] == nil {
		generator, err := generate.New(r.backend, store, r.Plan.GPT)
		if err != nil {
			return chat.Speaker{}, err
		}
		r.speaking[store] = generator
	}
	return chat.Speaker{Generator: r.speaking[store], Template: r.Template, Context: r.Plan.GPT.Context, MaxTokens: 30,
		Sampler: generate.Sampler{Temperature: temperature, Seed: seed}}, nil
}

// Scorecard grades the language model in store on prompts of a split that it has not been trained on.
func (r *Road) Scorecard(ctx context.Context, store *model.Store, split world.Split, temperature float64) (world.Scorecard, error) {
	prompts, answers, err := r.Answers(ctx, store, split, temperature)
	if err != nil {
		return world.Scorecard{}, err
	}
	return world.Grade(r.World, prompts, answers)
}

// Answers lets the language model in store answer prompts of a split that it has not been trained on, always the same ones.
func (r *Road) Answers(ctx context.Context, store *model.Store, split world.Split, temperature float64) ([]world.Prompt, []string, error) {
	prompts, err := r.heldOut(split)
	if err != nil {
		return nil, nil, err
	}
	answers, err := r.Answer(ctx, store, prompts, temperature)
	return prompts, answers, err
}

// heldOut are the prompts of each measurement.
func (r *Road) heldOut(split world.Split) ([]world.Prompt, error) {
	return r.World.Prompts(split, r.Plan.Held, r.Plan.Seed+100)
}

// Answer lets the language model in store answer prompts, at temperature 0 greedily.
func (r *Road) Answer(ctx context.Context, store *model.Store, prompts []world.Prompt, temperature float64) ([]string, error) {
	speaker, err := r.speaker(store, temperature, r.Plan.Seed)
	if err != nil {
		return nil, err
	}
	conversations := make([][]dialog.Turn, len(prompts))
	for i, p := range prompts {
		conversations[i] = p.Turns
	}
	answers, err := speaker.Answers(ctx, conversations)
	texts := make([]string, len(answers))
	for i, a := range answers {
		texts[i] = a.Text
	}
	return texts, err
}
