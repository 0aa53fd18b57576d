package pipeline

import (
	"context"
	"math"

	"github.com/gomlx/gomlx/ml/model"

	"gptbook/datasets/corpus"
	"gptbook/datasets/dialog"
	"gptbook/datasets/world"
	"gptbook/figures/curve"
	"gptbook/train"
	"gptbook/train/sft"
)

// WithMarks returns a copy of the base to which a conversation looks like an interview, where SFT and the reward model
// start: see [sft.InitMarks].
func (p *Pipeline) WithMarks(base *model.Store) (*model.Store, error) {
	store, err := base.Clone()
	if err != nil {
		return nil, err
	}
	return store, sft.InitMarks(store.RootScope(), p.Template.Meanings())
}

// SFT teaches the base to answer, from demonstrations of mixed quality. After each epoch it notes the loss on
// demonstrations and the gold reward on prompts that it has not seen; see [Pipeline.SFTCurves].
func (p *Pipeline) SFT(ctx context.Context) (*model.Store, error) {
	if p.tuned != nil {
		return p.tuned, nil
	}
	base, err := p.Base(ctx)
	if err != nil {
		return nil, err
	}
	store, err := p.WithMarks(base)
	if err != nil {
		return nil, err
	}
	s := p.Recipe.SFT
	epoch := max(1, p.Recipe.Demonstrations/s.Batch)
	done, err := p.done(store, "sft", s.Epochs*epoch)
	if !done && err == nil {
		err = p.tune(ctx, store, epoch)
	}
	if err != nil {
		return nil, err
	}
	p.tuned = store
	return store, nil
}

// tune learns the demonstrations; an epoch is that many steps.
func (p *Pipeline) tune(ctx context.Context, store *model.Store, epoch int) error {
	s, context, seed := p.Recipe.SFT, p.Recipe.GPT.Context, p.Recipe.Seed
	examples, err := p.demonstrations(world.Train, p.Recipe.Demonstrations)
	if err != nil {
		return err
	}
	conversations, err := p.Template.Shuffled("demonstrations", examples, s.Batch, context, seed)
	if err != nil {
		return err
	}
	text, err := p.textBatches(max(1, s.Batch/2))
	if err != nil {
		return err
	}
	unseen, err := p.demonstrations(world.Validation, max(s.Batch, p.Recipe.Demonstrations/5))
	if err != nil {
		return err
	}
	validation, err := p.Template.InOrder("held-out demonstrations", unseen[:len(unseen)/s.Batch*s.Batch],
		s.Batch, context)
	if err != nil {
		return err
	}
	heldText, err := corpus.NextToken(p.held(), max(1, s.Batch/2), context, seed)
	if err != nil {
		return err
	}
	record, err := p.heldRecord("sft")
	if err != nil {
		return err
	}
	steps := s.Epochs * epoch
	stage := sft.Stage(p.Recipe.GPT, p.Recipe.TextWeight)
	return p.learn(ctx, store, stage, sft.WithText(conversations, text), steps, "sft", train.Options{
		Optimizer:  train.GPT3AdamW(s.LearningRate),
		Schedule:   train.Schedule{Warmup: steps / 20, Steps: steps, Floor: s.Floor},
		Validation: sft.WithText(validation, heldText), EvalEvery: epoch,
		Each: func(step int) error {
			if record.Has(HeldGold, step) {
				return nil
			}
			card, err := p.Scorecard(ctx, store, world.Validation, 0)
			if err != nil {
				return err
			}
			record.Add(HeldGold, "", step, card.Gold)
			return record.Save()
		}})
}

func (p *Pipeline) demonstrations(split world.Split, n int) ([]dialog.Example, error) {
	list, err := p.World.Demonstrations(split, n, p.Recipe.Seed)
	if err != nil {
		return nil, err
	}
	examples := make([]dialog.Example, len(list))
	for i, d := range list {
		if examples[i], err = p.Template.Pair(d.Prompt.Turns, d.Answer); err != nil {
			return nil, err
		}
	}
	return examples, nil
}

// The names of the curves that are measured on prompts, in the file held.csv of a stage.
const (
	HeldGold      = "gold, held out"  // on validation prompts, at the temperature of PPO
	HeldScore     = "score, held out" // the reward model's
	HeldKL        = "KL, held out"    // from the reference, in nats per answer
	TrainingGold  = "gold, training"  // on the answers of the last iteration
	TrainingScore = "score, training"
)

// heldRecord opens a stage's curves on prompts.
func (p *Pipeline) heldRecord(stage string) (*curve.Recorder, error) {
	return curve.Open(p.path(stage, "held.csv"), math.MaxInt)
}

// answerLoss is the metric of package sft that leaves out the text.
const answerLoss = "answer loss"

// SFTCurves returns the loss on demonstrations, learned and held out, and the gold reward of greedy answers to held-out
// prompts.
func (p *Pipeline) SFTCurves() (loss []curve.Curve, gold curve.Curve, err error) {
	curves, err := p.Curves("sft")
	if err != nil {
		return nil, gold, err
	}
	record, err := p.heldRecord("sft")
	if err != nil {
		return nil, gold, err
	}
	return []curve.Curve{
		curve.Named(curves, answerLoss),
		curve.Named(curves, train.ValidationPrefix+answerLoss),
	}, record.Curve(HeldGold), nil
}

// reportSFT fine-tunes the base and asks it.
func (p *Pipeline) reportSFT(ctx context.Context) error {
	store, err := p.SFT(ctx)
	if err != nil {
		return err
	}
	return p.ask(ctx, "SFT", store)
}
