// Package gpt builds the decoder-only transformers of the GPT papers, from
// GPT-1 (12 blocks) to GPT-3 (96 blocks), as GoMLX graphs.
//
// Start with [Config] and its presets, then read [Block]: it is the whole
// model, repeated. Shapes are written [B, T, C]: batch, position, channel;
// heads and headDim split C; V is the vocabulary. Chapters 3 and 4 derive
// every line of it.
package gpt

import (
	"fmt"
)

// Config is all it takes to build one model's graph, and nothing about training it.
type Config struct {
	Name    string  // preset name; also names checkpoints and plots
	Vocab   int     // V: token ids run from 0 to V-1
	Context int     // longest sequence the position table can hold, in tokens
	Layers  int     // L: number of blocks
	Heads   int     // attention heads per block; each has Width/Heads channels
	Width   int     // C: channels of the residual stream ("d_model")
	Dropout float64 // probability in [0, 1); active only in training
	PostLN  bool    // GPT-1 normalises after the residual sum, later GPTs before
	Untied  bool    // the head has a table of its own; in the published models it is the tokens'
	Window  int     // positions that every second block may look back at, itself included; 0 for all
	BF16    bool    // blocks multiply by their matrices in bfloat16; weights, sums and all else stay float32
}

// The published models. Sources: Radford et al. 2018, §4.1; Radford et al. 2019, table 2 (whose
// printed 117M, 345M, 762M and 1542M are 124M, 355M, 774M and 1558M when counted); Brown et al. 2020,
// table 2.1. Two rows of that table contradict themselves, and the presets follow the counts of
// its table D.1: XL prints 24 heads of 128 for a width of 2048 (here 16), 13B prints a width of
// 5140 for 40 heads of 128 (here 5120). Departure: GPT-3 alternates dense with locally banded
// sparse attention (§2.1), but its band was not published; set Window to choose one.
var (
	GPT1 = Config{Name: "gpt1", Vocab: 40478, Context: 512, Layers: 12, Heads: 12, Width: 768,
		Dropout: 0.1, PostLN: true}

	GPT2Small = Config{Name: "gpt2-small", Vocab: 50257, Context: 1024, Layers: 12, Heads: 12, Width: 768,
		Dropout: 0.1}
	GPT2Medium = Config{Name: "gpt2-medium", Vocab: 50257, Context: 1024, Layers: 24, Heads: 16, Width: 1024,
		Dropout: 0.1}
	GPT2Large = Config{Name: "gpt2-large", Vocab: 50257, Context: 1024, Layers: 36, Heads: 20, Width: 1280,
		Dropout: 0.1}
	GPT2XL = Config{Name: "gpt2-xl", Vocab: 50257, Context: 1024, Layers: 48, Heads: 25, Width: 1600,
		Dropout: 0.1}

	GPT3Small  = Config{Name: "gpt3-small", Vocab: 50257, Context: 2048, Layers: 12, Heads: 12, Width: 768}
	GPT3Medium = Config{Name: "gpt3-medium", Vocab: 50257, Context: 2048, Layers: 24, Heads: 16, Width: 1024}
	GPT3Large  = Config{Name: "gpt3-large", Vocab: 50257, Context: 2048, Layers: 24, Heads: 16, Width: 1536}
	GPT3XL     = Config{Name: "gpt3-xl", Vocab: 50257, Context: 2048, Layers: 24, Heads: 16, Width: 2048}
	GPT3_2B7   = Config{Name: "gpt3-2.7b", Vocab: 50257, Context: 2048, Layers: 32, Heads: 32, Width: 2560}
	GPT3_6B7   = Config{Name: "gpt3-6.7b", Vocab: 50257, Context: 2048, Layers: 32, Heads: 32, Width: 4096}
	GPT3_13B   = Config{Name: "gpt3-13b", Vocab: 50257, Context: 2048, Layers: 40, Heads: 40, Width: 5120}
	GPT3_175B  = Config{Name: "gpt3-175b", Vocab: 50257, Context: 2048, Layers: 96, Heads: 96, Width: 12288}

	// Course sizes: twelve layers like GPT-1 and GPT-3 Small, narrow enough for two CPU cores.
	Course = Config{Name: "course", Vocab: 1024, Context: 64, Layers: 12, Heads: 4, Width: 128}
	Tiny   = Config{Name: "tiny", Vocab: 256, Context: 32, Layers: 2, Heads: 2, Width: 32}
)

// Presets lists the published models and the course sizes, smallest family first.
func Presets() []Config {
	return []Config{
		GPT1, GPT2Small, GPT2Medium, GPT2Large, GPT2XL,
		GPT3Small, GPT3Medium, GPT3Large, GPT3XL, GPT3_2B7, GPT3_6B7, GPT3_13B, GPT3_175B,
		Course, Tiny,
	}
}

// HeadDim is the number of channels per attention head.
func (c Config) HeadDim() int { return c.Width / c.Heads }

// At is the configuration of one block: every second one of a GPT-3 is banded (Brown et al. 2020, §2.1; Child et al.
// 2019), those between see all.
func (c Config) At(layer int) Config {
	if layer%2 == 0 {
		c.Window = 0
	}
	return c
}

// Validate says what no graph can be built from.
func (c Config) Validate() error {
	for _, f := range []struct {
		name  string
		value int
	}{{"Vocab", c.Vocab}, {"Context", c.Context}, {"Layers", c.Layers}, {"Heads", c.Heads}, {"Width", c.Width}} {
		if f.value < 1 {
			return fmt.Errorf("gpt: config %q: %s is %d, want at least 1", c.Name, f.name, f.value)
		}
	}
	if c.Width%c.Heads != 0 {
		return fmt.Errorf("gpt: config %q: a width of %d does not divide into %d heads; try %d",
			c.Name, c.Width, c.Heads, c.Width/c.Heads*c.Heads+c.Heads)
	}
	if c.Window < 0 {
		return fmt.Errorf("gpt: config %q: Window is %d, want the length of the band, or 0 for none", c.Name, c.Window)
	}
	if c.Dropout < 0 || c.Dropout >= 1 {
		return fmt.Errorf("gpt: config %q: Dropout is %g, want 0 or more and less than 1", c.Name, c.Dropout)
	}
	return nil
}
