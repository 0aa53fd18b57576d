// # 4 · GPT-1: twelve layers
//
// You have a tokenizer (chapter 1), a bar to clear (chapter 2) and a layer that can look back (chapter 3).
// GPT-1 (Radford et al. 2018) puts twelve such layers on top of each other and trains them to predict the next token of books.
// **What has to stand between the layers so that twelve of them learn anything, and does the result predict better than counting?**
//
// | budget | full size | small size |
// |---|---|---|
// | time, 2 cores | about 5 minutes with XLA | half a minute |
// | memory | below 1 GB | the same |
// | result to expect | 3.7 to 3.85 nats per token held out, 2.03 to 2.08 bits per byte | a loss that falls |
//
// ### Before you read on: three predictions
//
// 1. GPT-1 has 12 layers, a width of 768 and 40,478 tokens. How many weights is that, roughly, and which part of the
//    model holds the most?
// 2. We will take out, one at a time, the positions, the residual connections and the normalisation. Which loss
//    hurts most?
// 3. The best counting model of chapter 2 looks back two tokens. Our GPT sees up to 64. By how much does it win on
//    the same held-out pages?

package gpt1_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"

	"gptbook/datasets/corpus"
	"gptbook/datasets/tokenizer"
	"gptbook/figures"
	"gptbook/gpt"
	"gptbook/gpt/generate"
	"gptbook/notebooks/course"
	"gptbook/train"
	"gptbook/train/pretrain"
)

// ## 1. What one position does on its own: the MLP
//
// Attention moves information between positions.
// What is done *with* it happens at each position alone, in a small network of two layers: widen the $C$ channels to $4C$, bend them, narrow them again.
// Two thirds of all weights in the blocks are here.
//
// The bend, the *activation function*, is the GELU, which lets positive numbers through, stops negative ones, and is smooth in between:
//
// $$ \mathrm{GELU}(x) = \tfrac12 x \left(1 + \tanh\!\left(\sqrt{2/\pi}\,(x + 0.044715\,x^3)\right)\right) $$

func gelu(x float64) float64 {
	return 0.5 * x * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
}

func Example_gelu() {
	bend, relu := figures.Series{Name: "GELU"}, figures.Series{Name: "ReLU"}
	for x := -4.0; x <= 3; x += 0.05 {
		bend.X, bend.Y = append(bend.X, x), append(bend.Y, gelu(x))
		relu.X, relu.Y = append(relu.X, x), append(relu.Y, max(0, x))
	}
	must.M(figures.Chart{
		Title: "The bend", XLabel: "x", YLabel: "f(x)", Series: []figures.Series{bend, relu},
	}.Show())
	fmt.Printf("GELU(-3) = %.4f, GELU(0) = %.4f, GELU(1) = %.4f\n", gelu(-3), gelu(0), gelu(1))
	// Output:
	// GELU(-3) = -0.0036, GELU(0) = 0.0000, GELU(1) = 0.8412
}

// ## 2. What keeps twelve layers alive: residual and norm
//
// A layer computes $f(x)$.
// If twelve of them are applied one after the other, $f_{12}(\cdots f_1(x))$, the gradient of the loss with respect to the first layer is a product of twelve matrices.
// If each shrinks it a little, nothing arrives; if each stretches it a little, a thousand times too much does.
//
// **The residual connection** has each layer compute a *change*: $x + f(x)$.
// The derivative is now $1 + f'$, and the 1 carries the gradient to the bottom whatever the layers do.
//
// **Layer normalisation** keeps the numbers in range.
// For each position it takes away the mean of the channels, divides by their standard deviation, and lets the network choose a new scale and shift:

// layerNorm is LN(x) = (x - mean)/√(variance + ε) · gain + bias for one position.
func layerNorm(x, gain, bias []float64) []float64 {
	mean, variance := 0.0, 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / float64(len(x))
	}
	y := make([]float64, len(x))
	for c, v := range x {
		y[c] = (v-mean)/math.Sqrt(variance+1e-5)*gain[c] + bias[c]
	}
	return y
}

