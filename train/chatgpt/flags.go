package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gptbook/datasets/corpus"
	"gptbook/internal/atomic"
	"gptbook/internal/command"
	"gptbook/train/chatgpt/pipeline"
)

// flags are the command line. Zeros stand for what is usual for the corpus.
type flags struct {
	stages                                                                 []string
	corpus, size, tokenizer, backend, out                                  string
	vocab, layers, heads, width, context, window, batch, accumulate, steps int
	lr                                                                     float64
	seed                                                                   int64
	set                                                                    *flag.FlagSet
}

// ofTheMachine names the flags that may differ between two runs in the same folder: they do not change what is
// learned, or, as -steps, only how long.
var ofTheMachine = []string{"stages", "backend", "out", "steps"}

func stageNames() (names []string) {
	for _, s := range pipeline.Stages {
		names = append(names, s.Name)
	}
	return names
}

// parse reads the flags and, if the folder holds a run already, what they were then: a flag that is not given keeps
// its value of that run, and one that is given must not contradict it.
func parse(args []string, help io.Writer) (*flags, error) {
	f := &flags{corpus: pipeline.World, size: "full", tokenizer: "bpe"}
	set := flag.NewFlagSet("chatgpt", flag.ContinueOnError)
	f.set = set
	set.Var(command.Some(stageNames(), &f.stages), "stages", "what to do, of `"+strings.Join(stageNames(), ",")+
		"`; what it stands on is made where it is missing; if empty all that the text allows: "+
		"the last three want the world")
	set.StringVar(&f.corpus, "corpus", f.corpus, "text to learn: "+pipeline.World+
		" (a generated one, whose truth is known), a file, a folder, or "+strings.Join(corpus.Names(), ", "))
	set.Var(command.OneOf([]string{"full", "small"}, &f.size), "size",
		"of the world and its stages: `full` or small (a minute, to see that everything runs)")
	set.Var(command.OneOf([]string{"bpe", "char"}, &f.tokenizer), "tokenizer",
		"`bpe` (byte pairs) or char (characters; not for the world)")
	world, book := f.preset(pipeline.World), f.preset("")
	either := func(what string, of func(pipeline.Recipe) int) string {
		if of(world)+of(book) == 0 {
			return what
		}
		return fmt.Sprintf("%s; if 0: world %d, else %d", what, of(world), of(book))
	}
	for _, n := range f.numbers() {
		set.IntVar(n.value, n.name, 0, either(n.what, func(r pipeline.Recipe) int { return *n.in(&r) }))
	}
	set.Float64Var(&f.lr, "lr", 0, fmt.Sprintf("peak of the learning rate of pretraining; if 0: world %g, else %g",
		world.Pretrain.LearningRate, book.Pretrain.LearningRate))
	set.Int64Var(&f.seed, "seed", 1, "of the weights, the batches and the samples")
	set.StringVar(&f.backend, "backend", "", "go, xla, xla:cuda, ...; XLA if it can be had, else Go, if empty")
	set.StringVar(&f.out, "out", filepath.Join("out", "chatgpt"), "folder for all results")
	synopsis := "go run ./train/chatgpt [flags]: from text to ChatGPT, " + strings.Join(stageNames(), ",")
	if err := command.Parse(set, args, help, synopsis); err != nil {
		return nil, err
	}
	return f, f.keep()
}

// number is a flag that replaces a number of the recipe.
type number struct {
	name, what string
	value      *int
	in         func(*pipeline.Recipe) *int
}

func (f *flags) numbers() []number {
	return []number{
		{"vocab", "most tokens of the bpe tokenizer, 256 or more", &f.vocab,
			func(r *pipeline.Recipe) *int { return &r.Vocab }},
		{"layers", "blocks of the model", &f.layers, func(r *pipeline.Recipe) *int { return &r.GPT.Layers }},
		{"heads", "attention heads of a block", &f.heads, func(r *pipeline.Recipe) *int { return &r.GPT.Heads }},
		{"width", "channels of the model, a multiple of -heads", &f.width,
			func(r *pipeline.Recipe) *int { return &r.GPT.Width }},
		{"context", "tokens that the model sees", &f.context, func(r *pipeline.Recipe) *int { return &r.GPT.Context }},
		{"window", "tokens back that every second block sees, as in GPT-3; if 0 all", &f.window,
			func(r *pipeline.Recipe) *int { return &r.GPT.Window }},
		{"batch", "stretches of -context tokens in a batch of pretraining", &f.batch,
			func(r *pipeline.Recipe) *int { return &r.Pretrain.Batch }},
		{"accumulate", "batches of pretraining whose gradients make one step", &f.accumulate,
			func(r *pipeline.Recipe) *int { return &r.Pretrain.Accumulate }},
		{"steps", "steps of pretraining in all; may grow in a later run", &f.steps,
			func(r *pipeline.Recipe) *int { return &r.Pretrain.Steps }},
	}
}

