// Package tokenizer turns text into token ids and back: byte-level [BPE] for
// GPT, [WordPiece] for BERT and [Char] for the first lesson. Chapter 1 derives
// BPE line by line. All tokenizers can be used by many goroutines at once.
//
// Start with [Train], which learns a BPE vocabulary, then read [BPE.Encode],
// which applies it; [PreTokenize] is what both do first. The files, in the order
// in which they are best read; the first two lines of them suffice for GPT:
//
//   - tokenizer.go, char.go: what a tokenizer is, and the simplest;
//   - bpe_pretokenize.go, bpe_train.go, bpe.go, bpe_merge.go, bpe_ranktable.go:
//     cutting text, learning merges, applying them, and doing so fast;
//   - wordpiece.go, normalize.go, wordpiece_words.go, wordpiece_train.go: BERT's;
//   - added.go: special tokens, and others that are found before text is cut;
//   - bpe_bytes.go, bpe_files.go, bpe_tiktoken.go, wordpiece_files.go, vocabulary.go,
//     load.go: saving and loading;
//   - tokenizer_json.go, tokenizer_json_steps.go, tokenizer_config.go: the other
//     files of Hugging Face's folders.
package tokenizer

// Tokenizer is what a language model needs to know of a tokenizer.
type Tokenizer interface {
	// Encode returns the ids of text. It never returns the id of a special
	// token, whatever text says.
	Encode(text string) []int32
	// Decode returns the text of ids. An id outside the vocabulary and bytes
	// that are not UTF-8 read as U+FFFD, "�".
	Decode(ids []int32) string
	// VocabSize is V: ids run from 0 to V-1.
	VocabSize() int
}
