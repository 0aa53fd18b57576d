package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Hugging Face's files about the added tokens and the choices of a tokenizer.
const (
	configFile      = "tokenizer_config.json"
	addedFile       = "added_tokens.json"       // {"token": id, …}, of transformers before 2023
	specialsMapFile = "special_tokens_map.json" // {"cls_token": "[CLS]", …}, likewise
)

// tokenizerConfig is what these files say, as far as it changes ids.
type tokenizerConfig struct {
	Class        string               `json:"tokenizer_class,omitempty"`
	Lower        *bool                `json:"do_lower_case,omitempty"`
	StripAccents *bool                `json:"strip_accents,omitempty"`
	Chinese      *bool                `json:"tokenize_chinese_chars,omitempty"`
	Added        map[int32]addedToken `json:"added_tokens_decoder,omitempty"`

	// What we have not: refused unless it is as here.
	Basic       *bool          `json:"do_basic_tokenize,omitempty"` // true
	Clean       *bool          `json:"clean_text,omitempty"`        // true
	Prefix      *string        `json:"wordpieces_prefix,omitempty"` // "##"
	NeverSplit  []string       `json:"never_split,omitempty"`       // empty
	PrefixSpace bool           `json:"add_prefix_space,omitempty"`  // false
	Split       bool           `json:"split_special_tokens,omitempty"`
	Code        map[string]any `json:"auto_map,omitempty"` // empty

	path      string
	describes bool                  // Added is of tokenizer_config.json
	named     map[string]addedToken // by role: "cls_token"
	extra     []addedToken          // special tokens without a role
}

// roles are those that all tokenizers may have, in the order in which transformers adds their tokens.
var roles = []string{"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"}

// readConfig reads the three files, each of which may be missing. As in transformers, the two older ones count only if
// tokenizer_config.json does not list the added tokens itself.
func readConfig(dir string) (*tokenizerConfig, error) {
	c := &tokenizerConfig{path: filepath.Join(dir, configFile), named: make(map[string]addedToken)}
	text, err := readIfThere(c.path, c)
	if err != nil {
		return nil, err
	}
	if err := c.refuse(); err != nil {
		return nil, fmt.Errorf("tokenizer: %s: %w", c.path, err)
	}
	if err := c.readNamed(c.path, text); err != nil {
		return nil, err
	}
	if c.describes = c.Added != nil; c.describes {
		return c, nil
	}
	path := filepath.Join(dir, specialsMapFile)
	if text, err = readIfThere(path, &struct{}{}); err != nil {
		return nil, err
	}
	if err := c.readNamed(path, text); err != nil {
		return nil, err
	}
	var ids map[string]int32
	if _, err := readIfThere(filepath.Join(dir, addedFile), &ids); err != nil {
		return nil, err
	}
	c.Added = make(map[int32]addedToken, len(ids))
	special := c.special()
	for text, id := range ids {
		if other, ok := c.Added[id]; ok {
			return nil, fmt.Errorf("tokenizer: %s: %.60q and %.60q have the same id %d",
				filepath.Join(dir, addedFile), text, other.Content, id)
		}
		c.Added[id] = addedToken{Content: text, Special: special[text], Normalized: !special[text]}
	}
	return c, nil
}

// readIfThere reads a file of JSON into value; a missing one says nothing.
func readIfThere(path string, value any) ([]byte, error) {
	text, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return []byte("{}"), nil
	}
	if err == nil {
		if err = json.Unmarshal(text, value); err != nil {
			err = fmt.Errorf("tokenizer: %s: %w", path, err)
		}
	}
	return text, err
}

// refuse names the first choice that we have not.
func (c *tokenizerConfig) refuse() error {
	switch {
	case len(c.Code) > 0:
		return errors.New("auto_map: this tokenizer has code of its own, which we cannot run")
	case c.Basic != nil && !*c.Basic:
		return errors.New("do_basic_tokenize is false; we cut text into words before pieces")
	case c.Clean != nil && !*c.Clean:
		return errors.New("clean_text is false, which transformers forgot in version 5; say it in tokenizer.json")
	case c.Prefix != nil && *c.Prefix != within:
		return fmt.Errorf("wordpieces_prefix is %.20q, want %q", *c.Prefix, within)
	case len(c.NeverSplit) > 0:
		return fmt.Errorf("never_split is %.60q; we know such words as added tokens only", c.NeverSplit)
	case c.PrefixSpace:
		return errors.New("add_prefix_space is true; we add no blank to a text")
	case c.Split:
		return errors.New("split_special_tokens is true; remove it, Encode always splits special tokens")
	}
	return nil
}

