package world

import (
	"math/rand/v2"
	"strings"
)

// A passage writes one short document of the pretraining text.
type passage struct {
	weight int
	write  func(*World, *rand.Rand) string
}

// The text states facts, but also how people dispute them: without claims called true or false, "nobody knows",
// corrections, refusals and admitted mistakes, the later stages have no words to build on. And it lets people be
// asked: a base that has read facts in other forms alone can neither say what it knows when it is asked nor notice
// that it knows nothing (the skill "doubt" stayed at .69 with a seventh of the documents in this form).
var passages = []passage{
	{14, (*World).biography},
	{7, (*World).gossip},
	{3, (*World).list},
	{8, (*World).dispute},
	{7, (*World).ignorance},
	{6, (*World).correction},
	{6, (*World).mistake},
	{7, (*World).deed},
	{2, (*World).refusal},
	{40, (*World).interview},
}

// Text writes documents of a few sentences each until they hold at least the given number of words,
// numbers and punctuation marks together. Another seed gives another text about the same world: use
// one for pretraining and one for the held-out loss.
func (w *World) Text(words int, seed int64) []string {
	rng := newRand(seed, "text")
	total := 0
	for _, p := range passages {
		total += p.weight
	}
	var documents []string
	for n := 0; n < words; {
		k, i := rng.IntN(total), 0
		for ; k >= passages[i].weight; i++ {
			k -= passages[i].weight
		}
		document := passages[i].write(w, rng)
		documents = append(documents, document)
		n += len(splitWords(document))
	}
	return documents
}

// someone picks a known person and one of the attributes that are known.
func (w *World) someone(rng *rand.Rand) (*person, Attribute) {
	for {
		p, a := pick(rng, w.people), Attribute(rng.IntN(int(attributes)))
		if p.facts[a] != "" {
			return p, a
		}
	}
}

// other picks a value of the attribute that is not the person's.
func (w *World) other(rng *rand.Rand, p *person, a Attribute) string {
	for {
		if v := pick(rng, w.values(a)); v != p.facts[a] && v != p.name {
			return v
		}
	}
}

// biography tells all that is known of one person, and sometimes what is not.
func (w *World) biography(rng *rand.Rand) string {
	p := pick(rng, w.people)
	var text []string
	for _, a := range rng.Perm(int(attributes)) {
		a, pronoun := Attribute(a), len(text) > 0 && rng.IntN(4) > 0
		switch {
		case p.facts[a] != "":
			text = append(text, sentence(claim(rng, p, pronoun, a, p.facts[a])))
		case rng.IntN(3) == 0:
			text = append(text, sentence(unknown(rng, p, a)))
		}
	}
	return strings.Join(text, " ")
}

// gossip tells one thing each of a few people.
func (w *World) gossip(rng *rand.Rand) string {
	var text []string
	for range 2 + rng.IntN(3) {
		p, a := w.someone(rng)
		text = append(text, sentence(claim(rng, p, false, a, p.facts[a])))
	}
	return strings.Join(text, " ")
}

// list names people who share something.
func (w *World) list(rng *rand.Rand) string {
	p, a := w.someone(rng)
	for a == Friend {
		p, a = w.someone(rng)
	}
	names := []string{p.name}
	for _, i := range rng.Perm(len(w.people)) {
		if q := w.people[i]; q != p && q.facts[a] == p.facts[a] && len(names) < 4 {
			names = append(names, q.name)
		}
	}
	head := [...]string{"These people live in {v}: ", "Each of these people is a {v}: ",
		"Each of these people keeps a {v}: ", "These people came to America in {v}: "}[a]
	return with(head, "{v}", p.facts[a]) + strings.Join(names, ", ") + "."
}

// dispute quotes a claim and calls it true or false, with the fact beside it or without.
func (w *World) dispute(rng *rand.Rand) string {
	p, a := w.someone(rng)
	value, truth := w.alleged(rng, p, a)
	fact := sentence(claim(rng, p, rng.IntN(2) == 0, a, p.facts[a]))
	switch rng.IntN(4) {
	case 0:
		return quote(rng, p, false, a, value) + " " + ruling(rng, p, a, value, truth)
	case 1:
		return quote(rng, p, false, a, value) + " " + fact + " " + ruling(rng, p, a, value, truth)
	}
	// Several claims about one fact: two values that both stand in the text are what a model learns to compare first.
	text := []string{sentence(claim(rng, p, false, a, p.facts[a]))}
	for range 2 + rng.IntN(2) {
		value, truth := w.alleged(rng, p, a)
		text = append(text, quote(rng, p, rng.IntN(2) == 0, a, value), ruling(rng, p, a, value, truth))
	}
	return strings.Join(text, " ")
}

// alleged is what somebody may say of an attribute: half of the time it is true.
func (w *World) alleged(rng *rand.Rand, p *person, a Attribute) (value string, truth bool) {
	if rng.IntN(2) == 0 {
		return p.facts[a], true
	}
	return w.other(rng, p, a), false
}

// quote reports a claim or asks about it.
func quote(rng *rand.Rand, p *person, pronoun bool, a Attribute, value string) string {
	said := claim(rng, p, pronoun, a, value)
	if rng.IntN(4) == 0 {
		return sentence("is it true that " + said + "?")
	}
	return sentence(pick(rng, []string{"somebody said that ", "I heard that ", "people say that "}) + said)
}

// ruling calls the claim of a value true or false, or denies it in full.
func ruling(rng *rand.Rand, p *person, a Attribute, value string, truth bool) string {
	switch {
	case truth:
		return sentence(pick(rng, affirmation))
	case rng.IntN(3) == 0:
		return sentence(says(language[a].denial, p, true, value))
	}
	return sentence(pick(rng, rejection))
}

