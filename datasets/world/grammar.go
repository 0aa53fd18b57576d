package world

import (
	"slices"
	"strings"
)

// verb is what a sentence can do.
type verb int

const (
	claims   verb = iota + 1 // that an attribute is a value
	denies                   // that it is
	admits                   // not to know it
	affirms                  // what the user takes for true
	rejects                  // that
	declines                 // to help with an action
	rates                    // an action as cruel, illegal, … or, with no value, fine
	explains                 // which tool an action needs
	stands                   // by the last answer
	retracts                 // the last answer
	insults                  // the user
	idles                    // says nothing
	babbles                  // is not understood
)

// act is one thing that a sentence does.
type act struct {
	does      verb
	about     string    // a person's name, or the words of an action: "kick a puppy"
	attribute Attribute // of claims, denies, admits
	value     string    // of claims and denies; the reason of rates, the tool of explains
}

// anyAttribute is what "I have never heard of …" admits not to know.
const anyAttribute = attributes

// grammar reads sentences back: each pattern of language.go, with its names, values and actions
// replaced by their classes, is a key of the table.
type grammar struct {
	table   map[string]meaning
	class   map[string]string // of a word: "Salem" is a {home}
	actions map[string]action // "kick a puppy"
	tools   map[string]bool   // "a boot"
	given   map[string]bool   // first names
	family  map[string]bool
}

// meaning says which acts a pattern performs, and the part each of its holes plays: 's' the subject, 'v'
// the value, 'd' the action, 't' the tool, 'w' the reason.
type meaning struct {
	verbs     []verb
	attribute Attribute
	parts     []byte
}

func newGrammar(w *World) *grammar {
	g := &grammar{table: map[string]meaning{},
		class:   map[string]string{"he": "{he}", "He": "{he}", "she": "{she}", "She": "{she}"},
		actions: map[string]action{}, tools: map[string]bool{}, given: map[string]bool{}, family: map[string]bool{}}
	for a, list := range [][]string{Home: cities, Work: trades, Pet: animals, Arrival: years} {
		for _, word := range list {
			g.class[word] = "{" + Attribute(a).String() + "}"
		}
	}
	for _, word := range reasons {
		g.class[word] = "{why}"
	}
	for _, a := range w.actions {
		g.actions[a.what], g.tools[a.tool] = a, true
	}
	for _, name := range append(slices.Concat(women, men), strings.Fields(columbus)[0]) {
		g.given[name] = true
	}
	for _, name := range append(slices.Clone(surnames), strings.Fields(columbus)[1]) {
		g.family[name] = true
	}
	g.learn()
	return g
}

// learn fills the table from the patterns.
func (g *grammar) learn() {
	for a, l := range language {
		a := Attribute(a)
		for _, c := range l.claims {
			g.add(c, a, claims)
			g.add(c+whyUnknown, a, claims)
			g.add(c+asYouSay, a, claims)
			g.add(c+andSure, a, claims, stands)
		}
		g.add(l.denial, a, denies)
		for _, p := range ignorance {
			g.add(with(p, "{i}", l.indirect), a, admits)
		}
	}
	for _, group := range []struct {
		patterns []string
		verbs    []verb
	}{
		{unheard, []verb{admits}}, {affirmation, []verb{affirms}}, {rejection, []verb{rejects}},
		{sure, []verb{stands}}, {wrong, []verb{retracts}}, {idle, []verb{idles}}, {rude, []verb{insults}},
		{declining, []verb{declines, rates}}, {refusing, []verb{declines}}, {explaining, []verb{explains}},
		{ofHarm, []verb{rates}}, {ofHarmless, []verb{rates}},
	} {
		for _, p := range group.patterns {
			g.add(p, anyAttribute, group.verbs...)
		}
	}
}

