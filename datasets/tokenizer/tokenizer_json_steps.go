package tokenizer

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

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
	if err != nil {
		return nil, nil, err
	}
	for _, step := range steps {
		var options struct {
			Type string
			bertNormalizer
		}
		var none struct{ Type string }
		then := simpleNormalizers[step.name]
		switch {
		case step.name == "BertNormalizer":
			err = strict(step.RawMessage, &options)
			then, bert = options.normalize, &options.bertNormalizer
		case then != nil:
			err = strict(step.RawMessage, &none)
		default:
			err = fmt.Errorf("%.60q is not one that we have; want \"BertNormalizer\" or %q",
				step.name, slices.Sorted(maps.Keys(simpleNormalizers)))
		}
		if err != nil {
			return nil, nil, err
		}
		if before := n; before != nil {
			n = func(text string) string { return then(before(text)) }
		} else {
			n = then
		}
	}
	if len(steps) != 1 {
		bert = nil
	}
	return n, bert, nil
}

// parsePreTokenizer refuses all but the one that the model has here.
func parsePreTokenizer(raw json.RawMessage, model string) error {
	want := map[string]string{"BPE": "ByteLevel", "WordPiece": "BertPreTokenizer"}[model]
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
		return errors.New("want ByteLevel with add_prefix_space false and use_regex true: " +
			"we add no blank to a text, and cut it as GPT-2 does")
	}
	return nil
}

// agree refuses a normalizer in tokenizer.json that tokenizer_config.json contradicts: which of the two counts depends
// on the version of transformers.
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
	if bert == nil || !want.equal(*bert) {
		return fmt.Errorf("is not that of %s (tokenizer_class, do_lower_case, strip_accents, "+
			"tokenize_chinese_chars)", c.path)
	}
	return nil
}
