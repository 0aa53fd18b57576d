package pipeline

import (
	"context"
	"slices"

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

// BestOfN measures best-of-n for n = 1, 2, 4, ... up to most, on n prompts of a split, at the temperature of PPO: what
// PPO must beat at the same KL.
func (p *Pipeline) BestOfN(ctx context.Context, policy *model.Store, m *RewardModel, split world.Split,
	prompts, most int) ([]BestOf, error) {
	list, err := p.World.Prompts(split, prompts, p.Recipe.Seed+100)
	if err != nil {
		return nil, err
	}
	scored, _, err := p.Candidates(ctx, policy, m, list, most)
	if err != nil {
		return nil, err
	}
	var table []BestOf
	for n := 1; n <= most; n *= 2 {
		b := BestOf{N: n, KL: reward.BestOfNKL(n)}
		for _, s := range scored {
			gold, err := reward.BestOfN(s.Scores, s.Gold, n)
			if err != nil {
				return nil, err
			}
			score, err := reward.BestOfN(s.Scores, s.Scores, n)
			if err != nil {
				return nil, err
			}
			b.Gold, b.Score = b.Gold+gold/float64(len(scored)), b.Score+score/float64(len(scored))
		}
		table = append(table, b)
	}
	return table, nil
}

// Candidates lets a policy answer each of the prompts most times, at the temperature of PPO, and scores the answers.
func (p *Pipeline) Candidates(ctx context.Context, policy *model.Store, m *RewardModel, prompts []world.Prompt,
	most int) ([]reward.Scored, []Sampled, error) {
	var asked []world.Prompt // each prompt most times
	for _, prompt := range prompts {
		asked = append(asked, slices.Repeat([]world.Prompt{prompt}, most)...)
	}
	answers, err := p.Answer(ctx, policy, asked, p.Recipe.PPO.Temperature)
	if err != nil {
		return nil, nil, err
	}
	samples := make([]Sampled, len(prompts))
	for i, prompt := range prompts {
		samples[i] = Sampled{Prompt: prompt, Answers: answers[i*most : (i+1)*most]}
	}
	scored, err := p.Score(m, samples)
	return scored, samples, err
}
