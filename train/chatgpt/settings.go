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
	"gptbook/gpt"
	"gptbook/internal/atomic"
	"gptbook/train/chatgpt/rlhf"
)

// settings are the flags.
type settings struct {
	stages, corpus, size, tokenizer, backend, out      string
	vocab, layers, heads, width, context, batch, steps int
	lr                                                 float64
	seed                                               int64
	flags                                              *flag.FlagSet
}

// ofTheWorld is the corpus that can be questioned: the world of datasets/world.
const ofTheWorld = "world"

// ofTheMachine names the flags that may differ between two runs in the same folder: they do not change what is
// learned, or, as -steps, only how long.
var ofTheMachine = []string{"stages", "backend", "out", "steps"}

// parse reads the flags and, if the folder holds a run already, what they were then: a flag that is not given keeps
// its value of that run, and one that is given must not contradict it.
func parse(args []string, help io.Writer) (*settings, error) {
	s := &settings{}
	fl := flag.NewFlagSet("chatgpt", flag.ContinueOnError)
	s.flags = fl
	fl.StringVar(&s.stages, "stages", "", "what to do, of "+stageNames()+"; if empty all that the text allows: the last three want the world")
	fl.StringVar(&s.corpus, "corpus", ofTheWorld, "text to learn: "+ofTheWorld+" (a generated one, whose truth is known), a file, a folder, or "+strings.Join(corpus.Names(), ", "))
	fl.StringVar(&s.size, "size", "full", "of the world and its stages: full or small (a minute, to see that everything runs)")
	fl.StringVar(&s.tokenizer, "tokenizer", "bpe", "bpe (byte pairs) or char (characters; not for the world)")
	d := [2]shape{s.usual(ofTheWorld), s.usual("")}
	either := func(what string, of func(shape) int) string {
		return fmt.Sprintf("%s; if 0: world %d, else %d", what, of(d[0]), of(d[1]))
	}
	fl.IntVar(&s.vocab, "vocab", 0, either("most tokens of the bpe tokenizer, 256 or more", func(d shape) int { return d.Vocab }))
	fl.IntVar(&s.layers, "layers", 0, either("blocks of the model", func(d shape) int { return d.Layers }))
	fl.IntVar(&s.heads, "heads", 0, either("attention heads of a block", func(d shape) int { return d.Heads }))
	fl.IntVar(&s.width, "width", 0, either("channels of the model, a multiple of -heads", func(d shape) int { return d.Width }))
	fl.IntVar(&s.context, "context", 0, either("tokens that the model sees", func(d shape) int { return d.Context }))
	fl.IntVar(&s.batch, "batch", 0, either("stretches of -context tokens in a step of pretraining", func(d shape) int { return d.batch }))
	fl.IntVar(&s.steps, "steps", 0, either("steps of pretraining in all; may grow in a later run", func(d shape) int { return d.steps }))
	fl.Float64Var(&s.lr, "lr", 0, fmt.Sprintf("peak of the learning rate of pretraining; if 0: world %g, else %g", d[0].lr, d[1].lr))
	fl.Int64Var(&s.seed, "seed", 1, "of the weights, the batches and the samples")
	fl.StringVar(&s.backend, "backend", "", "go, xla, xla:cuda, ...; XLA if it can be had, else Go, if empty")
	fl.StringVar(&s.out, "out", filepath.Join("out", "chatgpt"), "folder for all results")
	fl.SetOutput(io.Discard)
	if err := fl.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(help, "go run ./train/chatgpt [flags]: from text to ChatGPT, "+stageNames())
			fl.SetOutput(help)
			fl.PrintDefaults()
			return nil, err
		}
		return nil, fmt.Errorf("chatgpt: %w; see -help", err)
	}
	if fl.NArg() > 0 {
		return nil, fmt.Errorf("chatgpt: unexpected argument %q; see -help", fl.Arg(0))
	}
	if err := s.keep(); err != nil {
		return nil, err
	}
	s.fill()
	return s, s.validate()
}

// shape is a model and its pretraining.
type shape struct {
	gpt.Config
	batch, steps int
	lr           float64
}

// usual is what suits a corpus: for the world the plan of package rlhf, for a book what chapter 4 trains.
func (s *settings) usual(corpus string) shape {
	if p := s.plan(); corpus == ofTheWorld {
		cfg := p.GPT
		cfg.Vocab = p.Tokens
		return shape{cfg, p.Base.Batch, p.Base.Steps, p.Base.Rate}
	}
	return shape{gpt.Config{Vocab: 1024, Layers: 12, Heads: 2, Width: 64, Context: 64}, 16, 2400, 8e-3}
}

func (s *settings) plan() rlhf.Plan {
	if s.size == "small" {
		return rlhf.Small
	}
	return rlhf.Full
}

// fill replaces zeros by what is usual.
func (s *settings) fill() {
	d := s.usual(s.corpus)
	for _, f := range []struct {
		at    *int
		usual int
	}{{&s.vocab, d.Vocab}, {&s.layers, d.Layers}, {&s.heads, d.Heads}, {&s.width, d.Width}, {&s.context, d.Context}, {&s.batch, d.batch}, {&s.steps, d.steps}} {
		if *f.at == 0 {
			*f.at = f.usual
		}
	}
	if s.lr == 0 {
		s.lr = d.lr
	}
}

