package gpt

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"

	"gptbook/internal/weights"
)

// logitsOf holds the logits of transformers for models in testdata, by name; testdata/make.py made both.
type logitsOf map[string][]struct {
	IDs    []int32     `json:"ids"`
	Logits [][]float32 `json:"logits"`
}

func readGolden(path string) (g logitsOf) {
	must.M(json.Unmarshal(must.M1(os.ReadFile(path)), &g))
	return g
}

var golden, forms = readGolden("testdata/golden.json"), readGolden("testdata/forms/golden.json")

// mentions tells whether err says all of words.
func mentions(err error, words ...string) bool {
	return err != nil && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(err.Error(), w) })
}

// like compares the logits of a loaded model with those of transformers.
func (g logitsOf) like(t *testing.T, store *model.Store, cfg Config, name string, tolerance float64) {
	t.Helper()
	if len(g[name]) == 0 {
		t.Fatalf("no logits for %s", name)
	}
	for n, row := range g[name] {
		got := logits(store, cfg, [][]int32{row.IDs}).Value().([][][]float32)[0]
		for i, want := range row.Logits {
			for j := range want {
				if diff := math.Abs(float64(got[i][j] - want[j])); !(diff < tolerance) {
					t.Fatalf("%s, text %d: logit [%d,%d] is %v, want %v", name, n, i, j, got[i][j], want[j])
				}
			}
		}
	}
}

func TestLoadsWhatTransformersWrote(t *testing.T) {
	for name, want := range map[string]Config{
		"gpt2-a":    {Vocab: 19, Context: 10, Layers: 2, Heads: 2, Width: 8},
		"gpt2-b":    {Vocab: 7, Context: 16, Layers: 3, Heads: 3, Width: 12},
		"gpt2-half": {Vocab: 33, Context: 9, Layers: 1, Heads: 1, Width: 4},
		"gpt1-a":    {Vocab: 19, Context: 10, Layers: 2, Heads: 2, Width: 8, PostLN: true},
		"gpt1-b":    {Vocab: 11, Context: 12, Layers: 3, Heads: 1, Width: 6, PostLN: true},
	} {
		folder := filepath.Join("testdata", name)
		want.Name, want.Dropout = name, 0.1
		cfg := must.M1(ReadConfig(folder))
		if cfg != want {
			t.Errorf("config of %s is %+v, want %+v", name, cfg, want)
		}
		store := model.NewStore()
		if err := Load(store.RootScope(), cfg, folder); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		golden.like(t, store, cfg, name, 1e-4)
	}
}

const a = "testdata/gpt2-a"

