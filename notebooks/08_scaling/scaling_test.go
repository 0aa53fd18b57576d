// # 8 · Scaling laws and few-shot: what size buys
//
// In 2020 OpenAI trained a model a hundred times larger than GPT-2.
// It took thousands of processors and millions of dollars, and it was done **once**.
// Nobody could try it out first.
// Two questions had to be answered on paper: **What will it cost, and what will it be worth?**
// This chapter answers both, first for GPT-3 and then for models that you can train in a minute, where we can check the answer.
// At the end is what nobody had asked for: a large language model learns a new task from a few examples in its prompt, without changing a single weight.
// Ours will do it as well.
//
// | budget | full size | small size |
// |---|---|---|
// | time, 2 cores | about 5 minutes with XLA | half a minute |
// | memory | below 600 MB | the same |
// | result to expect | the sixth model at 1.85 to 1.95 nats per letter, within a few percent of its prediction; few-shot accuracy from 1 in 10 without an example to about 70 % with fifteen | everything runs, little is learned |
//
// ### Before you read on: three predictions
//
// 1. Your computer does some 100 billion operations per second. How long would it train GPT-3?
// 2. We train five models on the same text, each two to three times as large as the one before. How does the gain go on: does each doubling take the same amount off the loss, the same *share* of it, or less and less?
// 3. A secret code replaces letters by digits. The model has never seen this code. It sees `c4 a7 c4 h0`, then `a`: what comes next? How many layers does it take to answer, and what does
//    a model do that has just one?

package scaling_test

import (
	"context"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"
	"github.com/janpfeifer/must"

	"gptbook/datasets/corpus"
	"gptbook/figures"
	"gptbook/figures/curve"
	"gptbook/gpt"
	"gptbook/gpt/scale"
	"gptbook/notebooks/course"
	"gptbook/train"
	"gptbook/train/pretrain"
)

// ## 1. 175 billion weights on paper: work
//
// A weight of a matrix is multiplied by one number and added to a sum: **2 operations** for each token on the way up.
// The way down computes two gradients, that of the input and that of the weight, at the same price: 4 more.
// So the whole training of $N$ weights on $D$ tokens takes
//
// $$ C \approx 6\,N\,D $$
//
// operations, whatever the shape of the model.
// The paper prints them for its eight models (Brown et al. 2020, table D.1), all on 300 billion tokens.
// Ours are computed from the presets of package `gpt`, and stand beside the paper's.
// A *petaFLOP/s-day* is what a computer of $10^{15}$ operations per second does in one day.

func Example_table() {
	paper := []float64{2.60, 7.42, 15.8, 27.5, 55.2, 139, 268, 3640} // PF-days in table D.1
	fmt.Println("               layers  width     weights   operations   PF-days  the paper's")
	for i, cfg := range []gpt.Config{
		gpt.GPT3Small, gpt.GPT3Medium, gpt.GPT3Large, gpt.GPT3XL,
		gpt.GPT3_2B7, gpt.GPT3_6B7, gpt.GPT3_13B, gpt.GPT3_175B,
	} {
		flops := scale.FLOPs(cfg, 300e9)
		fmt.Printf("%-12s %8d %6d %8.2f bn %12.2e %9.1f %12g\n", cfg.Name, cfg.Layers, cfg.Width,
			float64(cfg.Params())/1e9, flops, flops/scale.PFDay, paper[i])
	}
	// Output:
	//                layers  width     weights   operations   PF-days  the paper's
	// gpt3-small         12    768     0.13 bn     2.25e+20       2.6          2.6
	// gpt3-medium        24   1024     0.36 bn     6.41e+20       7.4         7.42
	// gpt3-large         24   1536     0.76 bn     1.37e+21      15.8         15.8
	// gpt3-xl            24   2048     1.32 bn     2.37e+21      27.4         27.5
	// gpt3-2.7b          32   2560     2.65 bn     4.77e+21      55.2         55.2
	// gpt3-6.7b          32   4096     6.66 bn     1.20e+22     138.7          139
	// gpt3-13b           40   5120    12.85 bn     2.31e+22     267.8          268
	// gpt3-175b          96  12288   174.60 bn     3.14e+23    3637.6         3640
}

// The last row is the famous number.
// How long does it take?
// No processor reaches its peak: it waits for memory and for its neighbours.
// The share that it reaches is the **utilisation**.
// A published run, a published estimate, and your computer:

func Example_days() {
	gpt3 := scale.FLOPs(gpt.GPT3_175B, 300e9)
	for _, c := range []struct {
		name              string
		devices           int
		peak, utilisation float64
	}{
		{"10,000 V100 at 19.7 % of 125 TFLOP/s", 10_000, 125 * scale.TFLOPs, 0.197},
		{"1024 A100 at 34 % of 312 TFLOP/s", 1024, 312 * scale.TFLOPs, 140. / 312 * 6 / 8},
		{"your computer at 0.1 TFLOP/s", 1, 0.1 * scale.TFLOPs, 1},
	} {
		d, err := scale.Duration(gpt3, c.devices, c.peak, c.utilisation)
		if err != nil {
			fmt.Println(c.name+":", err)
			continue
		}
		fmt.Printf("%s: %.1f days\n", c.name, scale.Days(d))
	}
	// Output:
	// 10,000 V100 at 19.7 % of 125 TFLOP/s: 14.8 days
	// 1024 A100 at 34 % of 312 TFLOP/s: 33.8 days
	// your computer at 0.1 TFLOP/s: scale: 3.14e+23 operations on 1 devices of 1e+11 per second take over 292 years: use more devices
}