func Example_layerNorm() {
	ones, zeros := []float64{1, 1, 1, 1}, []float64{0, 0, 0, 0}
	fmt.Printf("%.2f\n", layerNorm([]float64{1, 2, 3, 4}, ones, zeros))
	// The mean does not matter, nor does the scale:
	fmt.Printf("%.2f\n", layerNorm([]float64{1001, 1002, 1003, 1004}, ones, zeros))
	fmt.Printf("%.2f\n", layerNorm([]float64{10, 20, 30, 40}, ones, zeros))
	// Output:
	// [-1.34 -0.45 0.45 1.34]
	// [-1.34 -0.45 0.45 1.34]
	// [-1.34 -0.45 0.45 1.34]
}

// Where does the norm go?
// GPT-1 puts it *after* the sum, $x \leftarrow \mathrm{LN}(x + f(x))$, as the first transformer did.
// GPT-2 moved it *into the branch*, $x \leftarrow x + f(\mathrm{LN}(x))$, so that nothing stands in the way of the sum any more.
// `Config.PostLN` chooses; chapter 6 compares the two.
// At our size the second form trains faster, and the run below uses it.
//
// ## 3. A whole GPT in plain Go
//
// This is all there is: look up tokens, add positions, run the blocks, normalise, compare with the token table.
// One text at a time, no batches, no tricks.

// net reads the weights of a store by name.
type net struct {
	store *model.Store
	cfg   gpt.Config
}

// rows returns a weight as rows; a vector is one row.
func (n net) rows(name string) (rows [][]float64) {
	v := n.store.GetVariable("/" + strings.ReplaceAll(name, ".", "/"))
	flat, cols := tensors.MustCopyFlatData[float32](must.M1(v.Value())), v.Shape().Dim(-1)
	for len(flat) > 0 {
		row := make([]float64, cols)
		for c := range row {
			row[c] = float64(flat[c])
		}
		rows, flat = append(rows, row), flat[cols:]
	}
	return rows
}

func (n net) vector(name string) []float64 { return n.rows(name)[0] }

// dense is x·W + b for one position.
func (n net) dense(name string, x []float64) []float64 {
	W, y := n.rows(name+".weight"), n.vector(name+".bias")
	for i, row := range W {
		for c, w := range row {
			y[c] += x[i] * w
		}
	}
	return y
}

func (n net) norm(name string, x []float64) []float64 {
	return layerNorm(x, n.vector(name+".weight"), n.vector(name+".bias"))
}

// logits is the model: for each id of the text the scores of the id to come, [T][V].
func (n net) logits(ids []int32) (out [][]float64) {
	tokens, positions := n.rows("wte.weight"), n.rows("wpe.weight")
	stream := make([][]float64, len(ids)) // the residual stream, [T][C]
	for t, id := range ids {
		stream[t] = add(tokens[id], positions[t])
	}
	for i := range n.cfg.Layers {
		n.block(fmt.Sprintf("h.%d.", i), stream)
	}
	for _, x := range stream {
		x, row := n.norm("ln_f", x), make([]float64, len(tokens))
		for id, vector := range tokens {
			row[id] = dot(x, vector)
		}
		out = append(out, row)
	}
	return out
}

// block adds what attention and the MLP have to say to every position of the stream.
func (n net) block(at string, stream [][]float64) {
	C, d := n.cfg.Width, n.cfg.HeadDim()
	var qkv [][]float64 // [T][3C]
	for _, x := range stream {
		qkv = append(qkv, n.dense(at+"attn.c_attn", n.norm(at+"ln_1", x)))
	}
	for t := range stream {
		read := make([]float64, C)
		for h := 0; h < C; h += d { // a head has the channels h to h+d
			weights, sum := make([]float64, t+1), 0.0
			for s := range weights {
				weights[s] = math.Exp(dot(qkv[t][h:h+d], qkv[s][C+h:C+h+d]) / math.Sqrt(float64(d)))
				sum += weights[s]
			}
			for s, w := range weights {
				for c := h; c < h+d; c++ {
					read[c] += w / sum * qkv[s][2*C+c]
				}
			}
		}
		stream[t] = add(stream[t], n.dense(at+"attn.c_proj", read))
	}
	for t, x := range stream {
		wide := n.dense(at+"mlp.c_fc", n.norm(at+"ln_2", x))
		for c := range wide {
			wide[c] = gelu(wide[c])
		}
		stream[t] = add(stream[t], n.dense(at+"mlp.c_proj", wide))
	}
}

