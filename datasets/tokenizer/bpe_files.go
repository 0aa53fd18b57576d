package tokenizer

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The two files as OpenAI named them for GPT-2.
const openAIVocabFile, openAIMergesFile = "encoder.json", "vocab.bpe"

// byteRunes gives the character that stands for each byte in these files, which
// would otherwise be full of blanks and broken characters: printable bytes stand
// for themselves, the others for U+0100, U+0101, … (a blank is "Ġ"). It is
// bytes_to_unicode of GPT-2's encoder.py.
var byteRunes = func() (runes [256]rune) {
	unprintable := rune(0)
	for b := range runes {
		switch {
		case 33 <= b && b <= 126, 161 <= b && b <= 172, 174 <= b:
			runes[b] = rune(b)
		default:
			runes[b] = 0x100 + unprintable
			unprintable++
		}
	}
	return runes
}()

// printable writes the bytes of a token in the characters of the files.
func printable(token string) string {
	var s strings.Builder
	for i := range len(token) {
		s.WriteRune(byteRunes[token[i]])
	}
	return s.String()
}

// Save writes vocab.json and merges.txt into the folder dir, which it creates if
// need be. Hugging Face's GPT2Tokenizer reads them.
func (b *BPE) Save(dir string) error {
	texts := make([]string, len(b.tokens))
	for id, token := range b.tokens {
		if special, ok := b.ids[token]; ok && int(special) == id {
			texts[id] = token
		} else {
			texts[id] = printable(token)
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

// LoadBPE reads a vocabulary from the folder dir: vocab.json with merges.txt, or
// the same two as OpenAI named them for GPT-2, encoder.json with vocab.bpe. A
// token that is neither a byte nor the result of a merge is a special token.
func LoadBPE(dir string) (*BPE, error) {
	vocabPath, mergesPath := filepath.Join(dir, vocabFile), filepath.Join(dir, mergesFile)
	if _, err := os.Stat(filepath.Join(dir, openAIVocabFile)); err == nil {
		vocabPath, mergesPath = filepath.Join(dir, openAIVocabFile), filepath.Join(dir, openAIMergesFile)
	}
	entries, err := readVocab(vocabPath)
	if err != nil {
		return nil, err
	}
	merges, err := os.ReadFile(mergesPath)
	if err != nil {
		return nil, fmt.Errorf("tokenizer: %w", err)
	}
	b := &BPE{tokens: make([]string, len(entries)), ranks: newRankTable()}
	ids := make(map[string]int32, len(entries)) // by text in the file; of tokens known so far
	for c, r := range byteRunes {
		e, ok := entries[string(r)]
		if !ok {
			return nil, fmt.Errorf("tokenizer: %s: no token %q, which stands for byte %d", vocabPath, r, c)
		}
		b.byteIDs[c], b.tokens[e.id], ids[string(r)] = e.id, string([]byte{byte(c)}), e.id
	}
	if err := b.parseMerges(mergesPath, string(merges), entries, ids); err != nil {
		return nil, err
	}
	specials := make(map[string]int32)
	for text, e := range entries {
		if _, ok := ids[text]; ok {
			continue
		}
		if !canBeSpecial(text) {
			return nil, fmt.Errorf("tokenizer: %s:%d: token %q (id %d) is neither a byte, nor the result of a merge, nor a special token like \"<|name|>\"; is %s complete?",
				vocabPath, e.line, text, e.id, mergesPath)
		}
		specials[text], b.tokens[e.id] = e.id, text
	}
	b.specials = newSpecials(specials)
	return b, nil
}

// parseMerges adds the merges of a merges.txt and their tokens to b and to ids.
func (b *BPE) parseMerges(path, text string, entries map[string]vocabEntry, ids map[string]int32) error {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, line := range lines {
		fail := func(format string, args ...any) error {
			return fmt.Errorf("tokenizer: %s:%d: %s", path, i+1, fmt.Sprintf(format, args...))
		}
		line = strings.TrimSuffix(line, "\r")
		if i == 0 && strings.HasPrefix(line, "#version") || line == "" && i == len(lines)-1 {
			continue
		}
		left, right, ok := strings.Cut(line, " ")
		if !ok || left == "" || right == "" || strings.Contains(right, " ") {
			return fail("want two tokens with one blank between them, got %.60q", line)
		}
		for _, part := range []string{left, right} {
			if _, ok := ids[part]; !ok {
				return fail("token %.60q is neither a byte nor the result of an earlier line", part)
			}
		}
		p := pair{ids[left], ids[right]}
		e, ok := entries[left+right]
		if !ok {
			return fail("the merged token %.60q is not in the vocabulary", left+right)
		}
		if _, ok := ids[left+right]; ok {
			return fail("the merged token %.60q was made by an earlier line", left+right)
		}
		ids[left+right] = e.id
		b.tokens[e.id] = b.tokens[p.left] + b.tokens[p.right]
		b.ranks.set(p, int32(len(b.merges)))
		b.merges = append(b.merges, Merge{p.left, p.right, e.id})
	}
	return nil
}
