package tokenizer

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// addedToken is a token that is looked for in the text itself, before anything cuts it: a mark of structure, such as
// the end of a document, or a word given to a vocabulary that was finished. It is AddedToken of Hugging Face's
// tokenizers, whose files have these fields.
type addedToken struct {
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"` // not next to a letter, digit or "_"
	LStrip     bool   `json:"lstrip"`      // takes the space before it along
	RStrip     bool   `json:"rstrip"`      // takes the space after it along
	Normalized bool   `json:"normalized"`  // is normalized, and found in normalized text
	Special    bool   `json:"special"`     // text of a user cannot contain it
	id         int32  // undeclared until the vocabulary says
}

// undeclared is the id of a token whose file does not tell.
const undeclared = -1

// UnmarshalJSON reads an object, or the text of a special token alone.
func (t *addedToken) UnmarshalJSON(data []byte) error {
	*t = addedToken{Special: true, id: undeclared}
	if json.Unmarshal(data, &t.Content) == nil {
		return nil
	}
	type fields addedToken // without this method
	object := struct {
		ID         *int32 `json:"id"`
		Normalized *bool  `json:"normalized"`
		fields
	}{}
	if err := json.Unmarshal(data, &object); err != nil {
		return err
	}
	*t = addedToken(object.fields)
	t.id, t.Normalized = undeclared, !t.Special
	if object.ID != nil {
		t.id = *object.ID
	}
	if object.Normalized != nil {
		t.Normalized = *object.Normalized
	}
	return nil
}

// addedTokens are the added tokens of a vocabulary. Encode never looks for the special ones, so text from a user
// cannot forge them; programs insert them by id or with EncodeWithSpecials.
type addedTokens struct {
	list            []addedToken
	ids             map[string]int32 // of the special ones
	normalize       normalizer       // of all text between tokens; nil if none
	raw, normalized *finder          // nil if there are none
}

func newAddedTokens(list []addedToken, normalize normalizer) (addedTokens, error) {
	a := addedTokens{list: list, ids: make(map[string]int32), normalize: normalize}
	for _, special := range []bool{true, false} { // of tokens that are equal once normalized, a special one counts
		for _, t := range list {
			if t.Special != special {
				continue
			}
			if special {
				a.ids[t.Content] = t.id
			}
			into, text := &a.raw, t.Content
			if t.Normalized {
				into = &a.normalized
				if normalize != nil {
					text = normalize(text)
				}
			}
			if text == "" {
				return a, fmt.Errorf("the added token %q is empty once normalized", t.Content)
			}
			if *into == nil {
				*into = &finder{tokens: make(map[string]addedToken)}
			}
			(*into).add(text, t)
		}
	}
	return a, nil
}

// Special returns the id of a special token, given as it is written: "<|endoftext|>".
func (a addedTokens) Special(text string) (int32, error) {
	id, ok := a.ids[text]
	if !ok {
		have := slices.SortedFunc(maps.Keys(a.ids), func(x, y string) int { return int(a.ids[x] - a.ids[y]) })
		return 0, fmt.Errorf("tokenizer: no special token %q; have %q", text, have)
	}
	return id, nil
}

// split appends the ids of text to ids: added tokens by their id, what lies between them, normalized, by encode. It
// passes over special tokens unless specials is set.
func (a addedTokens) split(ids []int32, text string, specials bool, encode func([]int32, string) []int32) []int32 {
	found := func(t addedToken) { ids = append(ids, t.id) }
	a.raw.split(text, specials, found, func(text string) {
		if a.normalize != nil {
			text = a.normalize(text)
		}
		a.normalized.split(text, specials, found, func(text string) { ids = encode(ids, text) })
	})
	return ids
}

// finder finds tokens in a text, from left to right, the longest of those that begin at the same place.
type finder struct {
	tokens  map[string]addedToken
	lengths [256][]int // of the tokens that begin with a byte, in bytes, the longest first
	plain   bool       // one of them is not special
}

func (f *finder) add(text string, t addedToken) {
	f.plain = f.plain || !t.Special
	if _, ok := f.tokens[text]; ok {
		return
	}
	f.tokens[text] = t
	lengths := &f.lengths[text[0]]
	if at, ok := slices.BinarySearchFunc(*lengths, len(text), func(n, want int) int { return want - n }); !ok {
		*lengths = slices.Insert(*lengths, at, len(text))
	}
}

// longest returns the longest token that text begins with, and its length; 0 if there is none.
func (f *finder) longest(text string) (addedToken, int) {
	for _, n := range f.lengths[text[0]] {
		if n <= len(text) {
			if t, ok := f.tokens[text[:n]]; ok {
				return t, n
			}
		}
	}
	return addedToken{}, 0
}

// split calls found with every token in text and rest with every stretch between them, in order. As in Hugging Face's
// code, a token that does not count (not a single word, or special) still hides the tokens that overlap with it.
func (f *finder) split(text string, specials bool, found func(addedToken), rest func(string)) {
	done, stripped := 0, 0 // where the last token ends; where the last space to be stripped after one ended
	if f != nil && (specials || f.plain) {
		for i := 0; i < len(text); i++ {
			t, n := f.longest(text[i:])
			if n == 0 {
				continue
			}
			start, end := i, i+n
			i = end - 1
			if t.Special && !specials || t.SingleWord && (endsInWord(text[:start]) || beginsWithWord(text[end:])) {
				continue
			}
			if t.LStrip && done < start {
				start = done + len(strings.TrimRightFunc(text[done:start], unicode.IsSpace))
			}
			if t.RStrip {
				if end >= stripped { // else the token lies in that space: do not read it once for each token
					stripped = len(text) - len(strings.TrimLeftFunc(text[end:], unicode.IsSpace))
				}
				end = stripped
			}
			if done < start {
				rest(text[done:start])
			}
			found(t)
			done = end
		}
	}
	if done < len(text) {
		rest(text[done:])
	}
}

func endsInWord(text string) bool {
	r, _ := utf8.DecodeLastRuneInString(text)
	return text != "" && unicode.In(r, wordCharacters...)
}

func beginsWithWord(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return text != "" && unicode.In(r, wordCharacters...)
}

// wordCharacters are \w of Unicode's regular expressions (UTS #18, annex C).
var wordCharacters = []*unicode.RangeTable{unicode.L, unicode.M, unicode.Nd, unicode.Nl, unicode.Pc,
	unicode.Other_Alphabetic, unicode.Join_Control}
