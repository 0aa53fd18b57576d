// # 11 · PPO: learning from the reward
//
// Chapter 9 showed the model good answers.
// Chapter 10 built a reward model, which gives any answer a number.
// Nobody says any more what the right answer *is*; there is only a mark for the one that was given.
// **How does a language model learn from a number that says nothing but how good its own answer was?**
//
// The method is PPO, *proximal policy optimisation*.
// It is known for being intricate.
// In truth it is four ideas, and each fits into a cell: move towards what was rewarded; pay for moving away from where you started; use old samples again, but only as long as they are still true; and find out which word of an answer earned the reward.
// We take them one by one on a slot machine with three arms, where the best policy is known exactly, and then give the same code our language model.
//
// | budget | full size | small size |
// |---|---|---|
// | time, 2 cores | about 5 minutes with XLA, if chapters 9 and 10 have been run; else their stages come first, some 15 minutes more | one minute |
// | memory | below 1 GB | the same |
// | result to expect | the slot machine within 1 % of the exact optimum; the language model's gold reward, on questions it has never seen, from 0.54 to about 0.84 in the run of this chapter and to 0.87 or more in the reference runs | sections 1 to 5 are the same; the model learns nothing |
//
// ### Before you read on: three predictions
//
// 1. A slot machine pays 10, 11 or 12 coins, depending on the arm. You pull an arm, and make it more probable in proportion to what it paid. Then the casino takes 10 coins off every payment. Do you now learn something
//    else? Do you learn slower or faster?
// 2. You let a language model write answers until it gets the highest reward that it can find, and nothing else counts. What do its answers look like?
// 3. You have 10,000 answers of 100 words, written by yesterday's model. Today's model prefers slightly other words: where yesterday's was undecided, 50 to 50, it is at 60 to 40. To estimate how well today's model does, you may count
//    each old answer with more or less weight. How many of the 10,000 still count?

package ppo_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"

	"gptbook/datasets/dialog"
	"gptbook/datasets/world"
	"gptbook/figures"
	"gptbook/figures/curve"
	"gptbook/gpt"
	"gptbook/notebooks/course"
	"gptbook/train"
	"gptbook/train/chatgpt/pipeline"
	"gptbook/train/ppo"
	"gptbook/train/reward"
)

// ## 1. No gradient through a die
//
// Three arms; arm $a$ pays $r(a)$.
// Our *policy* $\pi$ is the probability of pulling each arm, the softmax of three numbers, just as a language model is the softmax of its logits for the next token.
// We want the mean reward
//
// $$ J = \mathbb{E}_{a\sim\pi}\,[r(a)] = \sum_a \pi(a)\, r(a) $$
//
// to rise.
// If we knew what every arm pays, that would be a case for the gradient.
// But we only see the reward of the arm that we pulled, and a language model only that of the answer that it wrote.
// And drawing at random is a step through which no gradient passes: change a logit a little, and the same arm comes out.

