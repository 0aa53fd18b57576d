package chat

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"

	"gptbook/datasets/dialog"
	"gptbook/datasets/tokenizer"
	"gptbook/gpt"
	"gptbook/gpt/generate"
	"gptbook/internal/backend"
)

// untrained is a model without any training: what it says is noise, but always the same.
func untrained(t *testing.T, context int) Responder {
	t.Helper()
	template := dialog.NewTemplate(must.M1(tokenizer.Train("Where does Ada Brook live? In Salem.", 270)))
	cfg := gpt.Config{Name: "chat", Vocab: template.VocabSize(), Context: context, Layers: 1, Heads: 2, Width: 8}
	store := model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	return Responder{Generator: must.M1(generate.New(must.M1(backend.New("")), store, cfg)), Template: template,
		Sampler: generate.Sampler{Temperature: 1, Seed: 3}, Context: context, MaxTokens: 12}
}

func user(text string) []dialog.Turn { return []dialog.Turn{{Role: dialog.User, Text: text}} }

// Answers do not depend on who else is asked, nor on the order of the work.
func TestAnswersAreIndependent(t *testing.T) {
	s := untrained(t, 48)
	var conversations [][]dialog.Turn
	for i := range batch + 5 {
		conversations = append(conversations, user(strings.Repeat("a", 1+(i*7)%20)))
	}
	all := must.M1(s.Answers(t.Context(), conversations))
	for _, i := range []int{0, 1, 17, batch, batch + 4} {
		alone := s
		alone.Sampler.Seed += int64(i)
		one := must.M1(alone.Answers(t.Context(), conversations[i:i+1]))[0]
		if !slices.Equal(one.Tokens, all[i].Tokens) || one.Text != all[i].Text {
			t.Errorf("answer %d: %q alone, %q among others", i, one.Text, all[i].Text)
		}
		if len(one.Tokens) > 12 || one.Ended != (one.Tokens[len(one.Tokens)-1] == s.Template.End()) {
			t.Errorf("answer %d of %d tokens, ended: %v", i, len(one.Tokens), one.Ended)
		}
	}
}

func TestSession(t *testing.T) {
	s := NewSession(untrained(t, 64))
	var streamed strings.Builder
	first := must.M1(s.Say(t.Context(), "Who?", func(piece string) { streamed.WriteString(piece) }))
	if got := streamed.String(); got != first && !strings.HasPrefix(first, got) || got == "" {
		t.Errorf("streamed %q, answered %q", got, first)
	}
	must.M1(s.Say(t.Context(), "Where?", nil))
	if turns := s.Turns(); len(turns) != 4 || turns[1].Text != first || turns[2].Text != "Where?" {
		t.Errorf("after two exchanges: %+v", turns)
	}
	for range 4 { // outgrow the context
		must.M1(s.Say(t.Context(), "And then?", nil))
	}
	if n := len(s.Turns()); n == 0 || n > 8 {
		t.Errorf("%d turns are remembered", n)
	}
	before := len(s.Turns())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Say(ctx, "Stop.", nil); !errors.Is(err, context.Canceled) || len(s.Turns()) != before {
		t.Errorf("after the end of ctx: %v, %d turns", err, len(s.Turns()))
	}
	for bad, want := range map[string]string{
		" ":                      "is empty",
		strings.Repeat("x", 100): "does not fit the model's context of 64",
	} {
		if _, err := s.Say(t.Context(), bad, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.10q: %v", bad, err)
		}
	}
	s.Reset()
	if len(s.Turns()) != 0 {
		t.Error("Reset remembers")
	}
	if _, err := untrained(t, 16).Answers(t.Context(), [][]dialog.Turn{user(strings.Repeat("x", 30))}); err == nil ||
		!strings.Contains(err.Error(), "no room for an answer") {
		t.Errorf("too long a prompt: %v", err)
	}
}