// **Your first prediction.**
// $3.14\cdot10^{23} / 10^{11}$ seconds are 100,000 years; Go's `time.Duration` ends at 292.
// The first row is what was later published of the real run (Patterson et al. 2021: 14.8 days).
// The second is an estimate of Narayanan et al. 2021 (§5: 34 days).
// Their devices do 140 TFLOP/s each, 45 % of the peak, but a quarter of that is the second way up of chapter 7, section 5: $8ND$ operations where $6ND$ count.
//
// ## 2. Memory: why one device is not enough
//
// A weight in training is not one number.
// It has a gradient and two running means in AdamW: $4 + 4 + 8 = 16$ bytes.
// Where the matrices are kept in 16 bits, there is an exact copy in 32 beside them: $2 + 2 + 4 + 8$, **16 bytes** again.
// And every block keeps its intermediate results until the gradient comes by, unless it computes them once more (chapter 7).

func Example_memory() {
	cfg := gpt.GPT3_175B
	for _, p := range []scale.Precision{scale.Float32, scale.Mixed, scale.Half, scale.Int8} {
		fmt.Printf("%-20s %2d bytes per weight %7.0f GB\n",
			p.Name, p.PerWeight(), p.Memory(cfg)/scale.GB)
	}
	fmt.Println("activations of one text of 2048 tokens:")
	for _, k := range []struct {
		name string
		keep scale.Keep
	}{
		{"all kept", scale.KeepAll},
		{"scores computed again", scale.KeepLinear},
		{"blocks computed again", scale.KeepInputs},
	} {
		fmt.Printf("%-35s %9.0f GB\n", k.name, scale.Activations(cfg, 1, k.keep)/scale.GB)
	}
	fmt.Printf("writing: %.1f MB of keys and values for each token, %.1f GB for 2048\n",
		float64(scale.KVCache(cfg, 2))/1e6, 2048*float64(scale.KVCache(cfg, 2))/scale.GB)
	// Output:
	// float32              16 bytes per weight    2794 GB
	// mixed 16/32 bit      16 bytes per weight    2794 GB
	// 16 bit, no training   2 bytes per weight     349 GB
	// int8, no training     1 bytes per weight     175 GB
	// activations of one text of 2048 tokens:
	// all kept                                  275 GB
	// scores computed again                      82 GB
	// blocks computed again                       5 GB
	// writing: 4.7 MB of keys and values for each token, 9.7 GB for 2048
}

// Nothing of this fits into a device of 80 GB.
// The model must be cut, and there are three directions:
//
// - **data**: every group of devices has the whole model and its own texts; once a step they add up their gradients.
// - **tensor**: each matrix is cut into columns. Devices talk in *every block*, so they must sit in one machine.
// - **pipeline**: device 1 has blocks 1 to 12, device 2 has 13 to 24, and so on. They pass on activations, and while the first texts run in and the last run out, some wait: the *bubble*, $(p-1)/m$ of the time for $p$ groups through which $m$ texts pass in a step.
//
// The rule of thumb (Narayanan et al. 2021): cut no more than memory asks for, inside a machine by tensor, across machines by pipeline, and use all other devices for data.
// For a step of 1536 texts, 3.1 million tokens, as GPT-3's:

// cluster is so many devices of 80 GB, eight in each machine.
func cluster(devices int) scale.Cluster {
	return scale.Cluster{Devices: devices, PerNode: 8, Memory: 80 * scale.GB}
}

func Example_plan() {
	fmt.Println("             data  tensor  pipeline  blocks each  GB each  bubble")
	for _, cfg := range []gpt.Config{gpt.GPT3XL, gpt.GPT3_13B, gpt.GPT3_175B} {
		p := must.M1(scale.Split(cfg, scale.Mixed, cluster(1024), 1536))
		fmt.Printf("%-12s %4d %7d %9d %12d %8.0f %6.1f%%\n", cfg.Name, p.Data, p.Tensor,
			p.Pipeline, p.Layers, (p.Weights+p.Activations)/scale.GB, 100*p.Bubble)
	}
	_, err := scale.Split(gpt.GPT3_175B, scale.Mixed, cluster(8), 16)
	fmt.Println(err)
	// Output:
	//              data  tensor  pipeline  blocks each  GB each  bubble
	// gpt3-xl       512       2         1           24       11    0.0%
	// gpt3-13b      256       4         1           40       53    0.0%
	// gpt3-175b      16       8         8           12       49    7.3%
	// scale: gpt3-175b does not fit: its weights alone take 2794 GB in mixed 16/32 bit, and 8 devices of 80 GB hold 640 GB; use more devices or a batch with more divisors than 16
}

// (The smallest would fit into one device, but 1536 texts cannot be shared evenly by 1024 groups.)
//
// **The check.**
// Nothing in these tables is more than a product.
// For the largest model, in one line each:

