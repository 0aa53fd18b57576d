// # 3 · Attention: looking back at what matters
//
// The models of chapter 2 saw a few tokens and no more: the trigram two, the MLP eight.
// Language does not keep to such a window.
// In
//
// > *The Rays which differ in Refrangibility, when they fall upon the second Prism, are* …
//
// it is *are* and not *is* because of *Rays*, twelve words back, although *Prism* stands next to it.
// Which of the earlier tokens matter is different at every position and depends on the tokens themselves.
// **How can a network choose where to look?**
// That is what attention does, and it is the only part of a GPT in which positions exchange anything.
//
// | budget | full size | small size |
// |---|---|---|
// | time, 2 cores | about 2 minutes with XLA | half a minute |
// | memory | below 600 MB | the same |
// | result to expect | loss on repeated letters: about 0.2 nats with two layers, above 2.5 with one | the curves start to part |
//
// ### Before you read on: three predictions
//
// 1. To mix earlier positions we could simply average them. What can an average not do that the sentence above needs?
// 2. A text of random letters is written twice: `qfZb…qfZb…`. A model that reads it can guess nothing in the first
//    half. In the
//    second half it could be perfect. How many layers of attention does that take: one or two?
// 3. Attention compares every position with every other one. If the text gets ten times as long, how much more work
//    is it?

package attention_test

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

	"gptbook/figures"
	"gptbook/gpt"
	"gptbook/notebooks/course"
	"gptbook/train"
)

// ## 1. Averaging the past
//
// Each position holds a vector.
// The simplest way to let position $t$ know of the past is to replace its vector by the average of all vectors up to it,
//
// $$ y_t = \frac{1}{t+1} \sum_{s \le t} x_s . $$
//
// It may not look beyond $t$: what comes later is what the model is asked to predict.

// averagePast is the formula as two loops. x is [T][C], and so is the result.
func averagePast(x [][]float64) [][]float64 {
	y := make([][]float64, len(x))
	for t := range x {
		y[t] = make([]float64, len(x[t]))
		for s := 0; s <= t; s++ {
			for c := range x[s] {
				y[t][c] += x[s][c] / float64(t+1)
			}
		}
	}
	return y
}

// small is three positions of two channels to try things on.
var small = [][]float64{{1, 0}, {0, 1}, {1, 1}}

func Example_average() {
	fmt.Printf("%.2f\n", averagePast(small))
	// Output:
	// [[1.00 0.00] [0.50 0.50] [0.67 0.67]]
}

// The same as a **matrix product**: a table of weights $W$, one row for each position that asks and one column for each position that it may read.
// Every row sums to 1, and the upper triangle is 0.

// mix returns weights · x: row t of the result is the mean of the rows of x with the weights
// of row t.
func mix(weights, x [][]float64) [][]float64 {
	y := make([][]float64, len(weights))
	for t := range y {
		y[t] = make([]float64, len(x[0]))
		for s, w := range weights[t] {
			for c := range x[s] {
				y[t][c] += w * x[s][c]
			}
		}
	}
	return y
}

func Example_matrix() {
	weights := [][]float64{
		{1, 0, 0},
		{1. / 2, 1. / 2, 0},
		{1. / 3, 1. / 3, 1. / 3},
	}
	fmt.Printf("%.2f\n", mix(weights, small))
	// Output:
	// [[1.00 0.00] [0.50 0.50] [0.67 0.67]]
}

// And the same once more, in the form that we need: weights that come out of a **softmax**.
// Give every pair of positions a *score*, set the scores of the future to $-\infty$, and let the softmax turn each row into weights that are positive and sum to 1.
// Equal scores give the average.

// softmax turns scores into weights that sum to 1.
func softmax(scores []float64) []float64 {
	weights, sum, top := make([]float64, len(scores)), 0.0, slices.Max(scores)
	for i, s := range scores {
		weights[i] = math.Exp(s - top) // top cancels, and keeps the exponential finite
		sum += weights[i]
	}
	for i := range weights {
		weights[i] /= sum
	}
	return weights
}

