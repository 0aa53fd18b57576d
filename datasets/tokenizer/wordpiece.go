package tokenizer

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// WordPiece is the tokenizer of BERT (Devlin et al. 2019, §3; the method is Wu
// et al. 2016, §4.1). It normalizes text (BERT drops control characters, letter
// case and accents; a cased vocabulary keeps the last two), cuts it into words, and
// each word into the longest pieces that its vocabulary knows; pieces that go on
// within a word are written with "##": "unaffable" is "una ##ffa ##ble". Unlike
// [BPE] it does not keep blanks, and it has a token for what it cannot spell.
// [TrainWordPiece] and [LoadWordPiece] make one; it does not change afterwards.
type WordPiece struct {
	addedTokens
	tokens  []string         // by id, as in vocab.txt
	pieces  int              // how many of them are not added
	first   map[string]int32 // pieces that begin a word
	rest    map[string]int32 // pieces that go on within a word, without their "##"
	unknown int32            // id of [UNK]
	bert    *bertNormalizer  // what is done to text first; nil if that is not BERT's way
}

// The special tokens of BERT.
const (
	Pad     = "[PAD]"  // fills the shorter sentences of a batch
	Unknown = "[UNK]"  // a word that the vocabulary cannot spell
	Class   = "[CLS]"  // first in every input: its output stands for the whole
	Sep     = "[SEP]"  // after every sentence
	Mask    = "[MASK]" // a token for the model to guess
)

var wordPieceSpecials = []string{Pad, Unknown, Class, Sep, Mask}

const (
	within        = "##" // marks pieces that go on within a word
	maxWordLength = 100  // in characters; Hugging Face's limit, Google's code has 200
)

// newWordPiece returns the tokenizer of a vocabulary with added tokens, to which BERT's special ones always belong;
// bert is nil if normalize is another than BERT's.
func newWordPiece(v *vocabulary, list []addedToken, normalize normalizer, bert *bertNormalizer) (*WordPiece, error) {
	w := &WordPiece{first: make(map[string]int32), rest: make(map[string]int32), pieces: len(v.tokens), bert: bert}
	for _, text := range wordPieceSpecials {
		id, ok := v.ids[text]
		if !ok {
			return nil, fmt.Errorf("tokenizer: %s: no token %q", v.path, text)
		}
		if !slices.ContainsFunc(list, func(t addedToken) bool { return t.Content == text }) {
			list = append(list, addedToken{Content: text, Special: true, id: id})
		}
	}
	more, err := v.place(list)
	if err != nil {
		return nil, err
	}
	w.tokens = slices.Concat(v.tokens, more)
	for id, token := range v.tokens {
		if piece, ok := strings.CutPrefix(token, within); ok && piece != "" {
			w.rest[piece] = int32(id)
		} else {
			w.first[token] = int32(id)
		}
	}
	if w.addedTokens, err = newAddedTokens(list, normalize); err != nil {
		return nil, fmt.Errorf("tokenizer: %s: %w", v.path, err)
	}
	for _, t := range list {
		isPiece := strings.HasPrefix(t.Content, within) || slices.Equal(w.words(t.Content), []string{t.Content})
		if t.Special && int(t.id) < w.pieces && isPiece {
			return nil, v.errorf(t.id, forgeable, t.Content)
		}
	}
	w.unknown = w.ids[Unknown]
	return w, nil
}

// bertOf returns the tokenizer of tokens that are not from a file.
func bertOf(tokens []string, bert bertNormalizer) (*WordPiece, error) {
	v := &vocabulary{path: "trained vocabulary", tokens: tokens, lines: make([]int, len(tokens))}
	v.ids = make(map[string]int32)
	for id, token := range tokens {
		v.ids[token] = int32(id)
	}
	return newWordPiece(v, nil, bert.normalize, &bert)
}

// words normalizes text and cuts it into words.
func (w *WordPiece) words(text string) []string {
	if w.normalize != nil {
		text = w.normalize(text)
	}
	return words(text)
}

// VocabSize is V: the pieces and the special tokens.
func (w *WordPiece) VocabSize() int { return len(w.tokens) }

// Token returns one token as it is written in vocab.txt: "una", "##ffa", "[SEP]";
// "" for an id outside the vocabulary.
func (w *WordPiece) Token(id int32) string {
	if id < 0 || int(id) >= len(w.tokens) {
		return ""
	}
	return w.tokens[id]
}

// Encode returns the pieces of the words of text, without [CLS] and [SEP]:
// [WordPiece.Join] adds them. A special token written out in text is plain text.
func (w *WordPiece) Encode(text string) []int32 { return w.split(nil, text, false, w.encode) }

// EncodeWithSpecials is Encode for trusted text: "[MASK]" written out, in capital
// letters, becomes the special token.
func (w *WordPiece) EncodeWithSpecials(text string) []int32 {
	return w.split(nil, text, true, w.encode)
}

func (w *WordPiece) encode(ids []int32, text string) []int32 {
	for _, word := range words(text) {
		ids = w.encodeWord(ids, word)
	}
	return ids
}

// encodeWord appends the pieces of word, each the longest that fits. If one place
// has no piece that fits, the whole word is unknown.
func (w *WordPiece) encodeWord(ids []int32, word string) []int32 {
	start := len(ids)
	if utf8.RuneCountInString(word) > maxWordLength {
		return append(ids, w.unknown)
	}
	for pieces := w.first; word != ""; pieces = w.rest {
		end := len(word)
		id, ok := pieces[word]
		for !ok && end > 0 {
			_, size := utf8.DecodeLastRuneInString(word[:end])
			end -= size
			id, ok = pieces[word[:end]]
		}
		if !ok {
			return append(ids[:start], w.unknown)
		}
		ids = append(ids, id)
		word = word[end:]
	}
	return ids
}

// Decode returns the tokens of ids with blanks between words, special tokens
// included. What Encode dropped (blanks, letter case) does not come back.
func (w *WordPiece) Decode(ids []int32) string {
	var text strings.Builder
	for i, id := range ids {
		token := w.Token(id)
		if token == "" {
			token = "\uFFFD"
		}
		if piece, ok := strings.CutPrefix(token, within); ok && piece != "" {
			token = piece
		} else if i > 0 {
			text.WriteByte(' ')
		}
		text.WriteString(token)
	}
	return text.String()
}

// Join makes one input for BERT of the ids of one sentence, [CLS] a [SEP], or of
// two, [CLS] a [SEP] b [SEP]. segments says for every id which sentence it
// belongs to: 0 up to the first [SEP], 1 from there on. Where all would be longer
// than limit tokens, it takes from the end of the longest sentence, of the last of
// equally long ones, until it fits (truncate_seq_pair in BERT's code).
func (w *WordPiece) Join(limit int, sentences ...[]int32) (ids, segments []int32) {
	sentences = slices.Clone(sentences) // the slices are shortened below, not what they hold
	length := 1
	for _, s := range sentences {
		length += len(s) + 1
	}
	for ; length > limit; length-- {
		longest := 0
		for i, s := range sentences {
			if len(s) >= len(sentences[longest]) {
				longest = i
			}
		}
		n := len(sentences[longest])
		if n == 0 {
			break
		}
		sentences[longest] = sentences[longest][:n-1]
	}
	ids, segments = append(ids, w.ids[Class]), append(segments, 0)
	for i, s := range sentences {
		ids = append(append(ids, s...), w.ids[Sep])
		segments = append(segments, slices.Repeat([]int32{int32(i)}, len(s)+1)...)
	}
	return ids, segments
}