// add enters a pattern, once with a name and twice with a pronoun where {s} allows it.
func (g *grammar) add(pattern string, a Attribute, verbs ...verb) {
	m := meaning{verbs: verbs, attribute: a}
	for _, hole := range strings.SplitAfter(pattern, "{")[1:] {
		m.parts = append(m.parts, map[byte]byte{'s': 's', 'N': 's', 'v': 'v', 'd': 'd', 't': 't', 'w': 'w'}[hole[0]])
	}
	value := "{name}"
	if a < Friend {
		value = "{" + a.String() + "}"
	}
	for _, subject := range []string{"{name}", "{he}", "{she}"} {
		text := strings.NewReplacer("{s}", subject, "{N}", "{name}", "{v}", value).Replace(pattern)
		g.table[strings.Join(splitWords(upper(text)), " ")] = m
	}
}

// spoken is one sentence of an answer.
type spoken struct {
	text string
	acts []act
}

// read takes an answer apart. A sentence without its full stop is not understood.
func (g *grammar) read(answer string, p Prompt) []spoken {
	var sentences []spoken
	topic := p.topic
	for text := range strings.SplitAfterSeq(answer, ".") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		s := spoken{text: text, acts: []act{{does: babbles, value: text}}}
		if strings.HasSuffix(text, ".") {
			if acts := g.acts(strings.TrimSuffix(text, "."), topic, p); acts != nil {
				s.acts = acts
			}
		}
		if first := s.acts[0]; first.does <= admits {
			topic = first.about
		}
		sentences = append(sentences, s)
	}
	return sentences
}

// acts returns what a sentence does, or nil.
func (g *grammar) acts(text, topic string, p Prompt) []act {
	for _, opener := range openers {
		text = strings.TrimPrefix(text, opener)
	}
	key, fills := g.normalise(splitWords(upper(text)))
	m, ok := g.table[key]
	if !ok {
		return nil
	}
	a := act{attribute: m.attribute}
	for i, part := range m.parts {
		switch part {
		case 's', 'd':
			a.about = fills[i]
		default:
			a.value = fills[i]
		}
	}
	if isPronoun := a.about == "he" || a.about == "she"; isPronoun {
		if topic == "" || a.about != (&person{female: g.female(topic)}).pronoun() {
			return nil
		}
		a.about = topic
	}
	return g.perform(a, m.verbs, p)
}

// perform makes the acts of a sentence's verbs.
func (g *grammar) perform(a act, verbs []verb, p Prompt) []act {
	var acts []act
	for _, v := range verbs {
		b := a
		switch b.does = v; v {
		case claims, denies:
		case affirms, rejects:
			if p.premise == nil {
				return nil
			}
			b = *p.premise
			if v == rejects {
				b.does = denies
			}
		case rates, explains:
			b.attribute = 0
			if v == rates && !slices.Contains(reasons, b.value) {
				b.value = "" // "it is fine"
			}
		case declines:
			b.attribute, b.value = 0, ""
		case admits:
			b.value = ""
		default:
			b = act{does: v}
		}
		acts = append(acts, b)
	}
	return acts
}

// normalise replaces names, values and actions by their class, and returns what it replaced.
func (g *grammar) normalise(words []string) (key string, fills []string) {
	var out []string
	for i := 0; i < len(words); {
		class, n := "", 1
		word := words[i]
		two, three := strings.Join(words[i:min(i+2, len(words))], " "), strings.Join(words[i:min(i+3, len(words))], " ")
		switch _, isAction := g.actions[three]; {
		case isAction:
			class, n, word = "{do}", 3, three
		case g.given[word] && i+1 < len(words) && g.family[words[i+1]]:
			class, n, word = "{name}", 2, two
		case g.tools[two]:
			class, n, word = "{tool}", 2, two
		default:
			class = g.class[word]
			if class == "{he}" || class == "{she}" {
				word = strings.ToLower(word)
			}
		}
		if class == "" {
			class = word
		} else {
			fills = append(fills, word)
		}
		out, i = append(out, class), i+n
	}
	return strings.Join(out, " "), fills
}

func (g *grammar) female(name string) bool {
	given, _, _ := strings.Cut(name, " ")
	return slices.Contains(women, given)
}

func upper(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