// readNamed reads the special tokens of an object: under "…_token" one each, with a role, and lists of others.
func (c *tokenizerConfig) readNamed(path string, text []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return fmt.Errorf("tokenizer: %s: %w", path, err)
	}
	var extra []addedToken
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		value := fields[key]
		var list []addedToken
		var named map[string]addedToken
		var err error
		switch first := value[0]; {
		case key == "additional_special_tokens", key == "extra_special_tokens": // the older name, the newer
			if first == '{' {
				err = json.Unmarshal(value, &named)
			} else {
				err = json.Unmarshal(value, &list)
			}
		case strings.HasSuffix(key, "_token") && (first == '"' || first == '{'): // and not add_bos_token: true
			var t addedToken
			err = json.Unmarshal(value, &t)
			t.Special = true
			named = map[string]addedToken{key: t}
		}
		if err != nil {
			return fmt.Errorf("tokenizer: %s: %s: %w", path, key, err)
		}
		maps.Copy(c.named, named)
		if len(list)+len(named) > 0 && key == "extra_special_tokens" { // then the older name does not count
			extra = nil
		}
		extra = append(extra, list...)
	}
	c.extra = append(c.extra, extra...)
	return nil
}

// special lists the texts of these tokens.
func (c *tokenizerConfig) special() map[string]bool {
	texts := make(map[string]bool)
	for _, t := range slices.AppendSeq(slices.Clone(c.extra), maps.Values(c.named)) {
		texts[t.Content] = true
	}
	return texts
}

// added appends to the tokens that tokenizer.json lists those of the other files, in the order in which transformers
// adds them: those with an id, those with a role, the others. What two files say in different ways is refused.
func (c *tokenizerConfig) added(list []addedToken, v *vocabulary) ([]addedToken, error) {
	list = slices.DeleteFunc(list, func(t addedToken) bool { return t.Content == "" })
	at := make(map[string]int)
	for i, t := range list {
		at[t.Content] = i
	}
	add := func(t addedToken) {
		if _, ok := at[t.Content]; !ok && t.Content != "" {
			at[t.Content] = len(list)
			list = append(list, t)
		}
	}
	special := c.special()
	for _, id := range slices.Sorted(maps.Keys(c.Added)) {
		t := c.Added[id]
		t.id = id
		if i, ok := at[t.Content]; ok && (list[i].id != id || c.describes && list[i] != t) {
			return nil, fmt.Errorf("tokenizer: %s: the added token %.60q is not as in %s",
				c.path, t.Content, tokenizerFile)
		}
		t.Special = t.Special || special[t.Content]
		add(t)
	}
	for _, role := range roles {
		add(c.named[role])
	}
	for _, name := range slices.Sorted(maps.Keys(c.named)) {
		t := c.named[name]
		_, listed := at[t.Content]
		if _, ok := v.ids[t.Content]; !ok && !slices.Contains(roles, name) && t.Content != "" && !listed {
			return nil, fmt.Errorf("tokenizer: %s: %s is %.60q, which is neither in the vocabulary nor an added token",
				c.path, name, t.Content)
		}
		add(t)
	}
	for _, t := range c.extra {
		add(t)
	}
	return list, nil
}

// bert is the normalizer that BERT's choices ask for.
func (c *tokenizerConfig) bert() bertNormalizer {
	n := uncased
	n.StripAccents = c.StripAccents
	if c.Lower != nil {
		n.Lower = *c.Lower
	}
	if c.Chinese != nil {
		n.Chinese = *c.Chinese
	}
	return n
}

// checkClass refuses files of another tokenizer that look like ours.
func (c *tokenizerConfig) checkClass(ours ...string) error {
	if c.Class == "" || slices.Contains(ours, strings.TrimSuffix(c.Class, "Fast")) {
		return nil
	}
	return fmt.Errorf("tokenizer: %s: tokenizer_class is %.60q, want %q", c.path, c.Class, ours)
}
