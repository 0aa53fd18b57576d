// # 10 · The reward model: what people like
//
// The model of chapter 9 answers like its teachers.
// To make it better we would have to tell it, for each of its answers, how good it was, hundreds of thousands of times.
// No person can do that.
// A machine can, if it knows what people like.
// **How do you teach a machine what people like, when the people cannot say it in numbers and do not even agree?**
//
// | budget | full size | small size |
// |---|---|---|
// | time, 2 cores | about 5 minutes, after the models of chapter 9 (if they are not there they are trained first, 10 minutes more) | half a minute |
// | memory | below 1 GB | the same |
// | result to expect | the loss starts near 1.4, above that of a tie, and ends near 0.45; the model orders nine of ten pairs as the judge would | everything runs; all accuracies stay near chance |
//
// ### Before you read on: three predictions
//
// 1. Two labelers, asked which of two answers is better, agree 73 times in 100; so it was with InstructGPT. A perfect model knows exactly what share of the labelers prefers which. How often does *it* agree with a labeler?
// 2. Which is easier to learn from: 1,000 prompts with 4 ranked answers, that is 6 pairs each, or 6,000 pairs from 6,000 prompts? And does it matter if the 6 pairs of one prompt are spread over the training?
// 3. Let a model answer a question 16 times and say only the answer that the reward model likes best. Does the real worth rise with the number of tries, and does it rise for ever?

package reward_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"

	"gptbook/datasets/dialog"
	"gptbook/datasets/preference"
	"gptbook/datasets/world"
	"gptbook/figures"
	"gptbook/figures/curve"
	"gptbook/gpt"
	"gptbook/notebooks/course"
	"gptbook/train"
	"gptbook/train/chatgpt/pipeline"
	"gptbook/train/reward"
)

// ## 1. Ranking instead of writing
//
// To *write* a good answer one must know it.
// To see which of two answers is the better one is easier: you can tell good soup from bad without being a cook.
// It is faster, too.
// And it says something that no demonstration says: what is wrong with an answer that the model itself would give.
//
// Why not give marks from 1 to 10?
// Because your 7 is my 5, and my 5 is another one on Monday morning.
// A comparison needs no scale.
// So the labelers get $K$ answers to one prompt and put them in order, from the best to the worst.
//
// Our labelers are simulated.
// They see what the judge of chapter 9 sees, but each weighs truth against help in a way of their own, likes long answers or dislikes them, and is not always of the same mind.
// Six of them rank four answers:

func Example_labelers() {
	w := must.M1(world.New(pipeline.Full.People, pipeline.Full.Seed))
	labelers := must.M1(world.NewLabelers(w, 20, 1))
	p, rng := w.Columbus(), rand.New(rand.NewPCG(1, 10))
	answers := []string{
		"Christopher Columbus came to America in 1492. He did not come to America in 2015.",
		"That is not true.",
		"I don't know when Christopher Columbus came to America.",
		"Christopher Columbus came to America in 2015, but nobody knows why.",
	}
	letters := []string{"a", "b", "c", "d"}
	fmt.Println(p.Turns[0].Text)
	for i, answer := range answers {
		fmt.Printf("  %s  %-82s gold %.2f\n", letters[i], answer, w.Judge(p, answer).Gold())
	}
	for range 6 {
		fmt.Print("ranked: ")
		for _, i := range labelers.Rank(rng, p, answers) {
			fmt.Print(" ", letters[i])
		}
		fmt.Println()
	}
	preferred := make([][]float64, len(answers))
	for i := range answers {
		for j := range answers {
			preferred[i] = append(preferred[i], labelers.Prefers(p, answers[i], answers[j]))
		}
	}
	must.M(figures.Heatmap{
		Title: "How probably the answer of the row is preferred to that of the column",
		Unit:  "probability", Max: 1,
		Panels: []figures.Matrix{{Rows: letters, Cols: letters, Values: preferred}},
	}.Show())
}

// ## 2. From choices to a number: Bradley and Terry
//
// We want one number for each answer, a *score* $r$, such that better answers have higher ones.
// How can choices that contradict each other make numbers?
// By a model of how people choose.
// Say that each answer has a worth $u$, and that a labeler sees it through a fog: $u$ plus a random number.
// They prefer $a$ if
//
// $$ u_a + \varepsilon_a > u_b + \varepsilon_b . $$
//
// If the noise has the *Gumbel* distribution, which is that of the largest of many random influences, the probability of this has a simple form,
//
// $$ P(a \succ b) = \frac{e^{u_a}}{e^{u_a} + e^{u_b}} = \sigma(u_a - u_b), \qquad \sigma(d) = \frac{1}{1 + e^{-d}} . $$
//
// It is the softmax of chapter 2 over two answers.
// Zermelo used it in 1929 to rate chess players, Bradley and Terry in 1952 for comparisons of all kinds.
// A difference of 0 means heads or tails; a difference of 1 means 73 in 100, of 2 already 88.
// Do not believe the form, draw it:

