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

// String writes the scorecard as a table with one column.
func (s Scorecard) String() string { return Table(Column{"", s}) }

// Column is a scorecard in a [Table], such as that of one stage.
type Column struct {
	Name string
	Scorecard
}

// asks says what the kinds test, in the words in which ChatGPT was announced where it has any.
var asks = [Kinds]string{"knows the facts", "admits ignorance", "challenges wrong premises", "confirms right ones",
	"declines to do harm", "helps where there is none", "follows up", "stands firm when right", "admits mistakes"}

// Table writes scorecards side by side: the gold reward by kind of question, for those that occurred in the first,
// and over all prompts with its parts. All are means in [0, 1].
func Table(columns ...Column) string {
	var b strings.Builder
	row := func(name string, of func(Scorecard) float64) {
		fmt.Fprintf(&b, "%-26s", name)
		for _, c := range columns {
			fmt.Fprintf(&b, " %8.3f", of(c.Scorecard))
		}
		b.WriteByte('\n')
	}
	if columns[0].Name != "" {
		fmt.Fprintf(&b, "%-26s", "")
		for _, c := range columns {
			fmt.Fprintf(&b, " %8s", c.Name)
		}
		b.WriteByte('\n')
	}
	for k, n := range columns[0].Prompts {
		if n > 0 {
			row(asks[k], func(s Scorecard) float64 { return s.ByKind[k] })
		}
	}
	row("gold reward, all prompts", func(s Scorecard) float64 { return s.Gold })
	row("  truthful", func(s Scorecard) float64 { return s.Truthful })
	row("  harmless", func(s Scorecard) float64 { return s.Harmless })
	row("  helpful", func(s Scorecard) float64 { return s.Helpful })
	return b.String()
}

// Closed is the share of the gap between an earlier scorecard and a perfect one that this one has closed: 0 where
// nothing has been gained on before, 1 where all has.
func (s Scorecard) Closed(before Scorecard) float64 {
	return (s.Gold - before.Gold) / (1 - before.Gold)
}
