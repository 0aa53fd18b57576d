package rlhf

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"gptbook/datasets/preference"
	"gptbook/datasets/world"
	"gptbook/internal/atomic"
	"gptbook/train"
	"gptbook/train/reward"
)

// labelers is the size of each group.
const labelers = 20

// RewardModel is a trained reward model and what is known of it.
type RewardModel struct {
	Config reward.Config
	Store  *model.Store
	Report RewardReport
}

// RewardReport says how far to trust a reward model, measured on prompts, and by labelers, that it has not seen.
type RewardReport struct {
	Accuracy, Bayes float64 // on the pairs of the held-out labelers: the model's, and the best possible
	Familiar        float64 // accuracy on the training labelers, same prompts
	Order           reward.Order
	Kinds           map[string]reward.Order
	Within          float64 // correlation with the gold reward within a prompt; 0 where that does not vary
	Calibration     []reward.Bin
}

// String writes the report as a table.
func (r RewardReport) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "accuracy %.3f on held-out labelers, %.3f on the training ones; the best possible is %.3f\n", r.Accuracy, r.Familiar, r.Bayes)
	fmt.Fprintf(&b, "right order where gold differs: %.3f of %d pairs; correlation within a prompt %.2f\n", r.Order.Share(), r.Order.Pairs, r.Within)
	for k := range world.Kinds {
		if o, ok := r.Kinds[k.String()]; ok && o.Pairs > 0 {
			fmt.Fprintf(&b, "  %-16s %.2f  (%d)\n", k, o.Share(), o.Pairs)
		}
	}
	return b.String()
}

// Gate says why PPO should not be let loose on the model, or nil: on held-out prompts it must put three of four pairs in the
// right order, and no kind of question may be near chance.
func (r RewardReport) Gate() error {
	if share := r.Order.Share(); !(share >= 0.75) {
		return fmt.Errorf("the reward model puts %.0f of 100 pairs of held-out answers in the right order, want 75", 100*share)
	}
	for k := range world.Kinds {
		if o := r.Kinds[k.String()]; o.Pairs > 0 && o.Share() < 0.6 {
			return fmt.Errorf("the reward model puts only %.0f of 100 pairs in the right order where the question is %q; chance is 50", 100*o.Share(), k)
		}
	}
	return nil
}

// RewardTrial is one way to train a reward model.
type RewardTrial struct {
	Name     string // of its folder
	Start    *model.Store
	Memory   bool
	Rankings []preference.Ranking
	Policy   *model.Store // whose answers to held-out prompts it is measured on
}

// Reward trains a reward model by the plan: on answers of the fine-tuned model, ranked by labelers. It starts from the base, which
// remembers facts better than a model that has learned from careless demonstrations. (Ouyang et al. 2022, appendix C.2, found
// the two starts alike.)
func (r *Road) Reward(ctx context.Context, base, tuned *model.Store) (*RewardModel, error) {
	rankings, err := r.Rankings(ctx, tuned, "rankings")
	if err != nil {
		return nil, err
	}
	start, err := r.Introduced(base)
	if err != nil {
		return nil, err
	}
	return r.TryReward(ctx, RewardTrial{Name: "reward", Start: start, Memory: r.Plan.Memory, Rankings: rankings, Policy: tuned})
}

// WeakReward trains a reward model on the first sixteenth of the rankings, without memory: one that is easy to deceive.
func (r *Road) WeakReward(ctx context.Context, tuned *model.Store) (*RewardModel, error) {
	rankings, err := r.Rankings(ctx, tuned, "rankings")
	if err != nil {
		return nil, err
	}
	return r.TryReward(ctx, RewardTrial{Name: "reward-weak", Start: tuned, Rankings: rankings[:(len(rankings)+15)/16], Policy: tuned})
}

// TryReward trains a reward model, sets the unit of its scores, and measures it.
func (r *Road) TryReward(ctx context.Context, t RewardTrial) (*RewardModel, error) {
	store, err := t.Start.Clone()
	if err != nil {
		return nil, err
	}
	m := &RewardModel{Config: reward.Config{GPT: r.Plan.GPT, Memory: t.Memory}, Store: store}
	if err := m.Config.Init(store.RootScope(), r.Plan.Seed); err != nil {
		return nil, err
	}
	s := r.Plan.Reward
	steps := max(1, s.Epochs*len(t.Rankings)/s.Batch)
	if done, err := r.done(store, t.Name, steps); done || err != nil {
		return m, errors.Join(err, r.finish(ctx, m, t))
	}
	ds, err := preference.Shuffled("rankings", r.Template, t.Rankings, s.Batch, r.Plan.GPT.Context, r.Plan.Seed)
	if err != nil {
		return nil, err
	}
	if err := r.learn(ctx, store, m.Config.Stage(), ds, steps, t.Name, train.Options{
		Optimizer: train.GPT3AdamW(s.Rate), Schedule: train.Schedule{Warmup: steps / 20, Steps: steps, Floor: 0.1}}, nil); err != nil {
		return nil, err
	}
	return m, r.finish(ctx, m, t)
}

