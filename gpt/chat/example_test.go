package chat_test

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"

	"gptbook/datasets/dialog"
	"gptbook/datasets/tokenizer"
	"gptbook/gpt"
	"gptbook/gpt/chat"
	"gptbook/gpt/generate"
	"gptbook/internal/backend"
)

// responder answers with a model that has learned nothing yet.
func responder() chat.Responder {
	template := dialog.NewTemplate(must.M1(tokenizer.Train("Where does Ada live?", 270)))
	cfg := gpt.Config{Name: "tiny", Vocab: template.VocabSize(), Context: 96, Layers: 1, Heads: 2, Width: 16}
	store := model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	return chat.Responder{Generator: must.M1(generate.New(must.M1(backend.New("go")), store, cfg)), Template: template,
		Context: cfg.Context, MaxTokens: 4}
}

// Many conversations at once, for training and measuring.
func ExampleResponder() {
	answers := must.M1(responder().Answers(context.Background(), [][]dialog.Turn{
		{{Role: dialog.User, Text: "Where does Ada live?"}},
		{{Role: dialog.User, Text: "Ada"}},
	}))
	for _, a := range answers {
		fmt.Println(len(a.Tokens), "tokens, ended:", a.Ended)
	}
	// Output:
	// 4 tokens, ended: false
	// 4 tokens, ended: false
}

// One conversation that goes on: each answer is read again with the next question.
func ExampleSession() {
	session := chat.NewSession(responder())
	must.M1(session.Say(context.Background(), "Where does Ada live?", nil))
	must.M1(session.Say(context.Background(), "Ada", nil))
	for _, turn := range session.Turns() {
		fmt.Println(turn.Role)
	}
	// Output:
	// user
	// assistant
	// user
	// assistant
}