// keep takes over the settings of the run in the folder.
func (s *settings) keep() error {
	saved, err := s.saved()
	if err != nil {
		return err
	}
	given := map[string]bool{}
	s.flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for _, name := range s.recorded() {
		f := s.flags.Lookup(name)
		old, ok := saved[name]
		switch {
		case !ok || given[name] && slices.Contains(ofTheMachine, name):
		case !given[name]:
			if err := f.Value.Set(old); err != nil {
				return fmt.Errorf("chatgpt: %s: -%s: %w", s.record(), name, err)
			}
		case f.Value.String() != old:
			return fmt.Errorf("chatgpt: the run in %s has -%s %s, not %s; leave the flag out to go on with it, or choose another -out",
				s.out, name, old, f.Value)
		}
	}
	return nil
}

// recorded names the flags that are remembered.
func (s *settings) recorded() (names []string) {
	s.flags.VisitAll(func(f *flag.Flag) {
		if f.Name == "steps" || !slices.Contains(ofTheMachine, f.Name) {
			names = append(names, f.Name)
		}
	})
	return names
}

// record is the file that remembers the settings of the run in the folder.
func (s *settings) record() string { return filepath.Join(s.out, "run.json") }

// saved reads the record; a new folder has an empty one.
func (s *settings) saved() (map[string]string, error) {
	data, err := os.ReadFile(s.record())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var saved map[string]string
	if err == nil {
		err = json.Unmarshal(data, &saved)
	}
	if err != nil {
		return nil, fmt.Errorf("chatgpt: %s: %w; choose another -out", s.record(), err)
	}
	return saved, nil
}

// remember writes the record. text is the checksum of the corpus.
func (s *settings) remember(text string) error {
	saved := map[string]string{"text": text}
	for _, name := range s.recorded() {
		saved[name] = s.flags.Lookup(name).Value.String()
	}
	data, err := json.MarshalIndent(saved, "", "  ")
	if err != nil {
		return err
	}
	return atomic.WriteFile(s.record(), append(data, '\n'))
}

func (s *settings) validate() error {
	world := s.corpus == ofTheWorld
	for _, name := range s.chosen() {
		i := slices.IndexFunc(stages, func(st stage) bool { return st.name == name })
		switch {
		case i < 0:
			return fmt.Errorf("chatgpt: -stages: no stage %q; have %s", name, stageNames())
		case stages[i].world && !world:
			return fmt.Errorf("chatgpt: -stages: %s asks questions, and nobody knows the answers to %s; it wants -corpus %s", name, s.corpus, ofTheWorld)
		}
	}
	switch {
	case s.size != "full" && s.size != "small":
		return fmt.Errorf("chatgpt: -size %q, want full or small", s.size)
	case s.tokenizer != "bpe" && s.tokenizer != "char":
		return fmt.Errorf("chatgpt: -tokenizer %q, want bpe or char", s.tokenizer)
	case s.tokenizer == "char" && world:
		return fmt.Errorf("chatgpt: -tokenizer char: the world's questions and answers do not fit the context in characters; use bpe")
	case s.batch < 1:
		return fmt.Errorf("chatgpt: -batch %d, want 1 or more", s.batch)
	case s.steps < 1:
		return fmt.Errorf("chatgpt: -steps %d, want 1 or more", s.steps)
	case !(s.lr > 0):
		return fmt.Errorf("chatgpt: -lr %g, want more than 0", s.lr)
	}
	if err := s.model(s.vocab).Validate(); err != nil {
		return err
	}
	C := float64(s.width)
	if weights := 12*float64(s.layers)*C*C + float64(s.vocab+s.context)*C; weights > mostWeights {
		return fmt.Errorf("chatgpt: a model of about %.0g weights, want %.0g at most: choose fewer -layers or a smaller -width", weights, mostWeights)
	}
	return nil
}

// mostWeights is where training on one machine ends: weights, gradients and moments take 16 bytes of memory each.
const mostWeights = 1e9

// deepest is how many layers the stages after pretraining can hold: unlike pretraining, which goes layer by layer where there are
// many, they compile the whole model at once, several times.
const deepest = 24

// chosen are the names of the stages to do.
func (s *settings) chosen() (names []string) {
	if s.stages != "" {
		return strings.Split(s.stages, ",")
	}
	for _, st := range stages {
		switch questions := s.corpus == ofTheWorld; {
		case st.world && !questions:
		case questions && s.layers > deepest && st.name != "tokenizer" && st.name != "pretrain":
		default:
			names = append(names, st.name)
		}
	}
	return names
}

func (s *settings) wants(stage string) bool { return slices.Contains(s.chosen(), stage) }

// path is a place below the folder.
func (s *settings) path(parts ...string) string {
	return filepath.Join(append([]string{s.out}, parts...)...)
}

// model is the GPT for a vocabulary: pre-norm like GPT-2. A book is small and read many times, so it gets a little dropout; the world
// can write as much text as is wanted.
func (s *settings) model(vocab int) gpt.Config {
	cfg := gpt.Config{Name: "chatgpt", Vocab: vocab, Context: s.context, Layers: s.layers, Heads: s.heads, Width: s.width, Dropout: 0.1}
	if s.corpus == ofTheWorld {
		cfg.Dropout = 0
	}
	return cfg
}
