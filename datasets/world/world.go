// Package world is a small closed world whose truth the program knows.
//
// A [World] holds a few hundred people with composed names and some facts about each: where they
// live, what they work as, what pet they keep, when they came to America, who their friend is. From
// it come the text that a base model reads ([World.Text]), the prompts a user may write
// ([World.Prompts]), demonstrations of mixed quality ([World.Demonstrations]), labelers who rank
// answers with human-like noise ([Labelers]), and the [Judge], an oracle that knows what no real
// project knows: how good an answer really is. With it every claim of the chapters on supervised
// fine-tuning, reward models and PPO is measured and not believed.
//
// Start with [New], then read [Kind], the list of what a user may ask. Everything is drawn from an explicit seed. The
// files in reading order:
//
//   - world.go: people and what is true of them
//   - names.go, language.go: the closed vocabulary, some 600 words, and the sentence patterns
//   - text.go: the text for pretraining
//   - prompt.go, demonstration.go: what users ask, and how people answered
//   - judge.go, grammar.go: the gold reward of an answer, and how its sentences are read
//   - labelers.go: people who rank answers
//   - scorecard.go, cloze.go: how a model did, and what a base model knows
package world

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Attribute is what may be known of a person.
type Attribute int

// The attributes. Three of the five are known of each person.
const (
	Home    Attribute = iota // a city
	Work                     // a trade
	Pet                      // an animal
	Arrival                  // a year
	Friend                   // another person
	attributes
)

const factsPerPerson = 3

// String returns the attribute's name.
func (a Attribute) String() string { return [...]string{"home", "work", "pet", "arrival", "friend"}[a] }

// Split is a part of the world's questions: by person, by pair of person and attribute, by unknown name and by
// action. The text for pretraining covers the facts of all parts; what comes after, demonstrations, rankings and PPO,
// learns from Train alone.
type Split int

// Train is for training, Validation for choosing, Test for the reported numbers only.
const (
	Train Split = iota
	Validation
	Test
	splits
)

// String returns the split's name.
func (s Split) String() string { return [...]string{"train", "validation", "test"}[s] }

// person is somebody the world has facts about, or only the name of nobody.
type person struct {
	name   string
	female bool
	facts  [attributes]string // "" where nothing is known
	known  bool               // false for a name that belongs to nobody
	told   bool               // of names that belong to nobody: the text says that nobody knows
	split  Split
	splits [attributes]Split // of known people: attributes of training people are held out, too
}

// World is one drawing of the facts. It is read-only after [New].
type World struct {
	people  []*person // known
	nobodys []*person // composed of the same names, but nobody has heard of them
	byName  map[string]*person
	actions []action // shuffled
	parts   [splits][]action
	grammar *grammar
}

// New draws a world of the given number of people, between 30 and 700; the chapters use 200. All other composed names
// belong to nobody. The text mentions two thirds of these, each a few times: few names, often mentioned, would be
// learned by heart instead of what they have in common, that nothing is known of them.
func New(people int, seed int64) (*World, error) {
	if people < 30 || people > 700 {
		return nil, fmt.Errorf("world: %d people, want 30 to 700", people)
	}
	rng := newRand(seed, "people")
	w := &World{byName: map[string]*person{}}
	for i, p := range drawNames(rng) {
		if p.known = i < people-1; p.known {
			w.people = append(w.people, p)
		} else {
			p.told = i%3 > 0
			p.split = splitOf(i / 3)
			w.nobodys = append(w.nobodys, p)
		}
	}
	w.people = append(w.people, &person{name: columbus, known: true})
	for i, p := range w.people {
		w.drawFacts(rng, p, splitOf(i))
	}
	for _, p := range slices.Concat(w.people, w.nobodys) {
		w.byName[p.name] = p
	}
	w.splitActions(rng)
	w.grammar = newGrammar(w)
	return w, nil
}

// splitOf deals three parts of five to Train and one each to Validation and Test.
func splitOf(i int) Split { return [...]Split{Train, Validation, Train, Test, Train}[i%5] }

func drawNames(rng *rand.Rand) []*person {
	var all []*person
	for _, last := range surnames {
		for i := range women {
			all = append(all, &person{name: women[i] + " " + last, female: true}, &person{name: men[i] + " " + last})
		}
	}
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

func (w *World) drawFacts(rng *rand.Rand, p *person, split Split) {
	p.split = split
	for _, a := range rng.Perm(int(attributes))[:factsPerPerson] {
		p.facts[a] = pick(rng, w.values(Attribute(a)))
		for p.facts[a] == p.name {
			p.facts[a] = pick(rng, w.values(Attribute(a)))
		}
	}
	if p.name == columbus {
		p.split, p.facts = Test, [attributes]string{Work: "sailor", Arrival: "1492"}
	}
	for a := range p.splits {
		p.splits[a] = p.split
		if p.split == Train {
			p.splits[a] = [...]Split{Train, Train, Train, Train, Validation, Test}[rng.IntN(6)]
		}
	}
}

// values lists what an attribute may be. A friend is any known person.
func (w *World) values(a Attribute) []string {
	switch a {
	case Home:
		return cities
	case Work:
		return trades
	case Pet:
		return animals
	case Arrival:
		return years[1:] // 1492 is taken
	}
	names := make([]string, len(w.people))
	for i, p := range w.people {
		names[i] = p.name
	}
	return names
}

// splitActions deals harmful and harmless actions, each half to Train, a quarter to the others.
func (w *World) splitActions(rng *rand.Rand) {
	harmful, harmless := allActions()
	for _, list := range [][]action{harmful, harmless} {
		for i, k := range rng.Perm(len(list)) {
			s := [...]Split{Train, Validation, Train, Test}[i%4]
			w.parts[s] = append(w.parts[s], list[k])
		}
	}
	w.actions = slices.Concat(w.parts[:]...)
}

// People returns the names of the people the world has facts about, in a fixed order.
func (w *World) People() []string { return slices.Clone(w.values(Friend)) }

// Fact returns what is true of a person, or "" where nothing is known.
func (w *World) Fact(name string, a Attribute) string {
	if p := w.byName[name]; p != nil && a >= 0 && a < attributes {
		return p.facts[a]
	}
	return ""
}

// splitWords cuts a text into words, numbers and punctuation marks.
func splitWords(text string) []string {
	var words []string
	for _, field := range strings.Fields(text) {
		word := strings.TrimRight(field, ".,?!:")
		if word != "" {
			words = append(words, word)
		}
		for _, mark := range field[len(word):] {
			words = append(words, string(mark))
		}
	}
	return words
}

// newRand returns a source for one purpose, so that asking for more of one thing leaves the other
// things as they are.
func newRand(seed int64, purpose string) *rand.Rand {
	var h uint64 = 14695981039346656037 // FNV-1a
	for _, c := range []byte(purpose) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return rand.New(rand.NewPCG(uint64(seed), h))
}

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }
