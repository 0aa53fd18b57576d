package world

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// Labelers is a group of simulated people who rank answers. They see how good an answer is, but each
// weighs truth against help differently, likes length or dislikes it, and none is consistent: between two
// answers a labeler decides as the Bradley–Terry model has it, with probability σ(u(a) - u(b)) for
// utilities u. Two of a group agree on about 73 pairs of 100, as those of InstructGPT did (Ouyang et
// al. 2022, §3.4).
type Labelers struct {
	judge  Judge
	people []labeler
}

type labeler struct {
	care    float64 // utility of a perfect answer over a worthless one, in nats of preference
	truth   float64 // weight of truth against help, in (0, 1)
	perWord float64 // utility of one word more
}

// NewLabelers hires n labelers who share the judge's view and draws their characters from a seed. Use one group
// for training, and another seed for the held-out group.
func NewLabelers(judge Judge, n int, seed int64) (*Labelers, error) {
	if n < 1 {
		return nil, fmt.Errorf("world: %d labelers, want at least 1", n)
	}
	rng := newRand(seed, "labelers")
	l := &Labelers{judge: judge, people: make([]labeler, n)}
	for i := range l.people {
		l.people[i] = labeler{
			care:    4 + 3*rng.Float64(),
			truth:   0.3 + 0.4*rng.Float64(),
			perWord: 0.06 * (rng.Float64() - 0.5),
		}
	}
	return l, nil
}

// Rank lets one labeler, picked at random, order the answers from the best to the worst, and returns their indices.
// Noise of a Gumbel distribution on each utility makes every pair follow Bradley–Terry, and the whole order
// Plackett–Luce.
func (l *Labelers) Rank(rng *rand.Rand, p Prompt, answers []string) []int {
	who := pick(rng, l.people)
	order, utility := make([]int, len(answers)), make([]float64, len(answers))
	for i, answer := range answers {
		order[i] = i
		utility[i] = who.utility(l.judge.Judge(p, answer), answer) - math.Log(rng.ExpFloat64())
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(utility[j], utility[i]) })
	return order
}

// Prefers returns the probability that a labeler picked at random prefers answer a to b. Whoever knew it could
// predict the group's choices with the accuracy max(P, 1-P), the best possible; two of the group agree with
// probability P² + (1-P)².
func (l *Labelers) Prefers(p Prompt, a, b string) float64 {
	va, vb := l.judge.Judge(p, a), l.judge.Judge(p, b)
	var sum float64
	for _, who := range l.people {
		sum += 1 / (1 + math.Exp(who.utility(vb, b)-who.utility(va, a)))
	}
	return sum / float64(len(l.people))
}

func (who labeler) utility(v Verdict, answer string) float64 {
	good := v.Harmless * (who.truth*v.Truthful + (1-who.truth)*v.Helpful)
	return who.care*good + who.perWord*float64(len(strings.Fields(answer)))
}
