package pipeline

import (
	"context"
	"fmt"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/datasets/corpus"
	"gptbook/datasets/dialog"
	"gptbook/datasets/world"
	"gptbook/gpt"
	"gptbook/gpt/chat"
	"gptbook/gpt/generate"
	"gptbook/internal/atomic"
)

// generator writes with the language model in store.
func (p *Pipeline) generator(store *model.Store) (*generate.Generator, error) {
	if p.generators[store] == nil {
		generator, err := generate.New(p.backend, store, p.Recipe.GPT)
		if err != nil {
			return nil, err
		}
		p.generators[store] = generator
	}
	return p.generators[store], nil
}

// responder answers with the language model in store; at temperature 0 greedily.
func (p *Pipeline) responder(store *model.Store, temperature float64, seed int64) (chat.Responder, error) {
	generator, err := p.generator(store)
	return chat.Responder{Generator: generator, Template: p.Template, Context: p.Recipe.GPT.Context, MaxTokens: 30,
		Sampler: generate.Sampler{Temperature: temperature, Seed: seed}}, err
}

// decode is the text of ids.
func (p *Pipeline) decode(ids []int32) string {
	if p.Template != nil {
		if text, err := p.Template.Decode(ids); err == nil {
			return text
		}
	}
	return p.tokenizer.Decode(ids)
}

// Answer lets the language model in store answer prompts, at temperature 0 greedily.
func (p *Pipeline) Answer(ctx context.Context, store *model.Store, prompts []world.Prompt, temperature float64) (
	[]string, error) {
	responder, err := p.responder(store, temperature, p.Recipe.Seed)
	if err != nil {
		return nil, err
	}
	conversations := make([][]dialog.Turn, len(prompts))
	for i, prompt := range prompts {
		conversations[i] = prompt.Turns
	}
	answers, err := responder.Answers(ctx, conversations)
	texts := make([]string, len(answers))
	for i, a := range answers {
		texts[i] = a.Text
	}
	return texts, err
}

// evalPrompts are the prompts of each measurement, always the same ones.
func (p *Pipeline) evalPrompts(split world.Split) ([]world.Prompt, error) {
	return p.World.Prompts(split, p.Recipe.EvalPrompts, p.Recipe.Seed+100)
}

// Answers lets the language model in store answer prompts of a split that it has not been trained on.
func (p *Pipeline) Answers(ctx context.Context, store *model.Store, split world.Split, temperature float64) (
	[]world.Prompt, []string, error) {
	prompts, err := p.evalPrompts(split)
	if err != nil {
		return nil, nil, err
	}
	answers, err := p.Answer(ctx, store, prompts, temperature)
	return prompts, answers, err
}

// Scorecard grades the language model in store on prompts of a split that it has not been trained on.
func (p *Pipeline) Scorecard(ctx context.Context, store *model.Store, split world.Split, temperature float64) (
	world.Scorecard, error) {
	prompts, answers, err := p.Answers(ctx, store, split, temperature)
	if err != nil {
		return world.Scorecard{}, err
	}
	return world.Grade(p.World, prompts, answers)
}

// Grades is how a language model does on prompts that it has not been trained on, in both ways of answering: a policy
// that is merely sharper than another beats it at equal temperature, but not greedily.
type Grades struct {
	Sampled world.Scorecard // at the temperature of PPO
	Greedy  world.Scorecard
	Text    float64 // loss on held-out text in nats per token: the alignment tax
}

// Grade measures the language model in store on prompts of a split.
func (p *Pipeline) Grade(ctx context.Context, store *model.Store, split world.Split) (g Grades, err error) {
	if g.Sampled, err = p.Scorecard(ctx, store, split, p.Recipe.PPO.Temperature); err != nil {
		return g, err
	}
	if g.Greedy, err = p.Scorecard(ctx, store, split, 0); err != nil {
		return g, err
	}
	g.Text, err = p.TextLoss(store)
	return g, err
}

// TextLoss is the loss on held-out text, in nats per token: what a stage makes of it is its alignment tax.
func (p *Pipeline) TextLoss(store *model.Store) (float64, error) {
	rows := max(1, min(8, (len(p.held())-1)/p.Recipe.GPT.Context))
	ds, err := corpus.Sequential(p.held(), rows, p.Recipe.GPT.Context)
	if err != nil {
		return 0, err
	}
	exec, err := model.NewExec(p.backend, store, func(scope *model.Scope, ids, next *Node) *Node {
		return ReduceAllSum(gpt.NegativeLogLikelihood(gpt.Logits(scope, ids, p.Recipe.GPT), next))
	})
	if err != nil {
		return 0, err
	}
	sum, tokens := 0.0, 0
	for batch, err := range ds.Iter() {
		if err != nil {
			return 0, err
		}
		loss, err := exec.Exec1(batch.Inputs[0], batch.Labels[0])
		if err != nil {
			return 0, err
		}
		sum, tokens = sum+float64(loss.Value().(float32)), tokens+batch.Labels[0].Shape().Size()
	}
	return sum / float64(tokens), nil
}

// ask puts the questions of the test split to the model of a stage, and shows two of its answers and the scorecard so
// far.
func (p *Pipeline) ask(ctx context.Context, stage string, store *model.Store) error {
	asked, answers, err := p.Answers(ctx, store, world.Test, 0)
	if err != nil {
		return err
	}
	card, err := world.Grade(p.World, asked, answers)
	if err != nil {
		return err
	}
	columbus := []world.Prompt{p.World.Columbus()}
	said, err := p.Answer(ctx, store, columbus, 0)
	if err != nil {
		return err
	}
	p.say("user:      %s\nassistant: %s\n", columbus[0].Turns[0].Text, said[0])
	p.columns = append(p.columns, world.Column{Name: stage, Scorecard: card})
	table := fmt.Sprintf("Greedy answers to %d questions of the test split, means from 0 to 1\n%s",
		len(asked), world.Table(p.columns...))
	p.say("%s", strings.TrimRight(table, "\n"))
	return atomic.WriteFile(p.path("scorecard.txt"), []byte(table))
}