func add(a, b []float64) []float64 {
	sum := make([]float64, len(a))
	for c := range a {
		sum[c] = a[c] + b[c]
	}
	return sum
}

func dot(a, b []float64) (sum float64) {
	for c := range a {
		sum += a[c] * b[c]
	}
	return sum
}

// **The check**: the same weights through our loops and through the library, which computes batches, on any backend, with gradients.

func Example_equalsLibrary() {
	cfg, store := gpt.Tiny, model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	ids := []int32{71, 80, 84, 0, 49, 255}
	logits := func(scope *model.Scope, ids *graph.Node) *graph.Node {
		return gpt.Logits(scope, ids, cfg)
	}
	library := model.MustCallOnce(course.Backend(), store, logits, [][]int32{ids}).
		Value().([][][]float32)[0]
	worst := 0.0
	for t, row := range (net{store, cfg}).logits(ids) {
		for id, logit := range row {
			worst = max(worst, math.Abs(logit-float64(library[t][id])))
		}
	}
	fmt.Println("equal within 0.0001:", worst < 1e-4)
	// Output:
	// equal within 0.0001: true
}

// ## 4. How large is it?
//
// A block of width $C$ has $3C^2$ weights for queries, keys and values, $C^2$ for the output of attention and $8C^2$ for the MLP: $12C^2$, and $13C$ in biases and gains.
// With the two tables:

func Example_parameters() {
	for _, cfg := range []gpt.Config{gpt.GPT1, gpt.GPT2Small, gpt.GPT3_175B} {
		blocks := cfg.Layers * (12*cfg.Width*cfg.Width + 13*cfg.Width)
		fmt.Printf("%-10s %3d layers %15d weights, %2.0f %% in the blocks\n",
			cfg.Name, cfg.Layers, cfg.Params(), 100*float64(blocks)/float64(cfg.Params()))
	}
	// Output:
	// gpt1        12 layers       116534784 weights, 73 % in the blocks
	// gpt2-small  12 layers       124439808 weights, 68 % in the blocks
	// gpt3-175b   96 layers    174604259328 weights, 100 % in the blocks
}

// That is prediction 1: 117 million.
// The MLPs hold the largest share, $12 \cdot 8 \cdot 768^2 = 57$ million, nearly half.
// The number is exact: it is what OpenAI's published checkpoint holds.
// There is no separate output layer.
// The token table is used twice, to read and to write, which saves 31 million weights.
//
// ## 5. The model of this chapter
//
// Twelve layers, like GPT-1, but narrow enough for two cores.
// It reads Newton's *Opticks*, the book of chapters 1 and 2, in the same split.

// size is what we train: at full size twelve layers, in the small run two.
func size() (cfg gpt.Config, steps, batch int) {
	cfg = gpt.Config{
		Name: "opticks", Vocab: course.Pick(300, 1024), Context: course.Pick(32, 64),
		Layers: course.Pick(2, 12), Heads: 2, Width: course.Pick(32, 64),
		Dropout: course.Pick(0., 0.1),
	}
	return cfg, course.Pick(40, 2400), course.Pick(8, 16)
}