func Example_byHand() {
	cfg, D := gpt.GPT3_175B, 300e9
	plan := must.M1(scale.Split(cfg, scale.Mixed, cluster(1024), 1536))
	L, C, T := float64(cfg.Layers), float64(cfg.Width), float64(cfg.Context)
	V, heads := float64(cfg.Vocab), float64(cfg.Heads)
	N := 12*L*C*C + 13*L*C + 2*C + (V+T)*C // matrices, biases and norms, last norm, tables
	for _, line := range []struct {
		what            string
		byHand, library float64
	}{
		{"weights: 12LC² + 13LC + 2C + (V+T)C", N, float64(cfg.Params())},
		{"work: 6ND", 6 * N * D, scale.FLOPs(cfg, D)},
		{"memory in training: (2+2+4+8)N", 16 * N, scale.Mixed.Memory(cfg)},
		{"activations: LTC(34 + 5·heads·T/C)",
			L * T * C * (34 + 5*heads*T/C), scale.Activations(cfg, 1, scale.KeepAll)},
		{"cache for a token in 16 bits: 2·2LC", 4 * L * C, float64(scale.KVCache(cfg, 2))},
		{"bubble: (p-1)/m", 7. / (1536 / 16), plan.Bubble},
	} {
		fmt.Printf("%-38s %8.3g  equal to the library: %v\n",
			line.what, line.byHand, math.Abs(line.byHand/line.library-1) < 1e-9)
	}
	// Output:
	// weights: 12LC² + 13LC + 2C + (V+T)C    1.75e+11  equal to the library: true
	// work: 6ND                              3.14e+23  equal to the library: true
	// memory in training: (2+2+4+8)N         2.79e+12  equal to the library: true
	// activations: LTC(34 + 5·heads·T/C)     2.75e+11  equal to the library: true
	// cache for a token in 16 bits: 2·2LC    4.72e+06  equal to the library: true
	// bubble: (p-1)/m                          0.0729  equal to the library: true
}

// The 34 are the bytes that a block keeps for each of the $T\cdot C$ numbers of its stream, the other term its attention scores (Korthikanti et al. 2022, §4.1).
//
// ## 3. What is it worth? A straight line on strange paper
//
// Kaplan et al. 2020 trained hundreds of models and saw a pattern: if nothing else is short (enough text, enough steps), the held-out loss falls with the size $N$ as a **power law**,
//
// $$ L(N) = \left(\frac{N_c}{N}\right)^{\alpha}, \qquad \log L = \alpha \log N_c - \alpha \log N . $$
//
// From here on $N$ counts the matrices of the blocks only, as Kaplan does: the tables grow with the vocabulary, and to look something up in them is no work.
// Every doubling of $N$ takes the same *share* off the loss, $1 - 2^{-\alpha}$.
// On paper with two logarithmic axes that is a straight line, and a straight line can be drawn on.
// The line through points comes from least squares:

// line is the straight line through the points that has the smallest sum of squared distances in y.
func line(x, y []float64) (intercept, slope float64) {
	var meanX, meanY, xy, xx float64
	for i := range x {
		meanX, meanY = meanX+x[i]/float64(len(x)), meanY+y[i]/float64(len(y))
	}
	for i := range x {
		xy += (x[i] - meanX) * (y[i] - meanY)
		xx += (x[i] - meanX) * (x[i] - meanX)
	}
	slope = xy / xx
	return meanY - slope*meanX, slope
}

// **The check**, on four invented runs:

func Example_equalsLibrary() {
	x, loss := []float64{1e3, 1e4, 1e5, 1e6}, []float64{5, 4.1, 3, 2.6}
	var logX, logL []float64
	for i := range x {
		logX, logL = append(logX, math.Log(x[i])), append(logL, math.Log(loss[i]))
	}
	_, slope := line(logX, logL)
	fit := must.M1(scale.FitPowerLaw(x, loss))
	fmt.Println("equal within 1e-12:", math.Abs(slope+fit.Exponent) < 1e-12)
	fmt.Printf("exponent %.3f, residuals %+.3f\n", fit.Exponent, fit.Residuals)
	// Output:
	// equal within 1e-12: true
	// exponent 0.099, residuals [-0.000 +0.029 -0.056 +0.028]
}

// A *residual* is how far a point is from the line, here $\log(\text{measured}/\text{fitted})$: 0.01 means one percent.
// **Look at them before you believe a line.**
// If they are small and change their sign at random, a line is a good description.
// If they go up, down and up again in order, the truth is a curve, and what the line says about larger models is wrong.
//
// ## 4. The experiment
//
// Six sizes, from six thousand weights in the blocks to half a million, each two to three times as large as the one before.
// All read the same letters of Newton's *Opticks* in the same order.
// Only the width grows, so that nothing but size makes the difference; to keep the output layer small, the tokens are single characters.
// **The sixth model is not trained yet.**

// member is one size of the family.
type member struct{ layers, width int }

var (
	family  = []member{{2, 16}, {2, 24}, {2, 40}, {2, 64}, {2, 96}}
	heldOut = member{2, 144} // trained only after its loss has been predicted
)

func (m member) String() string {
	if m.layers == 1 {
		return fmt.Sprintf("1 layer of %d", m.width)
	}
	return fmt.Sprintf("%d layers of %d", m.layers, m.width)
}

const (
	length = 64 // T: letters that a model sees
	batch  = 16
)

// steps is the same for all sizes, and so is the number of letters read: steps·batch·length.
func steps() int { return course.Pick(30, 1000) }

func (m member) config(vocab int) gpt.Config {
	return gpt.Config{
		Name: m.String(), Vocab: vocab, Context: length,
		Layers: m.layers, Heads: m.width / 8, Width: m.width,
	}
}

