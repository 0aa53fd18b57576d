package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// wordPieceConfig is the part of tokenizer_config.json that we know.
type wordPieceConfig struct {
	Class string `json:"tokenizer_class"`
	Lower bool   `json:"do_lower_case"`
}

// Save writes vocab.txt and tokenizer_config.json into the folder dir, which it
// creates if need be. Hugging Face's BertTokenizer reads them.
func (w *WordPiece) Save(dir string) error {
	config, err := json.MarshalIndent(wordPieceConfig{"BertTokenizer", !w.cased}, "", "  ")
	if err != nil {
		return fmt.Errorf("tokenizer: %w", err)
	}
	if err := writeFile(filepath.Join(dir, configFile), append(config, '\n')); err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, piecesFile), []byte(strings.Join(w.tokens, "\n")+"\n"))
}

// LoadWordPiece reads vocab.txt from the folder dir, such as Google's and Hugging
// Face's BERT vocabularies. It keeps letter case and accents only if there is also
// a tokenizer_config.json that says "do_lower_case": false.
func LoadWordPiece(dir string) (*WordPiece, error) {
	path := filepath.Join(dir, piecesFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("tokenizer: %w", err)
	}
	tokens := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for i := range tokens {
		tokens[i] = strings.TrimSuffix(tokens[i], "\r")
		if tokens[i] == "" || !utf8.ValidString(tokens[i]) {
			return nil, fmt.Errorf("tokenizer: %s:%d: %.60q is not a token: it is empty or not UTF-8", path, i+1, tokens[i])
		}
	}
	config := wordPieceConfig{Lower: true}
	configPath := filepath.Join(dir, configFile)
	text, err = os.ReadFile(configPath)
	if err == nil {
		err = json.Unmarshal(text, &config)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("tokenizer: %s: %w", configPath, err)
	}
	return newWordPiece(tokens, !config.Lower, path)
}
