package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// tokenizerFile is the one file in which Hugging Face's tokenizers keep all of a tokenizer.
const tokenizerFile = "tokenizer.json"

// tokenizerJSON is the part of it that changes ids; see [Load] for the rest.
type tokenizerJSON struct {
	Added        []addedToken    `json:"added_tokens"`
	Normalizer   json.RawMessage `json:"normalizer"`
	PreTokenizer json.RawMessage `json:"pre_tokenizer"`
	Model        json.RawMessage `json:"model"`
}

// modelJSON is the model in it, of either kind. A byte-level BPE knows every byte, and so has no use for what others do
// with an unknown one.
type modelJSON struct {
	Type         string          `json:"type"`
	Vocab        json.RawMessage `json:"vocab"`
	Unknown      *string         `json:"unk_token"`
	Prefix       *string         `json:"continuing_subword_prefix"`
	MaxLength    *int            `json:"max_input_chars_per_word"` // WordPiece
	Merges       []mergeJSON     `json:"merges"`                   // BPE, like the rest
	Suffix       *string         `json:"end_of_word_suffix"`
	Dropout      float64         `json:"dropout"`
	FuseUnknown  bool            `json:"fuse_unk"`
	ByteFallback bool            `json:"byte_fallback"`
	IgnoreMerges bool            `json:"ignore_merges"`
}

// mergeJSON is "left right", or ["left", "right"].
type mergeJSON [2]string

// UnmarshalJSON reads both forms.
func (m *mergeJSON) UnmarshalJSON(data []byte) error {
	var text string
	var parts []string
	if json.Unmarshal(data, &text) == nil {
		parts = strings.Split(text, " ")
	} else if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	if len(parts) != 2 {
		return fmt.Errorf("a merge joins two tokens, not %.60q", parts)
	}
	*m = mergeJSON(parts)
	return nil
}

// loadJSON reads the tokenizer.json in folder dir, of the kind T.
func loadJSON[T Tokenizer](dir string) (T, error) {
	var none T
	path := filepath.Join(dir, tokenizerFile)
	text, err := readFile(path)
	if err != nil {
		return none, err
	}
	var file tokenizerJSON
	if err := json.Unmarshal(text, &file); err != nil {
		return none, fmt.Errorf("tokenizer: %s: %w", path, err)
	}
	config, err := readConfig(dir)
	if err != nil {
		return none, err
	}
	t, err := file.build(path, text, config)
	if err != nil {
		return none, err
	}
	kind, ok := t.(T)
	if !ok {
		return none, fmt.Errorf("tokenizer: %s holds a %T, want a %T", path, t, none)
	}
	return kind, nil
}

// build makes the tokenizer; text is the whole file at path.
func (f tokenizerJSON) build(path string, text []byte, config *tokenizerConfig) (Tokenizer, error) {
	fail := func(part string, err error) (Tokenizer, error) {
		return nil, fmt.Errorf("tokenizer: %s: %s: %w", path, part, err)
	}
	var model modelJSON
	if err := f.readModel(&model); err != nil {
		return fail("model", err)
	}
	normalize, bert, err := parseNormalizer(f.Normalizer)
	if err != nil {
		return fail("normalizer", err)
	}
	if err := config.agree(model.Type, normalize, bert); err != nil {
		return fail("normalizer", err)
	}
	if err := parsePreTokenizer(f.PreTokenizer, model.Type); err != nil {
		return fail("pre_tokenizer", err)
	}
	before := text[:max(0, bytes.Index(text, model.Vocab))]
	v, err := parseVocab(path, model.Vocab, 1+bytes.Count(before, []byte("\n")))
	if err != nil {
		return nil, err
	}
	list, err := config.added(f.Added, v)
	if err != nil {
		return nil, err
	}
	if model.Type == "WordPiece" {
		if err := config.checkRoles(); err != nil {
			return nil, err
		}
		return newWordPiece(v, list, normalize, bert)
	}
	merges := mergeList{where: func(i int) string { return fmt.Sprintf("%s: merge %d", path, i+1) }}
	for _, m := range model.Merges {
		merges.parts = append(merges.parts, m)
	}
	b, err := newBPEOf(v, merges)
	if err != nil {
		return nil, err
	}
	if err := b.place(list, v, normalize); err != nil {
		return nil, err
	}
	return b, nil
}

// readModel reads the model and refuses what ours does not do.
func (f tokenizerJSON) readModel(m *modelJSON) error {
	var kind struct {
		Type      *string         `json:"type"` // missing in older files
		Merges    json.RawMessage `json:"merges"`
		MaxLength json.RawMessage `json:"max_input_chars_per_word"`
	}
	if len(f.Model) == 0 {
		return errors.New("is missing")
	}
	if err := json.Unmarshal(f.Model, &kind); err != nil {
		return err
	}
	name := "BPE"
	switch {
	case kind.Type != nil:
		name = *kind.Type
	case kind.MaxLength != nil:
		name = "WordPiece"
	case kind.Merges == nil:
		name = ""
	}
	if name != "BPE" && name != "WordPiece" {
		return fmt.Errorf("%q is not one that we have; want \"BPE\" or \"WordPiece\"", name)
	}
	if err := strict(f.Model, m); err != nil {
		return err
	}
	m.Type = name
	is := func(field *string, want string) bool { return field == nil || *field == want }
	switch prefix := map[string]string{"BPE": "", "WordPiece": within}[name]; {
	case !is(m.Prefix, prefix):
		return fmt.Errorf("continuing_subword_prefix is %.20q, want %q", *m.Prefix, prefix)
	case !is(m.Suffix, ""):
		return fmt.Errorf("end_of_word_suffix is %.20q; the tokens of our BPE have none", *m.Suffix)
	case m.Dropout != 0:
		return fmt.Errorf("dropout is %g; our encoding knows no chance", m.Dropout)
	case m.IgnoreMerges:
		return errors.New("ignore_merges is true; our BPE makes all tokens by merges")
	case name == "WordPiece" && !is(m.Unknown, Unknown):
		return fmt.Errorf("unk_token is %.20q, want %q", *m.Unknown, Unknown)
	case m.MaxLength != nil && *m.MaxLength != maxWordLength:
		return fmt.Errorf("max_input_chars_per_word is %d, want %d", *m.MaxLength, maxWordLength)
	}
	return nil
}

// strict reads an object and refuses fields that value has not.
func strict(raw json.RawMessage, value any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(value)
}