// Rankings loads what the training labelers said of answers of the policy, or samples answers and asks them. name is that of
// the file, without its ending; what else was ranked before has another.
func (r *Road) Rankings(ctx context.Context, policy *model.Store, name string) ([]preference.Ranking, error) {
	path := r.path(name + ".jsonl")
	if _, err := os.Stat(path); err == nil {
		return preference.Read(path)
	}
	list, err := r.sampled(ctx, policy, world.Train, r.Plan.Prompts)
	if err != nil {
		return nil, err
	}
	group, err := world.NewLabelers(r.World, labelers, r.Plan.Seed)
	if err != nil {
		return nil, err
	}
	rankings := reward.Rank(list, group, r.Plan.Seed)
	r.say("%s: %d of %d prompts got different answers", name, len(rankings), r.Plan.Prompts)
	return rankings, preference.Write(path, rankings)
}

// sampled lets a policy answer prompts of a split several times.
func (r *Road) sampled(ctx context.Context, policy *model.Store, split world.Split, n int) ([]reward.Sampled, error) {
	prompts, err := r.World.Prompts(split, n, r.Plan.Seed+200)
	if err != nil {
		return nil, err
	}
	speaker, err := r.speaker(policy, 1, r.Plan.Seed)
	if err != nil {
		return nil, err
	}
	return reward.Sample(ctx, speaker, prompts, r.Plan.Answers)
}

// measured is what is known of a trained reward model, kept beside it.
type measured struct {
	Report     RewardReport
	Zero, Unit []float64 // scores of demonstrations, and of the policy's answers: see [reward.Config.Normalize]
}

// finish measures the model on validation prompts, unless that is done, and sets the unit of its scores: demonstrations get the
// mean 0 and the policy's answers the deviation 1.
func (r *Road) finish(ctx context.Context, m *RewardModel, t RewardTrial) error {
	file := r.path(t.Name, "measured.json")
	var known measured
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, &known)
	} else if errors.Is(err, fs.ErrNotExist) {
		if known, err = r.measureReward(ctx, m, t.Policy); err == nil {
			data, err = json.Marshal(known)
		}
		if err == nil {
			err = atomic.WriteFile(file, data)
		}
	}
	if err != nil {
		return fmt.Errorf("rlhf: %s: %w", file, err)
	}
	m.Report = known.Report
	return m.Config.Normalize(m.Store.RootScope(), known.Zero, known.Unit)
}

// measureReward compares the model with the judge and with labelers.
func (r *Road) measureReward(ctx context.Context, m *RewardModel, policy *model.Store) (known measured, err error) {
	list, err := r.sampled(ctx, policy, world.Validation, r.Plan.Held)
	if err != nil {
		return known, err
	}
	scorer, err := reward.NewScorer(r.backend, m.Store, m.Config)
	if err != nil {
		return known, err
	}
	judged, err := reward.Judge(list, scorer, r.Template, r.World)
	if err != nil {
		return known, err
	}
	familiar, err := world.NewLabelers(r.World, labelers, r.Plan.Seed)
	if err != nil {
		return known, err
	}
	strangers, err := world.NewLabelers(r.World, labelers, r.Plan.Seed+1)
	if err != nil {
		return known, err
	}
	choices := reward.Choices(list, judged, strangers)
	report := RewardReport{Accuracy: reward.Accuracy(choices), Bayes: reward.BayesAccuracy(choices),
		Familiar: reward.Accuracy(reward.Choices(list, judged, familiar)), Within: reward.WithinCorrelation(judged), Calibration: reward.Calibration(choices, 10)}
	if math.IsNaN(report.Within) {
		report.Within = 0 // all answers are worth the same
	}
	report.Order, report.Kinds = reward.GoldOrder(judged, 0.05)
	known.Report = report
	for _, j := range judged {
		known.Unit = append(known.Unit, j.Scores...)
	}
	demonstrations, err := r.demonstrations(world.Train, r.Plan.Held)
	if err != nil {
		return known, err
	}
	texts := make([][]int32, len(demonstrations))
	for i, d := range demonstrations {
		texts[i] = d.IDs
	}
	known.Zero, err = scorer.Score(texts)
	return known, err
}
