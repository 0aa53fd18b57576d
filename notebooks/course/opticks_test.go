package course

import (
	"fmt"
	"slices"
	"testing"

	"github.com/janpfeifer/must"

	"gptbook/datasets/corpus"
	"gptbook/datasets/tokenizer"
)

func ExampleEncode() {
	text := Opticks()
	book := Encode(text, must.M1(tokenizer.NewChar(text.Train)))
	fmt.Println(len(text.Train), "and", len(text.Held), "bytes,", len(book.Train), "and", len(book.Held), "characters")
	fmt.Printf("%q\n", book.Tok.Decode(book.Train[1000:1016]))
	// Output:
	// 511474 and 55724 bytes, 511323 and 55715 characters
	// "mportunity of Fr"
}

// The tokens of chapter 1's last section.
func TestTokens(t *testing.T) {
	book := Tokens(1024)
	if v, held := book.Tok.VocabSize(), len(book.Held); v != 1024 || book.Tok.Decode(book.Held) != book.Text.Held {
		t.Errorf("a vocabulary of %d writes the last tenth in %d tokens as another text", v, held)
	}
}

// The parts are the whole, and the letters are those of the whole book.
func TestLetters(t *testing.T) {
	whole, book := must.M1(corpus.Load("opticks")), Letters()
	if book.Text.Train+book.Text.Held != whole.Text || book.Text.SHA256 != whole.SHA256() {
		t.Error("the two parts are not the book")
	}
	letters := must.M1(tokenizer.NewChar(whole.Text))
	if ids := letters.Encode(whole.Text); !slices.Equal(ids, slices.Concat(book.Train, book.Held)) {
		t.Error("the letters are not those of the whole book")
	}
}