// causal turns scores [T][T] into weights: the future gets -∞, each row a softmax.
func causal(scores [][]float64) [][]float64 {
	weights := make([][]float64, len(scores))
	for t := range scores {
		row := slices.Clone(scores[t])
		for s := t + 1; s < len(row); s++ {
			row[s] = math.Inf(-1)
		}
		weights[t] = softmax(row)
	}
	return weights
}

func Example_softmax() {
	equal := [][]float64{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}}
	fmt.Printf("%.2f\n", causal(equal))
	fmt.Printf("%.2f\n", mix(causal(equal), small))
	// Output:
	// [[1.00 0.00 0.00] [0.50 0.50 0.00] [0.33 0.33 0.33]]
	// [[1.00 0.00] [0.50 0.50] [0.67 0.67]]
}

// **Your first prediction.**
// An average treats *Rays* and *the* alike, and the longer the text, the less of each word is left in it.
// What is missing is a choice.
// The third form has the place for it: *unequal scores*.
//
// ## 2. Scores that depend on content
//
// Where should the scores come from?
// From the vectors themselves.
// Each position sends out three things, each a learned linear map of its vector:
//
// - a **query** $q_t$: what am I looking for?
// - a **key** $k_s$: what do I have to offer?
// - a **value** $v_s$: what do I hand over when I am chosen?
//
// The score of $s$ for $t$ is how well the two fit, the dot product $q_t \cdot k_s$:
//
// $$ y_t = \sum_{s \le t} \operatorname{softmax}_s\!\left(\frac{q_t \cdot k_s}{\sqrt{d}}\right) v_s $$
//
// (Vaswani et al. 2017, equation 1).
// The $\sqrt d$ is the subject of section 3.
// By hand, with the position at the end looking for "something like the first channel":

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// attend is attention of one head: q, k and v are [T][d], and so is the result.
func attend(q, k, v [][]float64) (y, weights [][]float64) {
	scores := make([][]float64, len(q))
	for t := range q {
		scores[t] = make([]float64, len(k))
		for s := range k {
			scores[t][s] = dot(q[t], k[s]) / math.Sqrt(float64(len(q[t])))
		}
	}
	weights = causal(scores)
	return mix(weights, v), weights
}

func Example_lookup() {
	keys := [][]float64{{4, 0}, {0, 4}, {0, 4}}    // the first offers channel 0, the others 1
	queries := [][]float64{{0, 0}, {0, 0}, {4, 0}} // the last one looks for channel 0
	values := [][]float64{{1, 0}, {0, 1}, {0, 1}}
	y, weights := attend(queries, keys, values)
	last := len(queries) - 1
	fmt.Printf("weights of the last position %.3f\n", weights[last])
	fmt.Printf("what it reads            %.3f\n", y[last])
	// Output:
	// weights of the last position [1.000 0.000 0.000]
	// what it reads            [1.000 0.000]
}

// It looked past its neighbour and read the first position, because of *what* stands there and not *where*.
// This is a look-up in a table, only soft: each key counts as far as it fits.
// And because everything in it is smooth, gradient descent can learn which maps make useful queries, keys and values.
//
// ## 3. Why divide by $\sqrt d$?
//
// Take queries and keys of $d$ independent numbers with mean 0 and variance 1.
// Their dot product is a sum of $d$ terms of variance 1, so its standard deviation is $\sqrt d$: with 64 channels, scores of ±8 are the rule.
// A softmax of such scores is almost a hard choice at random, *before anything has been learned*, and where it is hard its gradient is zero.
// Divided by $\sqrt d$ the scores keep variance 1.
//
// How hard is a choice?
// Its **entropy** tells: $\ln n$ if all $n$ weights are equal, 0 if one takes all.

func entropy(weights []float64) (h float64) {
	for _, w := range weights {
		if w > 0 {
			h -= w * math.Log(w)
		}
	}
	return h
}

// meanEntropy is that of the attention over 16 random keys, averaged over 500 random queries.
func meanEntropy(d int, scale float64) (mean float64) {
	rng := rand.New(rand.NewPCG(1, uint64(d)))
	random := func() []float64 {
		v := make([]float64, d)
		for i := range v {
			v[i] = rng.NormFloat64()
		}
		return v
	}
	for range 500 {
		q, scores := random(), make([]float64, 16)
		for s := range scores {
			scores[s] = dot(q, random()) * scale
		}
		mean += entropy(softmax(scores)) / 500
	}
	return mean
}

