package pipeline

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"gptbook/datasets/dialog"
	"gptbook/datasets/tokenizer"
)

// saved is a tokenizer that can be kept in a folder.
type saved interface {
	tokenizer.Tokenizer
	Save(dir string) error
}

// openTokenizer loads the tokenizer, or learns it from the training text: what is held out stays unseen here too. Where
// questions can be asked, the marks of a conversation follow its tokens.
func (p *Pipeline) openTokenizer() error {
	dir := p.path("tokenizer")
	var err error
	if p.tokenizer, err = p.loadTokenizer(dir); errors.Is(err, fs.ErrNotExist) {
		if p.tokenizer, err = p.learnTokenizer(); err == nil {
			err = p.tokenizer.Save(dir)
		}
	}
	if err != nil {
		return err
	}
	p.Recipe.GPT.Vocab = p.tokenizer.VocabSize()
	if bpe, ok := p.tokenizer.(*tokenizer.BPE); ok && p.World != nil {
		p.Template = dialog.NewTemplate(bpe)
		p.Recipe.GPT.Vocab = p.Template.VocabSize()
	}
	return nil
}

func (p *Pipeline) loadTokenizer(dir string) (saved, error) {
	if p.Recipe.Tokenizer == "char" {
		return tokenizer.LoadChar(dir)
	}
	return tokenizer.LoadBPE(dir)
}

func (p *Pipeline) learnTokenizer() (saved, error) {
	if p.Recipe.Tokenizer == "char" {
		return tokenizer.NewChar(p.Source.Text())
	}
	return tokenizer.Train(p.Source.Text(), p.Recipe.Vocab)
}

// encode turns documents into one row of ids. In a text with conversations each document ends in a mark.
func (p *Pipeline) encode(documents []string) (ids []int32) {
	for _, d := range documents {
		if p.Template != nil {
			ids = append(ids, p.Template.Document(d)...)
		} else {
			ids = append(ids, p.tokenizer.Encode(d)...)
		}
	}
	return ids
}

// encodePrompt turns a text that a model shall go on with into ids.
func (p *Pipeline) encodePrompt(text string) []int32 {
	if p.Template != nil {
		return p.Template.Text(text)
	}
	return p.tokenizer.Encode(text)
}

// heldBytes is the length of the held-out text.
func (p *Pipeline) heldBytes() (n int) {
	for _, d := range p.HeldOut() {
		n += len(d)
	}
	return n
}

// reportTokenizer is the first stage: the work is done by [Open].
func (p *Pipeline) reportTokenizer(context.Context) error {
	marks := ""
	if p.Template != nil {
		marks = ", the marks of a dialogue among them"
	}
	p.say("%s: %d tokens in %s%s; %.2f bytes of the held-out text per token", p.Recipe.Tokenizer, p.Recipe.GPT.Vocab,
		p.path("tokenizer"), marks, float64(p.heldBytes())/float64(len(p.held())))
	return nil
}

// paragraphs is the held-out text as one.
func (p *Pipeline) paragraphs() string { return strings.Join(p.HeldOut(), "\n\n") }
