// Package bert builds BERT, the encoder-only transformer of Devlin et al. 2018
// (arXiv:1810.04805), as GoMLX graphs.
//
// Start with [Config] and its presets, then read [Encode]: it is the whole
// encoder; [MaskedLM], [NextSentence] and [Classify] are the heads that read it.
// Shapes are written [B, T, C]: batch, position, channel; heads and headDim split
// C; V is the vocabulary. Chapter 5 puts every line of it beside the GPT of
// chapter 4.
package bert

import "fmt"

// Config is all it takes to build one encoder's graph, and nothing about training it.
type Config struct {
	Name    string  // preset name; also names checkpoints and plots
	Vocab   int     // V: token ids run from 0 to V-1
	Context int     // longest sequence the position table can hold, in tokens
	Layers  int     // L: number of encoder layers
	Heads   int     // attention heads per layer; each has Width/Heads channels
	Width   int     // C: channels of every position ("hidden size")
	Inner   int     // channels inside the feed-forward network, 4C in the paper
	Dropout float64 // probability in [0, 1); active only in training
}

// Sources: Devlin et al. 2018, §3 and appendix A.2, with the uncased English vocabulary; Turc et al.
// 2019 (arXiv:1908.08962), table 1 for Tiny, the course's size; Wang et al. 2020
// (arXiv:2002.10957) for MiniLM, the encoder of the sentence embeddings that package bert/minilm fetches.
var (
	Base = Config{Name: "bert-base", Vocab: 30522, Context: 512,
		Layers: 12, Heads: 12, Width: 768, Inner: 3072, Dropout: 0.1}
	Large = Config{Name: "bert-large", Vocab: 30522, Context: 512,
		Layers: 24, Heads: 16, Width: 1024, Inner: 4096, Dropout: 0.1}
	Tiny = Config{Name: "bert-tiny", Vocab: 30522, Context: 512,
		Layers: 2, Heads: 2, Width: 128, Inner: 512, Dropout: 0.1}
	MiniLM = Config{Name: "minilm-l6", Vocab: 30522, Context: 512,
		Layers: 6, Heads: 12, Width: 384, Inner: 1536, Dropout: 0.1}
)

// Segments is the number of segment embeddings: a text A and a text B (§3, "Input/Output Representations").
const Segments = 2

// HeadDim is the number of channels per attention head.
func (c Config) HeadDim() int { return c.Width / c.Heads }

// Validate says what no graph can be built from.
func (c Config) Validate() error {
	for _, f := range []struct {
		name  string
		value int
	}{
		{"Vocab", c.Vocab}, {"Context", c.Context}, {"Layers", c.Layers}, {"Heads", c.Heads}, {"Width", c.Width},
		{"Inner", c.Inner},
	} {
		if f.value < 1 {
			return fmt.Errorf("bert: config %q: %s is %d, want at least 1", c.Name, f.name, f.value)
		}
	}
	if c.Width%c.Heads != 0 {
		return fmt.Errorf("bert: config %q: a width of %d does not divide into %d heads; try %d",
			c.Name, c.Width, c.Heads, (c.Width/c.Heads+1)*c.Heads)
	}
	if !(c.Dropout >= 0 && c.Dropout < 1) {
		return fmt.Errorf("bert: config %q: Dropout is %g, want 0 or more and less than 1", c.Name, c.Dropout)
	}
	return nil
}