func Example_start() {
	cfg, _, _ := size()
	book, store := course.Tokens(cfg.Vocab), model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	ids := [][]int32{book.Held[:cfg.Context+1]}
	meanLoss := func(scope *model.Scope, ids *graph.Node) *graph.Node {
		in := graph.SliceAxis(ids, 1, graph.AxisRange(0, cfg.Context))
		next := graph.SliceAxis(ids, 1, graph.AxisRange(1))
		return gpt.CrossEntropy([]*graph.Node{next}, []*graph.Node{gpt.Logits(scope, in, cfg)})
	}
	loss := model.MustCallOnce(course.Backend(), store, meanLoss, ids)
	off := float64(tensors.ToScalar[float32](loss)) - math.Log(float64(cfg.Vocab))
	fmt.Println("an untrained model pays ln V nats per token, within 0.1:", math.Abs(off) < 0.1)
	// Output:
	// an untrained model pays ln V nats per token, within 0.1: true
}

// **Always look at this number first.**
// A model that has learned nothing should think all $V$ tokens equally likely.
// If the loss at step 0 is far above $\ln V$, the initial weights are too large; if it is below, the labels leak.
//
// ## 6. Training
//
// The rules are GPT-3's, which are a little kinder than GPT-1's.
//
// - **AdamW** moves each weight $w$ by its own measure. It keeps two running means of the gradient $g$, of itself and of its square, $m \leftarrow \beta_1 m + (1-\beta_1)\,g$ and $v \leftarrow \beta_2 v + (1-\beta_2)\,g^2$, divides each by $1-\beta^t$ because both start at 0, and takes the step
//   $w \leftarrow w - \eta\,\bigl(\hat m / (\sqrt{\hat v} + \epsilon) + \lambda w\bigr)$. So a weight whose gradient is always small moves as far as one whose gradient is large, and one whose gradient changes its sign at every step hardly moves. The last term, *weight decay*, pulls matrices towards 0.
// - **Warm-up**: at the start $v$ has seen few gradients and the steps are rash, so the rate $\eta$ rises from 0 over some steps. **Half a cosine** takes it down again, here to 0 (GPT-3 stops at a tenth): small steps at the end settle what large ones have left rough.
// - **Clipping**: if all gradients together are longer than 1, they are shortened to 1. One strange batch then cannot throw the model.
// - **Dropout**: in training a tenth of the numbers that leave attention and MLP are set to 0 at random, so that nothing may rely on a single one.
//
// Every step shows the model 16 random stretches of 64 tokens; a tenth of the book is held out.
// In the notebook the curve grows while you watch.
// We stop once on the way to listen to what the model says so far.

// stops are the points at which we take a sample, in steps.
func stops(steps int) []int { return []int{steps / 8, steps} }

// say prints what a model writes after a few words, with some luck in it (chapter 6 explains
// temperature and top-k).
func say(writer *generate.Generator, bpe *tokenizer.BPE, when string) {
	r := must.M1(writer.Generate(context.Background(), generate.Request{
		Prompt: bpe.Encode("The Rays of Light"), MaxTokens: course.Pick(8, 48),
		Sampler: generate.Sampler{Temperature: 0.8, TopK: 40, Seed: 1},
	}))
	text := strings.Join(strings.Fields(bpe.Decode(r[0].Tokens)), " ")
	fmt.Printf("%s: The Rays of Light %s\n\n", when, text)
}

func Example_train() {
	cfg, steps, batch := size()
	book, start := course.Tokens(cfg.Vocab), time.Now()
	store := model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	trainer := must.M1(train.New(course.Backend(), store, pretrain.CausalLM(cfg), train.Options{
		Optimizer:  train.GPT3AdamW(8e-3),
		Schedule:   train.Schedule{Warmup: steps / 20, Steps: steps},
		Validation: must.M1(corpus.Sequential(book.Held, batch, cfg.Context)),
		EvalEvery:  max(1, steps/16),
		Dir:        course.Dir("gpt1", "run"),
	}))
	batches := corpus.Prefetch(must.M1(corpus.NextToken(book.Train, batch, cfg.Context, 1)))
	fmt.Printf("%d weights, %d tokens of text, %d steps\n\n", cfg.Params(), len(book.Train), steps)
	writer := must.M1(generate.New(course.Backend(), store, cfg))
	say(writer, book.Tok, "before training")
	for _, stop := range stops(steps) {
		must.M1(trainer.Run(context.Background(), batches, stop-trainer.Step()))
		say(writer, book.Tok, fmt.Sprintf("after %d steps", stop))
	}
	loss := trainer.Metric(train.ValidationLoss).Last()
	bits := corpus.BitsPerByte(loss, len(book.Held), len(book.Text.Held))
	fmt.Printf("held out: %.2f nats per token = %.2f bits per byte\n", loss, bits)
	course.Record("04_gpt1", figures.Run{
		Preset: fmt.Sprintf("%s: %d layers, width %d", cfg.Name, cfg.Layers, cfg.Width),
		Seed:   1, Steps: steps, Data: book.Text.SHA256,
	}, time.Since(start), figures.Chart{
		Title:  "A twelve-layer GPT reads Newton's Opticks",
		YLabel: "nats per token", Smooth: 20, Curves: trainer.Curves(),
	})
}

