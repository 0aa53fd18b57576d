package corpus

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// maxFile is the largest file that is read: text and its token ids must fit in memory.
const maxFile = 1 << 30

// ReadPath reads a text file, or every file ending in .txt or .md below a folder, in the order of
// their paths. In a folder each file is a document; in a single file a document begins after two
// or more blank lines. \r\n becomes \n and a byte order mark is dropped. Files that are empty,
// binary, not valid UTF-8 or larger than 1 GiB are refused by name.
func ReadPath(path string) (*Corpus, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("corpus: there is no corpus, file or folder %q; have %s", path, strings.Join(Names(), ", "))
	}
	if err != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	if !info.IsDir() {
		text, err := readText(path, info)
		if err != nil {
			return nil, err
		}
		return &Corpus{Name: path, Source: path, Text: text, starts: after(text, "\n\n\n")}, nil
	}
	var documents []string
	err = filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("corpus: %w", err)
		}
		ext := strings.ToLower(filepath.Ext(file))
		if entry.IsDir() || ext != ".txt" && ext != ".md" {
			return nil
		}
		info, err := os.Stat(file) // follows a link
		if err != nil {
			return fmt.Errorf("corpus: %w", err)
		}
		text, err := readText(file, info)
		documents = append(documents, text)
		return err
	})
	if err != nil {
		return nil, err
	}
	if documents == nil {
		return nil, fmt.Errorf("corpus: no file ending in .txt or .md in folder %s", path)
	}
	return fromDocuments(path, path, documents)
}

func readText(path string, info fs.FileInfo) (string, error) {
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("corpus: %s is not a regular file", path)
	}
	if info.Size() > maxFile {
		return "", fmt.Errorf("corpus: %s has %d bytes, more than the %d that are read; cut it into parts", path, info.Size(), maxFile)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("corpus: %w", err)
	}
	text, err := clean(string(data))
	if err != nil {
		return "", fmt.Errorf("corpus: %s: %w", path, err)
	}
	return text, nil
}

// clean checks text and makes its line ends \n.
func clean(text string) (string, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	if i := strings.IndexByte(text, 0); i >= 0 {
		return "", fmt.Errorf("holds a zero byte at offset %d: binary, or UTF-16; want UTF-8 text", i)
	}
	for i, r := range text {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				return "", fmt.Errorf("invalid UTF-8 at offset %d; convert it, for example with iconv -t UTF-8", i)
			}
		}
	}
	if strings.TrimSpace(text) == "" {
		return "", errors.New("is empty")
	}
	return strings.ReplaceAll(text, "\r\n", "\n"), nil
}
