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

// vocabulary is what a file says of the tokens.
type vocabulary struct {
	path   string
	tokens []string         // by id, as the file spells them
	ids    map[string]int32 // the inverse
	lines  []int            // by id: where the file says so, from 1
}

// errorf is an error at the line of the file that holds token id.
func (v *vocabulary) errorf(id int32, format string, args ...any) error {
	return fmt.Errorf("tokenizer: %s:%d: %s", v.path, v.lines[id], fmt.Sprintf(format, args...))
}

// readVocab reads {"token": id, …}; the ids must be 0 to n-1, each once.
func readVocab(path string) (*vocabulary, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return parseVocab(path, text, 1)
}

// parseVocab reads the vocabulary in text, which begins at a line of the file.
func parseVocab(path string, text []byte, firstLine int) (*vocabulary, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	line, counted := firstLine, int64(0)
	here := func() int {
		line, counted = line+bytes.Count(text[counted:d.InputOffset()], []byte("\n")), d.InputOffset()
		return line
	}
	fail := func(format string, args ...any) (*vocabulary, error) {
		return nil, fmt.Errorf("tokenizer: %s:%d: %s", path, here(), fmt.Sprintf(format, args...))
	}
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fail("want a JSON object {\"token\": id, …}")
	}
	type entry struct {
		token string
		line  int
	}
	entries := make(map[int32]entry)
	v := &vocabulary{path: path, ids: make(map[string]int32)}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return fail("%v", err)
		}
		token := key.(string) // the decoder lets only strings be keys
		var id int32
		if err := d.Decode(&id); err != nil {
			return fail("id of token %.60q: %v", token, err)
		}
		if _, ok := v.ids[token]; ok {
			return fail("token %.60q appears twice", token)
		}
		if other, ok := entries[id]; ok || id < 0 {
			return fail("token %.60q cannot have id %d; it is negative or that of %.60q", token, id, other.token)
		}
		entries[id], v.ids[token] = entry{token, here()}, id
	}
	if _, err := d.Token(); err != nil {
		return fail("%v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fail("text after the end of the JSON object")
	}
	for id := range int32(len(entries)) {
		e, ok := entries[id]
		if !ok {
			return nil, fmt.Errorf("tokenizer: %s: no token has id %d, want ids 0 to %d", path, id, len(entries)-1)
		}
		v.tokens, v.lines = append(v.tokens, e.token), append(v.lines, e.line)
	}
	return v, nil
}

// place gives the added tokens of a folder their ids: that of the vocabulary, or the next one. A token that declares
// another id is refused. It returns the texts of those that got a next one.
func (v *vocabulary) place(list []addedToken) (more []string, err error) {
	seen := make(map[string]bool, len(list))
	for i := range list {
		t := &list[i]
		if seen[t.Content] {
			return nil, fmt.Errorf("tokenizer: %s: the added token %.60q is listed twice",
				filepath.Dir(v.path), t.Content)
		}
		seen[t.Content] = true
		id, ok := v.ids[t.Content]
		if !ok {
			id = int32(len(v.tokens) + len(more))
			more = append(more, t.Content)
		}
		if t.id != undeclared && t.id != id {
			return nil, fmt.Errorf("tokenizer: %s: the added token %.60q says that its id is %d, "+
				"but its place in the vocabulary is %d", filepath.Dir(v.path), t.Content, t.id, id)
		}
		t.id = id
	}
	return more, nil
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

// maxFile is more bytes than any tokenizer has; it refuses what is not one before it fills the memory.
const maxFile = 1 << 28

func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("tokenizer: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("%s is larger than %d bytes: not a file of a tokenizer", path, maxFile)
	}
	if err != nil {
		return nil, fmt.Errorf("tokenizer: %w", err)
	}
	return text, nil
}

// writeFile writes a file that is never seen half-written. It creates the folder if need be.
func writeFile(path string, data []byte) error {
	if err := atomic.WriteFile(path, data); err != nil {
		return fmt.Errorf("tokenizer: %w", err)
	}
	return nil
}
