package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/datasets/preference"
	"gptbook/datasets/world"
	"gptbook/internal/atomic"
	"gptbook/train"
	"gptbook/train/reward"
)

// RewardModel is a trained reward model and what is known of it.
type RewardModel struct {
	Config reward.Config
	Store  *model.Store
	Report RewardReport

	scorer *reward.Scorer // compiled when first asked for
}

// score gives each text, a prompt and an answer, its number.
func (m *RewardModel) score(backend compute.Backend, texts [][]int32) ([]float64, error) {
	if m.scorer == nil {
		scorer, err := reward.NewScorer(backend, m.Store, m.Config)
		if err != nil {
			return nil, err
		}
		m.scorer = scorer
	}
	return m.scorer.Score(texts)
}

// RewardTrial is one way to train a reward model.
type RewardTrial struct {
	Name     string // of its folder
	Start    *model.Store
	Memory   bool
	Rankings []preference.Ranking
	Policy   *model.Store // whose answers to held-out prompts it is measured on
}

// Reward trains a reward model by the recipe: on answers of the fine-tuned model, ranked by labelers. It starts from
// the base, which remembers facts better than a model that has learned from careless demonstrations. (Ouyang et al.
// 2022, appendix C.2, found the two starts alike.)
func (p *Pipeline) Reward(ctx context.Context) (*RewardModel, error) {
	if p.reward != nil {
		return p.reward, nil
	}
	tuned, err := p.SFT(ctx)
	if err != nil {
		return nil, err
	}
	rankings, err := p.Rankings(ctx, tuned, "rankings")
	if err != nil {
		return nil, err
	}
	start, err := p.WithMarks(p.base)
	if err != nil {
		return nil, err
	}
	p.reward, err = p.TryReward(ctx, RewardTrial{Name: "reward", Start: start, Memory: p.Recipe.Memory,
		Rankings: rankings, Policy: tuned})
	return p.reward, err
}

// WeakReward trains a reward model on the first sixteenth of the rankings, without memory: one that is easy to deceive.
func (p *Pipeline) WeakReward(ctx context.Context) (*RewardModel, error) {
	tuned, err := p.SFT(ctx)
	if err != nil {
		return nil, err
	}
	rankings, err := p.Rankings(ctx, tuned, "rankings")
	if err != nil {
		return nil, err
	}
	return p.TryReward(ctx, RewardTrial{Name: "reward-weak", Start: tuned,
		Rankings: rankings[:(len(rankings)+15)/16], Policy: tuned})
}

// TryReward trains a reward model, sets the unit of its scores, and measures it.
func (p *Pipeline) TryReward(ctx context.Context, t RewardTrial) (*RewardModel, error) {
	store, err := t.Start.Clone()
	if err != nil {
		return nil, err
	}
	m := &RewardModel{Config: reward.Config{GPT: p.Recipe.GPT, Memory: t.Memory}, Store: store}
	if err := m.Config.Init(store.RootScope(), p.Recipe.Seed); err != nil {
		return nil, err
	}
	s := p.Recipe.Reward
	steps := max(1, s.Epochs*len(t.Rankings)/s.Batch)
	done, err := p.done(store, t.Name, steps)
	if !done && err == nil {
		err = p.learnRankings(ctx, m, t, steps)
	}
	if err != nil {
		return nil, err
	}
	return m, p.measureReward(ctx, m, t)
}

func (p *Pipeline) learnRankings(ctx context.Context, m *RewardModel, t RewardTrial, steps int) error {
	s := p.Recipe.Reward
	ds, err := preference.Shuffled("rankings", p.Template, t.Rankings, s.Batch, p.Recipe.GPT.Context, p.Recipe.Seed)
	if err != nil {
		return err
	}
	return p.learn(ctx, m.Store, m.Config.Stage(), ds, steps, t.Name, train.Options{
		Optimizer: train.GPT3AdamW(s.LearningRate),
		Schedule:  train.Schedule{Warmup: steps / 20, Steps: steps, Floor: s.Floor}})
}

// measured is what is known of a trained reward model, kept beside it.
type measured struct {
	Report     RewardReport
	Zero, Unit []float64 // scores of demonstrations, and of the policy's answers: see [reward.Config.Normalize]
}

// measureReward measures the model on validation prompts, unless that is done, and sets the unit of its scores:
// demonstrations get the mean 0 and the policy's answers the deviation 1.
func (p *Pipeline) measureReward(ctx context.Context, m *RewardModel, t RewardTrial) error {
	file := p.path(t.Name, "measured.json")
	var known measured
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, &known)
	} else if errors.Is(err, fs.ErrNotExist) {
		if known, err = p.compare(ctx, m, t.Policy); err == nil {
			data, err = json.Marshal(known)
		}
		if err == nil {
			err = atomic.WriteFile(file, data)
		}
	}
	if err != nil {
		return fmt.Errorf("pipeline: %s: %w", file, err)
	}
	m.Report = known.Report
	return m.Config.Normalize(m.Store.RootScope(), known.Zero, known.Unit)
}

// compare compares the model with the judge and with labelers.
func (p *Pipeline) compare(ctx context.Context, m *RewardModel, policy *model.Store) (known measured, err error) {
	list, err := p.sampleAnswers(ctx, policy, world.Validation, p.Recipe.EvalPrompts)
	if err != nil {
		return known, err
	}
	scored, err := p.Score(m, list)
	if err != nil {
		return known, err
	}
	familiar, err := world.NewLabelers(p.World, labelers, p.Recipe.Seed)
	if err != nil {
		return known, err
	}
	strangers, err := world.NewLabelers(p.World, labelers, p.Recipe.Seed+1)
	if err != nil {
		return known, err
	}
	pairs := choices(list, scored, strangers)
	known.Report = RewardReport{
		Accuracy:    reward.Accuracy(pairs),
		Bayes:       reward.BayesAccuracy(pairs),
		Familiar:    reward.Accuracy(choices(list, scored, familiar)),
		Within:      reward.WithinCorrelation(scored),
		Calibration: reward.Calibration(pairs, 10),
	}
	if math.IsNaN(known.Report.Within) {
		known.Report.Within = 0 // all answers are worth the same
	}
	known.Report.Order, known.Report.Kinds = reward.GoldOrder(scored, 0.05)
	for _, s := range scored {
		known.Unit = append(known.Unit, s.Scores...)
	}
	demonstrations, err := p.demonstrations(world.Train, p.Recipe.EvalPrompts)
	if err != nil {
		return known, err
	}
	texts := make([][]int32, len(demonstrations))
	for i, d := range demonstrations {
		texts[i] = d.IDs
	}
	known.Zero, err = m.score(p.backend, texts)
	return known, err
}

// reportReward trains the reward model and says how far to trust it.
func (p *Pipeline) reportReward(ctx context.Context) error {
	m, err := p.Reward(ctx)
	if err != nil {
		return err
	}
	p.say("%s", strings.TrimRight(m.Report.String(), "\n"))
	if err := m.Report.Gate(); err != nil {
		p.say("Careful: %v. PPO will follow it where it errs.", err)
	}
	return nil
}