// Before training the tokens are noise.
// After an eighth of the training there are words, and the grammar of a few words in a row.
// At the end the sentences are Newton's in tone and in vocabulary, and mean nothing: a model of this size knows which words go together, not what they are about.
//
// ### The curve
//
// Three parts, as in almost every training of a language model.
// **The first steps** fall steeply: within fifty the model knows how frequent each token is (chapter 2: 5.85 nats).
// **Then it bends** into a long, slow slope: held out, it passes chapter 2's counts of two tokens (4.22) near step 1,000 and those of three (3.83) near 1,900; each doubling of the steps gains 0.3 to 0.4 nats.
// **The two lines part**: the model sees each page of this small book many times and begins to know it by heart.
// As long as the validation line still falls, that does no harm; where it turns up, stop.
//
// ## 7. Against counting
//
// Bits per byte is the fair measure: the same held-out pages, however they are cut into tokens.
// The first four bars are the models of chapter 2.
// The window matters for the GPT: cut into pieces of 64 tokens, a held-out text leaves the first tokens of each piece with nothing to look back at.
// So the last bar lets the window slide in steps of 16 tokens and scores only the new ones, which is what a reader of the text would experience.

// sliding is the loss per token when the window moves on by stride tokens, and the tokens it was
// taken over: all but the first window's start.
func sliding(
	store *model.Store, cfg gpt.Config, ids []int32, stride int,
) (nats float64, tokens int) {
	lastLoss := func(scope *model.Scope, ids, next *graph.Node) *graph.Node {
		nll := gpt.NegativeLogLikelihood(gpt.Logits(scope, ids, cfg), next) // [B, T]
		last := graph.SliceAxis(nll, 1, graph.AxisRange(cfg.Context-stride))
		return graph.ReduceAllSum(last) // over the last stride positions
	}
	exec := must.M1(model.NewExec(course.Backend(), store, lastLoss))
	const batch = 8
	var in, next [][]int32
	for at := 0; at+cfg.Context < len(ids); at += stride {
		in, next = append(in, ids[at:at+cfg.Context]), append(next, ids[at+1:at+cfg.Context+1])
		if len(in) == batch {
			nats += float64(tensors.ToScalar[float32](must.M1(exec.Call1(in, next))))
			tokens += batch * stride
			in, next = nil, nil
		}
	}
	return nats / float64(tokens), tokens
}

func Example_compare() {
	cfg, _, _ := size()
	book, store := course.Tokens(cfg.Vocab), course.Weights("gpt1", "run")
	nats, tokens := sliding(store, cfg, book.Held, cfg.Context/4)
	plain, n := sliding(store, cfg, book.Held, cfg.Context)
	inBits := func(nats float64, tokens int) float64 {
		return corpus.BitsPerByte(nats, tokens, len(book.Text.Held)*tokens/len(book.Held))
	}
	_, others := must.M2(figures.LoadRun(course.Gallery("02_ngrams")))
	chart := figures.Bars{Title: "The same held-out pages", YLabel: "bits per byte"}
	set := figures.Set{}
	add := func(name string, bits float64) {
		chart.Groups, set.Values = append(chart.Groups, name), append(set.Values, bits)
		fmt.Printf("%-24s %.3f bits per byte\n", name, bits)
	}
	for _, c := range others {
		if strings.Contains(c.Name, "counted") || c.Name == "MLP, held out" {
			add(strings.TrimSuffix(c.Name, ", held out"), c.Last())
		}
	}
	add("GPT, pieces", inBits(plain, n))
	add("GPT, sliding", inBits(nats, tokens))
	chart.Sets = []figures.Set{set}
	must.M(chart.Show())
}