func Example_scale() {
	plain, scaled := figures.Series{Name: "q·k"}, figures.Series{Name: "q·k / √d"}
	for d := 1; d <= 512; d *= 2 {
		plain.X, plain.Y = append(plain.X, float64(d)), append(plain.Y, meanEntropy(d, 1))
		scaled.X = append(scaled.X, float64(d))
		scaled.Y = append(scaled.Y, meanEntropy(d, 1/math.Sqrt(float64(d))))
	}
	must.M(figures.Chart{
		Title:  "Without the scale, wide heads start with their minds made up",
		XLabel: "d, channels per head", YLabel: "entropy of the weights (nats)", LogX: true,
		Series: []figures.Series{plain, scaled},
		Levels: []figures.Reference{{Name: "ln 16: all alike", Value: math.Log(16)}},
	}.Show())
	fmt.Printf("entropy at d = 64: %.1f unscaled, %.1f scaled\n",
		meanEntropy(64, 1), meanEntropy(64, 1./8))
	// Output:
	// entropy at d = 64: 0.4 unscaled, 2.4 scaled
}

// ## 4. No look into the future
//
// Training asks for a prediction at *every* position at once, so the answer to position $t$ stands in the input, at $t+1$.
// A model that could look there would have loss 0 and would have learned nothing.
// The mask is therefore worth a test: whatever we do to position 2, the outputs before it must not change **by one bit**.
// From here on we use the course's own layer, `gpt.CausalAttention`, which does the same on a batch and on any backend.

// toy is a layer of two heads of two channels.
var toy = gpt.Config{Name: "toy", Vocab: 1, Context: 3, Layers: 1, Heads: 2, Width: 4}

// toyWeights is a store with the weights of toy, drawn from a fixed seed and made large enough
// to matter.
func toyWeights() *model.Store {
	store, rng := model.NewStore(), rand.New(rand.NewPCG(3, 4))
	for _, w := range toy.Weights() {
		size := 1
		for _, d := range w.Dims {
			size *= d
		}
		values := make([]float64, size)
		for i := range values {
			values[i] = rng.NormFloat64()
		}
		must.M(gpt.SetWeight(store.RootScope(), w, values))
	}
	return store
}

// layer runs the course's attention layer on x, [T][C].
func layer(x [][]float64) [][]float64 {
	attention := func(scope *model.Scope, x *graph.Node) *graph.Node {
		return gpt.CausalAttention(scope.At("h").In("0").In("attn"), x, toy)
	}
	y := model.MustCallOnce(course.Backend(), toyWeights(), attention, [][][]float64{x})
	return y.Value().([][][]float64)[0]
}

func Example_mask() {
	x := [][]float64{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}
	before := layer(x)
	x[2] = []float64{9, 9, 9, 9}
	after := layer(x)
	for t := range x {
		fmt.Printf("position %d changed: %v\n", t, !slices.Equal(before[t], after[t]))
	}
	// Output:
	// position 0 changed: false
	// position 1 changed: false
	// position 2 changed: true
}

// ## 5. Several heads
//
// One softmax makes one choice.
// But a word may need its subject *and* its adjective *and* the word before.
// So the $C$ channels are split into **heads**, each with its own queries, keys and values of $d = C/\text{heads}$ channels.
// They look in different places; what they bring back is put side by side and mixed by one more linear map.
// The cost is that of one wide head.
//
// This is the whole layer.
// Written out in Go for one text:

// weightOf reads a weight of the toy layer as rows; a vector becomes one row.
func weightOf(store *model.Store, name string) [][]float64 {
	v := store.GetVariable("/h/0/attn/" + name)
	flat, cols := tensors.MustCopyFlatData[float64](must.M1(v.Value())), v.Shape().Dim(-1)
	return slices.Collect(slices.Chunk(flat, cols))
}

// linear is x·W + b for each row of x.
func linear(x, W [][]float64, b []float64) [][]float64 {
	y := mix(x, W)
	for t := range y {
		for c := range y[t] {
			y[t][c] += b[c]
		}
	}
	return y
}