func Example_sizes() {
	vocab := course.Letters().Tok.VocabSize()
	for _, m := range append(slices.Clone(family), heldOut) {
		cfg := m.config(vocab)
		fmt.Printf("%-15s %6.0f weights in matrices, %7d in all\n",
			m, scale.NonEmbedding(cfg), cfg.Params())
	}
	// Output:
	// 2 layers of 16    6144 weights in matrices,    9088 in all
	// 2 layers of 24   13824 weights in matrices,   18240 in all
	// 2 layers of 40   38400 weights in matrices,   45760 in all
	// 2 layers of 64   98304 weights in matrices,  110080 in all
	// 2 layers of 96  221184 weights in matrices,  238848 in all
	// 2 layers of 144 497664 weights in matrices,  524160 in all
}

// A wide model wants a smaller learning rate than a narrow one.
// If all had the same, we would measure how well it suits each size.
// We take it inversely to the width, which is a good rule for Adam (Yang et al. 2022).
// What a run leaves behind is a point for each evaluation: the operations so far, and the loss on the held-out pages.

// result is what a run has measured.
type result struct {
	Name   string
	N      float64   // weights in the matrices of the blocks
	FLOPs  []float64 // operations up to each evaluation
	Losses []float64 // on held-out text, nats per letter
	Train  float64   // on the training text at the end, mean of the last steps
}

// loss is that of the finished run.
func (r result) loss() float64 { return r.Losses[len(r.Losses)-1] }

// measure trains one size. The seed is that of the first weights and of the order of the text.
func measure(m member, seed int64) (result, curve.Curve) {
	book := course.Letters()
	cfg, store := m.config(book.Tok.VocabSize()), model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, seed))
	stage := pretrain.CausalLM(cfg)
	stage.Name, stage.Unit = m.String(), "nats/letter"
	trainer := must.M1(train.New(course.Backend(), store, stage, train.Options{
		Optimizer:  train.GPT3AdamW(0.16 / float64(m.width)),
		Schedule:   train.Schedule{Warmup: steps() / 10, Steps: steps()},
		Validation: must.M1(corpus.Sequential(book.Held, batch, length)).Take(course.Pick(2, 20)),
		EvalEvery:  steps() / 10,
	}))
	batches := corpus.Prefetch(must.M1(corpus.NextToken(book.Train, batch, length, seed)))
	must.M1(trainer.Run(context.Background(), batches, steps()))
	learned := trainer.Metric(train.TrainLoss).Smooth(float64(steps()) / 20)
	held := trainer.Metric(train.ValidationLoss)
	r := result{Name: m.String(), N: scale.NonEmbedding(cfg), Train: learned.Last()}
	perStep := 3 * scale.ForwardFLOPs(cfg, length/2) * batch * length
	for _, p := range held.Points {
		r.FLOPs, r.Losses = append(r.FLOPs, perStep*float64(p.Step)), append(r.Losses, p.Value)
	}
	held.Name = r.Name
	return r, held
}

func Example_family() {
	start, results := time.Now(), []result{}
	chart := figures.Chart{
		Title:  "Five sizes, the same letters",
		YLabel: "held-out loss (nats/letter)", LogX: true, LogY: true,
	}
	fmt.Printf("each reads %d letters of a text of %d\n",
		steps()*batch*length, len(course.Letters().Train))
	fmt.Println("                  weights   training   held out   share off per doubling")
	for i, m := range family {
		r, curve := measure(m, 1)
		fmt.Printf("%-15s %9.0f %10.3f %10.3f", r.Name, r.N, r.Train, r.loss())
		if i > 0 {
			last := results[i-1]
			doublings := math.Log2(r.N / last.N)
			fmt.Printf(" %10.1f %%", 100*(1-math.Pow(r.loss()/last.loss(), 1/doublings)))
		}
		fmt.Println()
		results, chart.Curves = append(results, r), append(chart.Curves, curve)
	}
	course.Keep("scaling", "family", results)
	must.M(chart.Show())
	fmt.Printf("%.1f minutes\n", time.Since(start).Minutes())
}

// The larger models are better at *every* step, not only at the end: they learn more from each letter.
// Look also at the columns.
// All read the book twice, and the larger the model, the more of what it learns holds for these pages only: the gap between training and held-out loss grows from 0.10 to 0.27.
// The law's condition, enough text, begins to fail at the large end.
// And the share per doubling, which by the law is always the same, is 3.3, 4.1, 3.0 and 1.7 %.
//
// How much of a difference between two sizes is luck?
// The same size from other first weights, with the text in another order:

func Example_noise() {
	const middle = 2 // of the family
	results := course.Recall[[]result]("scaling", "family")
	losses := []float64{results[middle].loss()}
	for _, seed := range []int64{2, 3} {
		r, _ := measure(family[middle], seed)
		losses = append(losses, r.loss())
	}
	fmt.Printf("%s, three seeds: %.3f nats per letter, %.1f %% from the lowest to the highest\n",
		family[middle], losses, 100*(slices.Max(losses)/slices.Min(losses)-1))
}

// So luck is worth half a percent.
// What is further from a line than that needs another reason.
//
// ## 5. The prediction, before the fact
//
// Now the line, twice.
// Against **size**: the five final losses.
// Against **computation**: each run passes through many points, and what counts is the best loss that *any* of them had reached with so much work.
// These points make the lower edge of all curves.
// The first third of each run is left out: there all sizes alike learn little more than which letter follows which (chapter 2's bigrams: 2.46 nats).

