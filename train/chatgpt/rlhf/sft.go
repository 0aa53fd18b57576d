package rlhf

import (
	"context"

	"github.com/gomlx/gomlx/ml/model"

	"gptbook/datasets/corpus"
	"gptbook/datasets/dialog"
	"gptbook/datasets/world"
	"gptbook/figures/curve"
	"gptbook/train"
	"gptbook/train/sft"
)

// Introduced returns a copy of the base to which a conversation looks like an interview, where SFT and the reward model start:
// see [sft.Introduce].
func (r *Road) Introduced(base *model.Store) (*model.Store, error) {
	store, err := base.Clone()
	if err != nil {
		return nil, err
	}
	return store, sft.Introduce(store.RootScope(), r.Template.Meanings())
}

// SFT teaches the base to answer, from demonstrations of mixed quality. After each epoch it notes the loss on demonstrations
// and the gold reward on prompts that it has not seen; see [Road.SFTCurves].
func (r *Road) SFT(ctx context.Context, base *model.Store) (*model.Store, error) {
	store, err := r.Introduced(base)
	if err != nil {
		return nil, err
	}
	s := r.Plan.SFT
	epoch := max(1, r.Plan.Demonstrations/s.Batch)
	if done, err := r.done(store, "sft", s.Epochs*epoch); done || err != nil {
		return store, err
	}
	examples, err := r.demonstrations(world.Train, r.Plan.Demonstrations)
	if err != nil {
		return nil, err
	}
	conversations, err := r.Template.Shuffled("demonstrations", examples, s.Batch, r.Plan.GPT.Context, r.Plan.Seed)
	if err != nil {
		return nil, err
	}
	text, err := r.textBatches(max(1, s.Batch/2))
	if err != nil {
		return nil, err
	}
	unseen, err := r.demonstrations(world.Validation, max(s.Batch, r.Plan.Demonstrations/5))
	if err != nil {
		return nil, err
	}
	heldText, err := corpus.NextToken(r.held(), max(1, s.Batch/2), r.Plan.GPT.Context, r.Plan.Seed)
	if err != nil {
		return nil, err
	}
	validation, err := r.Template.InOrder("held-out demonstrations", unseen[:len(unseen)/s.Batch*s.Batch], s.Batch, r.Plan.GPT.Context)
	if err != nil {
		return nil, err
	}
	record, err := openRecord(r.path("sft", heldFile))
	if err != nil {
		return nil, err
	}
	look := func(step int) error {
		if record.has(step) {
			return nil
		}
		card, err := r.Scorecard(ctx, store, world.Validation, 0)
		if err != nil {
			return err
		}
		return record.add(step, []string{HeldGold}, card.Gold)
	}
	return store, r.learn(ctx, store, sft.Stage(r.Plan.GPT, r.Plan.TextWeight), sft.WithText(conversations, text), s.Epochs*epoch, "sft", train.Options{
		Optimizer: train.GPT3AdamW(s.Rate), Schedule: train.Schedule{Warmup: s.Epochs * epoch / 20, Steps: s.Epochs * epoch, Floor: 0.1},
		Validation: sft.WithText(validation, heldText), EvalEvery: epoch}, look)
}

func (r *Road) demonstrations(split world.Split, n int) ([]dialog.Example, error) {
	list, err := r.World.Demonstrations(split, n, r.Plan.Seed)
	if err != nil {
		return nil, err
	}
	examples := make([]dialog.Example, len(list))
	for i, d := range list {
		if examples[i], err = r.Template.Pair(d.Prompt.Turns, d.Answer); err != nil {
			return nil, err
		}
	}
	return examples, nil
}

// answerLoss is the metric of package sft that leaves out the text.
const answerLoss = "answer loss"

// SFTCurves returns the loss on demonstrations, learned and held out, and the gold reward of greedy answers to held-out
// prompts.
func (r *Road) SFTCurves() (loss []curve.Curve, gold curve.Curve, err error) {
	curves, err := r.Curves("sft")
	if err != nil {
		return nil, gold, err
	}
	record, err := openRecord(r.path("sft", heldFile))
	if err != nil {
		return nil, gold, err
	}
	return []curve.Curve{curve.Named(curves, answerLoss), curve.Named(curves, train.ValidationPrefix+answerLoss)}, curve.Named(record.curves, HeldGold), nil
}