// multiHead is the layer from the formulas of this chapter alone.
func multiHead(store *model.Store, x [][]float64, heads int) [][]float64 {
	C := len(x[0])
	d := C / heads
	qkv := linear(x, weightOf(store, "c_attn/weight"), weightOf(store, "c_attn/bias")[0]) // [T][3C]
	joined := make([][]float64, len(x))
	for h := range heads {
		part := func(which int) (rows [][]float64) { // 0: queries, 1: keys, 2: values of this head
			for _, row := range qkv {
				rows = append(rows, row[which*C+h*d:which*C+(h+1)*d])
			}
			return rows
		}
		y, _ := attend(part(0), part(1), part(2))
		for t := range y {
			joined[t] = append(joined[t], y[t]...)
		}
	}
	return linear(joined, weightOf(store, "c_proj/weight"), weightOf(store, "c_proj/bias")[0])
}

// **The check.**
// Forty lines of loops against the library's layer, on the same weights:

func Example_equalsLibrary() {
	x := [][]float64{{1, 0, 2, -1}, {0, 1, 0, 3}, {-2, 0, 1, 1}}
	ours, library := multiHead(toyWeights(), x, toy.Heads), layer(x)
	worst := 0.0
	for t := range x {
		for c := range x[t] {
			worst = max(worst, math.Abs(ours[t][c]-library[t][c]))
		}
	}
	fmt.Println("equal within 1e-9:", worst < 1e-9)
	// Output:
	// equal within 1e-9: true
}

// ## 6. Order: who tells attention where things stand?
//
// Nobody yet.
// The score of two positions depends on their vectors and on nothing else.
// Swap two earlier tokens, and the last position reads exactly the same: to attention, a text is a **bag**.

func Example_bag() {
	x := [][]float64{{1, 0, 2, -1}, {0, 1, 0, 3}, {-2, 0, 1, 1}}
	swapped := [][]float64{x[1], x[0], x[2]}
	last := len(x) - 1
	a, b := layer(x)[last], layer(swapped)[last]
	worst := 0.0
	for c := range a {
		worst = max(worst, math.Abs(a[c]-b[c]))
	}
	fmt.Println("what the last position reads is the same:", worst < 1e-9)
	// Output:
	// what the last position reads is the same: true
}

// *Man bites dog* and *dog bites man* would be one and the same.
// The cure of the GPTs is plain: a second table of vectors, one for each *position*, is added to the vectors of the tokens before the first layer.
// It is learned like everything else.
// (`gpt.Embed` does it.
// The original transformer used sines; today's models turn queries and keys instead.)
//
// ## 7. The cost
//
// For $T$ positions there are $T(T+1)/2$ scores per head.
// That is **your third prediction**: ten times the text, a hundred times the scores: the cost is *quadratic* in $T$.
// The linear maps only grow tenfold.
// Where the square starts to hurt:

func Example_cost() {
	const C = 768 // the width of GPT-1
	fmt.Println("     T   maps   scores and mix   (millions of multiplications per layer)")
	for _, T := range []int{64, 512, 4096, 32768} {
		maps := T * 12 * C * C      // query, key, value, output: 4C²; the MLP of the block: 8C²
		scores := T * T / 2 * 2 * C // q·k and weights·v over the past half
		fmt.Printf("%6d %6d %8d\n", T, maps/1e6, scores/1e6)
	}
	// Output:
	//      T   maps   scores and mix   (millions of multiplications per layer)
	//     64    452        3
	//    512   3623      201
	//   4096  28991    12884
	//  32768 231928   824633
}

// At GPT-1's 512 positions attention is a twentieth of the work; at 32,768 it is four fifths.
//
// ## 8. A head that you can watch learning
//
// Now prediction 2, as an experiment.
// The texts are random letters with a period: a random string of 8 to 20 letters, written again and again until 48 letters are full.
// The first time through, nobody can do better than guessing among 52 letters, $\ln 52 = 3.95$ nats.
// From then on the text can be foretold, but only by somebody who **looks up where the same letter stood before, and reads what came after it**.
// Because the period is different in every text, "look 12 letters back" does not help.

// letters are the tokens.
const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

const length = 48 // of a text, in letters

// periodic writes one text and the number of letters before it repeats itself.
func periodic(rng *rand.Rand) (text []int32, period int) {
	period = 8 + rng.IntN(13)
	for i := range length + 1 {
		if i < period {
			text = append(text, rng.Int32N(int32(len(letters))))
		} else {
			text = append(text, text[i-period])
		}
	}
	return text, period
}