// The bar of chapter 2, three tokens counted, is cleared, by little, and the MLP by a lot.
// It is honest to say how little.
// Counting is a strong opponent on half a megabyte of one author, and its best form (exercise 2 of chapter 2) reaches 1.98 bits, which five minutes on two cores do not.
// What counting cannot do is improve: a table of four tokens is full of holes, however long you count in this book, while a longer training and a larger model go on (the curve above is flat at its end because the learning rate is 0 there).
// With a hundred times the text and the weights the order is never in doubt again; chapter 8 measures how fast the gap opens.
//
// A model that can look back is at its best when there is something to look back at: the sliding window is worth 0.02 bits per byte.
// That is **prediction 3**: the GPT beats the counts by 0.03 in pieces and by 0.05 with the window sliding.
//
// ## 8. What each part is worth
//
// Prediction 2.
// The same model with four layers, for a short time, once whole and three times with a part missing.
// They are built from the library's parts:

// ablated returns the logits of a GPT that lacks one part.
func ablated(missing string) func(scope *model.Scope, ids *graph.Node, cfg gpt.Config) *graph.Node {
	norm := func(scope *model.Scope, x *graph.Node) *graph.Node {
		if missing == "norm" {
			return x
		}
		return gpt.LayerNorm(scope, x)
	}
	sum := func(x, change *graph.Node) *graph.Node {
		if missing == "residual" {
			return change
		}
		return graph.Add(x, change)
	}
	return func(scope *model.Scope, ids *graph.Node, cfg gpt.Config) *graph.Node {
		table := scope.At("wte").GetVariable("weight").NodeValue(ids)
		x := graph.Gather(table, graph.InsertAxes(ids, -1)) // [B, T, C]
		if missing != "positions" {
			positions := scope.At("wpe").GetVariable("weight").NodeValue(ids) // [T, C]
			x = graph.Add(x, graph.InsertAxes(positions, 0))
		}
		blocks := scope.In("h")
		for i := range cfg.Layers {
			block := blocks.In("%d", i)
			x = sum(x, gpt.CausalAttention(block.In("attn"), norm(block.In("ln_1"), x), cfg))
			x = sum(x, gpt.MLP(block.In("mlp"), norm(block.In("ln_2"), x), cfg))
		}
		return gpt.Head(scope, norm(scope.In("ln_f"), x))
	}
}

func Example_ablations() {
	cfg, _, batch := size()
	cfg.Layers, cfg.Dropout = course.Pick(2, 4), 0
	steps := course.Pick(30, 200)
	book := course.Tokens(cfg.Vocab)
	guessing := math.Log(float64(cfg.Vocab))
	chart := figures.Chart{
		Title: "What a GPT loses with each part", YLabel: "training loss (nats/token)", Smooth: 15,
		Levels: []figures.Reference{{Name: "ln V: guessing", Value: guessing}},
	}
	for _, missing := range []string{"", "positions", "norm", "residual"} {
		store, logits := model.NewStore(), ablated(missing)
		must.M(gpt.Init(store.RootScope(), cfg, 1))
		stage := pretrain.CausalLM(cfg)
		if stage.Name = "whole"; missing != "" {
			stage.Name = "without " + missing
		}
		stage.Model = func(scope *model.Scope, _ any, inputs []*graph.Node) []*graph.Node {
			return []*graph.Node{logits(scope, inputs[0], cfg)}
		}
		trainer := must.M1(train.New(course.Backend(), store, stage, train.Options{
			Optimizer: train.GPT3AdamW(4e-3),
			Schedule:  train.Schedule{Warmup: 20, Steps: steps, Floor: 0.1},
		}))
		batches := must.M1(corpus.NextToken(book.Train, batch, cfg.Context, 1))
		curve := must.M1(trainer.Run(context.Background(), batches, steps))[0]
		curve.Name = stage.Name
		chart.Curves = append(chart.Curves, curve)
		fmt.Printf("%-18s %.2f nats after %d steps\n", curve.Name, curve.Smooth(30).Last(), steps)
	}
	must.M(chart.Show())
}