// frontier is the points of all runs, without their first thirds, that no other point beats at less
// work, in order of their work.
func frontier(results []result) (flops, loss []float64) {
	type point struct{ flops, loss float64 }
	var all []point
	for _, r := range results {
		for i := len(r.FLOPs) / 3; i < len(r.FLOPs); i++ {
			all = append(all, point{r.FLOPs[i], r.Losses[i]})
		}
	}
	slices.SortFunc(all, func(a, b point) int { return int(math.Copysign(1, a.flops-b.flops)) })
	best := math.Inf(1)
	for _, p := range all {
		if p.loss < best {
			best = p.loss
			flops, loss = append(flops, p.flops), append(loss, p.loss)
		}
	}
	return flops, loss
}

// prediction is what we say about a run that has not been made.
type prediction struct {
	Loss, Low, High float64 // from size; 95 of 100 such runs end in Low to High if the law holds
	ByWork          float64 // from computation
}

// law is the fit as a line to draw from the smallest to the largest x, and the points.
func law(fit scale.Fit, name string, x, y []float64, to float64) []figures.Series {
	s := figures.Series{Name: name}
	for v := slices.Min(x); v <= to*1.001; v *= math.Pow(to/slices.Min(x), 1./40) {
		loss, low, high := fit.Predict(v)
		s.X, s.Y, s.Spread = append(s.X, v), append(s.Y, loss), append(s.Spread, (high-low)/2)
	}
	return []figures.Series{s, {Name: "measured", X: x, Y: y, Marks: true}}
}

func Example_predict() {
	results := course.Recall[[]result]("scaling", "family")
	var x, y []float64
	for _, r := range results {
		x, y = append(x, r.N), append(y, r.loss())
	}
	cfg := heldOut.config(course.Letters().Tok.VocabSize())
	n := scale.NonEmbedding(cfg)
	work := 3 * scale.ForwardFLOPs(cfg, length/2) * batch * length * float64(steps())
	bySize := must.M1(scale.FitPowerLaw(x, y))
	flops, loss := frontier(results)
	byWork := must.M1(scale.FitPowerLaw(flops, loss))

	p := prediction{ByWork: byWork.At(work)}
	p.Loss, p.Low, p.High = bySize.Predict(n)
	course.Keep("scaling", "prediction", p)
	fmt.Printf("size: exponent %.3f, R² %.3f, residuals in percent", bySize.Exponent, bySize.R2)
	for _, r := range bySize.Residuals {
		fmt.Printf(" %+.1f", 100*r)
	}
	fmt.Printf("\nwork: exponent %.3f, R² %.3f, %d points\n",
		byWork.Exponent, byWork.R2, len(flops))
	fmt.Printf("%s, %.0f weights, will have %.3f nats per letter by size (95 %%: %.3f to %.3f) "+
		"and %.3f by work\n", heldOut, n, p.Loss, p.Low, p.High, p.ByWork)
	must.M(figures.Chart{
		Title:  "Loss against size, drawn on to the sixth model",
		XLabel: "N, weights in the matrices", YLabel: "held-out loss (nats/letter)",
		LogX: true, LogY: true, Series: law(bySize, "fit, 95 %", x, y, n),
	}.Show())
	must.M(figures.Chart{
		Title:  "Best loss against work",
		XLabel: "operations", YLabel: "held-out loss (nats/letter)",
		LogX: true, LogY: true, Series: law(byWork, "fit, 95 %", flops, loss, work),
	}.Show())
}

// The prediction is now in a file, and the sixth model knows nothing of it.
// Train it.

func Example_heldOut() {
	p := course.Recall[prediction]("scaling", "prediction")
	results := course.Recall[[]result]("scaling", "family")
	start := time.Now()
	r, _ := measure(heldOut, 1)
	fmt.Printf("%s: predicted %.3f by size, %.3f by work; measured %.3f\n",
		r.Name, p.Loss, p.ByWork, r.loss())
	inside := "inside"
	if r.loss() < p.Low || r.loss() > p.High {
		inside = "outside"
	}
	off := func(guess float64) float64 { return 100 * (r.loss()/guess - 1) }
	fmt.Printf("off by %+.1f %% and %+.1f %%; %s the interval of %.3f to %.3f\n",
		off(p.Loss), off(p.ByWork), inside, p.Low, p.High)
	fifth := results[len(results)-1].loss()
	fmt.Printf("the guess that it does as well as the fifth model is off by %+.1f %%\n", off(fifth))
	fmt.Printf("on its training text it is at %.3f\n", r.Train)
	fmt.Printf("%.1f minutes\n", time.Since(start).Minutes())
}

// **How to read it.**
// The line is off by 0.7 %, little more than the luck of a seed; to guess that the sixth model gains nothing over the fifth would be off by 4 %.
// (To be inside of the interval says little.
// With five points it is so wide that it holds a large gain and hardly any.)
// But now the residuals: +0.4, +0.3, −1.1, −0.8, +1.1 percent, larger than the luck of a seed, and up, down and up again in order.
// That is the pattern of which section 3 warned: the truth bends.
// The column of training losses has said why.
// The large models run short of text, and so the sixth lies above the line, at 1.89 on held-out pages and at 1.59 on those that it has read twice.
// The prediction from work leans on points from the middle of runs, whose learning rate was still high, and its 23 points come from five runs, so its narrow band promises more than it can keep.
//
// **Your second prediction.**
// Less and less by difference, about the same by share: with our exponent of 0.047 each doubling of $N$ takes $1 - 2^{-0.047}$, three percent, off the loss, and with Kaplan's 0.076 five.
// It sounds like little.
// From GPT-2 small to GPT-3 it is more than ten doublings.
//
// ### What the papers' constants say here
//
// Kaplan's exponent for size is 0.076, and $N_c$ is $8.8\cdot10^{13}$.
// May we use them?
// Let us see.