func Example_text() {
	text, period := periodic(rand.New(rand.NewPCG(1, 1)))
	var s strings.Builder
	for _, id := range text {
		s.WriteByte(letters[id])
	}
	fmt.Println("period", period)
	fmt.Println(s.String())
	// Output:
	// period 20
	// fSVoWQfCptZswaSgisnofSVoWQfCptZswaSgisnofSVoWQfCp
}

// As a dataset: the inputs are the text without its last letter, the labels the text without its first.
// A second label marks the letters that can be known, so that we can measure them apart.

// texts is an endless dataset of batches that are a function of their number.
type texts struct{ batch, next, count int }

func (d *texts) Name() string { return "periodic texts" }
func (d *texts) Seek(n int)   { d.next = n }

func (d *texts) Iter() iter.Seq2[mltrain.Batch, error] {
	return func(yield func(mltrain.Batch, error) bool) {
		for n := d.next; d.count == 0 || n < d.next+d.count; n++ {
			rng := rand.New(rand.NewPCG(uint64(n), 5))
			in, out := make([][]int32, d.batch), make([][]int32, d.batch)
			known := make([][]float32, d.batch)
			for i := range in {
				text, period := periodic(rng)
				in[i], out[i], known[i] = text[:length], text[1:], make([]float32, length)
				// The label at t is the letter at t+1: at t = period the repetition shows.
				for t := period; t < length; t++ {
					known[i][t] = 1
				}
			}
			if !yield(mltrain.Batch{
				Inputs: []*tensors.Tensor{tensors.FromValue(in)},
				Labels: []*tensors.Tensor{tensors.FromValue(out), tensors.FromValue(known)},
			}, nil) {
				return
			}
		}
	}
}

// Three models learn it: one layer, two layers, and two layers whose position table is missing.
// They are the course's GPT with everything small; only the model without positions needs a few lines of its own.

// reader is a small GPT for the letters.
func reader(layers int) gpt.Config {
	return gpt.Config{
		Name: "reader", Vocab: len(letters), Context: length, Layers: layers, Heads: 2, Width: 64,
	}
}

// logits is gpt.Logits, with or without the table of positions.
func logits(scope *model.Scope, ids *graph.Node, cfg gpt.Config, positions bool) *graph.Node {
	if positions {
		return gpt.Logits(scope, ids, cfg)
	}
	table := scope.At("wte").GetVariable("weight").NodeValue(ids)
	x := graph.Gather(table, graph.InsertAxes(ids, -1)) // [B, T, C], no positions added
	blocks := scope.In("h")
	for i := range cfg.Layers {
		x = gpt.Block(blocks.In("%d", i), x, cfg)
	}
	return gpt.Head(scope, gpt.LayerNorm(scope.In("ln_f"), x))
}

// stage learns to read the texts. Its loss counts the letters that could be known, and no
// others: the rest is noise.
func stage(name string, cfg gpt.Config, positions bool) train.Stage {
	return train.Stage{
		Name: name, Unit: "nats/letter",
		Model: func(scope *model.Scope, _ any, inputs []*graph.Node) []*graph.Node {
			return []*graph.Node{logits(scope, inputs[0], cfg, positions)}
		},
		Loss: gpt.CrossEntropy, // weighted by the second label
	}
}

func Example_learn() {
	steps, start := course.Pick(60, 900), time.Now()
	guessing := math.Log(float64(len(letters)))
	chart := figures.Chart{
		Title:  "Two layers find the trick, one does not",
		YLabel: "loss on letters that could be known (nats)", Smooth: 20,
		Levels: []figures.Reference{{Name: "guessing: ln 52", Value: guessing}},
	}
	for _, m := range []struct {
		name      string
		layers    int
		positions bool
	}{{"one layer", 1, true}, {"two layers", 2, true}, {"two, no positions", 2, false}} {
		cfg, store := reader(m.layers), model.NewStore()
		must.M(gpt.Init(store.RootScope(), cfg, 1))
		stage := stage(m.name, cfg, m.positions)
		trainer := must.M1(train.New(course.Backend(), store, stage, train.Options{
			Optimizer: train.GPT3AdamW(3e-3),
			Schedule:  train.Schedule{Warmup: 20, Steps: steps, Floor: 0.1},
			Dir:       course.Dir("attention", m.name),
		}))
		curve := must.M1(trainer.Run(context.Background(), &texts{batch: 32}, steps))[0]
		curve.Name = m.name
		chart.Curves = append(chart.Curves, curve)
		fmt.Printf("%-18s %.2f nats after %d steps\n", m.name, curve.Smooth(20).Last(), steps)
	}
	must.M(chart.Show())
	fmt.Printf("%.1f minutes\n", time.Since(start).Minutes())
}

