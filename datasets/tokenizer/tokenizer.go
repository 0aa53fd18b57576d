// Package tokenizer turns text into token ids and back: byte-level [BPE] for
// GPT, [WordPiece] for BERT and [Char] for the first lesson.
//
// Start with [Train], which learns a BPE vocabulary, then read [BPE.Encode],
// which applies it; [PreTokenize] is what both do first. Chapter 1 derives
// every line. All tokenizers can be used by many goroutines at once.
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
