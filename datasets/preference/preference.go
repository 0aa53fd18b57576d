// Package preference holds what labelers said of answers: K answers to one prompt, ranked, whoever
// ranked them. It reads and writes them as JSON lines and makes batches for a reward model.
//
// Start with [Ranking]; a pair (chosen, rejected) is a ranking of two.
package preference

import (
	"fmt"
	"strings"

	"gptbook/datasets/dialog"
)

// Ranking is one prompt and answers to it, the best first. There are no ties: of two answers that are equal once they
// are encoded, which takes the blank space around them away, whoever makes a ranking drops one. A model could only
// give both the same reward.
type Ranking struct {
	Prompt  []dialog.Turn `json:"prompt"`  // ends with the user's turn
	Answers []string      `json:"answers"` // 2 or more
}

// Pair is the smallest statement of preference.
type Pair struct {
	Prompt           []dialog.Turn
	Chosen, Rejected string
}

// Pairs returns the K(K-1)/2 pairs that a ranking of K answers states.
func (r Ranking) Pairs() []Pair {
	var pairs []Pair
	for i, better := range r.Answers {
		for _, worse := range r.Answers[i+1:] {
			pairs = append(pairs, Pair{Prompt: r.Prompt, Chosen: better, Rejected: worse})
		}
	}
	return pairs
}

// Validate says what is wrong with a ranking.
func (r Ranking) Validate() error {
	if err := dialog.Validate(r.Prompt); err != nil {
		return err
	}
	if last := r.Prompt[len(r.Prompt)-1].Role; last == dialog.Assistant {
		return fmt.Errorf("the prompt ends with the %s's turn, want the user's", last)
	}
	if len(r.Answers) < 2 {
		return fmt.Errorf("%d answers, want at least 2", len(r.Answers))
	}
	seen := map[string]int{}
	for i, answer := range r.Answers {
		answer = strings.TrimSpace(answer)
		if answer == "" {
			return fmt.Errorf("answer %d is empty", i)
		}
		if j, ok := seen[answer]; ok {
			return equal(j, i)
		}
		seen[answer] = i
	}
	return nil
}

// equal is the error for answers i and j of which the same ids come.
func equal(i, j int) error { return fmt.Errorf("answers %d and %d are equal once encoded", i, j) }

// Ranked makes a ranking of the distinct answers among those given, empty ones left out; order sorts them, from the
// best to the worst, and returns indices, as the Rank of datasets/world does. The second result is false where fewer
// than two are left: there is nothing to rank.
func Ranked(prompt []dialog.Turn, answers []string, order func(answers []string) []int) (Ranking, bool) {
	var distinct []string
	seen := map[string]bool{}
	for _, answer := range answers {
		if text := strings.TrimSpace(answer); text != "" && !seen[text] {
			seen[text] = true
			distinct = append(distinct, answer)
		}
	}
	if len(distinct) < 2 {
		return Ranking{}, false
	}
	r := Ranking{Prompt: prompt}
	for _, i := range order(distinct) {
		r.Answers = append(r.Answers, distinct[i])
	}
	return r, true
}