// **Your second prediction.**
// The curves settle it.
// One layer gets to 2.69 nats and creeps.
// That is about $\ln 15$: it knows which 8 to 20 letters the text is made of (who knows just that is right in 15 % of the places), and some more, for example that none of the last letters comes next at once.
// It does not know which one does.
// (A *layer* of this model is attention and behind it a small network that works at each position alone, chapter 4; only attention moves anything between positions.)
// Two layers follow it for the first hundred steps or two, and then fall off a cliff: the model has found something all at once.
// Two layers are needed because the look-up takes two steps:
//
// 1. *Layer 1*: every position looks one letter back and writes down "the letter before me was **q**".
// 2. *Layer 2*: a position that holds **q** looks for positions that wrote "the letter before me was **q**", and
//    copies what stands there.
//
// The look-up in layer 2 needs what layer 1 has written, so they cannot be in the same layer.
// Without positions layer 1 has no direct way to find the neighbour, and the third curve comes much later.
// (It does not stay up for ever.
// The mask gives something away: the first position averages over one letter, the tenth over ten, so a layer can tell roughly where it is.)
// This circuit is called an *induction head*.
// It was found in large language models as well, at the point in training where they begin to learn from their prompt (Olsson et al. 2022); chapter 8 comes back to it.
//
// ### Seeing it
//
// If the explanation is right, the trained weights must show it.
// We take a text of period 10 and compute what each head looks at, with the functions of the course and section 2's formula.

// maps returns the attention weights of every head of one layer, [heads][T][T], for one text.
func maps(store *model.Store, cfg gpt.Config, layer int, text []int32) [][][]float32 {
	attention := func(scope *model.Scope, ids *graph.Node) *graph.Node {
		x, blocks := gpt.Embed(scope, ids, cfg), scope.In("h")
		for i := range layer {
			x = gpt.Block(blocks.In("%d", i), x, cfg)
		}
		block := blocks.In("%d", layer)
		q, k, _ := gpt.QKV(block.In("attn"), gpt.LayerNorm(block.In("ln_1"), x), cfg)
		scores := graph.Einsum("bqhd,bkhd->bhqk", q, k)
		scores = graph.MulScalar(scores, 1/math.Sqrt(float64(cfg.HeadDim())))
		T := len(text)
		past := graph.Reshape(graph.LowerTriangular(ids.Graph(), T), 1, 1, T, T)
		past = graph.BroadcastToDims(past, scores.Shape().Dimensions...)
		return graph.MaskedSoftmax(scores, past, -1)
	}
	w := model.MustCallOnce(course.Backend(), store, attention, [][]int32{text})
	return w.Value().([][][][]float32)[0]
}

func Example_heatmap() {
	cfg, store := reader(2), course.Weights("attention", "two layers")
	rng, text := rand.New(rand.NewPCG(2, 2)), []int32{}
	for i := range 24 {
		if i < 10 {
			text = append(text, rng.Int32N(int32(len(letters))))
		} else {
			text = append(text, text[i-10])
		}
	}
	names := make([]string, len(text))
	for i, id := range text {
		names[i] = letters[id : id+1]
	}
	for layer := range cfg.Layers {
		picture := figures.Heatmap{
			Title:  fmt.Sprintf("Layer %d", layer+1),
			XLabel: "looks at", YLabel: "the position of", Unit: "attention weight", Max: 1,
		}
		for h, weights := range maps(store, cfg, layer, text) {
			rows := make([][]float64, len(text))
			for t := range rows {
				for _, w := range weights[t] {
					rows[t] = append(rows[t], float64(w))
				}
			}
			picture.Panels = append(picture.Panels, figures.Matrix{
				Title: fmt.Sprintf("head %d", h+1), Rows: names, Cols: names, Values: rows,
			})
		}
		must.M(picture.Show())
	}
}

