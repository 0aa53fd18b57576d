package bert

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"

	"gptbook/internal/weights"
)

// testdata/tiny was written by transformers; testdata/make.py made it and the logits in golden.json.
const tiny = "testdata/tiny"

var goldenBatch = struct {
	IDs      [][]int32     `json:"input_ids"`
	Segments [][]int32     `json:"token_type_ids"`
	Mask     [][]int32     `json:"attention_mask"`
	MLM      [][][]float32 `json:"mlm"`
	NSP      [][]float32   `json:"nsp"`
}{}

func init() { must.M(json.Unmarshal(must.M1(os.ReadFile("testdata/golden.json")), &goldenBatch)) }

// likeTransformers compares the logits of a loaded model with those of transformers, at real tokens.
func likeTransformers(t *testing.T, store *model.Store, cfg Config) {
	t.Helper()
	g := goldenBatch
	heads := func(scope *model.Scope, ids, segments, mask *graph.Node) []*graph.Node {
		hidden := Encode(scope, Input{ids, segments, mask}, cfg)
		return []*graph.Node{MaskedLM(scope, hidden), NextSentence(scope, Pool(scope, hidden))}
	}
	both := must.M1(model.CallOnceN(engine(), store, heads, g.IDs, g.Segments, g.Mask))
	mlm, nsp := both[0].Value().([][][]float32), both[1].Value().([][]float32)
	for b := range mlm {
		near(t, fmt.Sprintf("NSP logits of text %d", b), nsp[b], g.NSP[b], 1e-4)
		for i := range mlm[b] {
			if g.Mask[b][i] == 1 {
				near(t, fmt.Sprintf("MLM logits of text %d, token %d", b, i), mlm[b][i], g.MLM[b][i], 1e-4)
			}
		}
	}
}

// mentions tells whether err says all of words.
func mentions(err error, words ...string) bool {
	return err != nil && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(err.Error(), w) })
}

// rewrite copies testdata/tiny into a new folder and lets change edit its tensors, by name.
func rewrite(t *testing.T, change func(map[string]weights.Tensor)) (folder string) {
	t.Helper()
	cfg := must.M1(ReadConfig(tiny))
	file := must.M1(weights.Open(tiny))
	defer file.Close()
	all := make(map[string]weights.Tensor)
	for _, w := range cfg.Weights(Pretraining()...) {
		all[w.Name] = weights.Tensor{Name: w.Name, Dims: w.Dims, Values: must.M1(file.Float32(w.Name, w.Dims...))}
	}
	change(all)
	var list []weights.Tensor
	for name, tensor := range all {
		list = append(list, weights.Tensor{Name: name, Dims: tensor.Dims, Values: tensor.Values})
	}
	folder = t.TempDir()
	must.M(weights.Write(filepath.Join(folder, weights.ModelFile), list))
	config := must.M1(os.ReadFile(filepath.Join(tiny, weights.ConfigFile)))
	must.M(os.WriteFile(filepath.Join(folder, weights.ConfigFile), config, 0o644))
	return folder
}

func TestLoadsWhatTransformersWrote(t *testing.T) {
	cfg := must.M1(ReadConfig(tiny))
	want := Config{Name: "tiny", Vocab: 19, Context: 10, Layers: 2, Heads: 2, Width: 8, Inner: 12, Dropout: 0.1}
	if cfg != want {
		t.Fatalf("config is %+v, want %+v", cfg, want)
	}
	const words, output = "bert.embeddings.word_embeddings.weight", "cls.predictions.decoder.weight"
	for name, change := range map[string]func(map[string]weights.Tensor){
		"as written": func(map[string]weights.Tensor) {},
		"without the prefix": func(all map[string]weights.Tensor) {
			for name, tensor := range all {
				delete(all, name)
				all[strings.TrimPrefix(name, "bert.")] = tensor
			}
		},
		"with gamma and beta": func(all map[string]weights.Tensor) {
			old := strings.NewReplacer("LayerNorm.weight", "LayerNorm.gamma", "LayerNorm.bias", "LayerNorm.beta")
			for name, tensor := range all {
				delete(all, name)
				all[old.Replace(name)] = tensor
			}
		},
		"with the tied table twice": func(all map[string]weights.Tensor) { all[output] = all[words] },
	} {
		store := model.NewStore()
		if err := Load(store.RootScope(), cfg, rewrite(t, change), Pretraining()...); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		likeTransformers(t, store, cfg)
	}
}

