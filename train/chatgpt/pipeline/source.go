package pipeline

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"

	"gptbook/datasets/corpus"
	"gptbook/datasets/world"
)

// Source is what a pipeline learns from. Its functions do their work when they are called for the first time.
type Source struct {
	Name      string
	About     []string        // for people: how much it is, then what was left out of it
	Documents func() []string // the text to learn
	HeldOut   func() []string // text of the same kind that no stage learns from
	Text      func() string   // the documents as one text, for the tokenizer
	Edition   func() string   // a checksum by which models of this text know it again
	World     *world.World    // asks questions, answers them and judges answers; nil where nobody knows the truth
}

// heldOut is the fraction of a book that is never trained on.
const heldOut = 0.1

// open returns the source that the recipe names.
func (r Recipe) open() (*Source, error) {
	if r.Corpus == World {
		return r.openWorld()
	}
	text, err := corpus.Load(r.Corpus)
	if err != nil {
		return nil, err
	}
	train, held, err := text.Split(heldOut)
	if err != nil {
		return nil, err
	}
	return &Source{
		Name: r.Corpus,
		About: append([]string{fmt.Sprintf("%s, %d bytes, of which %d are held out",
			text.Source, len(text.Text), len(held.Text))}, text.Notes...),
		Documents: func() []string { return []string{train.Text} },
		HeldOut:   func() []string { return []string{held.Text} },
		Text:      func() string { return train.Text },
		Edition:   text.SHA256,
	}, nil
}

// openWorld draws the world, and gets ready to write its text.
func (r Recipe) openWorld() (*Source, error) {
	w, err := world.New(r.People, r.Seed)
	if err != nil {
		return nil, err
	}
	documents := sync.OnceValue(func() []string { return w.Text(r.TextWords, r.Seed) })
	return &Source{
		Name:      "the text of the world",
		About:     []string{fmt.Sprintf("%d people and what is known of them, %d words", r.People, r.TextWords)},
		Documents: documents,
		HeldOut:   sync.OnceValue(func() []string { return w.Text(max(r.TextWords/40, 1000), r.Seed+1) }),
		// Words inside a sentence follow a blank.
		Text: func() string { return " " + strings.Join(documents(), " ") },
		// All of it would take seconds to write.
		Edition: func() string { return checksum(w.Text(2000, r.Seed)) },
		World:   w,
	}, nil
}

// SHA256 is the checksum of the documents, in hex.
func (s *Source) SHA256() string { return checksum(s.Documents()) }

func checksum(documents []string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(documents, "\n"))))
}
