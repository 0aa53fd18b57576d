package tokenizer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"gptbook/internal/atomic"
)

// The files of the tokenizers, as Hugging Face names them.
const (
	vocabFile  = "vocab.json"            // BPE and Char: {"token": id, …}
	mergesFile = "merges.txt"            // BPE: one merge per line, "left right", in the order learned
	piecesFile = "vocab.txt"             // WordPiece: one token per line, the id is the line number less 1
	configFile = "tokenizer_config.json" // WordPiece: whether it keeps letter case
)

// Load reads the tokenizer in the folder dir, of whichever kind its files are:
// what Save of [BPE], [WordPiece] or [Char] wrote, or files of the same form.
func Load(dir string) (Tokenizer, error) {
	has := func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return err == nil
	}
	switch {
	case has(piecesFile):
		return LoadWordPiece(dir)
	case has(mergesFile), has(openAIVocabFile):
		return LoadBPE(dir)
	case has(vocabFile):
		return LoadChar(dir)
	}
	return nil, fmt.Errorf("tokenizer: no tokenizer in folder %q; want %s with or without %s, or %s", dir, vocabFile, mergesFile, piecesFile)
}

// vocabEntry is what a vocabulary file says of a token.
type vocabEntry struct {
	id   int32
	line int // where the file says so, from 1
}

// readVocab reads {"token": id, …}; the ids must be 0 to n-1, each once.
func readVocab(path string) (map[string]vocabEntry, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("tokenizer: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	line := func() int { return 1 + bytes.Count(text[:d.InputOffset()], []byte("\n")) }
	fail := func(format string, args ...any) error {
		return fmt.Errorf("tokenizer: %s:%d: %s", path, line(), fmt.Sprintf(format, args...))
	}
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fail("want a JSON object {\"token\": id, …}")
	}
	entries := make(map[string]vocabEntry)
	users := make(map[int32]string) // by id
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, fail("%v", err)
		}
		token := key.(string) // the decoder lets only strings be keys
		var id int32
		if err := d.Decode(&id); err != nil {
			return nil, fail("id of token %q: %v", token, err)
		}
		if _, ok := entries[token]; ok {
			return nil, fail("token %q appears twice", token)
		}
		if other, ok := users[id]; ok || id < 0 {
			return nil, fail("token %q cannot have id %d; it is negative or that of %q", token, id, other)
		}
		users[id], entries[token] = token, vocabEntry{id, line()}
	}
	if _, err := d.Token(); err != nil {
		return nil, fail("%v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fail("text after the end of the JSON object")
	}
	for id := range int32(len(users)) {
		if _, ok := users[id]; !ok {
			return nil, fmt.Errorf("tokenizer: %s: no token has id %d, want ids 0 to %d", path, id, len(users)-1)
		}
	}
	return entries, nil
}

// writeVocab writes {"token": id, …}, one token per line, in the order of ids.
func writeVocab(path string, texts []string) error {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false) // "<|endoftext|>" stays readable
	for id, text := range texts {
		out.WriteString(map[bool]string{true: "{\n", false: ",\n"}[id == 0])
		if err := e.Encode(text); err != nil {
			return fmt.Errorf("tokenizer: %s: %w", path, err)
		}
		out.Truncate(out.Len() - 1) // the line end that Encode adds
		fmt.Fprintf(&out, ": %d", id)
	}
	out.WriteString("\n}\n")
	return writeFile(path, out.Bytes())
}

// writeFile writes a file that is never seen half-written. It creates the folder if need be.
func writeFile(path string, data []byte) error {
	if err := atomic.WriteFile(path, data); err != nil {
		return fmt.Errorf("tokenizer: %w", err)
	}
	return nil
}
