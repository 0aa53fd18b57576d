package gpt

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/internal/weights"
)

// A Hugging Face checkpoint is a folder with these two files.
const (
	configFile  = "config.json"
	weightsFile = "model.safetensors"
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
	path := filepath.Join(folder, configFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("gpt: %w", err)
	}
	hf := hfConfig{Activation: "gelu_new", AFN: "gelu", Epsilon: 1e-5} // what transformers assumes where nothing is said
	if err := json.Unmarshal(text, &hf); err != nil {
		return Config{}, fmt.Errorf("gpt: %s: %w", path, err)
	}
	if err := hf.check(); err != nil {
		return Config{}, fmt.Errorf("gpt: %s: %w", path, err)
	}
	cfg := Config{Name: filepath.Base(folder), Vocab: hf.Vocab, Context: hf.Context, Layers: hf.Layers, Heads: hf.Heads,
		Width: hf.Width, Dropout: hf.Dropout, PostLN: hf.ModelType == typeGPT1}
	if err := cfg.Validate(); err != nil {
		return Config{}, fmt.Errorf("%w (%s)", err, path)
	}
	return cfg, nil
}

// check says what of a checkpoint [Logits] would not compute.
func (hf hfConfig) check() error {
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
	path := filepath.Join(folder, weightsFile)
	file, err := weights.Open(path)
	if err != nil {
		return fmt.Errorf("gpt: %w", err)
	}
	defer file.Close()
	values := make(map[string][]float32)
	for _, w := range cfg.Weights() {
		if values[w.Name], err = file.Float32(stored(file, w.Name), w.Dims...); err != nil {
			return fmt.Errorf("gpt: %w", err)
		}
	}
	if err := checkWhole(file, cfg, values["wte.weight"]); err != nil {
		return fmt.Errorf("gpt: %s: %w", path, err)
	}
	for _, w := range cfg.Weights() {
		if err := SetWeight(scope, w, values[w.Name]); err != nil {
			return err
		}
	}
	return nil
}

// stored is the name under which file holds the weight called name: GPT-1 calls its tables otherwise, and the
// original files of OpenAI's models lack the prefix that newer ones have.
func stored(file *weights.File, name string) string {
	for _, candidate := range []string{name, gpt1Name(name)} {
		for _, prefix := range []string{"transformer.", ""} {
			if file.Has(prefix + candidate) {
				return prefix + candidate
			}
		}
	}
	return name // for the error message
}

func gpt1Name(name string) string {
	return strings.NewReplacer("wte.", "tokens_embed.", "wpe.", "positions_embed.").Replace(name)
}

// checkWhole refuses a file with more blocks than cfg, or with a head that is not the token table.
func checkWhole(file *weights.File, cfg Config, table []float32) error {
	if more := fmt.Sprintf("h.%d.ln_1.weight", cfg.Layers); file.Has(stored(file, more)) {
		return fmt.Errorf("holds more than the %d layers of %q", cfg.Layers, cfg.Name)
	}
	const head = "lm_head.weight"
	if !file.Has(head) {
		return nil
	}
	output, err := file.Float32(head, cfg.Vocab, cfg.Width)
	if err == nil && !slices.Equal(output, table) {
		err = fmt.Errorf("tensor %q differs from the token table: this model does not tie them", head)
	}
	return err
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
	var list []weights.Tensor
	for _, w := range cfg.Weights() {
		v := scope.Store().GetVariable(w.Path(scope))
		if v == nil || !slices.Equal(v.Shape().Dimensions, w.Dims) {
			return fmt.Errorf("gpt: cannot save weight %q of shape %v: the store has %v", w.Name, w.Dims, v)
		}
		value, err := v.Value()
		if err != nil {
			return fmt.Errorf("gpt: weight %q: %w", w.Name, err)
		}
		values, err := tensors.CopyFlatData[float32](value)
		if err != nil {
			return fmt.Errorf("gpt: weight %q: %w", w.Name, err)
		}
		name := w.Name
		if cfg.PostLN {
			name = gpt1Name(name)
		}
		list = append(list, weights.Tensor{Name: "transformer." + name, Dims: w.Dims, Values: values})
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("gpt: %w", err)
	}
	if err := weights.WriteJSON(filepath.Join(folder, configFile), cfg.huggingFace()); err != nil {
		return fmt.Errorf("gpt: %w", err)
	}
	if err := weights.Write(filepath.Join(folder, weightsFile), list); err != nil {
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