func Example_gumbel() {
	rng := rand.New(rand.NewPCG(1, 2))
	gumbel := func() float64 { return -math.Log(rng.ExpFloat64()) }
	for _, d := range []float64{0, 1, 2} {
		preferred, draws := 0, 400_000
		for range draws {
			if d+gumbel() > gumbel() {
				preferred++
			}
		}
		fmt.Printf("difference %g: preferred %.2f, σ(%g) = %.2f\n",
			d, float64(preferred)/float64(draws), d, 1/(1+math.Exp(-d)))
	}
	// Output:
	// difference 0: preferred 0.50, σ(0) = 0.50
	// difference 1: preferred 0.73, σ(1) = 0.73
	// difference 2: preferred 0.88, σ(2) = 0.88
}

// Now turn it round.
// The choices are known, the scores are sought.
// Take the scores under which the choices that were made are most probable, that is, the smallest
//
// $$ L = -\log \sigma(r_w - r_l), $$
//
// where $r_w$ is the score of the answer that **won** and $r_l$ of the one that **lost**.
// Its slope with respect to $r_w$ is $-\sigma(r_l - r_w)$, the probability that the model gave to the *other* outcome: a surprise pushes hard, a choice that was expected hardly at all.

func Example_pairLoss() {
	loss := figures.Series{Name: "loss -log σ(d)"}
	push := figures.Series{Name: "push σ(-d)"}
	for d := -4.0; d <= 4.001; d += 0.1 {
		loss.X, loss.Y = append(loss.X, d), append(loss.Y, math.Log1p(math.Exp(-d)))
		push.X, push.Y = append(push.X, d), append(push.Y, 1/(1+math.Exp(d)))
	}
	must.M(figures.Chart{
		Title:  "What a pair costs, and how hard it pushes",
		XLabel: "d, score of the winner less score of the loser", YLabel: "nats",
		Series: []figures.Series{loss, push},
		Levels: []figures.Reference{{Name: "a tie: log 2", Value: math.Ln2}},
	}.Show())
	fmt.Printf("a tie costs %.3f nats, a pair that is right by 3 costs %.3f, "+
		"one that is wrong by 3 costs %.3f\n",
		math.Ln2, math.Log1p(math.Exp(-3)), math.Log1p(math.Exp(3)))
	// Output:
	// a tie costs 0.693 nats, a pair that is right by 3 costs 0.049, one that is wrong by 3 costs 3.049
}

// ## 3. K answers make K(K-1)/2 pairs
//
// A ranking of $K$ answers says of each two which is better.
// The loss of a prompt is the mean over its pairs (InstructGPT, equation 1):
//
// $$ L = \frac{1}{K(K-1)/2} \sum_{i \text{ above } j} -\log \sigma(r_i - r_j) $$
//
// By hand, and then by the library, for four answers from the best to the worst:

func Example_equalsLibrary() {
	scores := []float64{1.2, 0.3, -0.5, 0.1}
	sum, pairs := 0.0, 0
	for i, better := range scores {
		for _, worse := range scores[i+1:] {
			sum -= math.Log(1 / (1 + math.Exp(worse-better)))
			pairs++
		}
	}
	loss := func(present, scores *graph.Node) *graph.Node {
		return reward.RankingLoss([]*graph.Node{present}, []*graph.Node{scores})
	}
	library := func(scores ...float32) float32 {
		present := [][]float32{{1, 1, 1, 1}} // all four are there
		return graph.MustExecOnce(course.Backend(), loss, present, [][]float32{scores}).
			Value().([]float32)[0]
	}
	fmt.Printf("%d pairs: by hand %.6f, library %.6f\n",
		pairs, sum/float64(pairs), library(1.2, 0.3, -0.5, 0.1))
	fmt.Printf("all scores higher by 10: %.5f\n", library(11.2, 10.3, 9.5, 10.1))
	// Output:
	// 6 pairs: by hand 0.467167, library 0.467167
	// all scores higher by 10: 0.46717
}

