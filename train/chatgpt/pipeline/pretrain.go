package pipeline

import (
	"context"
	"errors"

	"github.com/gomlx/gomlx/ml/model"

	"gptbook/datasets/corpus"
	"gptbook/datasets/world"
	"gptbook/figures"
	"gptbook/figures/curve"
	"gptbook/gpt"
	"gptbook/train"
	"gptbook/train/pretrain"
)

// Base returns the model that has learned to predict each next token of the text. It trains it, or goes on, or loads
// what is there.
func (p *Pipeline) Base(ctx context.Context) (*model.Store, error) {
	if p.base != nil {
		return p.base, nil
	}
	store, cfg, s := model.NewStore(), p.Recipe.GPT, p.Recipe.Pretrain
	if err := gpt.Init(store.RootScope(), cfg, p.Recipe.Seed); err != nil {
		return nil, err
	}
	done, err := p.done(store, "pretrain", s.Steps)
	if !done && err == nil {
		err = p.pretrain(ctx, store)
	}
	if err != nil {
		return nil, err
	}
	p.base = store
	return store, nil
}

func (p *Pipeline) pretrain(ctx context.Context, store *model.Store) error {
	cfg, s := p.Recipe.GPT, p.Recipe.Pretrain
	batches, err := p.textBatches(s.Batch)
	if err != nil {
		return err
	}
	rows := max(1, min(s.Batch, (len(p.held())-1)/cfg.Context)) // a short text may not fill a batch
	validation, err := corpus.Sequential(p.held(), rows, cfg.Context)
	if err != nil {
		return err
	}
	p.say("%d layers of width %d: %d weights; %d tokens of text; %d steps of %d tokens",
		cfg.Layers, cfg.Width, cfg.Params(), len(p.text()), s.Steps, s.Batch*s.Accumulate*cfg.Context)
	return p.learn(ctx, store, pretrain.CausalLM(cfg), corpus.Prefetch(batches), s.Steps, "pretrain", train.Options{
		Optimizer:  train.GPT3AdamW(s.LearningRate),
		Schedule:   train.Schedule{Warmup: s.Warmup, Steps: s.Steps, Floor: s.Floor},
		Accumulate: s.Accumulate,
		Validation: validation, EvalEvery: s.EvalEvery})
}

// textBatches are rows of the pretraining text, one window each.
func (p *Pipeline) textBatches(batch int) (*corpus.Batches, error) {
	return corpus.NextToken(p.text(), batch, p.Recipe.GPT.Context, p.Recipe.Seed)
}

// deepest is how many layers the stages after pretraining can hold: unlike pretraining, which goes layer by layer where
// there are many, they compile the whole model at once, several times.
const deepest = 24

// reportBase pretrains, draws the loss and says what the model can do.
func (p *Pipeline) reportBase(ctx context.Context) error {
	store, err := p.Base(ctx)
	if err := errors.Join(err, p.drawLoss()); err != nil {
		return err
	}
	curves, err := p.Curves("pretrain")
	if err != nil {
		return err
	}
	loss := curve.Named(curves, train.ValidationLoss).Last()
	if !(loss > 0) { // the log was lost
		if loss, err = p.TextLoss(store); err != nil {
			return err
		}
	}
	p.say("after %d steps: %.3f nats per held-out token, %.3f bits per byte; curve in %s",
		p.Recipe.Pretrain.Steps, loss, corpus.BitsPerByte(loss, len(p.held()), p.heldBytes()),
		p.path("pretrain", "loss.png"))
	if p.World == nil || p.Recipe.GPT.Layers > deepest {
		return nil
	}
	for skill := range world.Skills {
		share, err := p.Skill(store, skill)
		if err != nil {
			return err
		}
		p.say("%s: %.2f", skill, share)
	}
	return nil
}

// drawLoss draws the curves of pretraining beside their log, as far as they go.
func (p *Pipeline) drawLoss() error {
	curves, err := p.Curves("pretrain")
	if err != nil {
		return err
	}
	learned, held := curve.Named(curves, train.TrainLoss), curve.Named(curves, train.ValidationLoss)
	if len(learned.Points) == 0 {
		return nil // stopped before the first step, or the log was lost
	}
	learned.Name, held.Name = "train", "validation"
	learned.Unit, held.Unit = "nats/token", "nats/token"
	chart := figures.Chart{Title: "Pretraining on " + p.Source.Name, Curves: []curve.Curve{learned},
		Smooth: float64(p.Recipe.Pretrain.Steps) / 50}
	if len(held.Points) > 0 {
		chart.Curves = append(chart.Curves, held)
	}
	return errors.Join(chart.Save(p.path("pretrain", "loss.png")), chart.Save(p.path("pretrain", "loss.svg")))
}