func Example_kaplan() {
	results := course.Recall[[]result]("scaling", "family")
	const lettersPerToken = 4 // of GPT-2's tokenizer, about
	fmt.Println("           Kaplan's law, per token   per letter   measured per letter")
	for _, r := range results {
		law := scale.KaplanParams.At(r.N)
		fmt.Printf("%9.0f %24.2f %12.2f %21.2f\n", r.N, law, law/lettersPerToken, r.loss())
	}
}

// They are for other tokens (GPT-2's, some four letters each), other text, a context of 1024 and models of up to a billion weights.
// For ours they promise far too much: so small a model spends its weights on spelling.
// **The constants do not carry over; the form does.**
// And even the form has a limit: no model gets below the entropy of the text, so the line must bend somewhere.
// Hoffmann et al. 2022 fit $L = E + A/N^{a} + B/D^{b}$, with such a floor $E$ and with a term for the amount of text, the one that our large models feel.
// They found that GPT-3 was too large for its 300 billion tokens, and that weights and tokens should grow *together*, at about 20 tokens for each weight (exercise 1).
//
// ## 6. Learning without learning: few-shot
//
// GPT-3's paper is called *Language Models are Few-Shot Learners*.
// Its point is not a loss but this: write a few examples of a task into the prompt, and the model does the task.
// **No weight changes.**
// Where could the learning be?
// In chapter 3 you saw a machine for it: the induction head finds where the same thing stood before and reads what came after it.
//
// Our task makes that measurable.
// Each prompt has a **secret code** of its own: up to 8 of 10 letters occur in it, and each stands for a digit, drawn at random.
// There are 4.5 billion codes for eight letters; training shows some hundred thousand codes, and a test practically never repeats one.
// What a model knows of a code can only come from the prompt.
// In training, a prompt uses 1 to 8 letters, so that there are easy prompts and hard ones; a test uses 8.

const (
	symbols = "abcdefghij0123456789" // the tokens: letters, then digits
	letters = 10
	hard    = 8  // letters that a prompt of the test uses
	pairs   = 16 // in a prompt: the last one has 15 examples before it
)

// digit draws what a letter stands for.
func digit(rng *rand.Rand) int32 { return letters + rng.Int32N(letters) }

// prompt writes pairs of a letter and its digit under a fresh code of so many letters.
func prompt(rng *rand.Rand, kinds int) (ids []int32) {
	used, code := rng.Perm(letters)[:kinds], make([]int32, kinds)
	for i := range code {
		code[i] = digit(rng)
	}
	for range pairs {
		i := rng.IntN(kinds)
		ids = append(ids, int32(used[i]), code[i])
	}
	return ids
}

func Example_prompt() {
	rng := rand.New(rand.NewPCG(1, 8))
	for _, kinds := range []int{2, 5, hard} {
		var s strings.Builder
		for i, id := range prompt(rng, kinds) {
			s.WriteByte(symbols[id])
			if i%2 == 1 {
				s.WriteByte(' ')
			}
		}
		fmt.Println(strings.TrimSpace(s.String()))
	}
	// Output:
	// i0 e0 e0 i0 i0 e0 e0 i0 i0 i0 i0 i0 e0 i0 e0 i0
	// h4 j3 h4 f6 c9 h4 j3 h4 c9 f6 b5 c9 c9 b5 h4 j3
	// e4 d3 c7 f0 b5 f0 i0 e4 b5 f0 i0 b5 g0 g0 i0 c7
}

// What is the best that anybody could do on a hard prompt?
// After $k$ examples the letter asked for has been among them with probability $1-(7/8)^k$; then the answer is known.
// Otherwise there is nothing to do but guess, and 1 in 10 is right:
//
// $$ \text{best}(k) = 1 - \left(\tfrac78\right)^k + \left(\tfrac78\right)^k \cdot \tfrac1{10} $$

func best(k int) float64 {
	unseen := math.Pow(7./8, float64(k))
	return 1 - unseen + unseen/letters
}

func Example_best() {
	for _, k := range []int{0, 1, 4, 8, 15} {
		fmt.Printf("%2d examples: %.2f\n", k, best(k))
	}
	// Output:
	//  0 examples: 0.10
	//  1 examples: 0.21
	//  4 examples: 0.47
	//  8 examples: 0.69
	// 15 examples: 0.88
}

// As a dataset.
// A single prompt asks 16 questions at once: the first digit is a question with no example before it (*zero-shot*), the second one with one example (*one-shot*), and so on.
// Only digits count for the loss; the next letter cannot be known.

// codes is an endless dataset of batches that are a function of their number.
type codes struct{ batch, next int }

func (d *codes) Name() string { return "secret codes" }
func (d *codes) Seek(n int)   { d.next = n }

func (d *codes) Iter() iter.Seq2[mltrain.Batch, error] {
	return func(yield func(mltrain.Batch, error) bool) {
		for n := d.next; ; n++ {
			rng := rand.New(rand.NewPCG(uint64(n), 8))
			in, out := make([][]int32, d.batch), make([][]int32, d.batch)
			scored := make([][]float32, d.batch)
			for i := range in {
				ids := prompt(rng, 1+rng.IntN(hard))
				in[i], out[i], scored[i] = ids[:2*pairs-1], ids[1:], make([]float32, 2*pairs-1)
				for t := 0; t < len(scored[i]); t += 2 {
					scored[i][t] = 1
				}
			}
			if !yield(mltrain.Batch{
				Inputs: []*tensors.Tensor{tensors.FromValue(in)},
				Labels: []*tensors.Tensor{tensors.FromValue(out), tensors.FromValue(scored)},
			}, nil) {
				return
			}
		}
	}
}

