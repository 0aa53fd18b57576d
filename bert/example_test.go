package bert_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"

	"gptbook/bert"
)

// A classifier on a new encoder is saved as transformers' BertForSequenceClassification, and comes back.
func ExampleSave() {
	cfg := bert.Config{Name: "mood", Vocab: 100, Context: 16, Layers: 1, Heads: 2, Width: 8, Inner: 32}
	parts := []bert.Part{bert.Encoder, bert.Pooler, bert.Classifier(3)}
	store := model.NewStore()
	must.M(bert.Init(store.RootScope(), cfg, 1, parts...))

	folder := filepath.Join(must.M1(os.MkdirTemp("", "bert")), "mood")
	defer os.RemoveAll(filepath.Dir(folder))
	must.M(bert.Save(store.RootScope(), cfg, folder, parts...))
	for _, file := range must.M1(os.ReadDir(folder)) {
		fmt.Println(file.Name())
	}

	back := model.NewStore()
	again := must.M1(bert.ReadConfig(folder))
	must.M(bert.Load(back.RootScope(), again, folder, parts...))
	fmt.Println(again == cfg, again.Params(parts...), "parameters")
	// Output:
	// config.json
	// model.safetensors
	// true 1931 parameters
}
