package gpt

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"gptbook/internal/weights"
)

// hfConfig is the part of config.json that shapes the graph.
type hfConfig struct {
	Architectures []string `json:"architectures,omitempty"`
	ModelType     string   `json:"model_type"`
	Vocab         int      `json:"vocab_size"`
	Context       int      `json:"n_positions"`
	Layers        int      `json:"n_layer"`
	Heads         int      `json:"n_head"`
	Width         int      `json:"n_embd"`
	Inner         *int     `json:"n_inner,omitempty"`
	Activation    string   `json:"activation_function,omitempty"` // of GPT-2
	AFN           string   `json:"afn,omitempty"`                 // of GPT-1
	Epsilon       float64  `json:"layer_norm_epsilon"`
	Dropout       float64  `json:"resid_pdrop"`
	EmbDropout    float64  `json:"embd_pdrop"`
	AttnDropout   float64  `json:"attn_pdrop"`
	ByLayer       bool     `json:"scale_attn_by_inverse_layer_idx,omitempty"`
	Scaled        *bool    `json:"scale_attn_weights,omitempty"`
	Tied          *bool    `json:"tie_word_embeddings,omitempty"`
}

// model_type of the two families, the class of transformers that computes logits, and names of theirs that are
// not ours.
const (
	typeGPT1, classGPT1 = "openai-gpt", "OpenAIGPTLMHeadModel"
	typeGPT2, classGPT2 = "gpt2", "GPT2LMHeadModel"
)

// ReadConfig reads the config.json in folder, of a GPT-1 or GPT-2 of transformers. It refuses what [Logits]
// would compute differently: another architecture, activation or scale, sizes that no GPT has. Of the three
// dropouts it takes the one of the residual stream for all.
func ReadConfig(folder string) (Config, error) {
	hf := hfConfig{Activation: "gelu_new", AFN: "gelu", Epsilon: 1e-5} // what transformers assumes where nothing is said
	if err := weights.ReadConfig(folder, &hf); err != nil {
		return Config{}, fmt.Errorf("gpt: %w", err)
	}
	cfg := Config{Name: filepath.Base(folder), Vocab: hf.Vocab, Context: hf.Context, Layers: hf.Layers, Heads: hf.Heads,
		Width: hf.Width, Dropout: hf.Dropout, PostLN: hf.ModelType == typeGPT1}
	if err := cfg.Validate(); err != nil {
		return Config{}, fmt.Errorf("%w (%s)", err, filepath.Join(folder, weights.ConfigFile))
	}
	return cfg, nil
}

// Check says what of a checkpoint [Logits] would not compute.
func (hf hfConfig) Check() error {
	const most = 1 << 20 // refuses a file that would make us list 2⁶⁰ layers
	unset := func(b *bool) bool { return b != nil && !*b }
	switch {
	case hf.ModelType != typeGPT1 && hf.ModelType != typeGPT2:
		return fmt.Errorf("model_type is %.40q, want %q or %q", hf.ModelType, typeGPT1, typeGPT2)
	case hf.Activation != "gelu_new" || hf.AFN != "gelu" || hf.Epsilon != 1e-5:
		return fmt.Errorf("activation_function %.40q, afn %.40q, layer_norm_epsilon %g: want \"gelu_new\", \"gelu\", 1e-5",
			hf.Activation, hf.AFN, hf.Epsilon)
	case hf.ByLayer || unset(hf.Scaled):
		return fmt.Errorf("attention must be scaled by 1/√headDim alone (scale_attn_weights, scale_attn_by_inverse_layer_idx)")
	case unset(hf.Tied):
		return fmt.Errorf("tie_word_embeddings is false, but here the head is the token table")
	case max(hf.Vocab, hf.Context, hf.Width) > most || hf.Layers > 1000:
		return fmt.Errorf("no GPT has a vocabulary of %d, a context of %d, %d layers or a width of %d",
			hf.Vocab, hf.Context, hf.Layers, hf.Width)
	case hf.Inner != nil && *hf.Inner != 4*hf.Width:
		return fmt.Errorf("n_inner is %d, want 4 times n_embd = %d", *hf.Inner, 4*hf.Width)
	}
	return nil
}

// Load fills scope with the weights in the model.safetensors of folder, as written by transformers or by
// [Save]. Mask buffers of old files are passed over. All weights are read and checked before the first one is
// stored. It returns an error that names the tensor and the file if one is missing, misshapen or damaged.
func Load(scope *model.Scope, cfg Config, folder string) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	err := weights.Load(scope, folder, cfg.Weights(), cfg.stored, func(file *weights.File, values map[string][]float32) error {
		if more := fmt.Sprintf("h.%d.ln_1.weight", cfg.Layers); slices.ContainsFunc(cfg.stored(more), file.Has) {
			return fmt.Errorf("holds more than the %d layers of %q", cfg.Layers, cfg.Name)
		}
		return file.CheckTied("lm_head.weight", values["wte.weight"], cfg.Vocab, cfg.Width)
	})
	if err != nil {
		return fmt.Errorf("gpt: %w", err)
	}
	return nil
}

// stored lists the names under which a file may hold the weight called name: GPT-1 calls its tables otherwise, and the
// original files of OpenAI's models lack the prefix that newer ones have.
func (c Config) stored(name string) []string {
	if c.PostLN {
		name = strings.NewReplacer("wte.", "tokens_embed.", "wpe.", "positions_embed.").Replace(name)
	}
	return []string{"transformer." + name, name}
}

// Save writes config.json and model.safetensors into folder, which it creates, so that transformers loads the model
// from there. Each file appears whole or not at all.
func Save(scope *model.Scope, cfg Config, folder string) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	if cfg.Window > 0 {
		return fmt.Errorf("gpt: cannot save %q for transformers, whose GPT-2 has no banded attention (Window is %d)", cfg.Name, cfg.Window)
	}
	if err := weights.Save(scope, folder, cfg.Weights(), cfg.stored, cfg.huggingFace()); err != nil {
		return fmt.Errorf("gpt: %w", err)
	}
	return nil
}

// huggingFace is the configuration in transformers' words.
func (c Config) huggingFace() hfConfig {
	hf := hfConfig{Architectures: []string{classGPT2}, ModelType: typeGPT2, Vocab: c.Vocab, Context: c.Context, Layers: c.Layers,
		Heads: c.Heads, Width: c.Width, Activation: "gelu_new", Epsilon: 1e-5,
		Dropout: c.Dropout, EmbDropout: c.Dropout, AttnDropout: c.Dropout}
	if c.PostLN {
		hf.Architectures, hf.ModelType, hf.Activation, hf.AFN = []string{classGPT1}, typeGPT1, "", "gelu"
	}
	return hf
}