// Two sizes learn it, one layer and two.
// Their matrices start larger than GPT-2's 0.02, which is made for wide models: look-ups across two layers begin as a product of many small numbers, and from too small a start they take long to be found.

// learner is a small GPT for the codes.
func learner(m member) gpt.Config {
	return gpt.Config{
		Name: m.String(), Vocab: len(symbols), Context: 2 * pairs,
		Layers: m.layers, Heads: 2, Width: m.width,
	}
}

// start gives a learner its first weights: those of [gpt.Init], the matrices of the blocks four
// times as large, and the two tables from N(0, 0.2).
func start(cfg gpt.Config) *model.Store {
	store := model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	for _, w := range cfg.Weights() {
		if len(w.Dims) != 2 {
			continue
		}
		factor := float32(4)
		if !strings.HasPrefix(w.Name, "h.") {
			factor = float32(0.2 / w.Std)
		}
		v := store.GetVariable(w.Path(store.RootScope()))
		values := tensors.MustCopyFlatData[float32](must.M1(v.Value()))
		for i := range values {
			values[i] *= factor
		}
		must.M(gpt.SetWeight(store.RootScope(), w, values))
	}
	return store
}

var learners = []member{{1, 64}, {2, 64}}

// bestLoss is the loss in training of a reader who makes no mistake: ln 10 for a digit whose letter
// has not been seen, 0 for the others; a prompt has 1 to 8 letters, and 0 to 15 examples stand
// before a question.
func bestLoss() (loss float64) {
	for kinds := 1; kinds <= hard; kinds++ {
		for k := range pairs {
			loss += math.Pow(1-1/float64(kinds), float64(k)) * math.Log(letters) / hard / pairs
		}
	}
	return loss
}

func Example_learn() {
	steps, clock := course.Pick(60, 3000), time.Now()
	chart := figures.Chart{
		Title: "Learning to learn a code", YLabel: "loss per digit (nats)", Smooth: 20, LogY: true,
		Levels: []figures.Reference{
			{Name: "guessing: ln 10", Value: math.Log(letters)},
			{Name: "best possible", Value: bestLoss()},
		},
	}
	for _, m := range learners {
		cfg := learner(m)
		stage := pretrain.CausalLM(cfg)
		stage.Name, stage.Unit = m.String(), "nats/digit"
		trainer := must.M1(train.New(course.Backend(), start(cfg), stage, train.Options{
			Optimizer: train.GPT3AdamW(3e-3),
			Schedule:  train.Schedule{Warmup: 20, Steps: steps, Floor: 0.1},
			Dir:       course.Dir("scaling", "codes", m.String()),
		}))
		curve := must.M1(trainer.Run(context.Background(), &codes{batch: 32}, steps))[0]
		curve.Name = m.String()
		chart.Curves = append(chart.Curves, curve)
		fmt.Printf("%-15s %.2f nats per digit after %d steps\n", m, curve.Smooth(20).Last(), steps)
	}
	must.M(chart.Show())
	fmt.Printf("best possible   %.2f\n%.1f minutes\n", bestLoss(), time.Since(clock).Minutes())
}

// The curves begin at 6 nats, far above the $\ln 10$ of a guess: the large weights of the start make the model sure of itself, and wrong.
// It unlearns that in some fifty steps.
// Then the two part: a second layer is worth a quarter of the loss, and after 3000 steps the model of two layers is at 0.69 nats, where a reader without fault would be at 0.61.
//
// ### Accuracy against the number of examples
//
// This is the figure of GPT-3's paper (its figure 1.2) in miniature.
// As a control there is one more line: the deeper model reads prompts in which every example is a lie, a digit drawn at random.
// If it had the answers in its weights, that would not disturb it.

// accuracy is the share of right answers after 0, 1, 2, ... examples, over prompts never seen.
// spoil may change the examples.
func accuracy(m member, spoil func(rng *rand.Rand, ids []int32)) (share []float64) {
	cfg, store := learner(m), course.Weights("scaling", "codes", m.String())
	guesses := func(scope *model.Scope, ids *graph.Node) *graph.Node {
		return graph.ArgMax(gpt.Logits(scope, ids, cfg), -1)
	}
	exec := must.M1(model.NewExec(course.Backend(), store, guesses))
	share = make([]float64, pairs)
	rng, prompts := rand.New(rand.NewPCG(99, 99)), course.Pick(100, 1000)
	truth, asked := make([][]int32, prompts), make([][]int32, prompts)
	for i := range asked {
		truth[i] = prompt(rng, hard)
		asked[i] = slices.Clone(truth[i][:2*pairs-1])
		spoil(rng, asked[i])
	}
	answers := must.M1(exec.Call1(asked)).Value().([][]int32)
	for i := range asked {
		for k := range share {
			if answers[i][2*k] == truth[i][2*k+1] {
				share[k] += 1 / float64(prompts)
			}
		}
	}
	return share
}

func honest(*rand.Rand, []int32) {}

