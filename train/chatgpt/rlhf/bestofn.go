package rlhf

import (
	"context"

	"github.com/gomlx/gomlx/ml/model"

	"gptbook/datasets/world"
	"gptbook/train/reward"
)

// BestOf is what becomes of a policy that answers N times and says only the answer that the reward model likes best.
type BestOf struct {
	N           int
	KL          float64 // from the policy, in nats: an upper bound
	Gold, Score float64 // means over prompts
}

// BestOfN measures best-of-n for n = 1, 2, 4, ... up to most, on n prompts of a split, at the temperature of PPO: what PPO must beat at
// the same KL.
func (r *Road) BestOfN(ctx context.Context, policy *model.Store, m *RewardModel, split world.Split, prompts, most int) ([]BestOf, error) {
	list, err := r.World.Prompts(split, prompts, r.Plan.Seed+100)
	if err != nil {
		return nil, err
	}
	var asked []world.Prompt // each prompt most times
	for _, p := range list {
		for range most {
			asked = append(asked, p)
		}
	}
	answers, err := r.Answer(ctx, policy, asked, r.Plan.PPO.Temperature)
	if err != nil {
		return nil, err
	}
	samples := make([]reward.Sampled, len(list))
	for i, p := range list {
		samples[i] = reward.Sampled{Prompt: p, Answers: answers[i*most : (i+1)*most]}
	}
	scorer, err := reward.NewScorer(r.backend, m.Store, m.Config)
	if err != nil {
		return nil, err
	}
	judged, err := reward.Judge(samples, scorer, r.Template, r.World)
	if err != nil {
		return nil, err
	}
	var table []BestOf
	for n := 1; n <= most; n *= 2 {
		b := BestOf{N: n, KL: reward.BestOfNKL(n)}
		for _, j := range judged {
			gold, err := reward.BestOfN(j.Scores, j.Gold, n)
			if err != nil {
				return nil, err
			}
			score, err := reward.BestOfN(j.Scores, j.Scores, n)
			if err != nil {
				return nil, err
			}
			b.Gold, b.Score = b.Gold+gold/float64(len(judged)), b.Score+score/float64(len(judged))
		}
		table = append(table, b)
	}
	return table, nil
}
