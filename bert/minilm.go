package bert

import (
	"os"
	"path/filepath"

	"gptbook/internal/weights"
)

// MiniLMFolder is where `go run ./bert/minilm` puts all-MiniLM-L6-v2, an encoder trained for sentence
// embeddings (see [Sentence]): $GPTBOOK_MINILM, or a folder in the user's cache. present tells whether it
// is there, with config.json and model.safetensors for [Load] and vocab.txt for the tokenizer.
func MiniLMFolder() (folder string, present bool) {
	folder = os.Getenv("GPTBOOK_MINILM")
	if folder == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", false
		}
		folder = filepath.Join(cache, "gptbook", "all-MiniLM-L6-v2")
	}
	_, err := os.Stat(filepath.Join(folder, weights.ModelFile))
	return folder, err == nil
}
