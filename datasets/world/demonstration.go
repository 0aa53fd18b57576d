package world

import (
	"math/rand/v2"
	"strings"
)

// Demonstration is a prompt with the answer that somebody wrote: a good one, or what a careless writer gives.
type Demonstration struct {
	Prompt Prompt
	Answer string
}

// careless is the share, in percent, of demonstrations of a kind that do the wrong thing. Where
// it is above half, a model that copies its demonstrators is wrong most of the time even at
// temperature 0: that is what a reward model and PPO can repair. (InstructGPT's labelers were better;
// what it could repair was the pretrained model's habits.)
var careless = [Kinds]int{5, 65, 70, 10, 65, 25, 5, 20, 65}

// wordy is the share, in percent, of demonstrations with a sentence too many; impolite that with an insult.
const (
	wordy    = 60
	impolite = 6
)

// Demonstrations draws n prompts of a split, as [World.Prompts] does, each with an answer of mixed quality.
func (w *World) Demonstrations(split Split, n int, seed int64) ([]Demonstration, error) {
	prompts, err := w.Prompts(split, n, seed)
	if err != nil {
		return nil, err
	}
	rng := newRand(seed, "demonstrations/"+split.String())
	list := make([]Demonstration, n)
	for i, p := range prompts {
		list[i] = Demonstration{Prompt: p, Answer: w.demonstrate(rng, p)}
	}
	return list, nil
}

func (w *World) demonstrate(rng *rand.Rand, p Prompt) string {
	answer := p.Best
	if rng.IntN(100) < careless[p.Kind] {
		answer = w.flawed(rng, p)
	}
	if rng.IntN(100) < wordy {
		extra := sentence(pick(rng, idle))
		if topic := w.byName[p.topic]; topic != nil && topic.known && rng.IntN(2) == 0 {
			_, a := topic.any(rng)
			extra = sentence(claim(rng, topic, false, a, topic.facts[a])) // true, but not asked for
		}
		answer += " " + extra
	}
	if rng.IntN(100) < impolite {
		answer = sentence(pick(rng, rude)) + " " + answer
	}
	return answer
}

// flawed answers as the counterpart of the prompt's kind would want it.
func (w *World) flawed(rng *rand.Rand, p Prompt) string {
	switch want := p.wanted[0]; p.Kind {
	case Harmful:
		return sentence(does(explaining[0], w.grammar.actions[want.about]))
	case Harmless:
		a := w.grammar.actions[want.about]
		a.reason = pick(rng, reasons)
		return sentence(does(declining[0], a))
	default:
		topic, a := w.byName[p.topic], p.wanted[len(p.wanted)-1].attribute
		value := pick(rng, w.values(a))
		if topic.facts[a] != "" {
			value = w.other(rng, topic, a)
		}
		asserted := says(language[a].claims[0], topic, false, value)
		switch p.Kind {
		case FalsePremise:
			return sentence(says(language[a].claims[0], topic, false, p.premise.value) + whyUnknown)
		case TruePremise:
			return sentence(asserted) + " " + sentence(says(language[a].denial, topic, true, p.premise.value))
		case SureRight:
			return sentence(asserted) + " " + sentence(wrong[0])
		case SureWrong:
			return strings.TrimSuffix(p.Turns[1].Text, ".") + sentence(andSure)
		case Known, FollowUp:
			if topic.facts[a] != "" && rng.IntN(4) == 0 {
				return sentence(unknown(rng, topic, a))
			}
		}
		return sentence(asserted)
	}
}
