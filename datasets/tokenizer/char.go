package tokenizer

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// Char gives every character of a text one id: the simplest tokenizer, for the
// first lesson. Id 0 is "�", U+FFFD: it stands for any character that the text
// did not have. [NewChar] and [LoadChar] make one; it does not change afterwards.
type Char struct {
	addedTokens
	tokens []string // by id
	runes  map[rune]int32
}

// NewChar collects the characters of text in the order of their code points.
// Special tokens, of two or more characters each, get the last ids.
func NewChar(text string, specials ...string) (*Char, error) {
	seen := make(map[rune]bool)
	for _, r := range text {
		seen[r] = true
	}
	delete(seen, utf8.RuneError)
	tokens := make([]string, 1, len(seen)+1)
	tokens[0] = string(utf8.RuneError)
	for r := range seen {
		tokens = append(tokens, string(r))
	}
	slices.Sort(tokens[1:])
	for _, special := range specials {
		if utf8.RuneCountInString(special) < 2 || !utf8.ValidString(special) {
			return nil, fmt.Errorf("tokenizer: %q cannot be a special token: want two or more characters", special)
		}
		if slices.Contains(tokens, special) {
			return nil, fmt.Errorf("tokenizer: special token %q is given twice", special)
		}
		tokens = append(tokens, special)
	}
	return newChar(tokens)
}

// newChar returns the tokenizer of a vocabulary: characters, and longer specials.
func newChar(tokens []string) (*Char, error) {
	c := &Char{tokens: tokens, runes: make(map[rune]int32)}
	var specials []addedToken
	for id, token := range tokens {
		if r, size := utf8.DecodeRuneInString(token); size == len(token) {
			c.runes[r] = int32(id)
		} else {
			specials = append(specials, addedToken{Content: token, Special: true, id: int32(id)})
		}
	}
	var err error
	c.addedTokens, err = newAddedTokens(specials, nil)
	return c, err
}

// VocabSize is V: "�", the characters and the special tokens.
func (c *Char) VocabSize() int { return len(c.tokens) }

// Encode returns one id per character of text.
func (c *Char) Encode(text string) []int32 {
	return c.encode(make([]int32, 0, utf8.RuneCountInString(text)), text)
}

// EncodeWithSpecials is Encode for trusted text: special tokens written out
// become their one id.
func (c *Char) EncodeWithSpecials(text string) []int32 { return c.split(nil, text, true, c.encode) }

func (c *Char) encode(ids []int32, text string) []int32 {
	for _, r := range text {
		ids = append(ids, c.runes[r]) // 0 if unknown
	}
	return ids
}

// Decode returns the text of ids; "�" for an id outside the vocabulary.
func (c *Char) Decode(ids []int32) string {
	var text strings.Builder
	for _, id := range ids {
		if id < 0 || int(id) >= len(c.tokens) {
			id = 0
		}
		text.WriteString(c.tokens[id])
	}
	return text.String()
}

// Save writes vocab.json into the folder dir, which it creates if need be.
func (c *Char) Save(dir string) error { return writeVocab(filepath.Join(dir, vocabFile), c.tokens) }

// LoadChar reads what [Char.Save] wrote.
func LoadChar(dir string) (*Char, error) {
	path := filepath.Join(dir, vocabFile)
	v, err := readVocab(path)
	if err != nil {
		return nil, err
	}
	for id, token := range v.tokens {
		if token == "" {
			return nil, v.errorf(int32(id), "token %d is empty", id)
		}
	}
	if len(v.tokens) == 0 || v.tokens[0] != string(utf8.RuneError) {
		return nil, fmt.Errorf("tokenizer: %s: id 0 is not %q: this is not the vocabulary of a character tokenizer",
			path, utf8.RuneError)
	}
	return newChar(v.tokens)
}