// **Prediction 2**, and two surprises.
//
// - *Without residual connections* the loss stops at 5.8: the frequencies of the tokens, which is all that the head
//   can learn on its own. Nothing comes through four layers of products, in either direction. At twelve it would be
//   no better.
// - *Without norm* it explodes once, recovers and learns, but late.
// - *Without positions* it does not suffer at all in the first steps; it may even lead. The table of positions
//   starts as noise that the model first has to make sense of, and the most frequent patterns (which tokens make a
//   word) need
//    no positions beyond what the mask gives away: the number of tokens that can be seen (chapter 3, section 8).
//   Haviv et al. 2022 found the same in large models. Where order itself is the task, as in chapter 3, it costs
//   dearly.
//
// ## What to remember, and how it fails
//
// - A GPT is a stream of vectors, one for each position, to which every layer adds something: attention what it
//   found elsewhere, the MLP what it makes of it.
// - The residual connection is what makes depth possible at all. The norm keeps the numbers in range. Positions give
//   the order.
// - Look at the loss at step 0 ($\ln V$), at the validation line beside the training line, and at samples. A loss
//   curve alone does not show that a model repeats itself.
// - Signs of illness: *the loss is NaN*: the learning rate is too high or the warm-up too short, and the trainer
//   stops and names the last good checkpoint. *It stays at $\ln V$*: the gradient does not arrive. *It falls
//   on the training text only*: too little text for so many weights, or too little dropout.
//
// ## Exercises
//
// 1. **Count before you allocate.** Write `Params(layers, width, vocab, context)`, the number of weights of a
//    pre-norm GPT, and `Memory`, the bytes that training it with AdamW takes in float32 (weights, gradients and two
//    moments):
//    `go test -run Params ./notebooks/04_gpt1/exercises`
// 2. **The schedule.** Write `Rate(step)`, GPT-1's own schedule: a linear warm-up over 2000 steps, then a cosine to
//    zero. `go test -run Rate ./notebooks/04_gpt1/exercises`
// 3. **Try it** (no test): train with `PostLN: true` and a warm-up of 0, 50 and 400 steps. Then with a learning rate
//    ten times as high. Predict each curve first.
// 4. **Try it** (no test): your own text. `go run ./train/chatgpt -corpus FILE` does in a terminal what this chapter
//    does; what does the model say about your subject?
//
// ## What was simplified, and sources
//
// GPT-1 learned from 7,000 books for weeks and has post-norm blocks, 512 positions and a vocabulary of 40,478.
// We have one book, five minutes, pre-norm blocks, 64 positions and 1,024 tokens.
// Its second half, fine-tuning the model on classification tasks, is compared with BERT's in chapter 5.
//
// - Radford et al. 2018, *Improving language understanding by generative pre-training*: GPT-1.
// - He et al. 2016, *Deep residual learning*; Ba et al. 2016, *Layer normalization*; Hendrycks and Gimpel 2016,
//   *Gaussian error linear units*.
// - Haviv et al. 2022, *Transformer language models without positional encodings still learn positional information*.
// - Loshchilov and Hutter 2019, *Decoupled weight decay regularization*: AdamW. Brown et al. 2020, appendix B: the
//   training rules used here.
//
// Next: chapter 5 turns the same parts round.
// [BERT](../05_bert/bert.ipynb) may look in both directions, and fills in blanks.