// The second line says what rankings can *not* tell: where zero is.
// Only differences within one prompt have a meaning.
// So after training we choose: the scores are shifted until demonstrations have the mean 0, and, for PPO, stretched until answers of the SFT model have the deviation 1.
//
// ### All pairs of a prompt at once
//
// Why did InstructGPT keep the pairs of a prompt together, as *one* element of a batch?
// First because it is cheaper: each answer goes through the model once, whatever the number of its pairs.
// And because pairs that share an answer are not independent.
// If they are shuffled over the training, the model meets each answer $K-1$ times in one pass; it learns answers by heart, as it would in $K-1$ passes, and the authors saw it overfit within a single one.
//
// **Your second prediction.**
// Six thousand pairs from as many prompts say more, for no two of them tell the same story.
// But somebody has to read 12,000 answers for them, and the 1,000 rankings take 4,000.
// So one ranks, and lets each prompt count once.

func Example_counting() {
	fmt.Println(" K  pairs  passes through the model:  together  shuffled  times an answer is met")
	for _, k := range []int{2, 4, 9} {
		pairs := k * (k - 1) / 2
		fmt.Printf("%2d %6d %36d %9d %23d\n", k, pairs, k, 2*pairs, k-1)
	}
	turns := []dialog.Turn{{Role: dialog.User, Text: "Where does Ada Brook live?"}}
	answers := []string{"Salem.", "I don't know.", "Go away."}
	ranking := preference.Ranking{Prompt: turns, Answers: answers}
	for _, p := range ranking.Pairs() {
		fmt.Printf("%q beats %q\n", p.Chosen, p.Rejected)
	}
	// Output:
	//  K  pairs  passes through the model:  together  shuffled  times an answer is met
	//  2      1                                    2         2                       1
	//  4      6                                    4        12                       3
	//  9     36                                    9        72                       8
	// "Salem." beats "I don't know."
	// "Salem." beats "Go away."
	// "I don't know." beats "Go away."
}

// ## 4. A GPT with one number for output
//
// The reward model is a language model with another head.
// The blocks stay as they are.
// Where the output layer turned the last state $h$, of $C$ channels, into $V$ logits, there is now one vector $w$ of $C$ numbers: $r = h \cdot w + b$.
// It is read at one position, the **last token** of the answer, its `<|end|>`.
// Attention looks only back, so that is the one place that has read everything.

func Example_head() {
	cfg := reward.Config{
		GPT: gpt.Config{Name: "toy", Vocab: 30, Context: 12, Layers: 1, Heads: 2, Width: 8},
	}
	store := model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg.GPT, 1))
	must.M(cfg.Init(store.RootScope(), 1))
	// <user> two words <end> <assistant> two words <end>
	text := []int32{27, 5, 9, 26, 28, 7, 3, 26}

	hidden := func(scope *model.Scope, ids *graph.Node) *graph.Node {
		x := gpt.Block(scope.In("h").In("0"), gpt.Embed(scope, ids, cfg.GPT), cfg.GPT)
		return gpt.LastNorm(scope, x, cfg.GPT) // [1, T, C]
	}
	states := model.MustCallOnce(course.Backend(), store, hidden, [][]int32{text}).
		Value().([][][]float32)[0]
	head := func(name string) any {
		return store.RootScope().At("reward").GetVariable(name).MustValue().Value()
	}
	score := head("bias").(float32)
	for c, w := range head("weight").([]float32) {
		score += states[len(text)-1][c] * w
	}

	library := func(ids []int32) float64 {
		last := []int32{int32(len(text) - 1)}
		scores := model.MustCallOnce(course.Backend(), store, cfg.Score, [][]int32{ids}, last)
		return float64(scores.Value().([]float32)[0])
	}
	equal := func(a, b float64) bool { return math.Abs(a-b) < 1e-5 }
	fmt.Println("by hand equals the library:", equal(float64(score), library(text)))
	filled := append(slices.Clone(text), 26, 26, 11, 4)
	fmt.Println("filling up the row changes nothing:", equal(library(filled), library(text)))
	// Output:
	// by hand equals the library: true
	// filling up the row changes nothing: true
}

