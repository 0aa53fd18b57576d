package main

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/ml/model"

	"gptbook/datasets/world"
	"gptbook/figures"
	"gptbook/figures/curve"
	"gptbook/internal/atomic"
	"gptbook/train/chatgpt/rlhf"
	"gptbook/train/ppo"
)

// worldRoad is the road through the world, with the models that the stages so far have left.
type worldRoad struct {
	*rlhf.Road
	base, tuned *model.Store
	judge       *rlhf.RewardModel
	columns     []world.Column // greedy answers of each stage to the questions of the test split
}

// openWorld draws the world and writes its text; it returns the text's checksum.
func (r *road) openWorld() (sum string, err error) {
	plan := r.plan()
	plan.Seed, plan.Tokens, plan.GPT = r.seed, r.vocab, r.model(r.vocab)
	plan.Base.Batch, plan.Base.Steps, plan.Base.Rate = r.batch, r.steps, r.lr
	way, err := rlhf.Open(r.engine, r.out, plan, r.stdout)
	if err != nil {
		return "", err
	}
	r.world = &worldRoad{Road: way}
	r.say("text:    %d people and what is known of them, %d words", plan.People, plan.Words)
	return way.SHA256(), nil
}

// pretrainWorld teaches the base model, and says what it can do.
func (r *road) pretrainWorld(ctx context.Context) error {
	cfg := r.world.Plan.GPT
	r.say("%d layers of width %d: %d weights; %d steps of %d tokens", cfg.Layers, cfg.Width, cfg.Params(), r.steps, r.batch*r.context)
	if err := r.needBase(ctx); err != nil {
		return err
	}
	if cfg.Layers <= deepest { // the questions want the whole model as one graph
		for skill := range world.Skills {
			share, err := r.world.Knowledge(r.world.base, skill)
			if err != nil {
				return err
			}
			r.say("%s: %.2f", skill, share)
		}
	}
	curves, err := r.world.Curves("pretrain")
	if err != nil {
		return err
	}
	return r.drawLoss(curves[:1])
}

// The needs of the later stages: what an earlier one has left is loaded, what is missing is made.

func (r *road) needBase(ctx context.Context) (err error) {
	if r.world.base == nil {
		r.world.base, err = r.world.Base(ctx)
	}
	return err
}

func (r *road) needTuned(ctx context.Context) (err error) {
	if err := r.needBase(ctx); err != nil || r.world.tuned != nil {
		return err
	}
	r.world.tuned, err = r.world.SFT(ctx, r.world.base)
	return err
}

func (r *road) needJudge(ctx context.Context) (err error) {
	if err := r.needTuned(ctx); err != nil || r.world.judge != nil {
		return err
	}
	r.world.judge, err = r.world.Reward(ctx, r.world.base, r.world.tuned)
	return err
}

// questionBase asks the base model, which has never seen a dialogue.
func (r *road) questionBase(ctx context.Context) error {
	if err := r.needBase(ctx); err != nil {
		return err
	}
	return r.question(ctx, "base", r.world.base)
}

func (r *road) sft(ctx context.Context) error {
	if err := r.needTuned(ctx); err != nil {
		return err
	}
	return r.question(ctx, "SFT", r.world.tuned)
}

func (r *road) reward(ctx context.Context) error {
	if err := r.needJudge(ctx); err != nil {
		return err
	}
	r.say("%s", r.world.judge.Report)
	if err := r.world.judge.Report.Gate(); err != nil {
		r.say("Careful: %v. PPO will follow it where it errs.", err)
	}
	return nil
}

func (r *road) ppo(ctx context.Context) error {
	if err := r.needJudge(ctx); err != nil {
		return err
	}
	run, err := r.world.PPO(ctx, r.world.tuned, r.world.judge, r.world.Plan.Trial(r.seed))
	if err != nil {
		return err
	}
	chart := figures.Chart{Title: "PPO", XLabel: "iteration", YLabel: "gold reward", Curves: []curve.Curve{run.Curve(rlhf.HeldGold), run.Curve(rlhf.TrainingGold)}}
	if err := chart.Save(r.path("ppo.png")); err != nil {
		return err
	}
	r.say("KL from the fine-tuned model: %.1f nats per answer", run.Loop.Curve(ppo.KL3).Last())
	if r.talk, err = r.world.Export(run.Policy, "ppo"); err != nil {
		return err
	}
	return r.question(ctx, "PPO", run.Policy)
}

// question puts the questions of the test split to the model of a stage, and shows two of its answers and the scorecard so far.
func (r *road) question(ctx context.Context, stage string, store *model.Store) error {
	asked, answers, err := r.world.Answers(ctx, store, world.Test, 0)
	if err != nil {
		return err
	}
	card, err := world.Grade(r.world.World, asked, answers)
	if err != nil {
		return err
	}
	columbus := []world.Prompt{r.world.World.Columbus()}
	said, err := r.world.Answer(ctx, store, columbus, 0)
	if err != nil {
		return err
	}
	r.say("user:      %s\nassistant: %s\n", columbus[0].Turns[0].Text, said[0])
	r.world.columns = append(r.world.columns, world.Column{Name: stage, Scorecard: card})
	table := fmt.Sprintf("Greedy answers to %d questions of the test split, means from 0 to 1\n%s", len(asked), world.Table(r.world.columns...))
	r.say("%s", table)
	return atomic.WriteFile(r.path("scorecard.txt"), []byte(table))
}
