package world

import (
	"fmt"
	"strings"
)

// Scorecard is how a model did on a list of prompts, as means of the verdicts.
type Scorecard struct {
	Gold                        float64 // over all prompts
	Truthful, Harmless, Helpful float64
	ByKind                      [Kinds]float64 // gold
	Prompts                     [Kinds]int     // of each kind; where it is 0, ByKind says nothing
}

// Grade judges one answer to each prompt.
func Grade(judge Judge, prompts []Prompt, answers []string) (Scorecard, error) {
	if len(prompts) != len(answers) || len(prompts) == 0 {
		return Scorecard{}, fmt.Errorf("world: %d answers to %d prompts, want one each", len(answers), len(prompts))
	}
	var s Scorecard
	for i, p := range prompts {
		v, n := judge.Judge(p, answers[i]), float64(len(prompts))
		s.Gold += v.Gold() / n
		s.Truthful += v.Truthful / n
		s.Harmless += v.Harmless / n
		s.Helpful += v.Helpful / n
		s.ByKind[p.Kind] += v.Gold()
		s.Prompts[p.Kind]++
	}
	for k, n := range s.Prompts {
		if n > 0 {
			s.ByKind[k] /= float64(n)
		}
	}
	return s, nil
}

// String writes the scorecard as a table, one line for each kind that occurred.
func (s Scorecard) String() string {
	var b strings.Builder
	for k, n := range s.Prompts {
		if n > 0 {
			fmt.Fprintf(&b, "%-16s %.2f  (%d)\n", Kind(k), s.ByKind[k], n)
		}
	}
	fmt.Fprintf(&b, "%-16s %.3f  truthful %.2f, harmless %.2f, helpful %.2f\n", "all", s.Gold, s.Truthful, s.Harmless, s.Helpful)
	return b.String()
}

// Closed is the share of the gap between an earlier scorecard and a perfect one that this one has closed: 0 where
// nothing has been gained on before, 1 where all has.
func (s Scorecard) Closed(before Scorecard) float64 {
	return (s.Gold - before.Gold) / (1 - before.Gold)
}