// changed adds a tensor called to that differs from the one called from in one number.
func changed(from, to string) func(map[string]weights.Tensor) {
	return func(all map[string]weights.Tensor) {
		other := all[from]
		other.Values = slices.Clone(other.Values)
		other.Values[7]++
		all[to] = other
	}
}

func TestLoadRefuses(t *testing.T) {
	cfg := must.M1(ReadConfig(tiny))
	const last = "cls.seq_relationship.bias"
	const words, output = "bert.embeddings.word_embeddings.weight", "cls.predictions.decoder.weight"
	for says, change := range map[string]func(map[string]weights.Tensor){
		`no tensor "cls.seq_relationship.bias"`: func(all map[string]weights.Tensor) { delete(all, last) },
		`"cls.seq_relationship.bias" has shape [3], want [2]`: func(all map[string]weights.Tensor) {
			all[last] = weights.Tensor{Dims: []int{3}, Values: make([]float32, 3)}
		},
		`decoder.weight" differs from the one it is tied to: this model does not tie them`: changed(words, output),
		`decoder.bias" differs`:     changed("cls.predictions.bias", "cls.predictions.decoder.bias"),
		`.LayerNorm.gamma" are one`: changed("bert.embeddings.LayerNorm.weight", "bert.embeddings.LayerNorm.gamma"),
		`more than the 2 layers`:    changed("bert.pooler.dense.weight", "bert.encoder.layer.2.output.dense.weight"),
	} {
		store := model.NewStore()
		err := Load(store.RootScope(), cfg, rewrite(t, change), Pretraining()...)
		if !mentions(err, says, weights.ModelFile) {
			t.Errorf("error %v does not say %q and the file", err, says)
		}
		if store.NumVariables() != 0 {
			t.Errorf("a refused file left %d weights in the store", store.NumVariables())
		}
	}
	whole := must.M1(os.ReadFile(filepath.Join(tiny, weights.ModelFile)))
	for _, keep := range []int{0, 7, 8, 100, len(whole) / 2, len(whole) - 1} {
		folder := t.TempDir()
		must.M(os.WriteFile(filepath.Join(folder, weights.ModelFile), whole[:keep], 0o644))
		if err := Load(model.NewStore().RootScope(), cfg, folder, Encoder); !mentions(err, folder) {
			t.Errorf("%d of %d bytes: error is %v", keep, len(whole), err)
		}
	}
	store := model.NewStore()
	must.M(Init(store.RootScope(), cfg, 1, NextHead))
	other := cfg
	other.Vocab = 20
	if err := Load(store.RootScope(), other, tiny, Encoder); !mentions(err, "[19 8], want [20 8]") {
		t.Errorf("another vocabulary: error is %v", err)
	}
}

func TestReadConfigRefuses(t *testing.T) {
	text := string(must.M1(os.ReadFile(filepath.Join(tiny, weights.ConfigFile))))
	for says, change := range map[string][2]string{
		"model_type":           {`"bert"`, `"gpt2"`},
		"is_decoder is true":   {`"is_decoder": false`, `"is_decoder": true`},
		"quantization_config":  {`{`, `{"quantization_config": {"quant_method": "bitsandbytes"},`},
		"pruned_heads":         {`{`, `{"pruned_heads": {"0": [1]},`},
		"type_vocab_size is 3": {`"type_vocab_size": 2`, `"type_vocab_size": 3`},
		"relative_key":         {`"is_decoder": false`, `"position_embedding_type": "relative_key"`},
		"no BERT has":          {`"num_hidden_layers": 2`, `"num_hidden_layers": 1152921504606846976`},
		"Heads is 0":           {`"num_attention_heads": 2`, `"num_attention_heads": 0`},
		"invalid character":    {`{`, `(`},
	} {
		folder := t.TempDir()
		changed := []byte(strings.Replace(text, change[0], change[1], 1))
		must.M(os.WriteFile(filepath.Join(folder, weights.ConfigFile), changed, 0o644))
		if _, err := ReadConfig(folder); !mentions(err, says, weights.ConfigFile) {
			t.Errorf("error %v does not say %q and the file", err, says)
		}
	}
	if _, err := ReadConfig(t.TempDir()); err == nil {
		t.Error("a folder without a config was accepted")
	}
}

// names lists the tensors in a checkpoint, as its file calls them.
func names(folder string) []string {
	text := must.M1(os.ReadFile(filepath.Join(folder, weights.ModelFile)))
	var header map[string]any
	must.M(json.Unmarshal(text[8:8+binary.LittleEndian.Uint64(text)], &header))
	delete(header, "__metadata__")
	return slices.Sorted(maps.Keys(header))
}

func TestSaveThenLoad(t *testing.T) {
	cfg := must.M1(ReadConfig(tiny))
	store := model.NewStore()
	must.M(Load(store.RootScope(), cfg, tiny, Pretraining()...))
	folder := filepath.Join(t.TempDir(), "new", "tiny")
	must.M(Save(store.RootScope(), cfg, folder, Pretraining()...))
	if again := must.M1(ReadConfig(folder)); again != cfg {
		t.Errorf("config came back as %+v, want %+v", again, cfg)
	}
	if got, want := names(folder), names(tiny); !slices.Equal(got, want) {
		t.Errorf("saved the tensors %q, transformers saves %q", got, want)
	}
	back := model.NewStore()
	must.M(Load(back.RootScope(), cfg, folder, Pretraining()...))
	likeTransformers(t, back, cfg)
	if err := Save(store.RootScope(), cfg, folder, Classifier(2)); !mentions(err, "classifier.weight") {
		t.Errorf("saved a classifier that does not exist: %v", err)
	}
}

// Transformers loads what Save writes, whatever parts it holds, without a missing or unexpected tensor. The
// test needs a Python with torch and transformers: $GPTBOOK_PYTHON, or python3.
func TestTransformersLoadsWhatWeSave(t *testing.T) {
	python := cmp.Or(os.Getenv("GPTBOOK_PYTHON"), "python3")
	if err := exec.Command(python, "-c", "import torch, transformers").Run(); err != nil {
		t.Skipf("%s has no torch and transformers", python)
	}
	cfg := must.M1(ReadConfig(tiny))
	store := model.NewStore()
	scope := store.RootScope()
	must.M(Load(scope, cfg, tiny, Pretraining()...))
	must.M(Init(scope, cfg, 1, Classifier(3)))
	for class, parts := range map[string][]Part{
		"BertForPreTraining":            Pretraining(),
		"BertForMaskedLM":               {Encoder, MaskHead},
		"BertForNextSentencePrediction": {Encoder, Pooler, NextHead},
		"BertModel":                     {Encoder, Pooler},
		"BertForSequenceClassification": {Encoder, Pooler, Classifier(3)},
	} {
		folder := t.TempDir()
		must.M(Save(scope, cfg, folder, parts...))
		command := exec.Command(python, "testdata/check.py", class, folder)
		command.Stderr = os.Stderr
		text, err := command.Output()
		if err != nil {
			t.Errorf("%s: %v", class, err)
			continue
		}
		var out struct {
			MLM    [][][]float32   `json:"prediction_logits"`
			Logits json.RawMessage `json:"logits"`
		}
		must.M(json.Unmarshal(text, &out))
		if class == "BertForMaskedLM" {
			must.M(json.Unmarshal(out.Logits, &out.MLM))
		}
		for i := range out.MLM {
			for j, row := range out.MLM[i] {
				near(t, class, row, goldenBatch.MLM[i][j], 1e-4)
			}
		}
		if class == "BertForSequenceClassification" {
			var theirs [][]float32
			must.M(json.Unmarshal(out.Logits, &theirs))
			near(t, class, outputs(store, cfg)["classes"](), slices.Concat(theirs...), 1e-4)
		}
	}
}

