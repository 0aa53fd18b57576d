package dialog

import (
	"fmt"
	"slices"
	"strings"
)

// Tokenizer is what a template needs of a tokenizer; those of datasets/tokenizer have it.
type Tokenizer interface {
	Encode(text string) []int32
	Decode(ids []int32) string
	VocabSize() int
}

// Template writes conversations as ids. Its marks, special tokens, take the ids right after the tokenizer's, so that no
// text, whatever a user types, can ever contain one: "<|end|>" in a message becomes ordinary tokens.
//
// Every turn's text is encoded with a blank before it. So each word has one token wherever it stands,
// and not a second one for the start of a turn.
type Template struct {
	tokenizer Tokenizer
	first     int32 // id of the first mark
}

// The marks, in the order of their ids.
const (
	markEnd = iota
	markUser
	markAssistant
	markTool
	markEndOfText
	marks
)

var markNames = [marks]string{"<|end|>", "<|user|>", "<|assistant|>", "<|tool|>", "<|endoftext|>"}

// NewTemplate returns the template over a tokenizer.
func NewTemplate(t Tokenizer) *Template {
	return &Template{tokenizer: t, first: int32(t.VocabSize())}
}

// VocabSize returns the tokenizer's vocabulary plus the marks: what a model for conversations needs.
func (t *Template) VocabSize() int { return int(t.first) + marks }

// End returns the id that ends a turn, and fills up short rows.
func (t *Template) End() int32 { return t.first + markEnd }

// EndOfText returns the id that ends a document of the pretraining text. It is not End: at the end of a document a
// model learns to forget what stood before, and a question stands before the end of its turn.
func (t *Template) EndOfText() int32 { return t.first + markEndOfText }

// Meanings returns, for each mark of a conversation of two, words as the mean of which its embedding may start: to a
// model that has read interviews, a conversation then looks like one.
func (t *Template) Meanings() map[int32][]int32 {
	question, answer := t.Text("Question:"), t.Text("Answer:")
	return map[int32][]int32{t.mark(User): question, t.End(): answer[:1], t.mark(Assistant): answer[1:]}
}

// mark returns the id that opens a role's turn.
func (t *Template) mark(r Role) int32 {
	switch r {
	case User:
		return t.first + markUser
	case Assistant:
		return t.first + markAssistant
	}
	return t.first + markTool
}

// Text encodes a text as it stands inside a turn, without marks.
func (t *Template) Text(text string) []int32 {
	return t.tokenizer.Encode(" " + strings.TrimSpace(text))
}

// Document encodes a document of a pretraining text: its ids, then EndOfText.
func (t *Template) Document(text string) []int32 { return append(t.Text(text), t.EndOfText()) }

// Prompt encodes a conversation that ends with the user's or a tool's turn, and opens the assistant's:
// what a model is asked to continue.
func (t *Template) Prompt(turns []Turn) ([]int32, error) {
	if err := Validate(turns); err != nil {
		return nil, err
	}
	if last := turns[len(turns)-1]; last.Role == Assistant {
		return nil, fmt.Errorf("dialog: prompt ends with the assistant's turn, want the user's or a tool's")
	}
	var ids []int32
	for i, turn := range turns {
		next, err := t.turn(i, turn)
		if err != nil {
			return nil, err
		}
		ids = append(ids, next...)
	}
	return append(ids, t.mark(Assistant)), nil
}

// Answer encodes an answer to a prompt: the text and the mark that ends it.
func (t *Template) Answer(text string) []int32 { return append(t.Text(text), t.End()) }

// turn encodes turn i of a conversation. A text of which the tokenizer leaves nothing is an error.
func (t *Template) turn(i int, turn Turn) ([]int32, error) {
	if t.IsEmpty(turn.Text) {
		return nil, fmt.Errorf("dialog: turn %d, %q, is empty once encoded", i, turn.Text)
	}
	return slices.Concat([]int32{t.mark(turn.Role)}, t.Answer(turn.Text)), nil
}

// IsEmpty says whether nothing is left of a text once it is encoded.
func (t *Template) IsEmpty(text string) bool { return slices.Equal(t.Text(text), t.Text("")) }

// Decode returns the text of ids. Marks are written out: "<|user|> Where …<|end|>". Ids outside the
// vocabulary are an error.
func (t *Template) Decode(ids []int32) (string, error) {
	var b strings.Builder
	start := 0
	for i, id := range ids {
		if id < 0 || int(id) >= t.VocabSize() {
			return "", fmt.Errorf("dialog: id %d at %d is outside the vocabulary of %d", id, i, t.VocabSize())
		}
		if id >= t.first {
			b.WriteString(t.tokenizer.Decode(ids[start:i]) + markNames[id-t.first])
			start = i + 1
		}
	}
	return b.String() + t.tokenizer.Decode(ids[start:]), nil
}

// Spoken returns the text that the first End or EndOfText ends, without the blank before it, and whether it is an End.
// It is how a sampled answer is read; other marks are written out.
func (t *Template) Spoken(ids []int32) (text string, ended bool, err error) {
	if i := slices.IndexFunc(ids, func(id int32) bool { return id == t.End() || id == t.EndOfText() }); i >= 0 {
		ids, ended = ids[:i], ids[i] == t.End()
	}
	text, err = t.Decode(ids)
	return strings.TrimPrefix(text, " "), ended, err
}