// softmax turns logits into probabilities.
func softmax(logits []float64) []float64 {
	p, sum := make([]float64, len(logits)), 0.0
	for i, l := range logits {
		p[i] = math.Exp(l)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// pull draws an arm.
func pull(rng *rand.Rand, p []float64) int {
	u := rng.Float64()
	for arm, q := range p {
		if u -= q; u < 0 {
			return arm
		}
	}
	return len(p) - 1
}

// The way out is one line of algebra.
// Since $\nabla \log\pi = \nabla\pi/\pi$, we may write $\nabla\pi = \pi\,\nabla\log\pi$:
//
// $$ \nabla J = \sum_a r(a)\,\nabla\pi(a) = \sum_a \pi(a)\; r(a)\,\nabla\log\pi(a) = \mathbb{E}_{a\sim\pi}\,\big[\, r(a)\,\nabla\log\pi(a)\,\big] . $$
//
// The gradient has become a *mean over draws*, and a mean can be estimated from draws.
// Nothing is differentiated but the policy itself.
// In words: **pull an arm, and make it more probable, in proportion to what it paid.**
// That is REINFORCE (Williams 1992).
//
// For a softmax the gradient of $\log\pi(a)$ with respect to logit $k$ is $1 - \pi(k)$ if $k = a$ and $-\pi(k)$ otherwise.

// gradLog is the gradient of log π(arm) with respect to the logits.
func gradLog(p []float64, arm int) []float64 {
	g := make([]float64, len(p))
	for k := range g {
		g[k] = -p[k]
	}
	g[arm]++
	return g
}

// Does it work?
// The true gradient by moving each logit a little, against the mean of 200,000 draws:

// start is the policy that we begin with, and pays what the arms pay.
var (
	start = []float64{0.5, 0.3, 0.2}
	pays  = []float64{0, 1, 2}
)

// logs takes the logarithm of each number: the logits of a distribution.
func logs(p []float64) []float64 {
	out := make([]float64, len(p))
	for i := range p {
		out[i] = math.Log(p[i])
	}
	return out
}

// mean is that of values under probabilities.
func mean(p, values []float64) (m float64) {
	for i := range p {
		m += p[i] * values[i]
	}
	return m
}

// estimate pulls an arm many times. It returns the mean of (reward - baseline)·∇log π, and how far
// a single draw is from that mean (the root of the mean squared distance).
func estimate(
	p, rewards []float64, baseline float64, draws int,
) (gradient []float64, noise float64) {
	rng := rand.New(rand.NewPCG(1, 11))
	gradient, squares := make([]float64, len(p)), 0.0
	for range draws {
		arm := pull(rng, p)
		for k, g := range gradLog(p, arm) {
			g *= rewards[arm] - baseline
			gradient[k] += g / float64(draws)
			squares += g * g / float64(draws)
		}
	}
	for _, g := range gradient {
		squares -= g * g
	}
	return gradient, math.Sqrt(squares)
}

func Example_trick() {
	const h = 1e-5
	fmt.Print("moving the logits: ")
	for k := range start {
		logits := logs(start)
		logits[k] += h
		fmt.Printf(" %+.2f", (mean(softmax(logits), pays)-mean(start, pays))/h)
	}
	gradient, _ := estimate(start, pays, 0, 200_000)
	fmt.Printf("\ndrawing arms:       %+.2f\n", gradient)
	// Output:
	// moving the logits:  -0.35 +0.09 +0.26
	// drawing arms:       [-0.35 +0.09 +0.26]
}

// ### The baseline
//
// **Your first prediction.**
// The same machine, paying 10 more.
// Whatever number $b$ is taken off all rewards, the gradient stays what it was, because probabilities always add up to 1:
//
// $$ \mathbb{E}\,[\,b\,\nabla\log\pi\,] = b \sum_a \nabla\pi(a) = b\,\nabla 1 = 0 . $$
//
// The *mean* does not change.
// The noise does:

func Example_baseline() {
	rich := []float64{10, 11, 12}
	for _, c := range []struct {
		name     string
		rewards  []float64
		baseline float64
	}{
		{"pays  0,  1,  2", pays, 0},
		{"pays 10, 11, 12", rich, 0},
		{"pays 10, 11, 12, less the mean", rich, mean(start, rich)},
	} {
		gradient, noise := estimate(start, c.rewards, c.baseline, 200_000)
		fmt.Printf("%-31s gradient %+.2f   noise of one draw %.1f\n", c.name, gradient, noise)
	}
	// Output:
	// pays  0,  1,  2                 gradient [-0.35 +0.09 +0.26]   noise of one draw 0.9
	// pays 10, 11, 12                 gradient [-0.34 +0.07 +0.26]   noise of one draw 8.7
	// pays 10, 11, 12, less the mean  gradient [-0.35 +0.09 +0.26]   noise of one draw 0.5
}

// Noise that is ten times as large takes a hundred times as many draws to average away.
// What is left when the baseline is taken off,
//
// $$ A = r - b, $$
//
// is the **advantage**: how much better than expected.
// Positive means *more of this*, negative means *less of this*.
// Without a baseline every arm that pays at all shouts *more of me*, and one that luck has favoured early is pulled again.
// Twenty learners with a baseline, the mean of what they were paid so far, and twenty without:

// learn plays the machine, one pull a step, and returns the mean reward of the policy after each.
func learn(rewards []float64, baseline bool, steps int, seed uint64) (means curve.Curve) {
	rng := rand.New(rand.NewPCG(seed, 1))
	logits, paid := logs(start), rewards[pull(rng, start)]
	for step := range steps {
		p := softmax(logits)
		means.Points = append(means.Points, curve.Point{Step: step, Value: mean(p, rewards)})
		arm := pull(rng, p)
		advantage := rewards[arm]
		if baseline {
			advantage -= paid
			// The mean so far; of earlier pulls alone, or it would lean on this one.
			paid += (rewards[arm] - paid) / float64(step+2)
		}
		for k, g := range gradLog(p, arm) {
			logits[k] += 0.1 * advantage * g
		}
	}
	return means
}

func Example_learners() {
	chart := figures.Chart{
		Title:  "Twenty learners at a machine that pays 10, 11 or 12",
		XLabel: "pulls", YLabel: "mean reward of the policy",
	}
	for _, baseline := range []bool{false, true} {
		var runs []curve.Curve
		best := 0
		for seed := range uint64(20) {
			runs = append(runs, learn([]float64{10, 11, 12}, baseline, 300, seed))
			if runs[seed].Last() > 11.8 {
				best++
			}
		}
		name := map[bool]string{false: "reward", true: "reward less baseline"}[baseline]
		chart.Series = append(chart.Series, must.M1(figures.MeanSpread(name, runs...)))
		fmt.Printf("%-21s %2d of 20 found the best arm\n", name+":", best)
	}
	must.M(chart.Show())
}

// The learners without a baseline settle early on some arm, by the luck of their first pulls, and hardly ever leave it.
// Those with a baseline all find the best one.
//
// ## 2. The KL penalty
//
// Left alone, a learner ends at *always the same arm*.
// For a slot machine that is right.
// For a language model it would be a disaster, even with a perfect reward model: one single best answer to each question, and everything else that pretraining taught it thrown away.
// And the reward model of chapter 10 is not perfect.
// It has only ever seen answers of the fine-tuned model; far away from those it is wrong in ways that nobody has corrected.
//
// So leaving the *reference* $\pi_\text{ref}$, the policy that we start from, gets a price: a **KL penalty**.
// What we maximise is
//
// $$ J(\pi) = \mathbb{E}_{a\sim\pi}\Big[\, r(a) - \beta \log\frac{\pi(a)}{\pi_\text{ref}(a)} \Big] = \mathbb{E}_\pi[r] - \beta\,\mathrm{KL}(\pi\,\|\,\pi_\text{ref}) . $$
//
// The Kullback–Leibler divergence KL, in nats, is how much more probable, in the logarithm and on average, the policy finds what it does than the reference would have.
// $\beta$ is the penalty for a nat.
// (InstructGPT's formula 2; there $\beta = 0.02$.)

// worth is J: the mean reward, less β for each nat of distance from the reference.
func worth(p, reference, rewards []float64, beta float64) (j float64) {
	for a := range p {
		if p[a] > 0 {
			j += p[a] * (rewards[a] - beta*math.Log(p[a]/reference[a]))
		}
	}
	return j
}

// Which policy is the best?
// No calculus is needed.
// Put $\beta$ in front, and move the reward into the logarithm:
//
// $$ J(\pi) = -\beta\, \mathbb{E}_\pi\Big[ \log\frac{\pi(a)}{\pi_\text{ref}(a)\, e^{r(a)/\beta}} \Big] = -\beta\, \mathrm{KL}(\pi\,\|\,\pi^*) + \beta\log Z, \qquad \pi^*(a) = \frac{1}{Z}\, \pi_\text{ref}(a)\, e^{r(a)/\beta}, $$
//
// where $Z$ makes $\pi^*$ add up to 1.
// A KL is never negative, and it is zero only between equal distributions.
// So the best policy is $\pi^*$, and it is worth $\beta\log Z$.
// **The best policy is the reference, tilted by the exponential of the reward.**

// tilt is that policy.
func tilt(reference, rewards []float64, beta float64) (p []float64) {
	Z := 0.0
	for a := range reference {
		p = append(p, reference[a]*math.Exp(rewards[a]/beta))
		Z += p[a]
	}
	for a := range p {
		p[a] /= Z
	}
	return p
}

// Ours against the library's, and both against a hundred thousand random policies, of which none may be better:

func Example_optimum() {
	rng := rand.New(rand.NewPCG(2, 11))
	for _, beta := range []float64{2, 1, 0.5} {
		p := tilt(start, pays, beta)
		j, luck := worth(p, start, pays, beta), math.Inf(-1)
		for range 100_000 {
			random := softmax([]float64{
				3 * rng.NormFloat64(), 3 * rng.NormFloat64(), 3 * rng.NormFloat64(),
			})
			luck = max(luck, worth(random, start, pays, beta))
		}
		library, best := ppo.Optimum(start, pays, beta)
		equal := ppo.TotalVariation(p, library) < 1e-12 && math.Abs(j-best) < 1e-12
		fmt.Printf("β = %.1f: %.3f, worth %.3f; equals the library: %v; "+
			"best of 100,000 at random: %.3f\n", beta, p, j, equal, luck)
	}
	// Output:
	// β = 2.0: [0.325 0.322 0.353], worth 0.861; equals the library: true; best of 100,000 at random: 0.861
	// β = 1.0: [0.179 0.292 0.529], worth 1.027; equals the library: true; best of 100,000 at random: 1.027
	// β = 0.5: [0.037 0.163 0.801], worth 1.306; equals the library: true; best of 100,000 at random: 1.306
}

// The penalty, from heavy at the left to nearly none at the right:

func Example_penalties() {
	var inverses []float64
	for beta := 10.0; beta > 0.1; beta /= 1.1 {
		inverses = append(inverses, 1/beta)
	}
	chart := figures.Chart{
		Title:  "The best policy, by what a nat costs",
		XLabel: "1/β: how many nats a coin buys", YLabel: "probability", LogX: true,
	}
	for arm := range start {
		line := figures.Series{Name: fmt.Sprintf("arm that pays %.0f", pays[arm]), X: inverses}
		for _, inverse := range inverses {
			line.Y = append(line.Y, tilt(start, pays, 1/inverse)[arm])
		}
		chart.Series = append(chart.Series, line)
	}
	must.M(chart.Show())
}

// At the left nothing moves: the penalty eats up every gain.
// At the right stands the policy that always pulls the best arm.
// In between is what we want: better, and still itself.
//
// **Your second prediction** needs a language model; keep it until section 7.

// ## 3. Old samples
//
// Sampling is the expensive part.
// A language model writes its answer one token after the other, and the reward model has to read it; a step of the optimizer is cheap beside that.
// We would like to take *several* steps on the same answers.
// But after the first step they are answers of a policy that no longer exists.
// The formula of section 1 wants draws from $\pi$, and these are from $\pi_\text{old}$.
//
// ### Importance sampling
//
// Multiply and divide by $\pi_\text{old}$, for any quantity $f$:
//
// $$ \mathbb{E}_{a\sim\pi}[f(a)] = \sum_a \pi_\text{old}(a)\, \frac{\pi(a)}{\pi_\text{old}(a)}\, f(a) = \mathbb{E}_{a\sim\pi_\text{old}}\big[\rho(a)\, f(a)\big], \qquad \rho = \frac{\pi(a)}{\pi_\text{old}(a)} . $$
//
// An old sample may be used again, if it counts as much more or less as today's policy finds it more or less probable.
// No approximation is involved.
// That sounds too good.
// Let an answer be $T$ flips of a coin that was fair when the samples were drawn, and shows heads with probability $q$ now.
// The weight of an answer is the product of its flips' weights:

// weigh draws answers of T fair flips. It returns the weight of each under a coin that shows heads
// with probability q, and its share of heads.
func weigh(q float64, T, answers int) (weights, heads []float64) {
	rng := rand.New(rand.NewPCG(3, 11))
	for range answers {
		rho, up := 1.0, 0.0
		for range T {
			if rng.IntN(2) == 1 {
				rho, up = rho*q/0.5, up+1
			} else {
				rho *= (1 - q) / 0.5
			}
		}
		weights, heads = append(weights, rho), append(heads, up/float64(T))
	}
	return weights, heads
}

// How many samples still count is measured by $n_\text{eff} = \left(\sum\rho\right)^2 / \sum\rho^2$: all of them if the weights are equal, one if one of them outweighs the rest.

func effective(weights []float64) float64 {
	sum, squares := 0.0, 0.0
	for _, w := range weights {
		sum, squares = sum+w, squares+w*w
	}
	return sum * sum / squares
}

func Example_weights() {
	const q, answers = 0.6, 10_000
	fmt.Printf("share of heads today: %.2f, estimated from %d old answers of T flips\n", q, answers)
	for _, T := range []int{1, 10, 30, 100, 300} {
		weights, heads := weigh(q, T, answers)
		estimate := 0.0
		for i := range weights {
			estimate += weights[i] * heads[i] / answers
		}
		fmt.Printf("T = %3d: %.3f   largest weight %8.1f   answers that count %6.0f\n",
			T, estimate, slices.Max(weights), effective(weights))
	}
	// Output:
	// share of heads today: 0.60, estimated from 10000 old answers of T flips
	// T =   1: 0.610   largest weight      1.2   answers that count   9618
	// T =  10: 0.587   largest weight      6.2   answers that count   6777
	// T =  30: 0.579   largest weight     31.3   answers that count   3344
	// T = 100: 0.553   largest weight    287.9   answers that count    376
	// T = 300: 0.208   largest weight    280.1   answers that count     58
}

// **Your third prediction.**
// On the mean the estimate is right for every $T$.
// But with long answers it rests on few samples with gigantic weights: at 100 flips some 376 of the 10,000 count, and the estimate is off by 0.05; at 300 it is worthless.
// For one flip the mean of $\rho^2$ is $2\,(q^2 + (1-q)^2)$, and for $T$ flips it is that to the power of $T$:

func Example_effective() {
	const answers = 10_000
	chart := figures.Chart{
		Title:  "How many of 10,000 old answers still count",
		XLabel: "length T of an answer", YLabel: "answers", LogY: true,
	}
	for _, q := range []float64{0.55, 0.6, 0.7} {
		law := figures.Series{Name: fmt.Sprintf("%.2f: law", q)}
		seen := figures.Series{Name: fmt.Sprintf("%.2f: measured", q), Marks: true}
		for T := 0; T <= 100; T += 10 {
			if n := answers / math.Pow(2*(q*q+(1-q)*(1-q)), float64(T)); n >= 1 {
				law.X, law.Y = append(law.X, float64(T)), append(law.Y, n)
			}
			if T > 0 {
				weights, _ := weigh(q, T, answers)
				seen.X, seen.Y = append(seen.X, float64(T)), append(seen.Y, effective(weights))
			}
		}
		chart.Series = append(chart.Series, law, seen)
	}
	must.M(chart.Show())
}

// By the law 198 of 10,000 answers count at 100 flips, and at 300 not a tenth of one.
// Where the marks lie above their line, as the 58 there do, the answers that would count have not been drawn at all: then even the count is an illusion.
//
// So an old sample is good as long as the policy is still **near**, and the longer the answer, the nearer.
// PPO draws two conclusions:
//
// - It weighs single *tokens*, not answers: $\rho_t = \pi(y_t\,|\,\ldots) / \pi_\text{old}(y_t\,|\,\ldots)$. That is no longer exact, for the text before the token is old as well; but the error is of second order, small if all $\rho$ are near 1 (Schulman et al. 2015).
// - It takes away every *gain* from leaving that neighbourhood.
//
// ### The clip
//
// With weights, the quantity whose gradient is REINFORCE's at $\rho = 1$ is simply $\rho A$, since $\nabla\rho = \rho\,\nabla\log\pi$.
// Steps that maximise it push $\rho$ as far as it goes: up where $A > 0$, down where $A < 0$.
// PPO caps what can be won:
//
// $$ L = \min\big(\rho A,\ \mathrm{clip}(\rho,\, 1-\epsilon,\, 1+\epsilon)\, A\big), \qquad \epsilon = 0.2 . $$

// clipped is what PPO maximises, for one token.
func clipped(ratio, advantage, epsilon float64) float64 {
	near := min(max(ratio, 1-epsilon), 1+epsilon)
	return min(ratio*advantage, near*advantage)
}

func Example_clip() {
	chart := figures.Chart{
		Title:  "What a token contributes",
		XLabel: "ratio ρ of its probability, new : old", YLabel: "objective L",
	}
	for _, advantage := range []float64{1, -1} {
		s := figures.Series{Name: fmt.Sprintf("advantage %+.0f", advantage)}
		for ratio := 0.0; ratio <= 2; ratio += 0.01 {
			s.X, s.Y = append(s.X, ratio), append(s.Y, clipped(ratio, advantage, 0.2))
		}
		chart.Series = append(chart.Series, s)
	}
	chart.Series = append(chart.Series, figures.Series{
		Name: "the first step is here", X: []float64{1, 1}, Y: []float64{1, -1}, Marks: true,
	})
	must.M(chart.Show())
}

// Read it along each line.
// The token was good (upper line): L rises with its probability up to $1+\epsilon$, then it is flat.
// Nothing more to win, no gradient, the token rests.
// The token was bad (lower line): L rises as it becomes less probable, until $1-\epsilon$, and then it is flat.
// The other ends are **not** flat.
// If steps for *other* tokens have pushed a good one down to $\rho = 0.5$, it pulls back with full force.
// That is what the minimum is for: the clip forgoes gains, it never hides losses.
//
// As slopes, taken from the library by automatic differentiation (its `PolicyLoss` is $-L$):

func Example_slopes() {
	slope := graph.MustNewExec1(course.Backend(), func(ratio, advantage *graph.Node) *graph.Node {
		zero := graph.ZerosLike(ratio) // log π_old
		logp := graph.Log(ratio)
		loss := ppo.PolicyLoss(logp, zero, advantage, graph.OnesLike(ratio), 0.2)
		slopes := graph.Gradient(graph.Neg(loss), logp)[0]
		return graph.MulScalar(slopes, 6) // the loss is a mean over six tokens
	})
	ratios := []float64{0.7, 1, 1.3, 0.7, 1, 1.3}
	advantages := []float64{1, 1, 1, -1, -1, -1}
	got := slope.MustCall([][]float64{ratios}, [][]float64{advantages}).Value().([][]float64)[0]
	for i := range got {
		got[i] += 0 // no minus before a zero
	}
	fmt.Println("dL/d log π     ρ = 0.7  ρ = 1.0  ρ = 1.3")
	fmt.Printf("advantage +1   %+7.1f  %+7.1f  %+7.1f\n", got[0], got[1], got[2])
	fmt.Printf("advantage -1   %+7.1f  %+7.1f  %+7.1f\n", got[3], got[4], got[5])
	// Output:
	// dL/d log π     ρ = 0.7  ρ = 1.0  ρ = 1.3
	// advantage +1      +0.7     +1.0     +0.0
	// advantage -1      +0.0     -1.0     -1.3
}

// The middle column is REINFORCE: the advantage times $\nabla\log\pi$.
// Two of the six corners are off.
// And the value, ours against the library's, on four tokens:

func Example_policyLoss() {
	before, after := []float64{0.2, 0.5, 0.1, 0.4}, []float64{0.3, 0.45, 0.15, 0.2}
	advantages := []float64{-0.290, 1.243, 0.502, -1.455}
	ours := 0.0
	for i := range before {
		ours -= clipped(after[i]/before[i], advantages[i], 0.2) / 4
	}
	losses := func(logp, old, advantages *graph.Node) []*graph.Node {
		mask := graph.OnesLike(logp)
		return []*graph.Node{
			ppo.PolicyLoss(logp, old, advantages, mask, 0.2),
			ppo.ClipFraction(logp, old, advantages, mask, 0.2),
		}
	}
	library := graph.MustNewExec(course.Backend(), losses).
		MustExec([][]float64{logs(after)}, [][]float64{logs(before)}, [][]float64{advantages})
	fmt.Printf("loss: ours %.4f, library's %.4f; clipped: %.2f of the tokens\n",
		ours, library[0].Value(), library[1].Value())
	// Output:
	// loss: ours -0.0305, library's -0.0305; clipped: 0.50 of the tokens
}

// ## 4. PPO at the slot machine
//
// The parts are together: rewards that are less by $\beta\log(\pi/\pi_\text{ref})$ (section 2), advantages (section 1), several clipped steps on each batch of samples (section 3).
// The library's `ppo.Loop` repeats:
//
// 1. **roll out**: the policy answers a batch of prompts; note the log-probability of each token, the policy's and the reference's;
// 2. **score** the answers, and take off the KL penalty;
// 3. **advantages**: what was better than expected? (Section 5.)
// 4. **learn**: a few passes over the batch, in minibatches, with the clipped loss.
//
// It does not ask what the policy is.
// A `ppo.Table` is the smallest that there is: a table of logits.
// With answers of one token it is a slot machine.
// And since every answer can be listed, we can see how far the whole policy is from the exact optimum of section 2: by the *total variation* $\tfrac12\sum_a|\pi(a)-\pi^*(a)|$, the largest difference that the two make in the probability of anything.

// game is a table to play with: what the policy starts from, and the score of each answer.
type game struct {
	table     ppo.Table
	reference []float32 // logits
	scores    []float64
	beta      float64
}

// machine is the slot machine of section 1.
func machine(beta float64) game {
	var row []float32 // the same for each token and each position
	for _, l := range logs(start) {
		row = append(row, float32(l))
	}
	table := ppo.Table{Tokens: 3, Length: 1}
	return game{table, slices.Repeat(row, table.Size()/len(row)), pays, beta}
}

// chances are the probabilities of all answers under the policy in store.
func (g game) chances(store *model.Store) []float64 {
	_, p, err := g.table.Answers(store)
	must.M(err)
	return p
}

// exact is PPO with nothing that would move the optimum: the plain mean of what follows as the
// advantage, and no whitening.
var exact = ppo.Config{
	Episodes: 256, Minibatches: 2, Epochs: 2, Temperature: 1, Lambda: 1,
	Loss: ppo.LossWeights{Clip: 0.2, Value: 1}, Seed: 1,
}

var ctx = context.Background()

// play runs PPO for some iterations. It returns the policy at the end and its distance from the
// optimum after each iteration.
func (g game) play(cfg ppo.Config, rate float64, iterations int) (*model.Store, curve.Curve) {
	policy := must.M1(g.table.Store(g.reference))
	reference := must.M1(g.table.Store(g.reference))
	models := g.table.Models(policy, reference, g.scores)
	cfg.Context, cfg.KLCoefficient = g.table.Length+1, g.beta
	loop := must.M1(ppo.New(course.Backend(), models, [][]int32{{0}}, cfg, train.Options{
		Optimizer: train.AdamW{LearningRate: rate, Beta1: 0.9, Beta2: 0.95, Epsilon: 1e-5, Clip: 1},
		Schedule:  train.Schedule{Steps: iterations * cfg.Epochs * cfg.Minibatches},
		Quiet:     true,
	}))
	optimum, _ := ppo.Optimum(g.chances(reference), g.scores, g.beta)
	var distance curve.Curve
	for i := range iterations + 1 {
		far := ppo.TotalVariation(g.chances(policy), optimum)
		distance.Points = append(distance.Points, curve.Point{Step: i, Value: far})
		if i < iterations {
			must.M(loop.Run(ctx, 1))
		}
	}
	return policy, distance
}

// Three penalties, three optima.
// PPO knows none of them; it sees scores of answers that it has drawn.

func Example_machine() {
	chart := figures.Chart{
		Title:  "PPO at the slot machine",
		XLabel: "iteration", YLabel: "total variation from the optimum",
	}
	for _, beta := range []float64{2, 1, 0.5} {
		policy, distance := machine(beta).play(exact, 0.08, 40)
		optimum, _ := ppo.Optimum(start, pays, beta)
		distance.Name = fmt.Sprintf("β = %.1f", beta)
		chart.Curves = append(chart.Curves, distance)
		near := ppo.TotalVariation(machine(beta).chances(policy), optimum) < 0.01
		fmt.Printf("%s: optimum %.2f, PPO within 0.01 of it: %v\n", distance.Name, optimum, near)
	}
	must.M(chart.Show())
	// Output:
	// β = 2.0: optimum [0.33 0.32 0.35], PPO within 0.01 of it: true
	// β = 1.0: optimum [0.18 0.29 0.53], PPO within 0.01 of it: true
	// β = 0.5: optimum [0.04 0.16 0.80], PPO within 0.01 of it: true
}

// It overshoots, swings, and comes to rest within 0.01.
// This is the test that an implementation of PPO has to pass, and it is part of this project's tests: a wrong sign, a forgotten penalty or a shifted token shows here at once, while on a language model the curves would still look plausible.
//
// Answers of *two* tokens make a tree.
// Now the first token's reward comes only after the second one, and the best first token is the one that leads to good pairs.

// tree has answers of two tokens, a random reference and random scores from 0 to 2. tokens is how
// many different ones there are.
func tree(tokens int, beta float64) game {
	rng := rand.New(rand.NewPCG(5, 5))
	g := game{table: ppo.Table{Tokens: tokens, Length: 2}, beta: beta}
	for range g.table.Size() {
		g.reference = append(g.reference, float32(rng.NormFloat64()))
	}
	for range tokens * tokens {
		g.scores = append(g.scores, 2*rng.Float64())
	}
	return g
}

func Example_tree() {
	g := tree(4, 0.5)
	reference := g.chances(must.M1(g.table.Store(g.reference)))
	optimum, _ := ppo.Optimum(reference, g.scores, g.beta)
	policy, distance := g.play(exact, 0.08, 40)
	bars := figures.Bars{
		Title: "Sixteen answers of two tokens", YLabel: "probability",
		Sets: []figures.Set{
			{Name: "reference", Values: reference}, {Name: "optimum", Values: optimum},
			{Name: "PPO", Values: g.chances(policy)},
		},
	}
	for i := range optimum {
		bars.Groups = append(bars.Groups, fmt.Sprintf("%c%c", 'a'+i/4, 'a'+i%4))
	}
	must.M(bars.Show())
	fmt.Printf("from the optimum: reference %.2f, PPO below 0.01: %v\n",
		distance.Points[0].Value, distance.Last() < 0.01)
	// Output:
	// from the optimum: reference 0.28, PPO below 0.01: true
}

// ### What the old samples and the clip buy
//
// A larger tree (64 answers), and little to learn from: 64 samples an iteration.
// REINFORCE takes one step on them.
// The two others take sixteen, with and without the clip.
// Three sizes of steps:

func Example_rivals() {
	iterations, seeds := course.Pick(10, 40), course.Pick(1, 3)
	g := tree(8, 0.2)
	chart := figures.Chart{
		Title:  "64 samples an iteration, large steps",
		XLabel: "iteration", YLabel: "total variation from the optimum",
	}
	rates := []float64{0.03, 0.1, 0.3}
	fmt.Printf("distance from the optimum at the end, by learning rate: %v\n", rates)
	for _, c := range []struct {
		name                string
		minibatches, epochs int
		clip                float64
	}{
		{"one step (REINFORCE)", 1, 1, 0},
		{"16 steps, no clip", 2, 8, 0},
		{"16 steps, clip 0.2", 2, 8, 0.2},
	} {
		fmt.Printf("%-21s", c.name)
		for _, rate := range rates {
			var runs []curve.Curve
			last := 0.0
			for seed := range seeds {
				cfg := exact
				cfg.Episodes, cfg.Minibatches, cfg.Epochs = 64, c.minibatches, c.epochs
				cfg.Loss.Clip, cfg.Seed = c.clip, int64(seed+1)
				_, distance := g.play(cfg, rate, iterations)
				distance.Name = c.name
				runs = append(runs, distance)
				last += distance.Last() / float64(seeds)
			}
			fmt.Printf("  %.3f", last)
			switch {
			case rate != rates[len(rates)-1]:
			case seeds == 1:
				chart.Curves = append(chart.Curves, runs...)
			default:
				chart.Series = append(chart.Series, must.M1(figures.MeanSpread(c.name, runs...)))
			}
		}
		fmt.Println()
	}
	must.M(chart.Show())
}

// One step on each batch is safe and wasteful: at no rate does it come near.
// Sixteen small steps get much more out of the same samples.
// As long as steps are small, the clip has nothing to do, and it makes no difference; with large steps the policy without it chases the luck of 64 draws until it has forgotten most of the answers, and what is no longer drawn is never learned again.
// The clip does not make PPO *better*.
// It makes it hard to break, and on a model whose optimum nobody knows that is worth a lot.
//
// ## 5. Which token was it?
//
// An answer gets one number, at its end.
// But it consists of tokens, and each was a choice.
// Which of them earned the number?
//
// First, the reward of each token.
// The KL penalty is paid where it arises, token by token; the score $r$ comes with the last:
//
// $$ R_t = -\beta\,\big(\log\pi(y_t) - \log\pi_\text{ref}(y_t)\big) + [\,t\text{ is last}\,]\; r . $$
//
// Here is an answer of four tokens, of which the policy likes the second one more than the reference does:

var (
	policy    = []float64{-1.2, -0.3, -0.9, -0.1} // log π of the four tokens
	reference = []float64{-1.2, -0.8, -0.9, -0.1} // log π_ref
	rewards   = ppo.TokenRewards(policy, reference, 1, 0.2)
	values    = []float64{0.2, 0.1, 0.3, 0.5} // what is expected before each token
)

// Second, something to compare with.
// At the slot machine the baseline was the mean of what had been paid.
// In the middle of an answer it is the **value** $V_t$: what is still to come, on average, from the text so far.
// A second network, the **critic** (a value model), learns it by regression on what did come; it starts as a copy of the reward model.
// Now every token has a surprise, the change of the outlook by that token:
//
// $$ \delta_t = R_t + V_{t+1} - V_t, \qquad V = 0 \text{ after the last token.} $$
//
// If the values are right, $\delta_t$ is all there is to say about token $t$.
// If they are not, it pays to look further: to the surprises after it, each counting $\lambda$ times less than the one before (generalised advantage estimation, GAE, Schulman et al. 2016):
//
// $$ A_t = \delta_t + \lambda\,\delta_{t+1} + \lambda^2\,\delta_{t+2} + \dots $$

// advantage is A of token t.
func advantage(rewards, values []float64, t int, lambda float64) (sum float64) {
	for weight := 1.0; t < len(rewards); t++ {
		next := 0.0
		if t+1 < len(values) {
			next = values[t+1]
		}
		sum += weight * (rewards[t] + next - values[t])
		weight *= lambda
	}
	return sum
}

func Example_advantages() {
	for t := range rewards {
		rewards[t] += 0 // no minus before a zero
	}
	fmt.Printf("rewards   %+.4f\nvalues    %+.4f\n", rewards, values)
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }
	for _, lambda := range []float64{0, 0.95, 1} {
		var ours []float64
		for t := range rewards {
			ours = append(ours, advantage(rewards, values, t, lambda))
		}
		library, _ := ppo.Advantages(rewards, values, 1, lambda)
		equal := slices.EqualFunc(ours, library, near)
		fmt.Printf("λ = %-4g  %+.4f  equals the library: %v\n", lambda, ours, equal)
	}
	// Output:
	// rewards   [+0.0000 -0.1000 +0.0000 +1.0000]
	// values    [+0.2000 +0.1000 +0.3000 +0.5000]
	// λ = 0     [-0.1000 +0.1000 +0.2000 +0.5000]  equals the library: true
	// λ = 0.95  [+0.6042 +0.7412 +0.6750 +0.5000]  equals the library: true
	// λ = 1     [+0.7000 +0.8000 +0.7000 +0.5000]  equals the library: true
}

// With $\lambda = 0$ each token is rated by the next value alone.
// With $\lambda = 1$ the values in the middle cancel out: what is left is *all that followed, less what was expected*, $\sum_{s\ge t} R_s - V_t$.
// The cost is noise: every later choice, good or bad, is counted for this one.
// (The second token pays a penalty of 0.1, and still has the largest advantage: what came after it was better than expected.)
//
// ### Trust in the critic
//
// What is the best $\lambda$?
// It depends on the values.
// Let an answer be ten flips of a fair coin and its score the number of heads.
// Then the truth is known: heads is worth $+\tfrac12$, tails $-\tfrac12$, whatever the other nine did.
// How well do advantages match it, for three critics?

// flips draws answers of T flips (1 is heads). It returns the correlation of the advantages with
// the truth, flip - ½, for a critic that is told the flips so far.
func flips(lambda float64, T int, value func(past []float64) float64) float64 {
	rng := rand.New(rand.NewPCG(4, 11))
	var xy, xx, yy float64
	for range 2000 {
		coins, rewards, values := make([]float64, T), make([]float64, T), make([]float64, T)
		for t := range coins {
			values[t] = value(coins[:t]) + float64(T-t)/2 // of the flips to come nothing is known
			coins[t] = float64(rng.IntN(2))
			rewards[T-1] += coins[t]
		}
		advantages, _ := ppo.Advantages(rewards, values, 1, lambda)
		for t, a := range advantages {
			truth := coins[t] - 0.5
			xy, xx, yy = xy+a*truth, xx+a*a, yy+truth*truth
		}
	}
	return xy / math.Sqrt(xx*yy)
}

func Example_lambda() {
	sum := func(past []float64) (n float64) {
		for _, v := range past {
			n += v
		}
		return n
	}
	chart := figures.Chart{
		Title:  "How much of an advantage is signal",
		XLabel: "λ", YLabel: "correlation with the truth",
	}
	for _, v := range []struct {
		name  string
		value func(past []float64) float64
	}{
		{"sees every flip", sum},
		{"two flips late", func(past []float64) float64 {
			late := max(0, len(past)-2)
			return sum(past[:late]) + float64(len(past)-late)/2
		}},
		{"sees nothing", func(past []float64) float64 { return float64(len(past)) / 2 }},
	} {
		line := figures.Series{Name: v.name}
		for i := range 41 {
			lambda := float64(i) / 40
			line.X, line.Y = append(line.X, lambda), append(line.Y, flips(lambda, 10, v.value))
		}
		chart.Series = append(chart.Series, line)
	}
	must.M(chart.Show())
}

// - A critic that *sees every flip* needs no $\lambda$: the surprise is the truth, and anything added to it is noise.
// - One that notices a flip only *two tokens late* blames the wrong token at $\lambda = 0$. It has to look two surprises ahead; further is only noise.
// - With one that *sees nothing*, all news comes at the end, and only $\lambda$ near 1 carries it back.
//
// Ours begins as a reward model, which was trained on whole answers and is a stranger to half ones.
// So PPO starts near the right end: $\lambda = 0.95$.
// How good the values are is told by the *explained variance*, one of the curves below: 1 if they foresee everything, 0 if a constant would do as well.
//
// Last, the advantages of a whole batch are *whitened*: shifted to mean 0 and scaled to deviation 1.
// The step then no longer depends on the unit of the score.
// For the answer above alone, and with $\lambda = 0.95$, that gives the four advantages of the loss in section 3:

func Example_whiten() {
	advantages, _ := ppo.Advantages(rewards, values, 1, 0.95)
	fmt.Printf("%+.3f\n", ppo.Whiten([][]float64{advantages}))
	// Output:
	// [[-0.290 +1.243 +0.502 -1.455]]
}

// ### Measuring the distance
//
// The KL is a mean over all answers that there are.
// From samples it must be estimated, and the obvious estimator, $k_1 = \log\pi - \log\pi_\text{ref}$ of what was sampled, has an ugly habit: it can come out negative, which no distance can.
// Schulman (2020) has one that does not.
// With $\log\rho = \log\pi_\text{ref} - \log\pi$:
//
// $$ k_1 = -\log\rho, \qquad k_2 = \tfrac12(\log\rho)^2, \qquad k_3 = (\rho - 1) - \log\rho . $$
//
// Since $\mathbb{E}_\pi[\rho] = \sum \pi_\text{ref} = 1$, adding $\rho - 1$ does not change the mean: $k_3$ is unbiased as well.
// And $\rho - 1 \ge \log\rho$ always: it is never negative.

// estimators are the three of them.
var estimators = []struct {
	name string
	of   func(logRatio float64) float64 // of log π - log π_ref
}{{"k1", ppo.K1}, {"k2", ppo.K2}, {"k3", ppo.K3}}

func Example_estimators() {
	chart := figures.Chart{
		Title:  "Three estimators of the KL, from one sample",
		XLabel: "log π - log π_ref of what was sampled", YLabel: "nats",
	}
	for _, k := range estimators {
		line := figures.Series{Name: k.name}
		for x := -1.5; x <= 1.51; x += 0.05 {
			line.X, line.Y = append(line.X, x), append(line.Y, k.of(x))
		}
		chart.Series = append(chart.Series, line)
	}
	must.M(chart.Show())
}

// The habit, on the slot machine, for a policy that has moved a little, and for one that has moved far:

func Example_estimates() {
	const batches, size = 1000, 64
	for _, beta := range []float64{5, 0.4} {
		p := tilt(start, pays, beta)
		rng, truth := rand.New(rand.NewPCG(6, 11)), 0.0
		for a := range p {
			truth += p[a] * math.Log(p[a]/start[a])
		}
		fmt.Printf("a KL of %.4f nats, from %d samples:\n", truth, size)
		for _, k := range estimators {
			all, squares, negative := 0.0, 0.0, 0
			for range batches {
				batch := 0.0
				for range size {
					a := pull(rng, p)
					batch += k.of(math.Log(p[a]/start[a])) / size
				}
				all, squares = all+batch/batches, squares+batch*batch/batches
				if batch < 0 {
					negative++
				}
			}
			deviation := math.Sqrt(squares - all*all)
			fmt.Printf("  %s: %.3f ± %.3f, negative in %3d of %d batches\n",
				k.name, all, deviation, negative, batches)
		}
	}
	// Output:
	// a KL of 0.0128 nats, from 64 samples:
	//   k1: 0.014 ± 0.021, negative in 238 of 1000 batches
	//   k2: 0.013 ± 0.001, negative in   0 of 1000 batches
	//   k3: 0.013 ± 0.001, negative in   0 of 1000 batches
	// a KL of 1.1345 nats, from 64 samples:
	//   k1: 1.131 ± 0.127, negative in   0 of 1000 batches
	//   k2: 1.105 ± 0.080, negative in   0 of 1000 batches
	//   k3: 1.116 ± 0.427, negative in   0 of 1000 batches
}

// Near the reference $k_3$ is more than ten times as quiet as $k_1$.
// Far away it is the other way round (and $k_2$ shows its bias: its mean, 1.105 ± 0.003 over the 1000 batches, is not 1.1345, while that of $k_3$, 1.116 ± 0.014, may be): if the policy draws a token that it has nearly given up and the reference has not, $\rho$ is huge.
// A single spike of $k_3$ in a curve is such a token; look at both.
//
// PPO's penalty uses $k_1$, whose mean is the KL and nothing else; the curves show both.
// If $k_1$ stays *negative* over many batches, that is no habit but a bug: the two log-probabilities belong to different texts or temperatures, or padding was counted.

// ## 6. The same code on the language model
//
// Now the table is replaced by a GPT, and nothing else changes:
//
// | | slot machine | language model |
// |---|---|---|
// | prompt | none | a question, from the training part of the world of chapter 9 |
// | answer | one token of three | some ten tokens of fifteen hundred, up to the end token; one that does not end is scored -3 |
// | $\pi$ at the start, and $\pi_\text{ref}$ | a table | the fine-tuned model (SFT), and a frozen copy of it |
// | score | what the arm pays | the reward model of chapter 10 |
// | critic | a table | a second network, at first a copy of the reward model |
// | optimum | known | unknown; but there is the world's *judge*, whom PPO never asks |
//
// The last row is what this course has and real projects have not.
// The judge knows the truth of every answer, so beside the **proxy**, what the reward model thinks, we can plot the **gold** reward, what the answer is worth.
//
// The settings, beside InstructGPT's (what its paper leaves open, such as $\lambda$, is from its ancestor, Ziegler et al. 2019; the weight of text 0 is its plain PPO, and the models that the paper calls InstructGPT multiply the gradient of text by 27.8, in a normalisation of their own):

func Example_settings() {
	ours, theirs := pipeline.Full.PPO, ppo.InstructGPT
	fmt.Printf("%-24s %8s %12s\n", "", "ours", "InstructGPT")
	for _, row := range []struct {
		name string
		of   func(ppo.Config) float64
	}{
		{"answers an iteration", func(c ppo.Config) float64 { return float64(c.Episodes) }},
		{"minibatches", func(c ppo.Config) float64 { return float64(c.Minibatches) }},
		{"passes over them", func(c ppo.Config) float64 { return float64(c.Epochs) }},
		{"temperature", func(c ppo.Config) float64 { return c.Temperature }},
		{"KL penalty β", func(c ppo.Config) float64 { return c.KLCoefficient }},
		{"λ", func(c ppo.Config) float64 { return c.Lambda }},
		{"clip ε", func(c ppo.Config) float64 { return c.Loss.Clip }},
		{"weight of text", func(c ppo.Config) float64 { return c.Loss.Pretraining }},
	} {
		fmt.Printf("%-24s %8g %12g\n", row.name, row.of(ours), row.of(theirs))
	}
}

// A third of a full run, to watch.
// Every few iterations the policy answers prompts of the validation part, which it never learns from.
// (What chapters 9 and 10 have left is loaded; what is missing is made first, which takes its time.)

// watch draws the curves in a file while a run writes them, until stop is called.
func watch(title, file string) (stop func()) {
	live := figures.NewLive(figures.Chart{Title: title, XLabel: "iteration", YLabel: "gold reward"})
	done, closed := make(chan bool), make(chan bool)
	seen := map[string]int{} // points drawn, by curve
	look := func() {
		curves, _ := curve.ReadCSV(file) // not there yet: nothing to draw
		for _, c := range curves {
			for _, p := range c.Points[min(seen[c.Name], len(c.Points)):] {
				if c.Name == pipeline.HeldGold || c.Name == pipeline.TrainingGold {
					live.Add(c.Name, p.Step, p.Value)
				}
				seen[c.Name]++
			}
		}
	}
	go func() {
		defer close(closed)
		for {
			select {
			case <-done:
				look()
				return
			case <-time.After(2 * time.Second):
				look()
			}
		}
	}()
	return func() {
		close(done)
		<-closed
		must.M(live.Close())
	}
}

func Example_improve() {
	pipe, begin := course.Pipeline(), time.Now()
	trial := must.M1(pipe.PPOTrial(ctx, 1))
	trial.Name, trial.Iterations = "ppo-live", course.Pick(2, 14)
	must.M(os.RemoveAll(course.PipelineDir(trial.Name))) // anew, to see it learn
	stop := watch("PPO, live", course.PipelineDir(trial.Name, "held.csv"))
	run := must.M1(pipe.PPO(ctx, trial))
	stop()
	gold := run.Curve(pipeline.HeldGold)
	fmt.Printf("gold reward on held-out prompts: %.3f -> %.3f, %.1f nats from SFT; %.1f minutes\n",
		gold.Points[0].Value, gold.Last(), run.Loop.Curve(ppo.KL3).Last(),
		time.Since(begin).Minutes())
	root, folder := must.M1(filepath.Abs("../..")), must.M1(pipe.Export(run.Policy, trial.Name))
	fmt.Println("to talk to it: go run ./gpt/chat/repl -model", must.M1(filepath.Rel(root, folder)))
}

// ### Reference runs
//
// One run proves little: with another seed it ends elsewhere.
// The folder `figures/gallery/11_ppo` holds full runs, three seeds of PPO and one each of its rivals; `go run ./train/chatgpt/ablations` makes them again.
// Each lies there with the record of what made it.

// record is one of them.
type record struct {
	figures.Run
	name   string
	curves []curve.Curve
	// grades are those of "sft" and "ppo" on the test part, which no choice ever looked at.
	grades map[string]pipeline.Grades
}

func (r record) curve(name string) curve.Curve { return curve.Named(r.curves, name) }

// records are the runs of that name, by seed.
func records(name string) (list []record) {
	for _, dir := range must.M1(filepath.Glob(course.Gallery("11_ppo", name+"-[0-9]"))) {
		run, curves := must.M2(figures.LoadRun(dir))
		loop := must.M1(curve.ReadCSV(filepath.Join(dir, "loop.csv")))
		r := record{Run: run, name: filepath.Base(dir), curves: append(curves, loop...)}
		read(filepath.Join(dir, "grades.json"), &r.grades)
		list = append(list, r)
	}
	return list
}

// read fills value from a JSON file.
func read(file string, value any) { must.M(json.Unmarshal(must.M1(os.ReadFile(file)), value)) }

// line is a curve of all of them, mean and spread.
func line(name string, list []record, column string) figures.Series {
	var runs []curve.Curve
	for _, r := range list {
		runs = append(runs, r.curve(column))
	}
	if len(runs) > 1 {
		return must.M1(figures.MeanSpread(name, runs...))
	}
	s := figures.Series{Name: name}
	for _, c := range runs {
		for _, p := range c.Points {
			s.X, s.Y = append(s.X, float64(p.Step)), append(s.Y, p.Value)
		}
	}
	return s
}

// draw shows a chart, less the lines of runs that are not there.
func draw(chart figures.Chart) {
	empty := func(s figures.Series) bool { return len(s.X) == 0 }
	chart.Series = slices.DeleteFunc(chart.Series, empty)
	if len(chart.Series) == 0 {
		fmt.Printf("no reference runs in %s: make them with `go run ./train/chatgpt/ablations`\n",
			course.Gallery("11_ppo"))
		return
	}
	must.M(chart.Show())
}

// show draws several curves of the same runs; names and curves alternate.
func show(title, unit string, list []record, namesAndCurves ...string) {
	chart := figures.Chart{Title: title, XLabel: "iteration", YLabel: unit}
	for pair := range slices.Chunk(namesAndCurves, 2) {
		chart.Series = append(chart.Series, line(pair[0], list, pair[1]))
	}
	draw(chart)
}

// **What we are after**, first: the gold reward.
// Training prompts beside held-out ones, because a model may please on the prompts that it has practised and on no others; and the proxy beside the gold:

func Example_gold() {
	list := records("ppo")
	show("Gold reward", "gold reward", list,
		"held-out prompts", pipeline.HeldGold, "training prompts", pipeline.TrainingGold)
	show("Proxy: the reward model's score", "score", list,
		"held-out prompts", pipeline.HeldScore, "training prompts", pipeline.TrainingScore)
	for _, r := range list {
		gold := r.curve(pipeline.HeldGold)
		fmt.Printf("seed %d: held-out gold %.3f -> %.3f in %.1f minutes\n",
			r.Seed, gold.Points[0].Value, gold.Last(), r.Minutes)
	}
}

// The training line is the higher one, clearly so from iteration 10 on: it is about the people that chapter 9's demonstrations were about, and on whom PPO practises.
// What counts is that the held-out line goes with it.
// Where only the training line rises, the policy learns prompts by heart; where the proxy rises and the gold does not, it learns the reward model's errors.
//
// **Is it well?**
// The curves that a doctor of PPO looks at.
// The KL, in nats for a whole answer, by $k_1$ and $k_3$; the entropy, how undecided the policy is at each token; the clip fraction; the explained variance; the length.

func Example_health() {
	list := records("ppo")
	show("Distance from SFT", "nats per answer", list, "k1", ppo.KL1, "k3", ppo.KL3)
	show("Entropy and clip", "", list,
		"entropy (nats/token)", ppo.Entropy, "clip fraction", ppo.ClipFractionName)
	show("What the critic foresees", "explained variance", list,
		"explained variance", ppo.ExplainedVar)
	show("Length", "tokens per answer", list, "length", ppo.Length)
}

// - The **KL** rises and then stays: there penalty and gain balance. The spikes of $k_3$ are single tokens, and the band around its mean, which knows nothing of signs, dips below zero because of them; $k_1$ has none. Between its spikes $k_3$ is too low, 1.0 where $k_1$ is at 1.7. In the first five iterations the policy waits for the critic.
// - The **entropy** falls, for the policy gets more decided. Ours ends at 0.02: most of these questions have one best answer, and it is found. From there on little is learned, for whoever never tries anything else learns nothing any more; where answers are less simple, an entropy that falls this early is a sign of illness.
// - Seven in a hundred tokens are held back by the **clip** when the policy begins to move, later a few in a thousand. Zero from the start would mean that we could take larger steps, a third that we must take smaller ones.
// - The **explained variance** starts below zero: the copied reward model rates half answers as if they ended there, and a constant would do better. In the five iterations of waiting it rises to a half, and ends near 0.9.
// - The **length** should stay in the range of good answers. A reward model that loves long answers shows here. Ours falls from 15.5 to 11.8 tokens, as the idle sentences disappear.
//
// ### The reported numbers
//
// All choices (the penalty, the rate, the number of iterations) were made on validation prompts.
// The *test* part of the world was looked at once.
// Two comparisons, because PPO also makes the policy more decided, and at a temperature a decided policy looks better than an undecided one that knows as much: both models sampled at the same temperature, and both greedy.

func Example_test() {
	list := records("ppo")
	if len(list) == 0 {
		return
	}
	sampled := func(g pipeline.Grades) world.Scorecard { return g.Sampled }
	greedy := func(g pipeline.Grades) world.Scorecard { return g.Greedy }
	for _, way := range []struct {
		name string
		of   func(pipeline.Grades) world.Scorecard
	}{{"sampled at PPO's temperature", sampled}, {"greedy", greedy}} {
		sft := way.of(list[0].grades["sft"])
		columns := []world.Column{{Name: "SFT", Scorecard: sft}}
		fmt.Println(way.name)
		for _, r := range list {
			card := way.of(r.grades["ppo"])
			name := fmt.Sprintf("seed %d", r.Seed)
			columns = append(columns, world.Column{Name: name, Scorecard: card})
			fmt.Printf("  %s closes %2.0f %% of the gap between SFT and a perfect score\n",
				name, 100*card.Closed(sft))
		}
		fmt.Println(world.Table(columns...))
	}
}

// Look at the kinds one by one.
// A row is a mean of scores, not a share of cases: in *wrong premises* 0.75 is what one gets for the right fact without a word of objection, and in *admits mistakes* 0.5 for the right fact said as if it had been said before.
// A *behaviour* that is the same for every question of its kind, such as declining, helping, standing firm or saying that one does not know, can be learned from the reward and carries over to people and actions that were never asked about.
// A *fact* that the base model has not read cannot: no reward tells it.
//
// What the three seeds say: PPO closes seven tenths of the gap and more, sampled (74, 72 and 71 %) and greedily (72, 74 and 73 %).
// The seeds lie within 0.01 of each other, 0.25 and more above SFT, and no kind falls by more than 0.05 (the worst: known facts, greedily, from 0.98 to between 0.94 and 0.97).
// Harmful requests go from a score of 0.28 to nearly 1, unknown facts from 0.46 to 0.95.
//
// Two kinds stay low, *challenges wrong premises* at three quarters and *admits mistakes* at a half, and both are low in the same way: the policy says the right fact, and then goes on *but nobody knows why*, or *and I am sure*.
// To object, it would have to see that this is not what the question, or its own answer before, has said; it would have to compare, and the base can hardly do that (0.63 in chapter 9, chance is 0.5).
// What PPO can bring out is what the base can tell apart.
//
// One more comparison keeps us modest.
// The base model, asked in its own form, got 0.92 in chapter 9.
// SFT lost much of that; PPO, at 0.90 to 0.91, has won nearly all of it back, for everybody who asks.
//
// ### Is it PPO's merit?
//
// Three controls.
// (They differ from our PPO in more than their names say: REINFORCE has $\lambda = 1$; the run without a penalty is also without text and half as long; the gold score is stretched by 2.5, so that the penalty means the same.)
//
// - **Gold as the reward.** If PPO is handed the judge's own score, how far does it get? What it misses then is PPO's fault; what only the run with the reward model misses is the reward model's.
// - **Best of n.** No training at all: sample $n$ answers and say the one that the reward model likes best. Its distance from SFT is known, $\log n - (n-1)/n$ nats. At the same distance, who has more gold? (For PPO there is a second run at twice the penalty, *kl2x*, which stays nearer.)
// - **REINFORCE, and PPO without the clip**, on the same number of answers.

// gains is gold won against the root of the KL: the usual axes (Gao et al. 2022), on which the
// first steps are straight.
func gains(name string, r record) figures.Series {
	s, kl := figures.Series{Name: name}, map[int]float64{}
	for _, p := range r.curve(ppo.KL1).Points {
		kl[p.Step-1] = p.Value // iteration n draws its answers from the policy after n-1 iterations
	}
	for _, p := range r.curve(pipeline.HeldKL).Points {
		kl[p.Step] = p.Value // where it was measured on held-out prompts
	}
	gold := r.curve(pipeline.HeldGold).Points
	for _, p := range gold {
		if d, known := kl[p.Step]; known || p.Step == gold[len(gold)-1].Step {
			if !known {
				d = r.curve(ppo.KL1).Last() // at the end: that of the last iteration's answers
			}
			s.X = append(s.X, math.Sqrt(max(0, d)))
			s.Y = append(s.Y, p.Value-gold[0].Value)
		}
	}
	return s
}

func Example_controls() {
	chart := figures.Chart{
		Title:  "What a nat buys",
		XLabel: "distance from SFT, √KL", YLabel: "gold reward won",
	}
	for i, r := range records("ppo") {
		chart.Series = append(chart.Series, gains(fmt.Sprintf("PPO, seed %d", i+1), r))
	}
	var best []pipeline.BestOf
	file := course.Gallery("11_ppo", "bestofn-1", "bestofn.json")
	if _, err := os.Stat(file); err == nil {
		read(file, &best)
		marks := figures.Series{Name: "best of n", Marks: true}
		for _, b := range best {
			marks.X = append(marks.X, math.Sqrt(b.KL))
			marks.Y = append(marks.Y, b.Gold-best[0].Gold)
		}
		chart.Series = append(chart.Series, marks)
	}
	for _, r := range append(records("gold"), records("kl2x")...) {
		chart.Series = append(chart.Series, gains(strings.TrimSuffix(r.name, "-1"), r))
	}
	draw(chart)
	for _, b := range best {
		fmt.Printf("best of %2d  %.2f nats, gold on the test part %.3f\n", b.N, b.KL, b.Gold)
	}
	for _, r := range append(records("ppo"), records("kl2x")...) {
		fmt.Printf("%-10s  %.2f nats, gold on the test part %.3f\n",
			r.name, r.curve(pipeline.HeldKL).Last(), r.grades["ppo"].Sampled.Gold)
	}
}

// With the judge's reward PPO closes 70 % of the gap (73 % greedily): no more than with the reward model.
// On training prompts it is at 0.94.
// So what is missing is not the reward model's fault, nor that of exploration; it is what does not carry over to people and actions that PPO never asked about.
// Against best of n it is close, and where our runs end they are above the marks.
// (Their lines are straight up to there because nothing was measured on the way.)
// At 1.74 to 1.84 nats, measured on held-out prompts, our three seeds have 0.870 to 0.880 on the test part; best of 16, at 1.84 nats, has 0.864 on the same prompts.
// The run at twice the penalty has as much, 0.865, at 1.58 nats.
// PPO is ahead by 0.01 to 0.02, with one answer instead of sixteen.
// That it is not more has a reason: best of n puts every *new* question to the reward model; PPO must carry over what it learned from old ones.
// A line of PPO above the marks has earned its training: the same distance from SFT, more gold, and a single answer to pay for instead of $n$.
// The line with the gold as reward is the ceiling of the method; what lay between it and ours would be the cost of not knowing the truth.
// Here that is nothing.

func Example_variants() {
	chart := figures.Chart{
		Title:  "The same answers, other rules",
		XLabel: "iteration", YLabel: "gold reward, held out",
	}
	fmt.Printf("%-36s %10s %8s %12s\n", "test part", "sampled", "greedy", "text (nats)")
	for i, v := range []struct{ name, what string }{
		{"ppo", "PPO"}, {"reinforce", "REINFORCE"}, {"noclip", "PPO without clip"},
		{"noptx", "PPO without text"}, {"kl2x", "PPO at twice the penalty"},
		{"gold", "PPO for the gold"}, {"nokl", "PPO without a penalty"},
		{"hack", "the same, weak reward model"}, {"second", "PPO, second round"},
	} {
		list := records(v.name)
		if len(list) == 0 {
			continue
		}
		if i < 3 {
			chart.Series = append(chart.Series, line(v.what, list, pipeline.HeldGold))
		}
		row := func(name string, g pipeline.Grades) {
			fmt.Printf("%-36s %10.3f %8.3f %12.3f\n", name, g.Sampled.Gold, g.Greedy.Gold, g.Text)
		}
		if i == 0 {
			row("SFT", list[0].grades["sft"])
		}
		for _, r := range list {
			row(fmt.Sprintf("%s, seed %d", v.what, r.Seed), r.grades["ppo"])
		}
	}
	draw(chart)
}

// One step on each batch (REINFORCE) wins nearly as much here; PPO is ahead by 0.04 to 0.05 when sampled and 0.02 to 0.03 greedily, with as many answers.
// Without the clip (0.870 sampled, 0.896 greedily) little is lost: steps are small enough for it to have little to do, as its fraction says.
//
// The last column is the loss on held-out *text*, in nats per token: what learning to please costs in knowledge of the language, the **alignment tax**.
// Like InstructGPT's better variant ("PPO-ptx"), our PPO takes it down by learning from some pretraining text in each step, from 0.738 to 0.698.
// Without text it pays 0.05 (0.790), and wins a little less gold as well; without text and penalty it pays 0.04 in half the time.
//
// **The second round** starts from the policy of the first.
// Labelers rank *its* answers, a new reward model learns from both piles, and PPO goes on, with the first policy as its reference.
// Greedily it wins another 0.02 (0.903, then 0.923); sampled it stays where it was.
// It repairs what the first round could not (by kind, greedily, in `figures/gallery/11_ppo/second-1/grades.json`): *admits mistakes* goes from 0.60 to 0.86 and wrong premises from 0.74 to 0.85.
// The labelers now see pairs in which everything but the comparison is right, and rank them by it.
// The cost: known facts fall from 0.94 to 0.91 (sampled from 0.87 to 0.80), and *stands firm* from 0.97 to 0.87: it has learned to contradict a little too well.
// (One seed, and 39 questions where it has to admit a mistake.)
//
// ## 7. When the proxy is all that counts
//
// **Your second prediction.**
// Take the penalty away, $\beta = 0$, and the text in every step as well.
// Let the policy move three times as fast.
// And let the reward model be a weak one, which has seen a sixteenth of the rankings, starts from the SFT model and has no memory channel (chapter 10, section 9):

func Example_hack() {
	pipe, begin := course.Pipeline(), time.Now()
	trial := must.M1(pipe.PPOTrial(ctx, 1))
	trial.Name, trial.Iterations = "hack-live", course.Pick(2, 14)
	trial.Reward = must.M1(pipe.WeakReward(ctx))
	trial.LearningRate *= 3
	trial.Config.KLCoefficient, trial.Config.Loss.Pretraining = 0, 0
	fmt.Print("the weak reward model: ", trial.Reward.Report)
	must.M(os.RemoveAll(course.PipelineDir(trial.Name)))
	stop := watch("PPO without a KL penalty, live", course.PipelineDir(trial.Name, "held.csv"))
	run := must.M1(pipe.PPO(ctx, trial))
	stop()
	must.M1(pipe.Export(run.Policy, trial.Name))
	score, gold := run.Curve(pipeline.HeldScore), run.Curve(pipeline.HeldGold)
	fmt.Printf("score %.2f -> %.2f, gold %.3f -> %.3f; %.1f minutes\n\n",
		score.Points[0].Value, score.Last(), gold.Points[0].Value, gold.Last(),
		time.Since(begin).Minutes())
	asked := must.M1(pipe.World.Prompts(world.Validation, 5, 7))
	for i, answer := range must.M1(pipe.Answer(ctx, run.Policy, asked, 0)) {
		fmt.Printf("%s  %s\n\n", dialog.String(asked[i].Turns), answer)
	}
}

// The score has risen from 0.25 to 1.5, and the gold reward, after a first rise, has fallen from 0.55 to 0.44.
// The text shows how: *"I don't know what pet Emil Morris keeps."* is now an answer to nearly everything, to somebody who wants to visit a bridge as well.
// The weak reward model has learned from a few hundred rankings that answers with *I don't know* are often preferred (it is right in 0.81 of the pairs where the question has no answer, in about 0.6 for most other kinds), and not *when*.
//
// The reference run is another one by the same recipe, over twenty iterations; by the tenth it has already lost, and it ends at 0.22.
// With it the law of Gao et al. (2022): for a policy at the distance $d = \sqrt{\mathrm{KL}}$, optimised for a proxy by reinforcement learning, the gold reward won is
//
// $$ R(d) = d\,(\alpha - \beta' \log d) . $$
//
// $\alpha$ is what one unit of $d$ buys at $d = 1$, and $\beta'$ how fast that goes down further out.
// (Their $\beta$ has nothing to do with our penalty.)

func Example_law() {
	for _, r := range records("hack") {
		gold, score := gains("gold", r), figures.Series{Name: "proxy"}
		held := r.curve(pipeline.HeldScore).Points
		for i := range gold.X {
			score.X = append(score.X, gold.X[i])
			score.Y = append(score.Y, held[i].Value-held[0].Value)
		}
		var far, won []float64 // the law has a logarithm: without the start
		for i, d := range gold.X {
			if d > 0 {
				far, won = append(far, d), append(won, gold.Y[i])
			}
		}
		law, err := reward.FitOveroptimization(far, won, true)
		if err != nil {
			fmt.Println(err) // a run that never moved
			continue
		}
		fit := figures.Series{Name: "law"}
		for d := 0.0; d <= slices.Max(gold.X); d += 0.05 {
			fit.X, fit.Y = append(fit.X, d), append(fit.Y, law.Gain(d))
		}
		must.M(figures.Chart{
			Title: "Proxy up, gold down", XLabel: "distance from SFT, √KL", YLabel: "won",
			Series: []figures.Series{gold, score, fit},
		}.Show())
		peak := law.Peak()
		fmt.Printf("α = %.3f, β' = %.3f, residual %.3f; best at d = %.2f, that is %.1f nats\n",
			law.Alpha, law.Beta, law.Residual, peak, peak*peak)
	}
}

// Three points, the nearest at six nats: the law fits the fall, and where the peak lies these points cannot say (by the formula at 0.2 nats; the live run above still had a small gain at 4.7).
// With the full reward model, without penalty and text but at the ordinary rate (the row *without a penalty* above), the gold reward is at 0.84 after twenty iterations, at a distance of 1.9 nats.
// Whether the rate or the reward model makes the difference this pair of runs does not tell.
//
// This is *Goodhart's law*: when a measure becomes a target, it ceases to be a good measure.
// The reward model has not become worse.
// The policy has moved to where the reward model was never taught anything, and PPO finds such places more reliably than any tester.
// Three remedies are in use: the penalty; stopping in time; and new rankings of what the policy says *now*, which is the second round of the reference runs.
//
// ## 8. The whole pipeline
//
// Four models, the same questions: the base model of chapter 9, which has only read; SFT, which was shown; PPO, which was marked; and the one that had no penalty to pay.
// The scorecard has the headings under which ChatGPT was announced:

// load reads a policy that an earlier cell has exported.
func load(pipe *pipeline.Pipeline, name string) *model.Store {
	store := model.NewStore()
	must.M(gpt.Load(store.RootScope(), pipe.Recipe.GPT, course.PipelineDir(name, "model")))
	return store
}

// (The base model is asked in a form that it has never seen.
// Chapter 9 asks it in its own.)

func Example_pipeline() {
	pipe := course.Pipeline()
	stages := []struct {
		name  string
		store *model.Store
	}{
		{"base", must.M1(pipe.Base(ctx))}, {"SFT", must.M1(pipe.SFT(ctx))},
		{"PPO", load(pipe, "ppo-live")}, {"hacked", load(pipe, "hack-live")},
	}
	var columns []world.Column
	for _, s := range stages {
		card := must.M1(pipe.Scorecard(ctx, s.store, world.Test, 0))
		columns = append(columns, world.Column{Name: s.name, Scorecard: card})
	}
	fmt.Printf("greedy answers to %d questions of the test part, means from 0 to 1\n%s",
		pipe.Recipe.EvalPrompts, world.Table(columns...))

	asked := []world.Prompt{pipe.World.Columbus()}
	for _, p := range must.M1(pipe.World.Prompts(world.Test, 60, 9)) { // and the first of each kind
		if !slices.ContainsFunc(asked, func(q world.Prompt) bool { return q.Kind == p.Kind }) {
			asked = append(asked, p)
		}
	}
	for _, p := range asked {
		fmt.Print("\n", dialog.String(p.Turns))
		for _, s := range stages {
			answer := must.M1(pipe.Answer(ctx, s.store, []world.Prompt{p}, 0))[0]
			fmt.Printf("  %-7s %s  [%.2f]\n", s.name, answer, pipe.World.Judge(p, answer).Gold())
		}
	}
}

// Read the three columns from the left: the base has the knowledge and does not answer, SFT answers and has bad habits, PPO has lost most of those.
// Not all: on Columbus it says the right year and does not object, *admits mistakes* stands where it stood, and it refuses to trick an *audience* when asked about an *orphan*.
// The last column shows what a high score is worth when nothing else counts.
//
// ## What to remember, and how it fails
//
// - There is no gradient through a draw, and none is needed: *make what you drew more probable, in proportion to how much better it was than expected.*
// - The KL penalty is part of the goal, not an afterthought: the best policy is the reference, tilted by $e^{r/\beta}$.
// - Old samples are good as long as the policy is near. The ratio corrects, the clip keeps near.
// - Signs of illness: *score up, gold (or what people say) down*: over-optimised; raise $\beta$ or stop earlier. *Negative KL for many iterations*: log-probabilities that do not belong together. *Entropy falls to zero*: no more exploration, $\beta$ too small. *Clip fraction above 0.3*: steps too large. *Explained variance stays below zero*:
//   advantages are noise. *Length drifts*: the reward model likes long answers, or the end token is not rewarded.
// - A test on a problem with a known optimum finds in a second what a language model hides for days.
//
// ## Exercises
//
// 1. **The best baseline.** The mean reward is a good baseline, but not the one with the least noise. Find that one: `go test -run Baseline ./notebooks/11_ppo/exercises`
// 2. **No critic.** Sample several answers to each prompt, and compare each with the mean of the others: `go test -run LeaveOneOut ./notebooks/11_ppo/exercises`
// 3. **What does a nat cost?** You may leave the reference by so many nats and no more. Find the penalty at which the best policy does just that: `go test -run Penalty ./notebooks/11_ppo/exercises`
// 4. **Try it** (no test; the Examples are in `notebooks/11_ppo/ppo_test.go`, the cells of this notebook): in `Example_machine`, set `WhitenAdvantages`. Does PPO still reach the optimum? And with `Lambda: 0`, on the tree?
// 5. **Try it** (no test): give `Example_hack` back its penalty (`trial.Config.KLCoefficient = 0.1`), but neither the text nor the ordinary rate. Which of the three keeps the gold reward up?
//
// ## What was simplified, and sources
//
// Our policy has under a million weights, InstructGPT's has 175 billion; our labelers are simulated, and their taste is one number with noise.
// The judge stands in for people, and it is never wrong.
// InstructGPT takes one pass over each batch; we take two, because our answers cost more than our steps.
// We let the policy wait for a few iterations until the critic has learned what half an answer is worth, and use the clip for the policy alone.
// The reward model also reads how probable the frozen base model finds each token (chapter 10), which real ones do not.
//
// - Williams 1992, *Simple statistical gradient-following algorithms*: REINFORCE, and the baseline.
// - Schulman et al. 2017, *Proximal policy optimization algorithms*; 2015, *Trust region policy optimization*; 2016, *High-dimensional continuous control using generalized advantage estimation*; 2020, *Approximating KL divergence* (a note on his page).
// - Ziegler et al. 2019, *Fine-tuning language models from human preferences*; Stiennon et al. 2020, *Learning to summarize from human feedback*: PPO for language models, and where most details come from.
// - Ouyang et al. 2022, *Training language models to follow instructions with human feedback*: InstructGPT.
// - Gao et al. 2022, *Scaling laws for reward model overoptimization*.
// - Korbak et al. 2022, *RL with KL penalties is better viewed as Bayesian inference*: section 2.
// - Ahmadian et al. 2024, *Back to basics*: REINFORCE with leave-one-out baselines, exercise 2.
//
// Next: talk to it.
// The cell of section 6 printed the command; `go run ./train/chatgpt` walks the whole pipeline once more, without Jupyter.