// Read a row as "where does this position look?".
// In layer 1 the second head has all its weight just left of the diagonal: the letter before.
// (It lets go after some twenty letters: by then every text has begun to repeat itself, and nobody will ask for the note again.)
// In layer 2 both heads have their weight on a line **nine** places to the left of the diagonal, from where the text repeats: not at the same letter ten places back, but at the one *after* it, which is the answer.
// At the bottom there are two such places, and the weight is shared.
//
// How sure is it?
// Count, over fresh texts, how often the best guess for a letter that can be known is right.

func Example_accuracy() {
	fmt.Println("right guesses where the letter could be known, on texts never seen:")
	for _, m := range []struct {
		name   string
		layers int
	}{{"one layer", 1}, {"two layers", 2}} {
		cfg, store := reader(m.layers), course.Weights("attention", m.name)
		guesses := func(scope *model.Scope, ids *graph.Node) *graph.Node {
			return graph.ArgMax(gpt.Logits(scope, ids, cfg), -1)
		}
		exec := must.M1(model.NewExec(course.Backend(), store, guesses))
		right, all := 0, 0
		for batch, err := range (&texts{batch: 32, next: 1_000_000, count: 4}).Iter() {
			must.M(err)
			guess := must.M1(exec.Call1(batch.Inputs[0])).Value().([][]int32)
			want := batch.Labels[0].Value().([][]int32)
			known := batch.Labels[1].Value().([][]float32)
			for i := range want {
				for t := range want[i] {
					if known[i][t] == 1 {
						all++
						if guess[i][t] == want[i][t] {
							right++
						}
					}
				}
			}
		}
		fmt.Printf("%-11s %3d %%\n", m.name, 100*right/all)
	}
}

// ## What to remember, and how it fails
//
// - Attention is a soft look-up: scores by dot product, a softmax, a weighted mean. Content decides, not distance.
// - The mask makes it honest, the scale lets it learn, heads let it look at several things, positions tell it the
//   order.
// - Its signs of illness: a loss that is *too good* (the mask leaks: test it as in section 4); weights that are
//   one-hot from the first step (the scale is missing);
//    a model that cannot tell *dog bites man* from *man bites dog* (no positions); memory that explodes with the
//   length of the text (the square).
// - A plateau is not the end. The two-layer model looked as lost as the others until the cliff.
//
// ## Exercises
//
// The stubs are in `exercises/`.
// Each has a test that says what is missing; open a terminal in the repository.
//
// 1. **A window.** GPT-3 lets half of its layers see only the last few positions. Write `Band(T, window)`, the mask
//    of such a layer:
//    `go test -run Band ./notebooks/03_attention/exercises`
// 2. **One step at a time.** A model that writes text adds one position at a time. Write `Step`, attention of the
//    newest position over a list of keys and values
//     that grows, and see in its test that it equals the whole matrix: this is the *KV cache* of chapter 6. `go test
//    -run Step ./notebooks/03_attention/exercises`
// 3. **Try it** (no test): give the reader of section 8 one head instead of two, a width of 16, or periods between 4
//    and 40 letters. When does the cliff come, and does it
//    come at all? Predict first.
//
// ## What was simplified, and sources
//
// The texts of section 8 are artificial, so that the best possible loss is known.
// Attention weights show where a head looks, not what the model makes of it; the explanation of the two steps rests on the missing layer and the missing positions as much as on the picture.
// Dropout, which GPT-1 applies to the weights, is off here.
//
// - Bahdanau, Cho and Bengio 2015, *Neural machine translation by jointly learning to align and translate*:
//   attention before transformers.
// - Vaswani et al. 2017, *Attention is all you need*: scaled dot products, heads, positions.
// - Elhage et al. 2021, *A mathematical framework for transformer circuits*, and Olsson et al. 2022, *In-context
//   learning and induction heads*: section 8.
//
// Next: [chapter 4](../04_gpt1/gpt1.ipynb) stacks twelve of these layers and trains the result on a book.