func lies(rng *rand.Rand, ids []int32) {
	for t := 1; t < len(ids); t += 2 {
		ids[t] = digit(rng)
	}
}

// printShares prints some of the shares of right answers.
func printShares(name string, share []float64) {
	fmt.Printf("%-15s 0 examples %3.0f %%   1: %3.0f %%   4: %3.0f %%   8: %3.0f %%   "+
		"15: %3.0f %%\n",
		name, 100*share[0], 100*share[1], 100*share[4], 100*share[8], 100*share[15])
}

func Example_shots() {
	shots, ceiling := make([]float64, pairs), make([]float64, pairs)
	for k := range shots {
		shots[k], ceiling[k] = float64(k), best(k)
	}
	chart := figures.Chart{
		Title:  "Examples in the prompt",
		XLabel: "examples before the question", YLabel: "share of right answers",
		Levels: []figures.Reference{{Name: "guessing: 1 in 10", Value: 1. / letters}},
	}
	draw := func(name string, share []float64) {
		chart.Series = append(chart.Series, figures.Series{Name: name, X: shots, Y: share})
	}
	draw("best possible", ceiling)
	line := func(name string, m member, spoil func(*rand.Rand, []int32)) {
		share := accuracy(m, spoil)
		draw(name, share)
		printShares(name, share)
	}
	for _, m := range learners {
		line(m.String(), m, honest)
	}
	line("lies", learners[len(learners)-1], lies)
	printShares("best possible", ceiling)
	must.M(chart.Show())
}

// **Your third prediction.**
// Without an example both models guess.
// With the first ones both get better, and the model of two layers follows the best possible closely for some six examples, then falls behind, to 74 % of a possible 88 % after fifteen.
// It looks up where the same letter stood before and reads what came after it: after `c4 a7 c4 h0 a` comes `7`.
// The model of one layer stops half way, at 46 %.
// It does better than guessing one of the digits that it has seen, probably because its heads can bring in where the letter stood and which digits stood where, and its MLP then matches the two, for every pair of positions by itself.
// A second layer makes that a look-up.
// The lies take everything away, so the answers do come from the prompt.
//
// That is a small case of what was so surprising in 2020.
// Our model was trained to read codes, so it had to learn to learn.
// Nobody had put few-shot learning into GPT-3's training; continuing all kinds of text *needs* it, so it was learned by the way.
//
// ## What to remember, and how it fails
//
// - $6ND$ operations, 16 bytes per weight in training, $2LC$ numbers of cache per token: three formulas, and the rest is division.
// - Loss against size is a straight line on logarithmic paper, over many powers of ten. That is how a model could be planned which nobody could try out.
// - A line is only as good as its residuals, and only as long as nothing else gets short: text, steps, learning rate.
// - Signs of illness: *the line bends up at the large end*: too few steps or letters, or a learning rate that only suits the small ones. *The prediction is far too good*: the larger model has seen the held-out text. *An exponent copied from a paper*: other tokens,
//   other constants.
// - Few-shot learning is reading, not remembering. It takes layers for the look-up, and many steps until it is found.
//
// ## Exercises
//
// 1. **How large, how long?** Chinchilla's rule is 20 tokens for each weight. Write `Optimal(flops)`, the weights and tokens that spend a budget by that rule, and see what GPT-3's budget would have bought:
//    `go test -run Optimal ./notebooks/08_scaling/exercises`
// 2. **Few-shot is Bayes' rule.** If a prompt follows one of several rules, each example leaves fewer of them. Write `Posterior(rules, shots, x)`, the probabilities of the answers to $x$: no learner can do better. `go test -run Posterior ./notebooks/08_scaling/exercises`
// 3. **Try it** (no test): give all sizes the same learning rate, 0.004, and repeat sections 4 and 5. Which end of the line suffers, and what becomes of the prediction?
// 4. **Try it** (no test): train `learners` on codes of which only 100 exist. Do they still read the prompt? And on hard prompts only, or from GPT-2's small start: is the look-up found sooner or later?
//
// ## What was simplified, and sources
//
// Kaplan's runs span six powers of ten and hundreds of models; ours span two, with one seed each, and one book that all read twice, where the law asks for text without end.
// Our evaluations on the way to the end stand under a learning rate that is still high, so the frontier against work is a little too high at its left.
// The calculator leaves out the communication between devices, which decides the utilisation.
// Our learner has seen many prompts of just this form, GPT-3 only text.
// A code is a poor cousin of the tasks that GPT-3 learned from prompts (translation, sums, questions), which nobody had put into its training text on purpose.
//
// - Kaplan et al. 2020, *Scaling laws for neural language models*. Hoffmann et al. 2022, *Training compute-optimal large language models* (Chinchilla).
// - Brown et al. 2020, *Language models are few-shot learners*: GPT-3, figure 1.2 and table D.1. Patterson et al. 2021, *Carbon emissions and large neural network training*: its days.
// - Rajbhandari et al. 2020, *ZeRO*; Narayanan et al. 2021, *Efficient large-scale language model training on GPU clusters*; Korthikanti et al. 2022, *Reducing activation recomputation*: memory and sharding.
// - Olsson et al. 2022, *In-context learning and induction heads*; Xie et al. 2022, *An explanation of in-context learning as implicit Bayesian inference*: section 6.
// - Yang et al. 2022, *Tensor programs V*: learning rates by width.
//
// Next: a model that continues every text is not yet one that answers.
// [Chapter 9](../09_sft/sft.ipynb) teaches it to answer.
