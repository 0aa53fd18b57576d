package bert

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"gptbook/internal/weights"
)

// hfConfig is the part of config.json that shapes the graph.
type hfConfig struct {
	ModelType string  `json:"model_type"`
	Vocab     int     `json:"vocab_size"`
	Context   int     `json:"max_position_embeddings"`
	Layers    int     `json:"num_hidden_layers"`
	Heads     int     `json:"num_attention_heads"`
	Width     int     `json:"hidden_size"`
	Inner     int     `json:"intermediate_size"`
	Dropout   float64 `json:"hidden_dropout_prob"`
}

// fixed is what [Encode] computes in one way only. (Both names of the activation are the same function.)
var fixed = weights.Fixed{
	"hidden_act":              {"gelu", "gelu_python"},
	"layer_norm_eps":          {1e-12},
	"type_vocab_size":         {float64(Segments)},
	"position_embedding_type": {"absolute"},
	"is_decoder":              {false},
	"quantization_config":     {nil},
	"pruned_heads":            {map[string]any{}, nil},
}

// ReadConfig reads the config.json in folder. It refuses what [Encode] would compute differently: another
// architecture, activation, epsilon or number of segments, a decoder, sizes that no BERT has.
func ReadConfig(folder string) (Config, error) {
	var hf hfConfig
	if err := weights.ReadConfig(folder, &hf, fixed); err != nil {
		return Config{}, fmt.Errorf("bert: %w", err)
	}
	cfg, err := hf.config(filepath.Base(folder))
	if err != nil {
		return Config{}, fmt.Errorf("%w (%s)", err, filepath.Join(folder, weights.ConfigFile))
	}
	return cfg, nil
}

// config is hf in our words, or says what of it no BERT has.
func (hf hfConfig) config(name string) (Config, error) {
	const most = 1 << 20 // refuses a file that would make us list 2⁶⁰ layers
	cfg := Config{Name: name, Vocab: hf.Vocab, Context: hf.Context, Layers: hf.Layers, Heads: hf.Heads, Width: hf.Width,
		Inner: hf.Inner, Dropout: hf.Dropout}
	switch {
	case hf.ModelType != "bert":
		return cfg, fmt.Errorf("bert: model_type is %.40q, want \"bert\"", hf.ModelType)
	case max(hf.Vocab, hf.Context, hf.Width, hf.Inner) > most || hf.Layers > 1000:
		return cfg, fmt.Errorf("bert: no BERT has a vocabulary of %d, a context of %d, %d layers or "+
			"a width of %d or %d", hf.Vocab, hf.Context, hf.Layers, hf.Width, hf.Inner)
	}
	return cfg, cfg.Validate()
}

// Load fills scope with the weights of parts from the model.safetensors in folder, or its shards, as written by
// transformers or by [Save]. All of them are read and checked before the first one is stored. It returns
// an error that names the tensor and the file if one is missing, misshapen or damaged.
func Load(scope *model.Scope, cfg Config, folder string, parts ...Part) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	check := func(c *weights.Checkpoint, values map[string][]float32) error {
		more := fmt.Sprintf("bert.encoder.layer.%d.output.dense.weight", cfg.Layers)
		if slices.ContainsFunc(stored(more), c.Has) {
			return fmt.Errorf("holds more than the %d layers of %q", cfg.Layers, cfg.Name)
		}
		words, bias := values["bert.embeddings.word_embeddings.weight"], values["cls.predictions.bias"]
		if words == nil || bias == nil {
			return nil
		}
		return cmp.Or(c.CheckTied("cls.predictions.decoder.weight", words, cfg.Vocab, cfg.Width),
			c.CheckTied("cls.predictions.decoder.bias", bias, cfg.Vocab))
	}
	if err := weights.Load(scope, folder, cfg.Weights(parts...), stored, check); err != nil {
		return fmt.Errorf("bert: %w", err)
	}
	return nil
}

// stored lists the names under which a file may hold the weight called name: some files leave out the "bert." of a
// bare encoder, and files converted from TensorFlow call gain and bias of a layer norm gamma and beta.
func stored(name string) []string {
	old := strings.NewReplacer("LayerNorm.weight", "LayerNorm.gamma", "LayerNorm.bias", "LayerNorm.beta").Replace(name)
	return []string{name, old, strings.TrimPrefix(name, "bert."), strings.TrimPrefix(old, "bert.")}
}

// Save writes config.json and model.safetensors into folder, which it creates, so that transformers loads
// parts from there. Each file appears whole or not at all.
func Save(scope *model.Scope, cfg Config, folder string, parts ...Part) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	list := cfg.Weights(parts...)
	if err := weights.Save(scope, folder, list, stored, cfg.huggingFace(list, parts)); err != nil {
		return fmt.Errorf("bert: %w", err)
	}
	return nil
}

// savedConfig is all that [Save] says.
type savedConfig struct {
	hfConfig
	Architectures []string       `json:"architectures"`
	Segments      int            `json:"type_vocab_size"`
	Activation    string         `json:"hidden_act"`
	Epsilon       float64        `json:"layer_norm_eps"`
	AttnDropout   float64        `json:"attention_probs_dropout_prob"`
	Labels        map[string]int `json:"label2id,omitempty"`
	LabelNames    map[int]string `json:"id2label,omitempty"`
}

// huggingFace is the configuration in transformers' words.
func (c Config) huggingFace(list []Weight, parts []Part) savedConfig {
	hf := savedConfig{Architectures: []string{architecture(parts)}, Segments: Segments, Activation: "gelu",
		Epsilon: 1e-12, AttnDropout: c.Dropout,
		hfConfig: hfConfig{ModelType: "bert", Vocab: c.Vocab, Context: c.Context, Layers: c.Layers,
			Heads: c.Heads, Width: c.Width, Inner: c.Inner, Dropout: c.Dropout}}
	if at := slices.IndexFunc(list, func(w Weight) bool { return w.Name == "classifier.weight" }); at >= 0 {
		hf.Labels, hf.LabelNames = make(map[string]int), make(map[int]string)
		for i := range list[at].Dims[0] {
			hf.LabelNames[i] = "LABEL_" + strconv.Itoa(i)
			hf.Labels[hf.LabelNames[i]] = i
		}
	}
	return hf
}

// architecture is the class of transformers that is made of these parts.
func architecture(parts []Part) string {
	has := make(map[string]bool)
	for _, p := range parts {
		has[p.name] = true
	}
	switch {
	case has["classifier"]:
		return "BertForSequenceClassification"
	case has[MaskHead.name] && has[NextHead.name]:
		return "BertForPreTraining"
	case has[MaskHead.name]:
		return "BertForMaskedLM"
	case has[NextHead.name]:
		return "BertForNextSentencePrediction"
	}
	return "BertModel"
}
