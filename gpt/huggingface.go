package gpt

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"gptbook/internal/weights"
)

// hfConfig is the part of config.json that shapes the graph. Of a size that is given by both of its names, transformers
// takes the general one.
type hfConfig struct {
	ModelType string  `json:"model_type"`
	Vocab     int     `json:"vocab_size"`
	Context   int     `json:"n_positions"`
	Layers    int     `json:"n_layer"`
	Heads     int     `json:"n_head"`
	Width     int     `json:"n_embd"`
	Inner     *int    `json:"n_inner,omitempty"`
	Dropout   float64 `json:"resid_pdrop"`
	Tied      *bool   `json:"tie_word_embeddings,omitempty"`

	GeneralContext int `json:"max_position_embeddings,omitempty"`
	GeneralLayers  int `json:"num_hidden_layers,omitempty"`
	GeneralHeads   int `json:"num_attention_heads,omitempty"`
	GeneralWidth   int `json:"hidden_size,omitempty"`
}

// fixed is what [Logits] computes in one way only; the names of the activation are one function.
// (reorder_and_upcast_attn changes nothing in float32, add_cross_attention nothing without an encoder.)
var fixed = weights.Fixed{
	"activation_function": {"gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_accurate",
		"gelu_python_tanh"},
	"afn":                             {"gelu"}, // of GPT-1, whose gelu is GPT-2's gelu_new
	"layer_norm_epsilon":              {1e-5},
	"scale_attn_weights":              {true}, // by 1/√headDim
	"scale_attn_by_inverse_layer_idx": {false},
	"quantization_config":             {nil},
	"pruned_heads":                    {map[string]any{}, nil},
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
	var hf hfConfig
	if err := weights.ReadConfig(folder, &hf, fixed); err != nil {
		return Config{}, fmt.Errorf("gpt: %w", err)
	}
	cfg, err := hf.config(filepath.Base(folder))
	if err != nil {
		return Config{}, fmt.Errorf("%w (%s)", err, filepath.Join(folder, weights.ConfigFile))
	}
	return cfg, nil
}

// config is hf in our words, or says what of it no GPT has.
func (hf hfConfig) config(name string) (Config, error) {
	const most = 1 << 20 // refuses a file that would make us list 2⁶⁰ layers
	cfg := Config{Name: name, Vocab: hf.Vocab, Context: cmp.Or(hf.GeneralContext, hf.Context),
		Layers: cmp.Or(hf.GeneralLayers, hf.Layers), Heads: cmp.Or(hf.GeneralHeads, hf.Heads),
		Width: cmp.Or(hf.GeneralWidth, hf.Width), Dropout: hf.Dropout,
		PostLN: hf.ModelType == typeGPT1, Untied: hf.Tied != nil && !*hf.Tied}
	switch {
	case hf.ModelType != typeGPT1 && hf.ModelType != typeGPT2:
		return cfg, fmt.Errorf("gpt: model_type is %.40q, want %q or %q", hf.ModelType, typeGPT1, typeGPT2)
	case max(cfg.Vocab, cfg.Context, cfg.Width) > most || cfg.Layers > 1000:
		return cfg, fmt.Errorf("gpt: no GPT has a vocabulary of %d, a context of %d, %d layers or a width of %d",
			cfg.Vocab, cfg.Context, cfg.Layers, cfg.Width)
	case hf.Inner != nil && *hf.Inner != 4*cfg.Width && hf.ModelType == typeGPT2:
		return cfg, fmt.Errorf("gpt: n_inner is %d, want 4 times n_embd = %d", *hf.Inner, 4*cfg.Width)
	}
	return cfg, cfg.Validate()
}

// Load fills scope with the weights in the model.safetensors of folder, or its shards, as written by transformers or by
// [Save]. Mask buffers of old files are passed over. All weights are read and checked before the first one is
// stored. It returns an error that names the tensor and the file if one is missing, misshapen or damaged.
func Load(scope *model.Scope, cfg Config, folder string) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	check := func(c *weights.Checkpoint, values map[string][]float32) error {
		if more := fmt.Sprintf("h.%d.ln_1.weight", cfg.Layers); slices.ContainsFunc(cfg.stored(more), c.Has) {
			return fmt.Errorf("holds more than the %d layers of %q", cfg.Layers, cfg.Name)
		}
		if cfg.Untied {
			return nil
		}
		return c.CheckTied(headTable, values[tokenTable], cfg.Vocab, cfg.Width)
	}
	err := weights.Load(scope, folder, cfg.Weights(), cfg.stored, check)
	if err != nil {
		return fmt.Errorf("gpt: %w", err)
	}
	return nil
}

// stored lists the names under which a file may hold the weight called name: GPT-1 calls its tables otherwise, and the
// original files of OpenAI's models lack the prefix that newer ones have.
func (c Config) stored(name string) []string {
	if name == headTable {
		return []string{name}
	}
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
		return fmt.Errorf("gpt: cannot save %q for transformers, whose GPT-2 has no banded attention (Window is %d)",
			cfg.Name, cfg.Window)
	}
	if err := weights.Save(scope, folder, cfg.Weights(), cfg.stored, cfg.huggingFace()); err != nil {
		return fmt.Errorf("gpt: %w", err)
	}
	return nil
}

// savedConfig is all that [Save] says.
type savedConfig struct {
	hfConfig
	Architectures []string `json:"architectures"`
	Activation    string   `json:"activation_function,omitempty"` // of GPT-2
	AFN           string   `json:"afn,omitempty"`                 // of GPT-1
	Epsilon       float64  `json:"layer_norm_epsilon"`
	EmbDropout    float64  `json:"embd_pdrop"`
	AttnDropout   float64  `json:"attn_pdrop"`
}

// huggingFace is the configuration in transformers' words.
func (c Config) huggingFace() savedConfig {
	tied := !c.Untied
	hf := savedConfig{Architectures: []string{classGPT2}, Activation: "gelu_new", Epsilon: 1e-5,
		EmbDropout: c.Dropout, AttnDropout: c.Dropout, hfConfig: hfConfig{ModelType: typeGPT2, Vocab: c.Vocab,
			Context: c.Context, Layers: c.Layers, Heads: c.Heads, Width: c.Width, Dropout: c.Dropout, Tied: &tied}}
	if c.PostLN {
		hf.Architectures, hf.ModelType, hf.Activation, hf.AFN = []string{classGPT1}, typeGPT1, "", "gelu"
	}
	return hf
}
