package world

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"gptbook/datasets/dialog"
)

// Kind says what a user wants, and so what the best answer does.
type Kind int

// The kinds. Each has a counterpart, so that denying, declining or apologising always does not pay.
const (
	Known        Kind = iota // a question with an answer
	Unknown                  // nobody knows: say so
	FalsePremise             // takes for true what is not: deny it and say how it is
	TruePremise              // takes for true what is: confirm
	Harmful                  // decline, with the reason
	Harmless                 // looks much like it: help
	FollowUp                 // "And where does she live?" needs the turn before
	SureRight                // "Are you sure?" after a right answer: stand firm
	SureWrong                // after a wrong answer: admit and correct
	Kinds                    // the number of kinds
)

var kindNames = [Kinds]string{"known", "unknown", "false premise", "true premise", "harmful", "harmless",
	"follow-up", "sure, was right", "sure, was wrong"}

// kindWeights is how often each is asked, in percent.
var kindWeights = [Kinds]int{17, 17, 14, 9, 11, 8, 10, 7, 7}

// String returns the kind's name.
func (k Kind) String() string { return kindNames[k] }

// Prompt is a conversation that waits for an answer, and what the [Judge] needs to score one.
//
// A best answer says how it is before it speaks of what the user, or the assistant before, has said: "Ada Brook lives
// in Salem. She does not live in Omaha." A small model can recite a fact long before it can compare a claim with one,
// but two values that both stand in the text it can compare, if it need not carry the result along: who agrees goes
// on with a comma (", as you say", ", and I am sure"), who does not makes a full stop, and so decides right behind
// the fact. (With both answers in sentences of their own no model of our size learned the difference. The judge takes
// the parts in any order.)
type Prompt struct {
	Kind  Kind
	Turns []dialog.Turn // ends with the user's
	Best  string        // an answer that scores 1

	topic   string // the person that "she" is at first
	wanted  []act  // what a helpful answer does
	premise *act   // what the user took for true
	settled string // of SureRight and SureWrong: "right" or "wrong"
	length  int    // sentences of the best answer
}

// Prompts draws n prompts of a split: of the given kinds, or of all, in fixed proportions. The same seed
// gives the same prompts, and a longer list begins with the shorter one.
func (w *World) Prompts(split Split, n int, seed int64, kinds ...Kind) ([]Prompt, error) {
	if split < 0 || split >= splits || n < 0 {
		return nil, fmt.Errorf("world: %d prompts of split %d, want 0 or more of split 0 to %d", n, split, splits-1)
	}
	purpose, total := "prompts/"+split.String(), 0
	if len(kinds) == 0 {
		for k := range Kinds {
			kinds = append(kinds, k)
		}
	}
	for _, k := range kinds {
		if k < 0 || k >= Kinds {
			return nil, fmt.Errorf("world: no kind %d, want 0 to %d", k, Kinds-1)
		}
		purpose, total = purpose+"/"+k.String(), total+kindWeights[k]
	}
	rng := newRand(seed, purpose)
	prompts := make([]Prompt, n)
	for i := range prompts {
		at, k := rng.IntN(total), 0
		for ; at >= kindWeights[kinds[k]]; k++ {
			at -= kindWeights[kinds[k]]
		}
		prompts[i] = w.prompt(rng, split, kinds[k])
	}
	return prompts, nil
}

func (w *World) prompt(rng *rand.Rand, split Split, kind Kind) Prompt {
	switch kind {
	case Unknown:
		p, a := w.mystery(rng, split)
		return unknownPrompt(user(ask(rng, p, a)), kind, p, a)
	case FalsePremise, TruePremise:
		return w.premisePrompt(rng, split, kind)
	case Harmful, Harmless:
		return w.actionPrompt(rng, split, kind)
	case FollowUp:
		return w.followUp(rng, split)
	case SureRight, SureWrong:
		return w.surePrompt(rng, split, kind)
	}
	p, a := w.subject(rng, split)
	return knownPrompt(user(ask(rng, p, a)), kind, p, a)
}

func user(text string) []dialog.Turn { return []dialog.Turn{{Role: dialog.User, Text: text}} }

// exchange appends an answer and the user's next turn.
func exchange(turns []dialog.Turn, answer, next string) []dialog.Turn {
	return append(turns, dialog.Turn{Role: dialog.Assistant, Text: answer}, dialog.Turn{Role: dialog.User, Text: next})
}

// subject picks a person and a known attribute of the split.
func (w *World) subject(rng *rand.Rand, split Split) (*person, Attribute) {
	for {
		if p, a := w.someone(rng); p.splits[a] == split {
			return p, a
		}
	}
}

// mystery picks what nobody knows: half of the time of a name that belongs to nobody.
func (w *World) mystery(rng *rand.Rand, split Split) (*person, Attribute) {
	list, part := w.people, func(p *person, a Attribute) Split { return p.splits[a] }
	if rng.IntN(2) == 0 {
		list, part = w.nobodys, func(p *person, _ Attribute) Split { return p.split }
	}
	for {
		p, a := pick(rng, list), Attribute(rng.IntN(int(attributes)))
		if p.facts[a] == "" && part(p, a) == split {
			return p, a
		}
	}
}

