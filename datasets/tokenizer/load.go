package tokenizer

import (
	"encoding/json"
	"fmt"
	"path/filepath"
)

// Load reads the tokenizer in the folder dir, of whichever kind its files are:
// what Save of [BPE], [WordPiece] or [Char] wrote, or files of the same form from
// elsewhere. Of Hugging Face's folders it reads
//
//   - tokenizer.json, which describes a whole tokenizer and then stands for the files of the next line,
//   - or vocab.json and merges.txt, or vocab.txt,
//   - tokenizer_config.json; where that does not list the added tokens, also
//     special_tokens_map.json and added_tokens.json.
//
// The ids are those of transformers with add_special_tokens=False:
// EncodeWithSpecials gives those of a plain call, Encode those with
// split_special_tokens=True. To put special tokens around a text, to cut and to
// fill it up is for the caller (see [WordPiece.Join]). What would need code that
// we have not is refused by name.
func Load(dir string) (Tokenizer, error) {
	switch {
	case exists(dir, tokenizerFile):
		return loadJSON[Tokenizer](dir)
	case exists(dir, piecesFile):
		return LoadWordPiece(dir)
	case exists(dir, mergesFile), exists(dir, openAIVocabFile):
		return LoadBPE(dir)
	case exists(dir, vocabFile):
		return LoadChar(dir)
	}
	return nil, fmt.Errorf("tokenizer: no tokenizer in folder %q; want %s, or %s with or without %s, or %s",
		dir, tokenizerFile, vocabFile, mergesFile, piecesFile)
}

// checkFree refuses to save beside files that Load would read with ours or instead of them.
func checkFree(dir string, names ...string) error {
	for _, name := range names {
		if exists(dir, name) {
			return fmt.Errorf("tokenizer: folder %s has the %s of another tokenizer; remove it or save elsewhere",
				dir, name)
		}
	}
	return nil
}

// write writes tokenizer_config.json.
func (c *tokenizerConfig) write(dir string) error {
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("tokenizer: %w", err)
	}
	return writeFile(filepath.Join(dir, configFile), append(text, '\n'))
}

func byID(list []addedToken) map[int32]addedToken {
	tokens := make(map[int32]addedToken, len(list))
	for _, t := range list {
		tokens[t.id] = t
	}
	return tokens
}