// **Our addition: a memory channel.**
// To know that *Ada Brook lives in Salem* is a good answer, the reward model must compare it with what it remembers, and it must do so in a million weights that were never trained to.
// But what a language model knows shows plainly in its probabilities: the true city is likely to it, a wrong one is not.
// So our reward model also reads, for each token, how probable a frozen copy of the language model that it starts from finds it, and how far that is below its favourite: two numbers that are mapped to the $C$ channels and added to the embedding.
// InstructGPT's reward models do without, being six thousand times larger.
// Section 9 measures what it is worth.
//
// ## 5. How good can it get?
//
// Labelers contradict each other, so no model can always be right.
// If the share $P$ of the labelers prefers $a$ to $b$, two labelers agree with probability $P^2 + (1-P)^2$: both say $a$ or both say $b$.
// The best possible model says what the majority would say, and agrees with a labeler with probability $\max(P, 1-P)$.
// That is the **Bayes accuracy**; a real project can only guess it.

func Example_bayes() {
	fmt.Println("   P   two labelers agree   best possible")
	for _, p := range []float64{0.5, 0.6, 0.7, 0.8, 0.84, 0.9, 1} {
		fmt.Printf("%.2f %20.2f %15.2f\n", p, p*p+(1-p)*(1-p), max(p, 1-p))
	}
	// Output:
	//    P   two labelers agree   best possible
	// 0.50                 0.50            0.50
	// 0.60                 0.52            0.60
	// 0.70                 0.58            0.70
	// 0.80                 0.68            0.80
	// 0.84                 0.73            0.84
	// 0.90                 0.82            0.90
	// 1.00                 1.00            1.00
}

// **Your first prediction.**
// If all pairs were alike, an agreement of 73 % would mean $P = 0.84$, and a perfect model would be right 84 times in 100, more often than the labelers agree: its opponent is one noisy person, not two.
// If half of the pairs were toss-ups and the rest perfectly clear, it could be right only as often as they agree.
// The truth lies between, and a real project cannot find out where.
// In our world it is a sum.
// Take the best answer to a question and one that somebody wrote, in which something is wrong or too much:

func Example_agreement() {
	w := must.M1(world.New(pipeline.Full.People, pipeline.Full.Seed))
	fmt.Println("                        agreement   best possible")
	for _, group := range []struct {
		name string
		seed int64
	}{{"training labelers", 1}, {"held-out labelers", 2}} {
		labelers := must.M1(world.NewLabelers(w, 20, group.seed))
		agree, best, pairs := 0.0, 0.0, 0.0
		for _, d := range must.M1(w.Demonstrations(world.Validation, 2000, 1)) {
			if d.Answer == d.Prompt.Best {
				continue
			}
			p := labelers.Prefers(d.Prompt, d.Prompt.Best, d.Answer)
			agree, best, pairs = agree+p*p+(1-p)*(1-p), best+max(p, 1-p), pairs+1
		}
		fmt.Printf("%-22s %10.2f %15.2f\n", group.name, agree/pairs, best/pairs)
	}
}

// The held-out labelers are another twenty people with other tastes.
// A model that has learned what *people* like does about as well with them as with those that taught it.
// InstructGPT's lost three points, from 72 to 70 %.
//
// ## 6. The answers to be ranked are our own
//
// Which answers should people compare?
// Those of the model that is to be improved.
// A reward model is right where it has seen examples, and PPO will start from what the SFT model says.
// So the SFT model answers each prompt four times at temperature 1; equal answers are kept once; and a training labeler, picked at random, ranks them.

var ctx = context.Background()

func Example_rankings() {
	start, pipe := time.Now(), course.Pipeline()
	rankings := must.M1(pipe.Rankings(ctx, must.M1(pipe.SFT(ctx)), "rankings"))
	pairs := 0
	for _, ranking := range rankings {
		pairs += len(ranking.Pairs())
	}
	fmt.Printf("%d prompts with different answers, %d pairs, %.1f minutes\n\n",
		len(rankings), pairs, time.Since(start).Minutes())
	for _, ranking := range rankings[:min(3, len(rankings))] {
		fmt.Print(dialog.String(ranking.Prompt))
		for i, answer := range ranking.Answers {
			fmt.Printf("  %d. %s\n", i+1, answer)
		}
		fmt.Println()
	}
}

// (Where an answer is misspelt, it is in one of the idle sentences that our teachers like to add.
// Their words do not occur in the text for pretraining, and SFT is too short to learn to spell them.)
//
// ## 7. The run
//
// Which language model to start from?
// Chapter 9 had a surprise: asked well, the *base* model answers better than the fine-tuned one, whose teachers are careless.
// To rate an answer is a matter of knowing, not of speaking, so ours starts from the base (with marks that start as words); section 9 compares.
//
// One pass through the rankings.
// More passes do not help: InstructGPT's authors found the number of passes to be the one setting that matters, and one to be right.

