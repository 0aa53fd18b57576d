package tokenizer

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The two files of a BPE, as Hugging Face names them and as OpenAI named them for GPT-2.
const (
	vocabFile        = "vocab.json" // {"token": id, …}
	mergesFile       = "merges.txt" // one merge per line, "left right", in the order learned
	openAIVocabFile  = "encoder.json"
	openAIMergesFile = "vocab.bpe"
)

// gpt2Class is the class of transformers for such files.
const gpt2Class = "GPT2Tokenizer"

// Save writes vocab.json and merges.txt into the folder dir, which it creates if
// need be, and tokenizer_config.json if there are added tokens that need a word of
// explanation. Hugging Face's GPT2Tokenizer reads them.
func (b *BPE) Save(dir string) error {
	if b.normalize != nil {
		return fmt.Errorf("tokenizer: the normalizer of this vocabulary has no place in %s", configFile)
	}
	texts, known := make([]string, len(b.tokens)), b.ordinary()
	for id, token := range b.tokens {
		texts[id] = printable(token)
	}
	config := tokenizerConfig{Class: gpt2Class}
	for _, t := range b.list {
		if !known[t.id] {
			texts[t.id], known[t.id] = t.Content, true
		}
		if t != (addedToken{Content: t.Content, Special: true, id: t.id}) || !canBeSpecial(t.Content) {
			config.Added = byID(b.list)
		}
	}
	if id := slices.Index(known, false); id >= 0 {
		return fmt.Errorf("tokenizer: token %.60q (id %d) is neither the result of a merge nor an added token",
			b.tokens[id], id)
	}
	err := checkFree(dir, tokenizerFile, piecesFile, openAIVocabFile, configFile, specialsMapFile, addedFile)
	if err != nil {
		return err
	}
	if config.Added != nil {
		if err := config.write(dir); err != nil {
			return err
		}
	}
	merges := []byte("#version: 0.2\n")
	for _, m := range b.merges {
		merges = fmt.Appendf(merges, "%s %s\n", texts[m.Left], texts[m.Right])
	}
	if err := writeFile(filepath.Join(dir, mergesFile), merges); err != nil {
		return err
	}
	return writeVocab(filepath.Join(dir, vocabFile), texts)
}

// LoadBPE reads a vocabulary from the folder dir: tokenizer.json; or vocab.json
// with merges.txt; or the same two as OpenAI named them for GPT-2, encoder.json
// with vocab.bpe. Of vocab.json, a token that is neither a byte nor the result of
// a merge is a special token, unless another file says what it is (see [Load]).
func LoadBPE(dir string) (*BPE, error) {
	if exists(dir, tokenizerFile) {
		return loadJSON[*BPE](dir)
	}
	vocabPath, mergesPath := filepath.Join(dir, vocabFile), filepath.Join(dir, mergesFile)
	if exists(dir, openAIVocabFile) {
		vocabPath, mergesPath = filepath.Join(dir, openAIVocabFile), filepath.Join(dir, openAIMergesFile)
	}
	v, err := readVocab(vocabPath)
	if err != nil {
		return nil, err
	}
	merges, err := readMerges(mergesPath)
	if err != nil {
		return nil, err
	}
	b, err := newBPEOf(v, merges)
	if err != nil {
		return nil, err
	}
	config, err := readConfig(dir)
	if err != nil {
		return nil, err
	}
	if err := config.checkClass(gpt2Class); err != nil {
		return nil, err
	}
	list, err := config.added(nil, v)
	if err != nil {
		return nil, err
	}
	if list, err = b.withUnexplained(list, v, mergesPath); err != nil {
		return nil, err
	}
	if err := b.place(list, v, nil); err != nil {
		return nil, err
	}
	return b, nil
}

// withUnexplained adds to list the special tokens of a vocabulary that no file explains: all tokens that no merge
// makes, or, if a file explains some, GPT-2's own.
func (b *BPE) withUnexplained(list []addedToken, v *vocabulary, mergesPath string) ([]addedToken, error) {
	known := b.ordinary()
	for _, t := range list {
		if id, ok := v.ids[t.Content]; ok {
			known[id] = true
		}
	}
	explained := len(list) > 0
	for id, text := range v.tokens {
		if known[id] {
			continue
		}
		if !canBeSpecial(text) {
			return nil, v.errorf(int32(id), "token %.60q (id %d) is neither a byte, nor the result of a merge, "+
				"nor a special token like \"<|name|>\"; is %s complete?", text, id, mergesPath)
		}
		if !explained || text == "<|endoftext|>" {
			list = append(list, addedToken{Content: text, Special: true, id: int32(id)})
		}
	}
	return list, nil
}

