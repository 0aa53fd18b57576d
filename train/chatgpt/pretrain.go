package main

import (
	"context"
	"errors"

	"github.com/gomlx/gomlx/ml/model"

	"gptbook/datasets/corpus"
	"gptbook/figures"
	"gptbook/figures/curve"
	"gptbook/gpt"
	"gptbook/train"
	"gptbook/train/pretrain"
)

// pretrain teaches the model to predict each next token of the text.
func (r *road) pretrain(ctx context.Context) error {
	if r.world != nil {
		return r.pretrainWorld(ctx)
	}
	if err := r.needTokens(); err != nil {
		return err
	}
	cfg := r.model(r.tokens.VocabSize())
	ids, held := r.tokens.Encode(r.train.Text), r.tokens.Encode(r.held.Text)
	batches, err := corpus.NextToken(ids, r.batch, r.context, r.seed)
	if err != nil {
		return err
	}
	trainer, err := r.pretrainer(cfg, held)
	if err != nil {
		return err
	}
	r.say("%d layers of width %d: %d weights; %d tokens of text; %d steps of %d tokens",
		cfg.Layers, cfg.Width, cfg.Params(), len(ids), r.steps, r.batch*r.context)
	r.say("gradients by %s", trainer.Describe())
	if trainer.Step() > 0 {
		r.say("goes on from step %d", trainer.Step())
	}
	curves := trainer.Curves()
	if trainer.Step() < r.steps {
		r.say("the first step takes longer: it compiles the graph")
		curves, err = trainer.Run(ctx, corpus.Prefetch(batches), r.steps-trainer.Step())
	}
	if err := errors.Join(err, r.drawLoss(curves)); err != nil {
		return err
	}
	loss := curves[1].Last() // the validation curve: Run measures at its end
	r.say("after %d steps: %.3f nats per held-out token, %.3f bits per byte; curve in %s", trainer.Step(), loss,
		corpus.BitsPerByte(loss, len(held), len(r.held.Text)), r.path("pretrain", "loss.png"))
	return nil
}

// pretrainer returns the trainer of a new model, or of the one that an earlier run saved. held is what it is measured on.
func (r *road) pretrainer(cfg gpt.Config, held []int32) (*train.Trainer, error) {
	store := model.NewStore()
	if err := gpt.Init(store.RootScope(), cfg, r.seed); err != nil {
		return nil, err
	}
	rows := max(1, min(r.batch, (len(held)-1)/r.context)) // a short text may not fill a batch
	validation, err := corpus.Sequential(held, rows, r.context)
	if err != nil {
		return nil, err
	}
	often := max(1, r.steps/16)
	return train.New(r.engine, store, pretrain.CausalLM(cfg), train.Options{
		Optimizer:  train.GPT3AdamW(r.lr),
		Schedule:   train.Schedule{Warmup: min(max(r.steps/20, 100), r.steps/2), Steps: r.steps},
		Seed:       r.seed,
		Validation: validation, EvalEvery: often,
		Dir: r.path("pretrain"), SaveEvery: often,
	})
}

// drawLoss draws the curves of a stage beside its log.
func (r *road) drawLoss(curves []curve.Curve) error {
	if len(curves[0].Points) == 0 {
		return nil // stopped before the first step
	}
	chart := figures.Chart{Title: "Pretraining on " + r.corpus, Curves: curves, Smooth: float64(r.steps) / 50}
	return errors.Join(chart.Save(r.path("pretrain", "loss.png")), chart.Save(r.path("pretrain", "loss.svg")))
}
