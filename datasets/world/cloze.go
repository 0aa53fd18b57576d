package world

import "fmt"

// Cloze is a text that breaks off before a word, to see what a base model knows before anybody teaches it to answer.
type Cloze struct {
	Text  string
	Right []string // the next word, or mark, is one of these; nil for any but Wrong
	Wrong []string // and none of these; nil for any but Right
}

// Skill is what a base model must be able to do before the later stages can build on it. A model that can recite
// facts but cannot tell a true claim from a false one gives a reward model nothing to read.
type Skill int

// The skills.
const (
	// "Ada Brook lives in": Salem, not any other word.
	Recall Skill = iota
	// "Somebody said that Ada Brook lives in Salem. That is": true or right, not: not, or false.
	Judgment
	// "Question: Why does Ada Brook live in Omaha? Answer: Ada Brook lives in Salem": a full stop, not the comma of
	// who agrees.
	Comparison
	// "Question: Where does Ada Brook live? Answer:": a name, or the words that say it is not known.
	Doubt
	Skills
)

// String returns the skill's name.
func (s Skill) String() string { return [...]string{"recall", "judgment", "comparison", "doubt"}[s] }

// Clozes draws n texts for a skill. Half of the claims are true, and half of the questions have an answer; the names
// that have none occur nowhere in the text for pretraining.
func (w *World) Clozes(skill Skill, n int, seed int64) ([]Cloze, error) {
	if skill < 0 || skill >= Skills || n < 0 {
		return nil, fmt.Errorf("world: %d texts for skill %d, want 0 or more for skill 0 to %d", n, skill, Skills-1)
	}
	rng := newRand(seed, "cloze/"+skill.String())
	list := make([]Cloze, n)
	for i := range list {
		p, a := w.someone(rng)
		switch skill {
		case Recall:
			said, value := says(language[a].claims[0], p, false, ""), splitWords(p.facts[a])
			list[i] = Cloze{Text: said[:len(said)-1], Right: value[:1]} // of a friend the first name
		case Judgment, Comparison:
			value, c := p.facts[a], Cloze{Right: []string{"true", "right"}, Wrong: []string{"not", "false"}}
			if skill == Comparison {
				c = Cloze{Right: []string{","}, Wrong: []string{"."}}
			}
			if i%2 == 1 {
				value, c.Right, c.Wrong = w.other(rng, p, a), c.Wrong, c.Right
			}
			if skill == Judgment {
				c.Text = "Somebody said that " + says(language[a].claims[0], p, false, value) + ". That is"
			} else {
				c.Text = "Question: " + sentence(says(language[a].why, p, false, value)) +
					" Answer: " + says(language[a].claims[0], p, false, p.facts[a])
			}
			list[i] = c
		case Doubt:
			list[i] = Cloze{Wrong: []string{"I", "Nobody", "It"}}
			if i%2 == 1 {
				for p = pick(rng, w.nobodys); p.told; {
					p = pick(rng, w.nobodys)
				}
				list[i] = Cloze{Right: list[i].Wrong}
			}
			list[i].Text = "Question: " + sentence(says(language[a].ask[0], p, false, "")) + " Answer:"
		}
	}
	return list, nil
}
