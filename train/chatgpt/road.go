package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/gomlx/compute"

	"gptbook/datasets/corpus"
	"gptbook/datasets/tokenizer"
	"gptbook/train/backend"
)

// road is what the stages share.
type road struct {
	*settings
	stdout io.Writer

	engine      compute.Backend
	train, held *corpus.Corpus // nine tenths of the text to learn, one to measure
	tokens      tokenizer.Tokenizer

	world *worldRoad // nil for any other corpus
	talk  string     // folder of the model to talk to, once there is one
}

// heldOut is the fraction of the text that is never trained on.
const heldOut = 0.1

func (r *road) say(format string, args ...any) { fmt.Fprintf(r.stdout, format+"\n", args...) }

// open gets the backend and the text ready, and says whether this is a new run.
func (r *road) open(ctx context.Context) error {
	saved, err := r.saved()
	if err != nil {
		return err
	}
	began := "a new run"
	if saved != nil {
		began = "a run that began earlier, with its settings"
	}
	r.say("folder:  %s, %s", r.out, began)
	if r.backend == "" && os.Getenv(compute.ConfigEnvVar) == "" {
		if err := backend.Install(ctx); ctx.Err() != nil {
			return ctx.Err()
		} else if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	if r.engine, err = backend.New(r.backend); err != nil {
		return err
	}
	r.say("backend: %s", backend.Describe(r.engine))
	text := r.openBook
	if r.corpus == ofTheWorld {
		text = r.openWorld
	}
	sum, err := text()
	if err != nil {
		return err
	}
	if old := saved["text"]; old != "" && old != sum {
		return fmt.Errorf("chatgpt: the text of %s has changed since the run in %s began; choose another -out", r.corpus, r.out)
	}
	return r.remember(sum)
}

// openBook reads and splits the text, and returns its checksum.
func (r *road) openBook() (sum string, err error) {
	text, err := corpus.Load(r.corpus)
	if err != nil {
		return "", err
	}
	if r.train, r.held, err = text.Split(heldOut); err != nil {
		return "", err
	}
	r.say("text:    %s, %d bytes, of which %d are held out", text.Source, len(text.Text), len(r.held.Text))
	return text.SHA256(), nil
}

// learnTokenizer makes the tokens from the training text: what is held out stays unseen here too.
func (r *road) learnTokenizer(context.Context) error {
	if r.world != nil {
		r.say("bpe: %d tokens in %s, the marks of a dialogue among them", r.world.Plan.GPT.Vocab, r.path("tokenizer"))
		return nil
	}
	if r.loadTokens() == nil {
		r.say("is there already")
	} else if err := r.makeTokens(); err != nil {
		return err
	}
	ids := r.tokens.Encode(r.held.Text)
	r.say("%s: %d tokens in %s; %.2f bytes of the held-out text per token", r.tokenizer, r.tokens.VocabSize(),
		r.path("tokenizer"), float64(len(r.held.Text))/float64(len(ids)))
	return nil
}

func (r *road) makeTokens() error {
	if r.tokenizer == "char" {
		char, err := tokenizer.NewChar(r.train.Text)
		if err != nil {
			return err
		}
		r.tokens = char
		return char.Save(r.path("tokenizer"))
	}
	bpe, err := tokenizer.Train(r.train.Text, r.vocab)
	if err != nil {
		return err
	}
	r.tokens = bpe
	return bpe.Save(r.path("tokenizer"))
}

// loadTokens reads the tokens that the first stage left.
func (r *road) loadTokens() error {
	if r.tokens != nil {
		return nil
	}
	if r.tokenizer == "char" {
		char, err := tokenizer.LoadChar(r.path("tokenizer"))
		if err == nil {
			r.tokens = char
		}
		return err
	}
	bpe, err := tokenizer.LoadBPE(r.path("tokenizer"))
	if err == nil {
		r.tokens = bpe
	}
	return err
}

// needTokens is loadTokens for the later stages.
func (r *road) needTokens() error {
	if err := r.loadTokens(); err != nil {
		return fmt.Errorf("chatgpt: the tokenizer stage must come first: %w", err)
	}
	return nil
}
