package bert

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
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
	path := filepath.Join(folder, configFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("bert: %w", err)
	}
	hf := hfConfig{Activation: "gelu", Epsilon: 1e-12, Segments: Segments} // what transformers assumes where nothing is said
	if err := json.Unmarshal(text, &hf); err != nil {
		return Config{}, fmt.Errorf("bert: %s: %w", path, err)
	}
	const most = 1 << 20 // refuses a file that would make us list 2⁶⁰ layers
	switch {
	case hf.ModelType != "bert" || hf.IsDecoder:
		err = fmt.Errorf("model_type is %.40q (decoder: %t), want the encoder \"bert\"", hf.ModelType, hf.IsDecoder)
	case hf.Positions != "" && hf.Positions != "absolute":
		err = fmt.Errorf("position_embedding_type is %.40q, want \"absolute\"", hf.Positions)
	case hf.Activation != "gelu" || hf.Epsilon != 1e-12 || hf.Segments != Segments:
		err = fmt.Errorf("hidden_act %.40q, layer_norm_eps %g, type_vocab_size %d: want \"gelu\", 1e-12, %d",
			hf.Activation, hf.Epsilon, hf.Segments, Segments)
	case max(hf.Vocab, hf.Context, hf.Width, hf.Inner) > most || hf.Layers > 1000:
		err = fmt.Errorf("no BERT has a vocabulary of %d, a context of %d, %d layers or a width of %d or %d",
			hf.Vocab, hf.Context, hf.Layers, hf.Width, hf.Inner)
	}
	if err != nil {
		return Config{}, fmt.Errorf("bert: %s: %w", path, err)
	}
	cfg := Config{Name: filepath.Base(folder), Vocab: hf.Vocab, Context: hf.Context, Layers: hf.Layers, Heads: hf.Heads,
		Width: hf.Width, Inner: hf.Inner, Dropout: hf.Dropout}
	if err := cfg.Validate(); err != nil {
		return Config{}, fmt.Errorf("%w (%s)", err, path)
	}
	return cfg, nil
}

// Load fills scope with the weights of parts from the model.safetensors in folder, as written by
// transformers or by [Save]. All of them are read and checked before the first one is stored. It returns
// an error that names the tensor and the file if one is missing, misshapen or damaged.
func Load(scope *model.Scope, cfg Config, folder string, parts ...Part) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	path := filepath.Join(folder, weightsFile)
	file, err := weights.Open(path)
	if err != nil {
		return fmt.Errorf("bert: %w", err)
	}
	defer file.Close()
	list := cfg.Weights(parts...)
	values := make(map[string][]float32, len(list))
	for _, w := range list {
		if values[w.Name], err = file.Float32(stored(file, w.Name), w.Dims...); err != nil {
			return fmt.Errorf("bert: %w", err)
		}
	}
	if err := checkTied(file, cfg, values); err != nil {
		return fmt.Errorf("bert: %s: %w", path, err)
	}
	for _, w := range list {
		if err := SetWeight(scope, w, values[w.Name]); err != nil {
			return err
		}
	}
	return nil
}

// stored is the name under which file holds the weight called name: some files leave out the "bert." of a
// bare encoder, and files converted from TensorFlow call gain and bias of a layer norm gamma and beta.
func stored(file *weights.File, name string) string {
	old := name
	if at, ok := strings.CutSuffix(name, "LayerNorm.weight"); ok {
		old = at + "LayerNorm.gamma"
	} else if at, ok := strings.CutSuffix(name, "LayerNorm.bias"); ok {
		old = at + "LayerNorm.beta"
	}
	for _, candidate := range []string{name, old, strings.TrimPrefix(name, "bert."), strings.TrimPrefix(old, "bert.")} {
		if file.Has(candidate) {
			return candidate
		}
	}
	return name // for the error message
}

// checkTied refuses an output table of its own beside the word table, where we have one for both.
func checkTied(file *weights.File, cfg Config, values map[string][]float32) error {
	const decoder, words = "cls.predictions.decoder.weight", "bert.embeddings.word_embeddings.weight"
	if values["cls.predictions.bias"] == nil || values[words] == nil || !file.Has(decoder) {
		return nil
	}
	output, err := file.Float32(decoder, cfg.Vocab, cfg.Width)
	if err == nil && !slices.Equal(output, values[words]) {
		err = fmt.Errorf("tensor %q differs from %q: this model does not tie them", decoder, words)
	}
	return err
}

// Save writes config.json and model.safetensors into folder, which it creates, so that transformers loads
// parts from there. Each file appears whole or not at all.
func Save(scope *model.Scope, cfg Config, folder string, parts ...Part) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	list := make([]weights.Tensor, 0, 16*cfg.Layers)
	labels := 0
	for _, w := range cfg.Weights(parts...) {
		v := scope.Store().GetVariable(w.path(scope))
		if v == nil || !slices.Equal(v.Shape().Dimensions, w.Dims) {
			return fmt.Errorf("bert: cannot save weight %q of shape %v: the store has %v", w.Name, w.Dims, v)
		}
		value, err := v.Value()
		if err != nil {
			return fmt.Errorf("bert: weight %q: %w", w.Name, err)
		}
		values, err := tensors.CopyFlatData[float32](value)
		if err != nil {
			return fmt.Errorf("bert: weight %q: %w", w.Name, err)
		}
		if w.Name == "classifier.weight" {
			labels = w.Dims[0]
		}
		list = append(list, weights.Tensor{Name: w.Name, Dims: w.Dims, Values: values})
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("bert: %w", err)
	}
	if err := weights.WriteJSON(filepath.Join(folder, configFile), cfg.huggingFace(labels, parts)); err != nil {
		return fmt.Errorf("bert: %w", err)
	}
	if err := weights.Write(filepath.Join(folder, weightsFile), list); err != nil {
		return fmt.Errorf("bert: %w", err)
	}
	return nil
}

// huggingFace is the configuration in transformers' words.
func (c Config) huggingFace(labels int, parts []Part) hfConfig {
	hf := hfConfig{Architectures: []string{architecture(parts)}, ModelType: "bert", Vocab: c.Vocab, Context: c.Context,
		Segments: Segments, Layers: c.Layers, Heads: c.Heads, Width: c.Width, Inner: c.Inner, Activation: "gelu",
		Epsilon: 1e-12, Dropout: c.Dropout, AttnDropout: c.Dropout}
	if labels > 0 {
		hf.Labels, hf.LabelNames = make(map[string]int), make(map[int]string)
		for i := range labels {
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