// preset is what is usual for a corpus.
func (f *flags) preset(corpus string) pipeline.Recipe {
	switch {
	case corpus != pipeline.World:
		return pipeline.Book
	case f.size == "small":
		return pipeline.Small
	}
	return pipeline.Full
}

// recipe fills in the recipe, and the flags that were zero, and says what cannot be trained with.
func (f *flags) recipe() (pipeline.Recipe, error) {
	r := f.preset(f.corpus)
	r.Corpus, r.Seed, r.Tokenizer = f.corpus, f.seed, f.tokenizer
	for _, n := range f.numbers() {
		if *n.value == 0 {
			*n.value = *n.in(&r)
		}
		*n.in(&r) = *n.value
	}
	if f.lr == 0 {
		f.lr = r.Pretrain.LearningRate
	}
	r.Pretrain.LearningRate = f.lr
	r.SetSteps(f.steps)
	for _, name := range f.stages {
		for _, s := range pipeline.Stages {
			if s.Name == name && s.Asks && r.Corpus != pipeline.World {
				return r, command.Usagef(f.set, "-stages: %s asks questions, and nobody knows the answers to %s; "+
					"it wants -corpus %s", name, r.Corpus, pipeline.World)
			}
		}
	}
	switch {
	case f.tokenizer == "char" && f.corpus == pipeline.World:
		return r, command.Usagef(f.set, "-tokenizer char: the world's questions and answers do not "+
			"fit the context in characters; use bpe")
	case f.window > 0 && slices.Contains(f.chosen(r), "ppo"):
		return r, command.Usagef(f.set, "-window: PPO's model is written for transformers, whose GPT-2 has no bands; "+
			"choose -stages tokenizer,pretrain or another -corpus")
	case f.batch < 1:
		return r, command.Usagef(f.set, "-batch %d, want 1 or more", f.batch)
	case f.accumulate < 1:
		return r, command.Usagef(f.set, "-accumulate %d, want 1 or more", f.accumulate)
	case f.steps < 1:
		return r, command.Usagef(f.set, "-steps %d, want 1 or more", f.steps)
	case !(f.lr > 0):
		return r, command.Usagef(f.set, "-lr %g, want more than 0", f.lr)
	}
	model := r.GPT
	model.Vocab = r.Vocab
	if err := model.Validate(); err != nil {
		return r, err
	}
	C := float64(f.width)
	if weights := 12*float64(f.layers)*C*C + float64(f.vocab+f.context)*C; weights > mostWeights {
		return r, command.Usagef(f.set, "a model of about %.0g weights, want %.0g at most: "+
			"choose fewer -layers or a smaller -width", weights, mostWeights)
	}
	return r, nil
}

// chosen are the names of the stages to do.
func (f *flags) chosen(r pipeline.Recipe) []string {
	if f.stages != nil {
		return f.stages
	}
	return r.Usual()
}

// mostWeights is where training on one machine ends: weights, gradients and moments take 16 bytes of memory each.
const mostWeights = 1e9

// keep takes over the flags of the run in the folder.
func (f *flags) keep() error {
	saved, err := f.saved()
	if err != nil {
		return err
	}
	given := map[string]bool{}
	f.set.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for _, name := range f.remembered() {
		fl := f.set.Lookup(name)
		old, ok := saved[name]
		switch {
		case !ok || given[name] && slices.Contains(ofTheMachine, name):
		case !given[name]:
			if err := fl.Value.Set(old); err != nil {
				return fmt.Errorf("chatgpt: %s: -%s: %w", f.file(), name, err)
			}
		case fl.Value.String() != old:
			return command.Usagef(f.set, "the run in %s has -%s %s, not %s; "+
				"leave the flag out to go on with it, or choose another -out", f.out, name, old, fl.Value)
		}
	}
	return nil
}

// remembered names the flags that are kept in the folder.
func (f *flags) remembered() (names []string) {
	f.set.VisitAll(func(fl *flag.Flag) {
		if fl.Name == "steps" || !slices.Contains(ofTheMachine, fl.Name) {
			names = append(names, fl.Name)
		}
	})
	return names
}

// file remembers the flags of the run in the folder.
func (f *flags) file() string { return filepath.Join(f.out, "run.json") }

// recorded says whether there is a run in the folder.
func (f *flags) recorded() bool {
	_, err := os.Stat(f.file())
	return err == nil
}

// saved reads the file; a new folder has none.
func (f *flags) saved() (map[string]string, error) {
	data, err := os.ReadFile(f.file())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var saved map[string]string
	if err == nil {
		err = json.Unmarshal(data, &saved)
	}
	if err != nil {
		return nil, fmt.Errorf("chatgpt: %s: %w; choose another -out", f.file(), err)
	}
	return saved, nil
}

// record writes the file.
func (f *flags) record() error {
	saved := map[string]string{}
	for _, name := range f.remembered() {
		saved[name] = f.set.Lookup(name).Value.String()
	}
	data, err := json.MarshalIndent(saved, "", "  ")
	if err != nil {
		return err
	}
	return atomic.WriteFile(f.file(), append(data, '\n'))
}