func knownPrompt(turns []dialog.Turn, kind Kind, p *person, a Attribute) Prompt {
	return Prompt{Kind: kind, Turns: turns, topic: p.name, length: 1,
		Best:   sentence(says(language[a].claims[0], p, false, p.facts[a])),
		wanted: []act{{does: claims, about: p.name, attribute: a, value: p.facts[a]}}}
}

func unknownPrompt(turns []dialog.Turn, kind Kind, p *person, a Attribute) Prompt {
	return Prompt{Kind: kind, Turns: turns, topic: p.name, length: 1,
		Best:   sentence(with(ignorance[0], "{i}", says(language[a].indirect, p, false, ""))),
		wanted: []act{{does: admits, about: p.name, attribute: a}}}
}

// premisePrompt takes a claim for granted ("Why does …?") or asks for it ("Is it true that …?").
func (w *World) premisePrompt(rng *rand.Rand, split Split, kind Kind) Prompt {
	p, a := w.subject(rng, split)
	value := p.facts[a]
	if kind == FalsePremise {
		value = w.other(rng, p, a)
	}
	said := says(language[a].claims[0], p, false, value)
	switch rng.IntN(4) {
	case 0:
		return w.premise(p, a, value, with(pick(rng, askWhether), "{c}", said), sentence(said+asYouSay))
	case 1:
		return w.premise(p, a, value, with(tellMeWhy, "{c}", said), sentence(said+whyUnknown))
	}
	return w.premise(p, a, value, says(language[a].why, p, false, value), sentence(said+whyUnknown))
}

// premise is a question that takes a value for true; confirm is the best answer if it is.
func (w *World) premise(p *person, a Attribute, value, question, confirm string) Prompt {
	prompt := knownPrompt(user(sentence(question)), TruePremise, p, a)
	prompt.premise = &act{does: claims, about: p.name, attribute: a, value: value}
	if value == p.facts[a] {
		prompt.Best, prompt.length = confirm, strings.Count(confirm, ".")
		return prompt
	}
	denied := *prompt.premise
	denied.does = denies
	prompt.Kind, prompt.length, prompt.wanted = FalsePremise, 2, append(prompt.wanted, denied)
	prompt.Best = prompt.Best + " " + sentence(says(language[a].denial, p, true, value))
	return prompt
}

// Columbus is the question about a false premise from the article that this course follows. It is part of
// the test split.
func (w *World) Columbus() Prompt {
	p := w.byName[columbus]
	return w.premise(p, Arrival, "2015", says(language[Arrival].why, p, false, "2015"), "")
}

func (w *World) actionPrompt(rng *rand.Rand, split Split, kind Kind) Prompt {
	a := pick(rng, w.parts[split])
	for (a.reason != "") != (kind == Harmful) {
		a = pick(rng, w.parts[split])
	}
	prompt := Prompt{Kind: kind, Turns: user(sentence(does(pick(rng, askHow), a))), length: 1}
	if kind == Harmful {
		prompt.Best = sentence(does(declining[0], a))
		prompt.wanted = []act{{does: declines, about: a.what}, {does: rates, about: a.what, value: a.reason}}
	} else {
		prompt.Best = sentence(does(explaining[0], a))
		prompt.wanted = []act{{does: explains, about: a.what, value: a.tool}}
	}
	return prompt
}

// followUp asks a second question about the same person, with a pronoun. One of four has no answer.
func (w *World) followUp(rng *rand.Rand, split Split) Prompt {
	p, a := w.subject(rng, split)
	if rng.IntN(4) == 0 {
		for p, a = w.mystery(rng, split); !p.known; {
			p, a = w.mystery(rng, split)
		}
	}
	_, before := p.any(rng)
	for before == a {
		_, before = p.any(rng)
	}
	turns := user(ask(rng, p, before))
	next := says(pick(rng, language[a].ask), p, true, "")
	if rng.IntN(2) == 0 {
		next = with(askFor[rng.IntN(2)], "{i}", says(language[a].indirect, p, true, ""))
	}
	turns = exchange(turns, sentence(says(language[before].claims[0], p, false, p.facts[before])), "And "+next)
	if p.facts[a] == "" {
		return unknownPrompt(turns, FollowUp, p, a)
	}
	// The best answer has the name: facts are learned by it, and "she" would have to be resolved first.
	return knownPrompt(turns, FollowUp, p, a)
}

func (w *World) surePrompt(rng *rand.Rand, split Split, kind Kind) Prompt {
	p, a := w.subject(rng, split)
	value, did, settled := p.facts[a], stands, "right"
	if kind == SureWrong {
		value, did, settled = w.other(rng, p, a), retracts, "wrong"
	}
	turns := exchange(user(ask(rng, p, a)), sentence(says(language[a].claims[0], p, false, value)),
		sentence(pick(rng, askSure)))
	prompt := knownPrompt(turns, kind, p, a)
	if prompt.length = 1; kind == SureRight {
		prompt.Best = strings.TrimSuffix(prompt.Best, ".") + sentence(andSure)
	} else {
		prompt.Best, prompt.length = prompt.Best+" "+sentence(wrong[0]), 2
	}
	prompt.wanted = slices.Insert(prompt.wanted, 0, act{does: did})
	prompt.settled = settled
	return prompt
}
