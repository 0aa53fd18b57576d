package main

import (
	"strings"
	"testing"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"

	"gptbook/datasets/dialog"
	"gptbook/datasets/tokenizer"
	"gptbook/gpt"
)

// saved writes an untrained model for conversations and returns its folder. extra tokens make it one for nothing.
func saved(t *testing.T, extra int) string {
	t.Helper()
	folder := t.TempDir()
	bpe := must.M1(tokenizer.Train("Where does Ada Brook live? In Salem.", 270))
	must.M(bpe.Save(folder))
	cfg := gpt.Config{Name: "chat", Vocab: dialog.NewTemplate(bpe).VocabSize() + extra, Context: 32, Layers: 1, Heads: 2,
		Width: 8}
	store := model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	must.M(gpt.Save(store.RootScope(), cfg, folder))
	return folder
}

func TestTalk(t *testing.T) {
	var out strings.Builder
	must.M(run([]string{"-model", saved(t, 0), "-tokens", "4"},
		strings.NewReader("Who?\n\nWhere?\n/reset\n/what\n"+strings.Repeat("x", 70_000)+"\n/exit\nnever\n"), &out))
	text := out.String()
	for part, times := range map[string]int{"you> ": 7, "gpt> ": 3, "(forgotten)": 1, help: 2,
		"does not fit the model's context": 1} {
		if got := strings.Count(text, part); got != times {
			t.Errorf("%q occurs %d times, want %d, in:\n%s", part, got, times, text)
		}
	}
}

func TestBadInput(t *testing.T) {
	for want, args := range map[string][]string{
		"-model is missing":                  nil,
		"no such file":                       {"-model", t.TempDir()},
		"it was not trained to chat":         {"-model", saved(t, 1)},
		"Temperature is -1":                  {"-model", saved(t, 0), "-temperature", "-1"},
		`invalid value "0" for flag -tokens`: {"-model", saved(t, 0), "-tokens", "0"},
		"flag provided but not defined: -x":  {"-x"},
		`unexpected argument "more"`:         {"-model", saved(t, 0), "more"},
	} {
		err := run(args, strings.NewReader(""), &strings.Builder{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: got error %v, want %q", args, err, want)
		}
	}
}
