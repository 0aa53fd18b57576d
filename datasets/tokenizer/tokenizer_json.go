package tokenizer

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
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
	if err := parsePreTokenizer(f.PreTokenizer, map[string]string{"BPE": "ByteLevel", "WordPiece": "BertPreTokenizer"}[model.Type]); err != nil {
		return fail("pre_tokenizer", err)
	}
	v, err := parseVocab(path, model.Vocab, 1+bytes.Count(text[:max(0, bytes.Index(text, model.Vocab))], []byte("\n")))
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

// part is a normalizer or a pre-tokenizer.
type part struct {
	name string
	json.RawMessage
}

// parts lists the steps of a Sequence, which stand in its field list; or a single step; or, of null, none.
func parts(raw json.RawMessage, list string) (steps []part, err error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	read := func(raw json.RawMessage) (part, error) {
		var kind struct{ Type string }
		err := json.Unmarshal(raw, &kind)
		return part{kind.Type, raw}, err
	}
	one, err := read(raw)
	if err != nil || one.name != "Sequence" {
		return []part{one}, err
	}
	fields := make(map[string]json.RawMessage)
	var inner []json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(fields[list], &inner); err != nil {
		return nil, fmt.Errorf("a Sequence needs a list of %s: %w", list, err)
	}
	for _, raw := range inner {
		step, err := read(raw)
		if err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// parseNormalizer returns nil for none; bert is set if it is BERT's alone.
func parseNormalizer(raw json.RawMessage) (n normalizer, bert *bertNormalizer, err error) {
	steps, err := parts(raw, "normalizers")
	for _, step := range steps {
		then := simpleNormalizers[step.name]
		var only struct{ Type string }
		switch {
		case step.name == "BertNormalizer":
			var options struct {
				Type string
				bertNormalizer
			}
			err = errors.Join(err, strict(step.RawMessage, &options))
			if bert = &options.bertNormalizer; len(steps) > 1 {
				bert = nil
			}
			then = options.normalize
		case then != nil:
			err = errors.Join(err, strict(step.RawMessage, &only))
		default:
			return nil, nil, fmt.Errorf("%q is not one that we have; want \"BertNormalizer\" or %q",
				step.name, slices.Sorted(maps.Keys(simpleNormalizers)))
		}
		if before := n; before != nil {
			n = func(text string) string { return then(before(text)) }
		} else {
			n = then
		}
	}
	return n, bert, err
}

// parsePreTokenizer refuses all but the one that the model has here.
func parsePreTokenizer(raw json.RawMessage, want string) error {
	steps, err := parts(raw, "pretokenizers")
	if err != nil {
		return err
	}
	names := make([]string, len(steps))
	for i, step := range steps {
		names[i] = step.name
	}
	if len(names) != 1 || names[0] != want {
		return fmt.Errorf("%.100q is not what we have; want %q", names, want)
	}
	options := struct {
		Type        string
		PrefixSpace *bool `json:"add_prefix_space"`
		TrimOffsets bool  `json:"trim_offsets"` // changes no ids
		Regex       *bool `json:"use_regex"`
	}{}
	if err := strict(steps[0].RawMessage, &options); err != nil || want != "ByteLevel" {
		return err
	}
	if options.PrefixSpace == nil || *options.PrefixSpace || options.Regex != nil && !*options.Regex {
		return errors.New("ByteLevel wants add_prefix_space false and use_regex true: we add no blank, and cut as GPT-2 does")
	}
	return nil
}

// agree refuses a normalizer in tokenizer.json that tokenizer_config.json contradicts: which of the two counts depends on
// the version of transformers.
func (c *tokenizerConfig) agree(model string, n normalizer, bert *bertNormalizer) error {
	ours := model == "WordPiece" && slices.Contains(bertClasses, strings.TrimSuffix(c.Class, "Fast"))
	if model == "BPE" && strings.TrimSuffix(c.Class, "Fast") == gpt2Class && n != nil {
		return fmt.Errorf("tokenizer_class %q in %s has none", c.Class, c.path)
	}
	said := c.Lower != nil || c.StripAccents != nil || c.Chinese != nil
	if model == "BPE" || !ours && !said {
		return nil
	}
	want := c.bert()
	if bert != nil && !ours { // only what is said counts
		want.Clean = bert.Clean
		want.Lower = c.Lower == nil && bert.Lower || c.Lower != nil && *c.Lower
		want.Chinese = c.Chinese == nil && bert.Chinese || c.Chinese != nil && *c.Chinese
		want.StripAccents = cmp.Or(c.StripAccents, bert.StripAccents)
	}
	if bert == nil || want.Clean != bert.Clean || want.Lower != bert.Lower || want.Chinese != bert.Chinese || want.strips() != bert.strips() {
		return fmt.Errorf("is not that of %s (tokenizer_class, do_lower_case, strip_accents, tokenize_chinese_chars)", c.path)
	}
	return nil
}

// strict reads an object and refuses fields that value has not.
func strict(raw json.RawMessage, value any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(value)
}
