package reward

import (
	"context"
	"math/rand/v2"

	"gptbook/datasets/dialog"
	"gptbook/datasets/preference"
	"gptbook/datasets/world"
	"gptbook/gpt/chat"
)

// Sampled is a prompt with different answers of one model to it.
type Sampled struct {
	Prompt  world.Prompt
	Answers []string
}

// Sample asks the speaker k times for an answer to each prompt. Equal answers are kept once; left out are those whose text
// does not fit the context, as noise may that is no text, and then prompts with fewer than two answers: there is
// nothing to compare. The speaker's temperature must be above 0.
func Sample(ctx context.Context, speaker chat.Speaker, prompts []world.Prompt, k int) ([]Sampled, error) {
	conversations := make([][]dialog.Turn, 0, k*len(prompts))
	for _, p := range prompts {
		for range k {
			conversations = append(conversations, p.Turns)
		}
	}
	answers, err := speaker.Answers(ctx, conversations)
	if err != nil {
		return nil, err
	}
	var list []Sampled
	for i, p := range prompts {
		s := Sampled{Prompt: p}
		seen := map[string]bool{"": true}
		for _, a := range answers[i*k : (i+1)*k] {
			if seen[a.Text] {
				continue
			}
			seen[a.Text] = true
			e, err := speaker.Template.Pair(p.Turns, a.Text)
			if err == nil && len(e.IDs) <= speaker.Context {
				s.Answers = append(s.Answers, a.Text)
			}
		}
		if len(s.Answers) > 1 {
			list = append(list, s)
		}
	}
	return list, nil
}

// Rank lets labelers rank the answers.
func Rank(list []Sampled, labelers *world.Labelers, seed int64) []preference.Ranking {
	rng := rand.New(rand.NewPCG(uint64(seed), 0x72616e6b))
	var rankings []preference.Ranking
	for _, s := range list {
		r, ok := preference.Ranked(s.Prompt.Turns, s.Answers, func(answers []string) []int { return labelers.Rank(rng, s.Prompt, answers) })
		if ok {
			rankings = append(rankings, r)
		}
	}
	return rankings
}

// Judge scores the answers with the model and with the judge. Of noise that does not fit the context the model reads
// the beginning.
func Judge(list []Sampled, scorer *Scorer, template *dialog.Template, judge world.Judge) ([]Judged, error) {
	var texts [][]int32
	for _, s := range list {
		prompt, err := template.Prompt(s.Prompt.Turns)
		if err != nil {
			return nil, err
		}
		for _, a := range s.Answers {
			text := append(prompt[:len(prompt):len(prompt)], template.Answer(a)...)
			texts = append(texts, text[:min(len(text), scorer.context)])
		}
	}
	scores, err := scorer.Score(texts)
	if err != nil {
		return nil, err
	}
	judged := make([]Judged, len(list))
	for i, s := range list {
		judged[i] = Judged{Kind: s.Prompt.Kind.String(), Scores: scores[:len(s.Answers)]}
		scores = scores[len(s.Answers):]
		for _, a := range s.Answers {
			judged[i].Gold = append(judged[i].Gold, judge.Judge(s.Prompt, a).Gold())
		}
	}
	return judged, nil
}

// Choices lists all pairs as a group of labelers sees them; judged holds the model's scores of the same list.
func Choices(list []Sampled, judged []Judged, labelers *world.Labelers) []Choice {
	var choices []Choice
	for i, s := range list {
		for a := range s.Answers {
			for b := range a {
				choices = append(choices, Choice{
					Predicted: sigmoid(judged[i].Scores[a] - judged[i].Scores[b]),
					Actual:    labelers.Prefers(s.Prompt, s.Answers[a], s.Answers[b]),
				})
			}
		}
	}
	return choices
}
