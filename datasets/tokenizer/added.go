package tokenizer

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// specials are the tokens that mark structure, such as the end of a document.
// Encode never looks for them, so text from a user cannot forge one; programs
// insert them by id or with EncodeWithSpecials.
type specials struct {
	ids     map[string]int32
	pattern *regexp.Regexp // any special, the longest first; nil if there are none
}

func newSpecials(ids map[string]int32) specials {
	if len(ids) == 0 {
		return specials{}
	}
	texts := slices.SortedFunc(maps.Keys(ids), func(a, b string) int {
		return cmp.Or(len(b)-len(a), strings.Compare(a, b))
	})
	for i, text := range texts {
		texts[i] = regexp.QuoteMeta(text)
	}
	return specials{ids: ids, pattern: regexp.MustCompile(strings.Join(texts, "|"))}
}

// Special returns the id of a special token, given as it is written: "<|endoftext|>".
func (s specials) Special(text string) (int32, error) {
	id, ok := s.ids[text]
	if !ok {
		return 0, fmt.Errorf("tokenizer: no special token %q; have %q", text, s.Specials())
	}
	return id, nil
}

// Specials returns the texts of all special tokens in the order of their ids.
func (s specials) Specials() []string {
	return slices.SortedFunc(maps.Keys(s.ids), func(a, b string) int { return int(s.ids[a] - s.ids[b]) })
}

// split appends the ids of text to ids: specials by their id, what lies between
// them by encode.
func (s specials) split(ids []int32, text string, encode func(ids []int32, text string) []int32) []int32 {
	if s.pattern == nil {
		return encode(ids, text)
	}
	start := 0
	for _, at := range s.pattern.FindAllStringIndex(text, -1) {
		ids = encode(ids, text[start:at[0]])
		ids = append(ids, s.ids[text[at[0]:at[1]]])
		start = at[1]
	}
	return encode(ids, text[start:])
}
