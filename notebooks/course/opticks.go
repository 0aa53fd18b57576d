package course

import (
	"github.com/janpfeifer/must"

	"gptbook/datasets/corpus"
	"gptbook/datasets/tokenizer"
)

// Text is a text in two parts.
type Text struct {
	Train  string // to learn from
	Held   string // the last tenth, held out: no model learns from it, all are measured on it
	SHA256 string // of the whole, for the record of a run
}

// Opticks returns Newton's book, which comes with every Go installation. It panics if this one lacks it.
func Opticks() Text {
	whole := must.M1(corpus.Load("opticks"))
	train, held := must.M2(whole.Split(0.1))
	return Text{train.Text, held.Text, whole.SHA256()}
}

// Encoded is a text and what a tokenizer makes of it.
type Encoded[T tokenizer.Tokenizer] struct {
	Text        Text
	Tok         T
	Train, Held []int32 // the two parts in tokens
}

// Encode writes both parts of a text in the tokens of any tokenizer:
//
//	text := course.Opticks()
//	book := course.Encode(text, must.M1(tokenizer.NewChar(text.Train)))
func Encode[T tokenizer.Tokenizer](text Text, tok T) Encoded[T] {
	return Encoded[T]{text, tok, tok.Encode(text.Train), tok.Encode(text.Held)}
}

// Tokens returns Opticks in the tokens of chapter 1: the tokenizer learns them, vocab in number, from the part to learn
// from.
func Tokens(vocab int) Encoded[*tokenizer.BPE] {
	text := Opticks()
	return Encode(text, must.M1(tokenizer.Train(text.Train, vocab)))
}

// Letters returns Opticks in letters: each character of the whole book, those of its last tenth too, is one token.
func Letters() Encoded[*tokenizer.Char] {
	text := Opticks()
	return Encode(text, must.M1(tokenizer.NewChar(text.Train+text.Held)))
}
