package corpus

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// endings are those of the files that are read in a folder.
var endings = []string{".txt", ".md", ".jsonl", ".html", ".htm"}

// ending of a path, in small letters.
func ending(path string) string { return strings.ToLower(filepath.Ext(path)) }

// documents calls add for each document of a file that holds about size bytes, and says where it stands.
func documents(path string, text io.Reader, size int64, add func(where, document string)) error {
	var document string
	var err error
	switch ending(path) {
	case ".jsonl":
		return jsonLines(path, text, add)
	case ".html", ".htm":
		document, err = pageText(text)
	default:
		document, err = readAll(text, size)
	}
	if err != nil && !errors.Is(err, errEmpty) {
		return fmt.Errorf("%s: %w", path, err)
	}
	add(path, document)
	return nil
}

// jsonLines finds the documents in the field "text" of a JSON object on each line. Empty lines are skipped.
func jsonLines(path string, text io.Reader, add func(where, document string)) error {
	lines := bufio.NewReader(text)
	for n := 1; ; n++ {
		where := fmt.Sprintf("%s:%d", path, n)
		line, err := lines.ReadBytes('\n')
		last := err == io.EOF
		if last {
			err = nil
		}
		if err == nil && len(bytes.TrimSpace(line)) > 0 {
			var document string
			if document, err = textField(line); err == nil || errors.Is(err, errEmpty) {
				add(where, document)
				err = nil
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		if last {
			return nil
		}
	}
}

// textField returns the document in a line of JSON.
func textField(line []byte) (string, error) {
	var object struct{ Text *string }
	err := json.Unmarshal(line, &object)
	if err == nil && object.Text == nil {
		err = errors.New(`no field "text"`)
	}
	if err != nil {
		return "", fmt.Errorf("%w; want {\"text\": \"…\"} on each line", err)
	}
	return clean(*object.Text)
}