func Example_reward() {
	start, pipe := time.Now(), course.Pipeline()
	m := must.M1(pipe.Reward(ctx))
	course.Keep("reward", "report", m.Report)
	log := course.PipelineDir("reward")
	loss := course.Logged(log, train.TrainLoss, "training labelers")
	right := course.Logged(log, "accuracy", "training labelers")
	must.M(figures.Chart{
		Title: "The loss of the reward model", YLabel: "loss (nats/pair)", Smooth: 40,
		Curves: []curve.Curve{loss},
		Levels: []figures.Reference{{Name: "a tie: log 2", Value: math.Ln2}},
	}.Show())
	must.M(figures.Chart{
		Title: "Pairs in the labelers' order", YLabel: "accuracy", Smooth: 40,
		Curves: []curve.Curve{right},
		Levels: []figures.Reference{
			{Name: "chance", Value: 0.5}, {Name: "best possible", Value: m.Report.Bayes},
			{Name: "held-out labelers, end", Value: m.Report.Accuracy},
		},
	}.Show())
	fmt.Printf("%d weights, %.1f minutes\n", pipe.Recipe.GPT.Params(), time.Since(start).Minutes())
}

// The head begins with random weights, so the first scores differ by chance: the loss is *above* that of a tie, $\log 2$, and the order is a coin flip.
// After some fifty steps it is below.
// It cannot fall far.
// Even who knows the exact share of the labelers behind each choice pays its entropy, and for a matter of taste that *is* nearly $\log 2$.
// The three levels in the second chart say what to compare with (*best possible*, 0.765, is that of the held-out pairs).
//
// Why does the curve end above *held-out labelers*?
// In the one pass each prompt is new when it comes.
// But many prompts ask for the same facts, and those the model has met before, with what people thought of them.
// The level was measured on people, facts and actions that training never asked about.
// The curve even passes the best possible: that level, too, belongs to the held-out questions, and other pairs have another one (those of section 5 had 0.82).
// The report below has the accuracy on the same held-out questions for both groups of labelers, 0.734 and 0.735.
// So it is the questions, not the labelers.
//
// ## 8. How far to trust it
//
// Accuracy on noisy choices is a muddy number.
// Knowing the truth, we can ask what matters for the next stage: of two answers to the *same* prompt, which the judge scores differently, does the reward model prefer the better one?

// share is how many of the pairs are in the right order: by chance, one half, where there are none,
// as in a small run.
func share(o reward.Order) float64 {
	if o.Pairs == 0 {
		return 0.5
	}
	return o.Share()
}

// levels are what shares are compared with.
var levels = []figures.Reference{{Name: "gate", Value: 0.75}, {Name: "chance", Value: 0.5}}

func Example_report() {
	report := course.Recall[pipeline.RewardReport]("reward", "report")
	fmt.Print(report)
	if err := report.Gate(); err != nil {
		fmt.Println("gate:", err)
	} else {
		fmt.Println("gate: passed")
	}
	bars := figures.Bars{
		Title: "Pairs that the reward model orders as the judge does", YLabel: "share",
		Sets: []figures.Set{{Name: "right order"}}, Levels: levels,
	}
	for kind := range world.Kinds {
		bars.Groups = append(bars.Groups, kind.String())
		bars.Sets[0].Values = append(bars.Sets[0].Values, share(report.Kinds[kind.String()]))
	}
	must.M(bars.Show())
}

// **The gate.**
// PPO will push the model to wherever the scores are high.
// For a kind of question on which the reward model is near chance it will push at random, or worse.
// So before going on we ask for three pairs of four in the right order over all, and for no kind near chance.
// What to do where it fails: more rankings, a larger model, a world that gives it more to read.
// Not a lower gate.
//
// The correlation *within a prompt* says the same in another way: the means of each prompt are taken off both scores, for PPO compares only answers to one question.
// A model that merely knows which questions are hard would have a fine correlation over all answers, and none within a prompt.
//
// ### Does it know how sure it is?
//
// The difference of two scores claims a probability, $\sigma(r_a - r_b)$.
// Collect all pairs for which the model claims about 0.8.
// In a **calibrated** model, 8 of 10 held-out labelers choose as it says.
// The points then lie on the diagonal.
// (Each pair is counted both ways round, so the left half of the chart mirrors the right.)
// Points that rise more steeply than it belong to a model that is too timid, flatter ones to a model that is too sure of itself.