// mergeList is what a file says of the merges, in the order learned.
type mergeList struct {
	parts [][2]string
	where func(i int) string // the place of one in its file
}

// readMerges reads a merges.txt.
func readMerges(path string) (mergeList, error) {
	text, err := readFile(path)
	if err != nil {
		return mergeList{}, err
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	first := 1 // line of the first merge
	if strings.HasPrefix(lines[0], "#version") {
		lines, first = lines[1:], 2
	}
	if n := len(lines); n > 0 && strings.TrimSuffix(lines[n-1], "\r") == "" {
		lines = lines[:n-1]
	}
	merges := mergeList{where: func(i int) string { return fmt.Sprintf("%s:%d", path, first+i) }}
	for i, line := range lines {
		left, right, ok := strings.Cut(strings.TrimSuffix(line, "\r"), " ")
		if !ok || left == "" || right == "" || strings.Contains(right, " ") {
			return mergeList{}, fmt.Errorf("tokenizer: %s: want two tokens with one blank between them, got %.60q",
				merges.where(i), line)
		}
		merges.parts = append(merges.parts, [2]string{left, right})
	}
	return merges, nil
}

// newBPEOf returns the tokenizer of a vocabulary and its merges, without added
// tokens yet. As in vocabularies that were converted from others, several merges
// may give one token, and a merge may stand before those that make its parts:
// encoding asks only which of two merges comes first.
func newBPEOf(v *vocabulary, merges mergeList) (*BPE, error) {
	b := &BPE{tokens: make([]string, len(v.tokens)), ranks: newRankTable()}
	for id, text := range v.tokens {
		b.tokens[id], _ = unprintable(text)
	}
	for c, r := range byteRunes {
		id, ok := v.ids[string(r)]
		if !ok {
			return nil, fmt.Errorf("tokenizer: %s: no token %q, which stands for byte %d", v.path, r, c)
		}
		b.byteIDs[c] = id
	}
	for i, parts := range merges.parts {
		var ids [3]int32 // left, right, merged
		for j, text := range []string{parts[0], parts[1], parts[0] + parts[1]} {
			id, ok := v.ids[text]
			if _, bytes := unprintable(text); !ok || !bytes {
				return nil, fmt.Errorf("tokenizer: %s: the %s token %.60q is not in the vocabulary",
					merges.where(i), [3]string{"left", "right", "merged"}[j], text)
			}
			ids[j] = id
		}
		p := pair{ids[0], ids[1]}
		if b.ranks.find(p).rank != 0 {
			return nil, fmt.Errorf("tokenizer: %s: the merged token %.60q was made by an earlier line of the same two",
				merges.where(i), parts[0]+parts[1])
		}
		b.ranks.set(p, int32(len(b.merges)))
		b.merges = append(b.merges, Merge{p.left, p.right, ids[2]})
	}
	return b, nil
}

// forgeable refuses a special token.
const forgeable = "the special token %.60q is a token of ordinary text, which anybody could write"

// ordinary says of each id whether it is a byte or the result of a merge.
func (b *BPE) ordinary() []bool {
	ordinary := make([]bool, len(b.tokens))
	for _, id := range b.byteIDs {
		ordinary[id] = true
	}
	for _, m := range b.merges {
		ordinary[m.ID] = true
	}
	return ordinary
}

// place puts the added tokens into the vocabulary v of b.
func (b *BPE) place(list []addedToken, v *vocabulary, normalize normalizer) error {
	more, err := v.place(list)
	if err != nil {
		return err
	}
	b.tokens = append(b.tokens, more...)
	ordinary := b.ordinary()
	for _, t := range list {
		if !ordinary[t.id] {
			b.tokens[t.id] = t.Content
		} else if t.Special {
			return v.errorf(t.id, forgeable, t.Content)
		}
	}
	if b.addedTokens, err = newAddedTokens(list, normalize); err != nil {
		return fmt.Errorf("tokenizer: %s: %w", v.path, err)
	}
	return nil
}

func exists(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}
