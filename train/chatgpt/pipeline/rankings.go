package pipeline

import (
	"context"
	"math"
	"math/rand/v2"
	"os"

	"github.com/gomlx/gomlx/ml/model"

	"gptbook/datasets/dialog"
	"gptbook/datasets/preference"
	"gptbook/datasets/world"
	"gptbook/train/reward"
)

// labelers is the size of each group.
const labelers = 20

// Rankings loads what the training labelers said of answers of the policy, or samples answers and asks them. name is
// that of the file, without its ending; what else was ranked before has another.
func (p *Pipeline) Rankings(ctx context.Context, policy *model.Store, name string) ([]preference.Ranking, error) {
	path := p.path(name + ".jsonl")
	if _, err := os.Stat(path); err == nil {
		return preference.Read(path)
	}
	list, err := p.sampleAnswers(ctx, policy, world.Train, p.Recipe.RankedPrompts)
	if err != nil {
		return nil, err
	}
	group, err := world.NewLabelers(p.World, labelers, p.Recipe.Seed)
	if err != nil {
		return nil, err
	}
	rankings := rank(list, group, p.Recipe.Seed)
	p.say("%s: %d of %d prompts got different answers", name, len(rankings), p.Recipe.RankedPrompts)
	return rankings, preference.Write(path, rankings)
}

// Sampled is a prompt with different answers of one model to it.
type Sampled struct {
	Prompt  world.Prompt
	Answers []string
}

// sampleAnswers lets a policy answer prompts of a split several times at temperature 1. Equal answers are kept once;
// left out are those whose text does not fit the context, as noise may that is no text, and then prompts with fewer
// than two answers: there is nothing to compare.
func (p *Pipeline) sampleAnswers(ctx context.Context, policy *model.Store, split world.Split, n int) (
	[]Sampled, error) {
	prompts, err := p.World.Prompts(split, n, p.Recipe.Seed+200)
	if err != nil {
		return nil, err
	}
	responder, err := p.responder(policy, 1, p.Recipe.Seed)
	if err != nil {
		return nil, err
	}
	k := p.Recipe.Answers
	conversations := make([][]dialog.Turn, 0, k*len(prompts))
	for _, prompt := range prompts {
		for range k {
			conversations = append(conversations, prompt.Turns)
		}
	}
	answers, err := responder.Answers(ctx, conversations)
	if err != nil {
		return nil, err
	}
	var list []Sampled
	for i, prompt := range prompts {
		s := Sampled{Prompt: prompt}
		seen := map[string]bool{"": true}
		for _, a := range answers[i*k : (i+1)*k] {
			if seen[a.Text] {
				continue
			}
			seen[a.Text] = true
			e, err := p.Template.Pair(prompt.Turns, a.Text)
			if err == nil && len(e.IDs) <= p.Recipe.GPT.Context {
				s.Answers = append(s.Answers, a.Text)
			}
		}
		if len(s.Answers) > 1 {
			list = append(list, s)
		}
	}
	return list, nil
}

// rank lets labelers rank the answers.
func rank(list []Sampled, group *world.Labelers, seed int64) []preference.Ranking {
	rng := rand.New(rand.NewPCG(uint64(seed), 0x72616e6b))
	var rankings []preference.Ranking
	for _, s := range list {
		r, ok := preference.Ranked(s.Prompt.Turns, s.Answers, func(answers []string) []int {
			return group.Rank(rng, s.Prompt, answers)
		})
		if ok {
			rankings = append(rankings, r)
		}
	}
	return rankings
}

// Score scores answers with the reward model, and with the judge. Of noise that does not fit the context the model
// reads the beginning.
func (p *Pipeline) Score(m *RewardModel, list []Sampled) ([]reward.Scored, error) {
	var texts [][]int32
	for _, s := range list {
		prompt, err := p.Template.Prompt(s.Prompt.Turns)
		if err != nil {
			return nil, err
		}
		for _, a := range s.Answers {
			text := append(prompt[:len(prompt):len(prompt)], p.Template.Answer(a)...)
			texts = append(texts, text[:min(len(text), p.Recipe.GPT.Context)])
		}
	}
	scores, err := m.score(p.backend, texts)
	if err != nil {
		return nil, err
	}
	scored := make([]reward.Scored, len(list))
	for i, s := range list {
		scored[i] = reward.Scored{Kind: s.Prompt.Kind.String(), Scores: scores[:len(s.Answers)]}
		scores = scores[len(s.Answers):]
		for _, a := range s.Answers {
			scored[i].Gold = append(scored[i].Gold, p.World.Judge(s.Prompt, a).Gold())
		}
	}
	return scored, nil
}

// choices lists all pairs as a group of labelers sees them; scored holds the model's scores of the same list.
func choices(list []Sampled, scored []reward.Scored, group *world.Labelers) []reward.Choice {
	var all []reward.Choice
	for i, s := range list {
		for a := range s.Answers {
			for b := range a {
				all = append(all, reward.Choice{
					Predicted: 1 / (1 + math.Exp(scored[i].Scores[b]-scored[i].Scores[a])),
					Actual:    group.Prefers(s.Prompt, s.Answers[a], s.Answers[b]),
				})
			}
		}
	}
	return all
}