func Example_calibration() {
	report := course.Recall[pipeline.RewardReport]("reward", "report")
	diagonal := figures.Series{Name: "calibrated", X: []float64{0, 1}, Y: []float64{0, 1}}
	measured := figures.Series{Name: "measured", Marks: true}
	for _, bin := range report.Calibration {
		measured.X, measured.Y = append(measured.X, bin.Predicted), append(measured.Y, bin.Actual)
		fmt.Printf("predicted %.2f, chosen %.2f  (%d pairs)\n",
			bin.Predicted, bin.Actual, bin.Choices)
	}
	must.M(figures.Chart{
		Title:  "Calibration on held-out labelers",
		XLabel: "predicted probability of a choice", YLabel: "share that chose so",
		Series: []figures.Series{diagonal, measured},
	}.Show())
}

// In our run the points in the middle lie on the line; at the ends the model is a little too sure of itself.
//
// ## 9. Where it starts from, and what the memory channel is worth
//
// Three reward models, with the same rankings and the same number of steps: from the base model with the memory channel, which is the one above; the same without the channel; and one that starts from the SFT model, which has seen a thousand dialogues.
// All are measured in the same way.
// The two others cost as much time as the first, so they are reference runs, made at full size by `go run ./train/chatgpt/ablations -only reward` and kept in `figures/gallery/11_ppo` with the record of what made them.

// reference is the report of such a run.
func reference(name string) (report pipeline.RewardReport) {
	file := course.Gallery("11_ppo", name, "report.json")
	must.M(json.Unmarshal(must.M1(os.ReadFile(file)), &report))
	return report
}

func Example_compare() {
	bars := figures.Bars{
		Title: "Right order of held-out answers", YLabel: "share",
		Groups: []string{"all kinds"}, Levels: levels,
	}
	for kind := range world.Kinds {
		bars.Groups = append(bars.Groups, kind.String())
	}
	fmt.Printf("%39s %13s %29s\n",
		"held-out labelers", "right order", "correlation within a prompt")
	for _, m := range []struct {
		name   string
		report pipeline.RewardReport
	}{
		{"from base, memory", course.Recall[pipeline.RewardReport]("reward", "report")},
		{"from base, no memory", reference("reward-plain-1")},
		{"from SFT, memory", reference("reward-sft-1")},
	} {
		set := figures.Set{Name: m.name, Values: []float64{share(m.report.Order)}}
		for _, kind := range bars.Groups[1:] {
			set.Values = append(set.Values, share(m.report.Kinds[kind]))
		}
		bars.Sets = append(bars.Sets, set)
		fmt.Printf("%-22s %16.3f %13.3f %29.2f\n",
			m.name, m.report.Accuracy, m.report.Order.Share(), m.report.Within)
	}
	must.M(bars.Show())
}

// Look at the kinds one by one.
// Whether an answer declines, admits or insists can be read off its words; what it takes to see that is little.
// Whether a name and a city belong together cannot be read off them: this is where the memory channel should show.
//
// It does: without the channel the right order falls from 0.92 to 0.73, below the gate.
// The two starts differ little, 0.92 and 0.89; InstructGPT's authors found them alike as well.
// (One run each.
// How much the starts differ depends on how often the teachers of the SFT model are wrong about facts; ours seldom are.)
//
// ## 10. The first use: best of n
//
// A reward model improves answers without any training.
// Let the model answer $n$ times and say only the answer with the highest score.
// How far does that take us from the model that we started from?
// We measure distance by the **Kullback–Leibler divergence**, KL: the mean, over what the new model says, of the logarithm of how much more probable it finds that than the old one.
// It is 0 if nothing has changed.
// If $F$ is the share of answers that an answer beats, the best of $n$ has the density $n F^{n-1}$ with respect to a single one, so
//
// $$ \mathrm{KL} = \mathbb{E}\bigl[\log n F^{n-1}\bigr] = \log n + (n-1)\,\mathbb{E}[\log F] = \log n - \frac{n-1}{n}, $$
//
// for the largest of $n$ uniform numbers has $\mathbb{E}[\log F] = -1/n$.
// The distance grows with the *logarithm* of the effort.
// By drawing:

