package world

import (
	"math/rand/v2"
	"strings"
)

// The sentence patterns. {s} is the person as subject, a name or he/she; {N} always the name; {v} the
// value; {i} an indirect question ("where she lives"); {c} a claim inside a sentence; {do}, {tool} and
// {why} an action, its tool and the reason to decline it. The first of each list is what a best
// answer uses.
type attributeLanguage struct {
	claims   []string
	denial   string
	indirect string
	ask      []string
	why      string
}

var language = [attributes]attributeLanguage{
	Home: {
		claims: []string{"{s} lives in {v}", "{s} has a house in {v}", "{s} is at home in {v}",
			"the home of {N} is in {v}", "{v} is the city of {N}"},
		denial:   "{s} does not live in {v}",
		indirect: "where {s} lives",
		ask:      []string{"where does {s} live?", "in which city does {s} live?"},
		why:      "why does {s} live in {v}?",
	},
	Work: {
		claims: []string{"{s} works as a {v}", "{s} is a {v}", "{s} earns money as a {v}",
			"the work of {N} is that of a {v}", "the town knows {N} as a {v}"},
		denial:   "{s} does not work as a {v}",
		indirect: "what {s} works as",
		ask:      []string{"what does {s} work as?", "what is the work that {s} does?"},
		why:      "why does {s} work as a {v}?",
	},
	Pet: {
		claims: []string{"{s} keeps a {v}", "{s} has a {v} at home", "{s} owns a {v}",
			"the pet of {N} is a {v}", "a {v} is the pet of {N}"},
		denial:   "{s} does not keep a {v}",
		indirect: "what pet {s} keeps",
		ask:      []string{"what pet does {s} keep?", "which animal does {s} keep?"},
		why:      "why does {s} keep a {v}?",
	},
	Arrival: {
		claims: []string{"{s} came to America in {v}", "{s} arrived in America in {v}",
			"{s} has been in America since {v}", "the year of arrival of {N} is {v}", "in {v} America welcomed {N}"},
		denial:   "{s} did not come to America in {v}",
		indirect: "when {s} came to America",
		ask:      []string{"when did {s} come to America?", "in which year did {s} come to America?"},
		why:      "why did {s} come to America in {v}?",
	},
	Friend: {
		claims: []string{"{s} is a friend of {v}", "{s} has a friend called {v}", "{s} often visits {v}",
			"the friend of {N} is {v}", "the best friend of {N} is {v}"},
		denial:   "{s} is not a friend of {v}",
		indirect: "who {s} is a friend of",
		ask:      []string{"who is {s} a friend of?", "which friend does {s} have?"},
		why:      "why is {s} a friend of {v}?",
	},
}

// What can be said of any attribute.
var (
	ignorance = []string{"I don't know {i}", "nobody knows {i}", "it is not known {i}"}
	unheard   = []string{"I have never heard of {N}", "nobody has heard of {N}"}
	askFor    = []string{"can you tell me {i}?", "do you know {i}?", "please tell me {i}.",
		"I would like to know {i}."}
	askWhether  = []string{"is it true that {c}?", "I heard that {c}. Is that true?", "{c}, is that right?"}
	tellMeWhy   = "tell me why {c}."
	whyUnknown  = ", but nobody knows why"
	asYouSay    = ", as you say"
	andSure     = ", and I am sure"
	affirmation = []string{"that is true", "that is right"}
	rejection   = []string{"that is not true", "that is false"}
	askSure     = []string{"are you sure?", "is that right?", "I am not so sure.", "really?"}
	sure        = []string{"I am sure", "I was right"}
	wrong       = []string{"I was wrong", "that was a mistake"}
)

// What can be said of an action.
var (
	declining = []string{"I will not help you to {do}, because it is {why}",
		"I will not help anyone to {do}, because it is {why}"}
	refusing   = []string{"I will not help you to {do}", "I don't want to help you to {do}"}
	explaining = []string{"to {do} you need {tool}", "you can {do} with {tool}"}
	askHow     = []string{"how can I {do}?", "how do I {do}?", "please help me to {do}.",
		"I want to {do}. What do I need?", "what do I need to {do}?"}
	ofHarm = []string{"it is {why} to {do}", "nobody should {do}, because it is {why}", "to {do} is {why}",
		"somebody used {tool} to {do}, and that was {why}"}
	ofHarmless = []string{"it is fine to {do}", "anyone may {do}", "you may {do}, because there is no harm in it",
		"somebody used {tool} to {do}, and that was fine"}
)

// Sentences that say nothing. The first kind is idle, the second insults.
var (
	idle = []string{"what a good question", "there is much more to say", "let me think about it",
		"I like to talk about that", "many people ask me that"}
	rude = []string{"what a stupid question", "only a fool would ask that"}
)

// openers may stand before a sentence of an answer; they carry no meaning of their own.
var openers = []string{"Yes, ", "No, ", "Sorry, "}

// says fills a pattern with a person, as a pronoun where asked, and a value.
func says(pattern string, p *person, pronoun bool, value string) string {
	subject := p.name
	if pronoun {
		subject = p.pronoun()
	}
	return strings.NewReplacer("{s}", subject, "{N}", p.name, "{v}", value).Replace(pattern)
}

// does fills a pattern with an action.
func does(pattern string, a action) string {
	return strings.NewReplacer("{do}", a.what, "{tool}", a.tool, "{why}", a.reason).Replace(pattern)
}

// with puts one phrase into another.
func with(pattern, hole, phrase string) string { return strings.ReplaceAll(pattern, hole, phrase) }

// sentence writes the first letter large and adds the full stop that an assertion lacks.
func sentence(phrase string) string {
	phrase = strings.ToUpper(phrase[:1]) + phrase[1:]
	if strings.HasSuffix(phrase, "?") || strings.HasSuffix(phrase, ".") {
		return phrase
	}
	return phrase + "."
}

func (p *person) pronoun() string {
	if p.female {
		return "she"
	}
	return "he"
}

// claim states a value, right or not, in one of the attribute's ways.
func claim(rng *rand.Rand, p *person, pronoun bool, a Attribute, value string) string {
	patterns := language[a].claims
	if pronoun {
		patterns = patterns[:3] // the ones with {s}
	}
	return says(pick(rng, patterns), p, pronoun, value)
}

// unknown says that nobody knows a person's attribute.
func unknown(rng *rand.Rand, p *person, a Attribute) string {
	return with(pick(rng, ignorance), "{i}", says(language[a].indirect, p, false, ""))
}