// One small model in the forms that other programs and configurations give it, and configurations that we refuse.
func TestForms(t *testing.T) {
	for _, name := range folders("testdata/forms") {
		folder := filepath.Join("testdata/forms", name)
		cfg, err := ReadConfig(folder)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		store := model.NewStore()
		if err := Load(store.RootScope(), cfg, folder); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		forms.like(t, store, cfg, name, 2e-5)
	}
	refused := map[string]string{
		"gelu":      `activation_function is "gelu", want "gelu_new" or`,
		"relu":      `activation_function is "relu", want "gelu_new" or`,
		"gpt1-silu": `afn is "silu", want "gelu"`,
		"epsilon":   `layer_norm_epsilon is 0.000001, want 0.00001`,
		"unscaled":  `scale_attn_weights is false, want true`,
		"by-layer":  `scale_attn_by_inverse_layer_idx is true, want false`,
		"inner":     "n_inner is 20, want 4 times n_embd = 32",
	}
	for _, name := range folders("testdata/refused") {
		folder := filepath.Join("testdata/refused", name)
		_, err := ReadConfig(folder)
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

// A model whose head has a table of its own starts, learns, is saved and comes back like any other.
func TestUntied(t *testing.T) {
	cfg := Config{Name: "untied", Vocab: 7, Context: 4, Layers: 1, Heads: 2, Width: 8, Untied: true}
	tied := cfg
	tied.Untied = false
	if got, want := cfg.Params()-tied.Params(), 7*8; got != want {
		t.Errorf("the head's table adds %d parameters, want %d", got, want)
	}
	store, folder := model.NewStore(), t.TempDir()
	must.M(Init(store.RootScope(), cfg, 1))
	ids := [][]int32{{1, 2, 3}}
	before := logits(store, cfg, ids).Value()
	must.M(Save(store.RootScope(), cfg, folder))
	back := model.NewStore()
	must.M(Load(back.RootScope(), must.M1(ReadConfig(folder)), folder))
	if after := logits(back, cfg, ids).Value(); !reflect.DeepEqual(before, after) {
		t.Errorf("logits were %v and came back as %v", before, after)
	}
	err := Load(model.NewStore().RootScope(), tied, folder)
	if !mentions(err, `"lm_head.weight" differs`) {
		t.Errorf("as a tied model: %v", err)
	}
	cfg = must.M1(ReadConfig("testdata/forms/inner"))
	cfg.Untied = true
	err = Load(model.NewStore().RootScope(), cfg, "testdata/forms/inner")
	if !mentions(err, `no tensor "lm_head.weight"`) {
		t.Errorf("a folder of a tied model as an untied one: %v", err)
	}
}

// FuzzConfig: whatever config.json says, the answer is a configuration of a size that can be built or an error in one
// short line.
func FuzzConfig(f *testing.F) {
	for _, folder := range []string{"gpt2-a", "gpt1-a", "forms/general-names", "refused/inner"} {
		f.Add(must.M1(os.ReadFile(filepath.Join("testdata", folder, weights.ConfigFile))))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		folder := t.TempDir()
		must.M(os.WriteFile(filepath.Join(folder, weights.ConfigFile), text, 0o644))
		cfg, err := ReadConfig(folder)
		if err == nil && (cfg.Validate() != nil || cfg.Layers > 1000 || len(cfg.Weights()) == 0) {
			t.Errorf("accepted %+v", cfg)
		}
		if err != nil && (strings.Contains(err.Error(), "\n") || len(err.Error()) > 1000) {
			t.Errorf("no short line: %q", err)
		}
	})
}

// rewrite copies the weights of model a into a new folder and lets change edit them, by name.
func rewrite(t *testing.T, folder string, change func(map[string]weights.Tensor)) string {
	t.Helper()
	cfg := must.M1(ReadConfig(folder))
	file := must.M1(weights.Open(folder))
	defer file.Close()
	all := make(map[string]weights.Tensor)
	for _, w := range cfg.Weights() {
		name := cfg.stored(w.Name)[0]
		all[name] = weights.Tensor{Dims: w.Dims, Values: must.M1(file.Float32(name, w.Dims...))}
	}
	change(all)
	var list []weights.Tensor
	for name, tensor := range all {
		list = append(list, weights.Tensor{Name: name, Dims: tensor.Dims, Values: tensor.Values})
	}
	folder = t.TempDir()
	must.M(weights.Write(filepath.Join(folder, weights.ModelFile), list))
	return folder
}

// Files of other times: without the prefix, with mask buffers, with the tied table twice.
func TestLoadsOtherForms(t *testing.T) {
	for which, table := range map[string]string{
		"gpt2-a": "transformer.wte.weight", "gpt1-a": "transformer.tokens_embed.weight",
	} {
		folder := filepath.Join("testdata", which)
		cfg := must.M1(ReadConfig(folder))
		for name, change := range map[string]func(map[string]weights.Tensor){
			"as the hub's first files": func(all map[string]weights.Tensor) {
				for name, tensor := range maps.Clone(all) {
					delete(all, name)
					all[strings.TrimPrefix(name, "transformer.")] = tensor
				}
				all["h.0.attn.bias"] = weights.Tensor{Dims: []int{1, 1, 2, 2}, Values: make([]float32, 4)}
				all["h.0.attn.masked_bias"] = weights.Tensor{Values: []float32{-1e4}}
			},
			"with the tied table twice": func(all map[string]weights.Tensor) { all["lm_head.weight"] = all[table] },
		} {
			store := model.NewStore()
			if err := Load(store.RootScope(), cfg, rewrite(t, folder, change)); err != nil {
				t.Errorf("%s %s: %v", which, name, err)
				continue
			}
			golden.like(t, store, cfg, which, 1e-4)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	cfg := must.M1(ReadConfig(a))
	const last, table = "transformer.ln_f.bias", "transformer.wte.weight"
	for says, change := range map[string]func(map[string]weights.Tensor){
		`no tensor "transformer.ln_f.bias"`: func(all map[string]weights.Tensor) { delete(all, last) },
		`"transformer.ln_f.bias" has shape [3], want [8]`: func(all map[string]weights.Tensor) {
			all[last] = weights.Tensor{Dims: []int{3}, Values: make([]float32, 3)}
		},
		"does not tie them": func(all map[string]weights.Tensor) {
			other := all[table]
			other.Values = slices.Clone(other.Values)
			other.Values[7]++
			all["lm_head.weight"] = other
		},
		"more than the 2 layers": func(all map[string]weights.Tensor) {
			all["transformer.h.2.ln_1.weight"] = all[last]
		},
	} {
		store := model.NewStore()
		err := Load(store.RootScope(), cfg, rewrite(t, a, change))
		if !mentions(err, says, weights.ModelFile) {
			t.Errorf("error %v does not say %q and the file", err, says)
		}
		if store.NumVariables() != 0 {
			t.Errorf("a refused file left %d weights in the store", store.NumVariables())
		}
	}
	// A store that holds a model of another shape keeps it as it is.
	store, narrow := model.NewStore(), Weight{Name: "ln_f.bias", Dims: []int{3}}
	must.M(SetWeight(store.RootScope(), narrow, make([]float32, 3)))
	if err := Load(store.RootScope(), cfg, a); !mentions(err, "ln_f.bias") || store.NumVariables() != 1 {
		t.Errorf("into a store with another shape: %v, and %d weights are there", err, store.NumVariables())
	}
	whole := must.M1(os.ReadFile(filepath.Join(a, weights.ModelFile)))
	for _, keep := range []int{0, 7, 8, 100, len(whole) / 2, len(whole) - 1} {
		folder := t.TempDir()
		must.M(os.WriteFile(filepath.Join(folder, weights.ModelFile), whole[:keep], 0o644))
		if err := Load(model.NewStore().RootScope(), cfg, folder); !mentions(err, folder) {
			t.Errorf("%d of %d bytes: error is %v", keep, len(whole), err)
		}
	}
}

func TestReadConfigRefuses(t *testing.T) {
	text := string(must.M1(os.ReadFile(filepath.Join(a, weights.ConfigFile))))
	for says, change := range map[string][2]string{
		"model_type":          {`"gpt2"`, `"llama"`},
		"quantization_config": {`{`, `{"quantization_config": {"quant_method": "gptq", "bits": 4},`},
		"pruned_heads":        {`{`, `{"pruned_heads": {"0": [1]},`},
		"n_inner is 31":       {`"n_inner": null`, `"n_inner": 31`},
		"no GPT has":          {`"n_layer": 2`, `"n_layer": 1152921504606846976`},
		"Heads is 0":          {`"n_head": 2`, `"n_head": 0`},
		"invalid character":   {`{`, `(`},
		"more than 1048576":   {`{`, `{` + strings.Repeat(" ", 1<<20)},
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

// Transformers loads what Save writes without a missing or unexpected tensor and computes the same. That
// part needs a Python with torch and transformers: $GPTBOOK_PYTHON, or python3.
func TestSaveThenLoad(t *testing.T) {
	python := cmp.Or(os.Getenv("GPTBOOK_PYTHON"), "python3")
	withPython := exec.Command(python, "-c", "import torch, transformers").Run() == nil
	for _, c := range []struct{ class, folder, name string }{
		{classGPT2, "testdata", "gpt2-b"}, {classGPT1, "testdata", "gpt1-a"}, {classGPT2, "testdata/forms", "untied"},
	} {
		file, from := filepath.Join(c.folder, "golden.json"), filepath.Join(c.folder, c.name)
		golden, cfg := readGolden(file), must.M1(ReadConfig(from))
		store := model.NewStore()
		must.M(Load(store.RootScope(), cfg, from))
		folder := filepath.Join(t.TempDir(), "new", c.name)
		must.M(Save(store.RootScope(), cfg, folder))
		if again := must.M1(ReadConfig(folder)); again != cfg {
			t.Errorf("config came back as %+v, want %+v", again, cfg)
		}
		if got, want := names(folder), names(from); !slices.Equal(got, want) {
			t.Errorf("saved the tensors %q, transformers saves %q", got, want)
		}
		back := model.NewStore()
		must.M(Load(back.RootScope(), cfg, folder))
		golden.like(t, back, cfg, c.name, 2e-5)
		if !withPython {
			continue
		}
		command := exec.Command(python, "testdata/check.py", c.class, folder, file, c.name)
		command.Stderr = os.Stderr
		var theirs [][][]float32
		must.M(json.Unmarshal(must.M1(command.Output()), &theirs))
		for n, row := range golden[c.name] {
			for i := range row.Logits {
				for j, want := range row.Logits[i] {
					if math.Abs(float64(theirs[n][i][j]-want)) > 1e-5 {
						t.Fatalf("%s: transformers computes %v from what we saved, want %v",
							c.name, theirs[n][i][j], want)
					}
				}
			}
		}
	}
	if err := Save(model.NewStore().RootScope(), Tiny, t.TempDir()); !mentions(err, "wte.weight") {
		t.Errorf("saved a model that does not exist: %v", err)
	}
	if !withPython {
		t.Skipf("%s has no torch and transformers", python)
	}
}
