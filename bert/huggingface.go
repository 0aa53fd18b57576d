package bert

import (
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
	Architectures []string       `json:"architectures,omitempty"`
	ModelType     string         `json:"model_type"`
	Vocab         int            `json:"vocab_size"`
	Context       int            `json:"max_position_embeddings"`
	Segments      int            `json:"type_vocab_size"`
	Layers        int            `json:"num_hidden_layers"`
	Heads         int            `json:"num_attention_heads"`
	Width         int            `json:"hidden_size"`
	Inner         int            `json:"intermediate_size"`
	Activation    string         `json:"hidden_act"`
	Epsilon       float64        `json:"layer_norm_eps"`
	Dropout       float64        `json:"hidden_dropout_prob"`
	AttnDropout   float64        `json:"attention_probs_dropout_prob"`
	IsDecoder     bool           `json:"is_decoder"`
	Positions     string         `json:"position_embedding_type,omitempty"`
	Labels        map[string]int `json:"label2id,omitempty"`
	LabelNames    map[int]string `json:"id2label,omitempty"`
}

// ReadConfig reads the config.json in folder. It refuses what [Encode] would compute differently: another
// architecture, activation, epsilon or number of segments, a decoder, sizes that no BERT has.
func ReadConfig(folder string) (Config, error) {
	hf := hfConfig{Activation: "gelu", Epsilon: 1e-12, Segments: Segments} // what transformers assumes where nothing is said
	if err := weights.ReadConfig(folder, &hf); err != nil {
		return Config{}, fmt.Errorf("bert: %w", err)
	}
	cfg := Config{Name: filepath.Base(folder), Vocab: hf.Vocab, Context: hf.Context, Layers: hf.Layers, Heads: hf.Heads,
		Width: hf.Width, Inner: hf.Inner, Dropout: hf.Dropout}
	if err := cfg.Validate(); err != nil {
		return Config{}, fmt.Errorf("%w (%s)", err, filepath.Join(folder, weights.ConfigFile))
	}
	return cfg, nil
}

// Check says what of a checkpoint [Encode] would not compute.
func (hf hfConfig) Check() error {
	const most = 1 << 20 // refuses a file that would make us list 2⁶⁰ layers
	switch {
	case hf.ModelType != "bert" || hf.IsDecoder:
		return fmt.Errorf("model_type is %.40q (decoder: %t), want the encoder \"bert\"", hf.ModelType, hf.IsDecoder)
	case hf.Positions != "" && hf.Positions != "absolute":
		return fmt.Errorf("position_embedding_type is %.40q, want \"absolute\"", hf.Positions)
	case hf.Activation != "gelu" || hf.Epsilon != 1e-12 || hf.Segments != Segments:
		return fmt.Errorf("hidden_act %.40q, layer_norm_eps %g, type_vocab_size %d: want \"gelu\", 1e-12, %d",
			hf.Activation, hf.Epsilon, hf.Segments, Segments)
	case max(hf.Vocab, hf.Context, hf.Width, hf.Inner) > most || hf.Layers > 1000:
		return fmt.Errorf("no BERT has a vocabulary of %d, a context of %d, %d layers or a width of %d or %d",
			hf.Vocab, hf.Context, hf.Layers, hf.Width, hf.Inner)
	}
	return nil
}

// Load fills scope with the weights of parts from the model.safetensors in folder, as written by
// transformers or by [Save]. All of them are read and checked before the first one is stored. It returns
// an error that names the tensor and the file if one is missing, misshapen or damaged.
func Load(scope *model.Scope, cfg Config, folder string, parts ...Part) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	err := weights.Load(scope, folder, cfg.Weights(parts...), stored, func(file *weights.File, values map[string][]float32) error {
		words := values["bert.embeddings.word_embeddings.weight"]
		if words == nil || values["cls.predictions.bias"] == nil {
			return nil
		}
		return file.CheckTied("cls.predictions.decoder.weight", words, cfg.Vocab, cfg.Width)
	})
	if err != nil {
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

// huggingFace is the configuration in transformers' words.
func (c Config) huggingFace(list []Weight, parts []Part) hfConfig {
	hf := hfConfig{Architectures: []string{architecture(parts)}, ModelType: "bert", Vocab: c.Vocab, Context: c.Context,
		Segments: Segments, Layers: c.Layers, Heads: c.Heads, Width: c.Width, Inner: c.Inner, Activation: "gelu",
		Epsilon: 1e-12, Dropout: c.Dropout, AttnDropout: c.Dropout}
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
	case has["classifier"] && has[Pooler.name]:
		return "BertForSequenceClassification"
	case has["classifier"]:
		return "BertForTokenClassification"
	case has[MaskHead.name] && has[NextHead.name]:
		return "BertForPreTraining"
	case has[MaskHead.name]:
		return "BertForMaskedLM"
	case has[NextHead.name]:
		return "BertForNextSentencePrediction"
	}
	return "BertModel"
}