// outputs are what the parts of package bert give for the golden batch, row by row, by their names in the golden files.
func outputs(store *model.Store, cfg Config) map[string]func() []float32 {
	of := func(head func(scope *model.Scope, hidden *graph.Node) *graph.Node) func() []float32 {
		return func() []float32 {
			g := goldenBatch
			return tensors.MustCopyFlatData[float32](must.M1(model.CallOnce(engine(), store,
				func(scope *model.Scope, ids, segments, mask *graph.Node) *graph.Node {
					return head(scope, Encode(scope, Input{ids, segments, mask}, cfg))
				}, g.IDs, g.Segments, g.Mask)))
		}
	}
	return map[string]func() []float32{
		"hidden": of(func(_ *model.Scope, hidden *graph.Node) *graph.Node { return hidden }),
		"pooled": of(Pool),
		"mlm":    of(MaskedLM),
		"nsp": of(func(scope *model.Scope, hidden *graph.Node) *graph.Node {
			return NextSentence(scope, Pool(scope, hidden))
		}),
		"classes": of(func(scope *model.Scope, hidden *graph.Node) *graph.Node {
			return Classify(scope, Pool(scope, hidden), cfg)
		}),
	}
}

// flat lists the numbers in nested JSON lists.
func flat(value any) (numbers []float32) {
	switch value := value.(type) {
	case float64:
		return []float32{float32(value)}
	case []any:
		for _, part := range value {
			numbers = append(numbers, flat(part)...)
		}
	}
	return numbers
}

// Small models of all classes in the forms that other programs and configurations give them, and what we refuse.
func TestForms(t *testing.T) {
	var golden map[string]map[string]any
	must.M(json.Unmarshal(must.M1(os.ReadFile("testdata/forms/golden.json")), &golden))
	for _, name := range folders("testdata/forms") {
		if len(golden[name]) == 0 {
			t.Errorf("no outputs for %s", name)
		}
		folder := filepath.Join("testdata/forms", name)
		cfg, err := ReadConfig(folder)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		parts := []Part{Encoder}
		for output, value := range golden[name] {
			classes := 0
			if output == "classes" {
				classes = len(value.([]any)[0].([]any))
			}
			parts = append(parts, map[string][]Part{"pooled": {Pooler}, "mlm": {MaskHead}, "nsp": {Pooler, NextHead},
				"classes": {Pooler, Classifier(classes)}}[output]...)
		}
		store := model.NewStore()
		if err := Load(store.RootScope(), cfg, folder, parts...); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for output, value := range golden[name] {
			got, want := outputs(store, cfg)[output](), flat(value)
			if output == "hidden" || output == "mlm" { // the second text has three tokens, then padding
				row := len(want) / 12
				got, want = got[:9*row], want[:9*row]
			}
			near(t, name+" "+output, got, want, 2e-5)
		}
	}
	refused := map[string]string{
		"relu":     `hidden_act is "relu", want "gelu" or "gelu_python"`,
		"gelu-new": `hidden_act is "gelu_new", want "gelu" or "gelu_python"`,
		"epsilon":  `layer_norm_eps is 0.00001, want 1e-12`,
		"segments": `type_vocab_size is 1, want 2`,
		"decoder":  `is_decoder is true, want false`,
		"untied":   `tensor "cls.predictions.decoder.weight" differs`,
	}
	for _, name := range folders("testdata/refused") {
		folder := filepath.Join("testdata/refused", name)
		cfg, err := ReadConfig(folder)
		if err == nil {
			err = Load(model.NewStore().RootScope(), cfg, folder, Encoder, MaskHead)
		}
		if says := refused[name]; says == "" || !mentions(err, says, folder) {
			t.Errorf("%s: error %v does not say %q and the folder", name, err, says)
		}
	}
}

// folders lists those below path.
func folders(path string) (names []string) {
	for _, entry := range must.M1(os.ReadDir(path)) {
		if entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	return names
}

// FuzzConfig: whatever config.json says, the answer is a configuration of a size that can be built or an error in one
// short line.
func FuzzConfig(f *testing.F) {
	for _, folder := range []string{"tiny", "forms/classes-list", "refused/relu"} {
		f.Add(must.M1(os.ReadFile(filepath.Join("testdata", folder, weights.ConfigFile))))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		folder := t.TempDir()
		must.M(os.WriteFile(filepath.Join(folder, weights.ConfigFile), text, 0o644))
		cfg, err := ReadConfig(folder)
		if err == nil && (cfg.Validate() != nil || cfg.Layers > 1000 || len(cfg.Weights(Encoder)) == 0) {
			t.Errorf("accepted %+v", cfg)
		}
		if err != nil && (strings.Contains(err.Error(), "\n") || len(err.Error()) > 1000) {
			t.Errorf("no short line: %q", err)
		}
	})
}