func Example_distance() {
	rng := rand.New(rand.NewPCG(1, 3))
	for _, n := range []int{1, 2, 4, 16} {
		sum, draws := 0.0, 200_000
		for range draws {
			best := 0.0 // F of the best of n
			for range n {
				best = max(best, rng.Float64())
			}
			sum += math.Log(float64(n)) + float64(n-1)*math.Log(best)
		}
		fmt.Printf("best of %2d: drawn %.2f nats, formula %.2f\n",
			n, sum/float64(draws), reward.BestOfNKL(n))
	}
	// Output:
	// best of  1: drawn 0.00 nats, formula 0.00
	// best of  2: drawn 0.19 nats, formula 0.19
	// best of  4: drawn 0.64 nats, formula 0.64
	// best of 16: drawn 1.84 nats, formula 1.84
}

// Now with our models: 16 answers to each held-out question, at temperature 0.7.
// From 16 answers the best of 2, 4 and 8 can be estimated as well, by averaging over all subsets; `reward.BestOfN` does that sum in closed form.

// candidates is a question with many answers and what reward model and judge think of them.
type candidates struct {
	Question     []dialog.Turn
	Answers      []string
	Scores, Gold []float64
}

func Example_bestOf() {
	start, pipe := time.Now(), course.Pipeline()
	m := must.M1(pipe.Reward(ctx))
	most := course.Pick(4, 16)
	prompts := must.M1(pipe.World.Prompts(world.Validation, course.Pick(8, 200), 10))
	var list []candidates
	scored, sampled := must.M2(pipe.Candidates(ctx, must.M1(pipe.SFT(ctx)), m, prompts, most))
	for i, s := range sampled {
		list = append(list, candidates{s.Prompt.Turns, s.Answers, scored[i].Scores, scored[i].Gold})
	}
	course.Keep("reward", "candidates", list)

	chosen := figures.Series{Name: "reward model chooses"}
	possible := figures.Series{Name: "judge chooses"}
	fmt.Println(" n     KL    gold   the judge's choice   score")
	for n := 1; n <= most; n *= 2 {
		var gold, best, score float64
		for _, c := range list {
			gold += must.M1(reward.BestOfN(c.Scores, c.Gold, n)) / float64(len(list))
			best += must.M1(reward.BestOfN(c.Gold, c.Gold, n)) / float64(len(list))
			score += must.M1(reward.BestOfN(c.Scores, c.Scores, n)) / float64(len(list))
		}
		kl := reward.BestOfNKL(n)
		chosen.X, chosen.Y = append(chosen.X, kl), append(chosen.Y, gold)
		possible.X, possible.Y = append(possible.X, kl), append(possible.Y, best)
		fmt.Printf("%2d %6.2f %7.3f %20.3f %7.2f\n", n, kl, gold, best, score)
	}
	must.M(figures.Chart{
		Title:  "Best of n",
		XLabel: "KL from the SFT model (nats), log n - (n-1)/n", YLabel: "gold reward",
		Series: []figures.Series{chosen, possible},
	}.Show())
	fmt.Printf("%.1f minutes\n", time.Since(start).Minutes())
}

// **Your third prediction.**
// The upper line is what the SFT model *could* say: among 16 answers there is often a good one, so the ability is there.
// The lower line is what our reward model finds.
// The gap between them is its errors, and it widens with $n$: the more answers compete, the better the chance that one of them wins by an error.
// The score, in the last column, rises in any case; it is what is being chosen by.
// For how long does the real worth go along?
// PPO at its usual KL penalty goes as far as the best of 16 (chapter 11: 1.8 nats), without a penalty and with a weak reward model to 8 nats and beyond, for which best of $n$ would need 8,000 tries; chapter 11 shows where that ends.
//
// Best of $n$ costs $n$ times the work for *each* answer, for ever.
// PPO pays once, in training.
// If it is as good at equal KL, it has earned its trouble with the second answer.
//
// ## 11. What it cannot see
//
// The worst errors, sorted by how sure the reward model is.
// Both answers are to the same question:

func Example_blind() {
	list := course.Recall[[]candidates]("reward", "candidates")
	type mistake struct {
		candidates
		better, worse int
		by            float64
	}
	var mistakes []mistake
	for _, c := range list {
		worst := mistake{candidates: c}
		for i := range c.Answers {
			for j := range c.Answers {
				if by := c.Scores[j] - c.Scores[i]; c.Gold[i]-c.Gold[j] >= 0.5 && by > worst.by {
					worst.better, worst.worse, worst.by = i, j, by
				}
			}
		}
		if worst.by > 0 {
			mistakes = append(mistakes, worst)
		}
	}
	slices.SortFunc(mistakes, func(a, b mistake) int { return cmp.Compare(b.by, a.by) })
	fmt.Printf("%d of %d questions have two answers, one better by 0.5 or more, "+
		"in the wrong order; the clearest:\n\n", len(mistakes), len(list))
	for _, m := range mistakes[:min(4, len(mistakes))] {
		fmt.Print(dialog.String(m.Question))
		for _, i := range []int{m.better, m.worse} {
			fmt.Printf("  gold %.2f, score %5.2f  %s\n", m.Gold[i], m.Scores[i], m.Answers[i])
		}
		fmt.Println()
	}
}