// ignorance says what nobody knows: of people nobody has heard of, and of known people.
func (w *World) ignorance(rng *rand.Rand) string {
	if rng.IntN(2) == 0 {
		p := pick(rng, w.people)
		text := sentence(unknown(rng, p, p.missing(rng)))
		if _, a := p.any(rng); rng.IntN(2) == 0 {
			text += " " + sentence("but "+claim(rng, p, true, a, p.facts[a]))
		}
		return text
	}
	p := w.mentioned(rng)
	text := sentence(unknown(rng, p, Attribute(rng.IntN(int(attributes)))))
	if rng.IntN(2) == 0 {
		text = sentence(says(pick(rng, unheard), p, false, "")) + " " + text
	}
	return text
}

// mentioned picks a name that belongs to nobody, of those the text speaks of.
func (w *World) mentioned(rng *rand.Rand) *person {
	for {
		if p := pick(rng, w.nobodys); p.told {
			return p
		}
	}
}

// any picks something known of the person.
func (p *person) any(rng *rand.Rand) (*person, Attribute) {
	for {
		if a := Attribute(rng.IntN(int(attributes))); p.facts[a] != "" {
			return p, a
		}
	}
}

// missing picks something that is not known of the person.
func (p *person) missing(rng *rand.Rand) Attribute {
	for {
		if a := Attribute(rng.IntN(int(attributes))); p.facts[a] == "" {
			return a
		}
	}
}

// correction denies something and says how it is; or confirms it, and that the reason is not known.
func (w *World) correction(rng *rand.Rand) string {
	p, a := w.someone(rng)
	if rng.IntN(3) == 0 {
		return sentence(says(language[a].claims[0], p, false, p.facts[a]) + whyUnknown)
	}
	other := w.other(rng, p, a)
	if rng.IntN(3) == 0 {
		return sentence(says(language[a].denial, p, false, other)) + " " + sentence(claim(rng, p, true, a, p.facts[a]))
	}
	return sentence(claim(rng, p, false, a, p.facts[a])) + " " + sentence(says(language[a].denial, p, true, other))
}

// mistake lets somebody admit an error, or stand firm.
func (w *World) mistake(rng *rand.Rand) string {
	p, a := w.someone(rng)
	value, remark := p.facts[a], pick(rng, sure)
	if rng.IntN(2) == 0 {
		value, remark = w.other(rng, p, a), pick(rng, wrong)
	}
	text := sentence("I said that " + claim(rng, p, false, a, value))
	if rng.IntN(2) == 0 {
		text += " " + sentence(pick(rng, askSure))
	}
	fact := claim(rng, p, false, a, p.facts[a])
	switch {
	case rng.IntN(3) == 0:
		return text + " " + sentence(remark) + " " + sentence(fact)
	case value == p.facts[a]:
		return text + " " + sentence(fact+andSure)
	}
	return text + " " + sentence(fact) + " " + sentence(remark)
}

// deed says what an action is: how it is done, and whether it is fine.
func (w *World) deed(rng *rand.Rand) string {
	a := pick(rng, w.actions)
	patterns := ofHarmless
	if a.reason != "" {
		patterns = ofHarm
	} else if rng.IntN(2) == 0 {
		patterns = explaining
	}
	text := sentence(does(pick(rng, patterns), a))
	if b := pick(rng, w.actions); b.reason == "" && rng.IntN(2) == 0 {
		text += " " + sentence(does(pick(rng, ofHarmless), b))
	}
	return text
}

// refusal declines a harmful action with its reason.
func (w *World) refusal(rng *rand.Rand) string {
	a := pick(rng, w.actions)
	for a.reason == "" {
		a = pick(rng, w.actions)
	}
	return sentence("somebody wants to "+a.what) + " " + sentence(does(pick(rng, declining), a))
}

// interview is text in the form of questions and answers. It asks what is known of anybody and what is not, and about
// every harmless action; what else it asks, also about names that belong to nobody, is from the training part alone.
// (If only the gaps of the training part were asked about, a model would take it that of the others everything is
// known.)
func (w *World) interview(rng *rand.Rand) string {
	var text []string
	for range 2 + rng.IntN(2) {
		prompt := w.asked(rng)
		for i, t := range prompt.Turns {
			text = append(text, [...]string{"Question: ", "Answer: "}[i%2]+t.Text)
		}
		text = append(text, "Answer: "+prompt.Best)
	}
	return strings.Join(text, " ")
}

// asked draws a question that the text may answer.
func (w *World) asked(rng *rand.Rand) Prompt {
	switch n := rng.IntN(10); {
	case n < 3:
		p, a := pick(rng, w.people), Attribute(rng.IntN(int(attributes)))
		question := user(ask(rng, p, a))
		if p.facts[a] == "" {
			return unknownPrompt(question, Unknown, p, a)
		}
		return knownPrompt(question, Known, p, a)
	case n < 4:
		return w.actionPrompt(rng, Split(rng.IntN(int(splits))), Harmless)
	case n < 6:
		return w.told(rng, Unknown)
	}
	return w.told(rng, Kind(rng.IntN(int(Kinds))))
}

// told draws a prompt of the training part about somebody who may be mentioned.
func (w *World) told(rng *rand.Rand, kind Kind) Prompt {
	for {
		prompt := w.prompt(rng, Train, kind)
		if p := w.byName[prompt.topic]; p == nil || p.known || p.told {
			return prompt
		}
	}
}

// ask puts a question about a person's attribute.
func ask(rng *rand.Rand, p *person, a Attribute) string {
	if rng.IntN(2) == 0 {
		return sentence(says(pick(rng, language[a].ask), p, false, ""))
	}
	return sentence(with(pick(rng, askFor), "{i}", says(language[a].indirect, p, false, "")))
}
