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
)

// settings are the flags. The defaults are those of chapter 4.
type settings struct {
	stages, corpus, tokenizer, backend, out            string
	vocab, layers, heads, width, context, batch, steps int
	lr                                                 float64
	seed                                               int64
	flags                                              *flag.FlagSet
}

// ofTheMachine names the flags that may differ between two runs in the same folder: they do not change what is
// learned, or, as -steps, only how long.
var ofTheMachine = []string{"stages", "backend", "out", "steps"}

// parse reads the flags and, if the folder holds a run already, what they were then: a flag that is not given keeps
// its value of that run, and one that is given must not contradict it.
func parse(args []string, help io.Writer) (*settings, error) {
	s := &settings{}
	fl := flag.NewFlagSet("chatgpt", flag.ContinueOnError)
	s.flags = fl
	var names []string
	for _, stage := range stages {
		names = append(names, stage.name)
	}
	fl.StringVar(&s.stages, "stages", strings.Join(names, ","), "what to do")
	fl.StringVar(&s.corpus, "corpus", "opticks", "text to learn: a file, a folder, or "+strings.Join(corpus.Names(), ", "))
	fl.StringVar(&s.tokenizer, "tokenizer", "bpe", "bpe (byte pairs) or char (characters)")
	fl.IntVar(&s.vocab, "vocab", 1024, "tokens of the bpe tokenizer, 256 or more")
	fl.IntVar(&s.layers, "layers", 12, "blocks of the model")
	fl.IntVar(&s.heads, "heads", 2, "attention heads of a block")
	fl.IntVar(&s.width, "width", 64, "channels of the model, a multiple of -heads")
	fl.IntVar(&s.context, "context", 64, "tokens that the model sees")
	fl.IntVar(&s.batch, "batch", 16, "stretches of -context tokens in a step")
	fl.IntVar(&s.steps, "steps", 2400, "training steps in all; may grow in a later run")
	fl.Float64Var(&s.lr, "lr", 8e-3, "peak of the learning rate")
	fl.Int64Var(&s.seed, "seed", 1, "of the weights, the batches and the samples")
	fl.StringVar(&s.backend, "backend", "", "go, xla, xla:cuda, ...; XLA if it can be had, else Go, if empty")
	fl.StringVar(&s.out, "out", filepath.Join("out", "chatgpt"), "folder for all results")
	fl.SetOutput(io.Discard)
	if err := fl.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(help, "go run ./train/chatgpt [flags]: tokenizer, pretraining, samples")
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
	return s, s.validate()
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
	return writeFile(s.record(), append(data, '\n'))
}

func (s *settings) validate() error {
	for _, name := range strings.Split(s.stages, ",") {
		if !strings.Contains(","+s.flags.Lookup("stages").DefValue+",", ","+name+",") || name == "" {
			return fmt.Errorf("chatgpt: -stages: no stage %q; have %s", name, s.flags.Lookup("stages").DefValue)
		}
	}
	switch {
	case s.tokenizer != "bpe" && s.tokenizer != "char":
		return fmt.Errorf("chatgpt: -tokenizer %q, want bpe or char", s.tokenizer)
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

func (s *settings) wants(stage string) bool {
	return slices.Contains(strings.Split(s.stages, ","), stage)
}

// path is a place below the folder.
func (s *settings) path(parts ...string) string {
	return filepath.Join(append([]string{s.out}, parts...)...)
}

// model is the GPT for a vocabulary: pre-norm like GPT-2, with a little dropout, because the text is small and read
// many times.
func (s *settings) model(vocab int) gpt.Config {
	return gpt.Config{Name: "chatgpt", Vocab: vocab, Context: s.context, Layers: s.layers, Heads: s.heads, Width: s.width, Dropout: 0.1}
}

// writeFile writes a file that is complete or not there.
func writeFile(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".writing-")
	if err != nil {
		return fmt.Errorf("chatgpt: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Chmod(0o644), tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("chatgpt: %w", err)
	}
	return nil
}