// Two kinds of error: *I don't know* is preferred to a right answer that the model could not be sure of, and names that have changed places pass for a true sentence.
// Remember the first kind: chapter 11, section 7, lets a policy make a habit of it.
// A reward model has no access to the truth.
// It has learned which *looks* of an answer people rewarded, and for most answers that the SFT model gives, that is enough.
//
// ## What to remember, and how it fails
//
// - People compare more easily than they write or give marks. A ranking of $K$ answers holds $K(K-1)/2$ comparisons.
// - Bradley–Terry turns contradictory choices into one number: $P(a \succ b) = \sigma(r_a - r_b)$, loss $-\log\sigma(r_w - r_l)$. A tie costs $\log 2$. Only differences within a prompt mean anything.
// - All pairs of a prompt belong into one batch element. One pass.
// - Labelers are noisy, so 100 % cannot be reached, and the best possible is above their agreement with each other.
// - Accuracy is not enough: look at the order by kind of question, at the calibration, and at the correlation within a prompt.
// - Best of $n$ is the plain use of a reward model, at a KL of $\log n - (n-1)/n$.
// - Signs of illness: *the loss stays at 0.69*: too few steps, too low a rate for the head, or winner and loser mixed up somewhere. *Training accuracy far above held-out accuracy*: more than one pass, or shuffled pairs. *Good over all and near chance for one kind*: PPO will ruin that kind. *High scores for long answers whatever they say*: the labelers' taste, learned too well.
//
// ## Exercises
//
// 1. **To the last digit.** $-\log\sigma(d)$ by the formula overflows when a pair is wrong by 800. Write `RankingLoss(scores)` for a ranking from the best to the worst so that it does not: `go test -run RankingLoss ./notebooks/10_reward/exercises`
// 2. **Two labelers and a model.** From the shares of labelers who prefer the first answer, pair by pair, compute how often two labelers agree, and how often the best possible model agrees with one. Write `Agreement(shares)`: `go test -run Agreement ./notebooks/10_reward/exercises`
// 3. **Without a network.** For a fixed set of answers (or chess players) the Bradley–Terry scores can be found by counting. Write `Strengths(wins, rounds)`, Zermelo's iteration: `go test -run Strengths ./notebooks/10_reward/exercises`
// 4. **Try it** (no test): shuffle the pairs. Make rankings of two from `ranking.Pairs()` and train on them with `pipe.TryReward` under another name (the source of `pipe.Reward` shows how). It takes five times as many steps for one pass. Compare training accuracy and right order.
// 5. **Try it** (no test): in `Example_improve` of chapter 11, set `trial.Reward` to a reward model without the memory channel (`pipe.TryReward` with `Memory: false`). Does the gate deserve its name?
//
// ## What was simplified, and sources
//
// Our labelers see the truth through a fog; people also tire, are fooled by a confident tone, and cannot check facts they do not know, so their errors are not random and a reward model learns them.
// InstructGPT had 33,000 prompts and a reward model of 6 billion weights.
// Its noise cannot be separated from its errors, because nobody knows the gold reward.
// The memory channel is our departure.
// The KL formula is an upper bound where answers can be equal, and ours often are.
//
// - Bradley & Terry 1952, *Rank analysis of incomplete block designs*; Zermelo 1929, the iteration of exercise 3; Luce 1959 and Plackett 1975 for whole rankings.
// - Christiano et al. 2017, *Deep reinforcement learning from human preferences*: a reward model from pairs of clips. Ziegler et al. 2019 and Stiennon et al. 2020: the same for texts.
// - Ouyang et al. 2022 (InstructGPT): §3.5 and C.2 the loss and its batches, §3.4 and E.2 the labelers' agreement and the held-out labelers.
// - Nakano et al. 2021, *WebGPT*, appendix I: best of n from more than n samples. Gao et al. 2022, *Scaling laws for reward model overoptimization*: KL of best of n, gold against proxy.
//
// Next: [chapter 11](../11_ppo/ppo.ipynb) lets PPO loose on these scores.
