package tokenizer

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// piecesFile holds one token per line: the id is the line number less 1.
const piecesFile = "vocab.txt"

// bertClasses are the classes of transformers whose files we read as BERT's.
var bertClasses = []string{"BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer"}

// Save writes vocab.txt and tokenizer_config.json into the folder dir, which it
// creates if need be. Hugging Face's BertTokenizer reads them.
func (w *WordPiece) Save(dir string) error {
	if w.bert == nil || !w.bert.Clean {
		return fmt.Errorf("tokenizer: the normalizer of this vocabulary has no place in %s", configFile)
	}
	if err := checkFree(dir, tokenizerFile, specialsMapFile, addedFile); err != nil {
		return err
	}
	config := tokenizerConfig{Class: bertClasses[0], Lower: &w.bert.Lower, StripAccents: w.bert.StripAccents}
	if !w.bert.Chinese {
		config.Chinese = &w.bert.Chinese
	}
	if len(w.list) > len(wordPieceSpecials) || slices.ContainsFunc(w.list, func(t addedToken) bool {
		return t != addedToken{Content: t.Content, Special: true, id: t.id}
	}) {
		config.Added = byID(w.list)
	}
	if err := config.write(dir); err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, piecesFile), []byte(strings.Join(w.tokens[:w.pieces], "\n")+"\n"))
}

// LoadWordPiece reads a vocabulary from the folder dir: tokenizer.json; or
// vocab.txt, such as Google's and Hugging Face's BERT vocabularies, with a
// tokenizer_config.json or without (see [Load]). It keeps letter case and accents
// only if that says "do_lower_case": false.
func LoadWordPiece(dir string) (*WordPiece, error) {
	if exists(dir, tokenizerFile) {
		return loadJSON[*WordPiece](dir)
	}
	v, err := readPieces(filepath.Join(dir, piecesFile))
	if err != nil {
		return nil, err
	}
	config, err := readConfig(dir)
	if err != nil {
		return nil, err
	}
	if err := config.checkClass(bertClasses...); err != nil {
		return nil, err
	}
	list, err := config.added(nil, v)
	if err != nil {
		return nil, err
	}
	if err := config.checkRoles(); err != nil {
		return nil, err
	}
	bert := config.bert()
	return newWordPiece(v, list, bert.normalize, &bert)
}

// readPieces reads a vocab.txt.
func readPieces(path string) (*vocabulary, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	v := &vocabulary{path: path, ids: make(map[string]int32)}
	v.tokens = strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for id, line := range v.tokens {
		v.lines = append(v.lines, id+1)
		token := strings.TrimSuffix(line, "\r")
		if trimmed := strings.TrimRightFunc(token, unicode.IsSpace); trimmed != "" {
			token = trimmed // as Hugging Face's code does; space alone remains a token, which no text has
		}
		if token == "" || !utf8.ValidString(token) {
			return nil, v.errorf(int32(id), "%.60q is not a token: it is empty or not UTF-8", token)
		}
		if _, ok := v.ids[token]; ok {
			return nil, v.errorf(int32(id), "token %.60q appears twice", token)
		}
		v.tokens[id], v.ids[token] = token, int32(id)
	}
	return v, nil
}

// checkRoles refuses other special tokens than BERT's in their roles.
func (c *tokenizerConfig) checkRoles() error {
	for i, role := range []string{"pad_token", "unk_token", "cls_token", "sep_token", "mask_token"} {
		want := wordPieceSpecials[i]
		if t, ok := c.named[role]; ok && t.Content != want {
			return fmt.Errorf("tokenizer: %s: %s is %.60q, want %q", c.path, role, t.Content, want)
		}
	}
	return nil
}
