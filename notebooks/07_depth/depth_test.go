// # 7 · GPT-3: from 12 to 96 layers
//
// GPT-1 has 12 layers, GPT-2 has 48, GPT-3 has 96.
// The block is the same.
// If a model gets better by stacking more of them, why did nobody stack 96 in 2018?
// **What stands in the way of depth, and what does it take to train 96 layers on two cores?**
//
// | budget | full size | small size |
// |---|---|---|
// | time, 2 cores | about 4 minutes with XLA | half a minute |
// | memory | about 1 GB | the same |
// | result to expect | 12 to 96 layers learn alike, 2.6 to 2.7 nats per letter on held-out pages; without the norm in the right place 48 layers stay at 3.1 | everything runs, little is learned |
//
// ### Before you read on: three predictions
//
// 1. A gradient on its way from layer 96 to layer 1 is multiplied by 96 matrices. Suppose each makes it a fifth shorter. What is left at the bottom?
// 2. Chapter 4 had two places for the normalisation: after the sum (GPT-1) or inside the branch (GPT-2 and 3). At 12 layers both learn. At 48, which one fails, and what does its failure look like?
// 3. Backpropagation needs the intermediate results of every layer. With 96 layers these are most of the memory. What if we throw them away and compute them a second time: what is saved, and what does it cost?

package depth_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
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

// ## 1. A product of 96 matrices
//
// Take the simplest deep network there is, a chain of random matrices, and send a gradient through it from the top.
// Three kinds of layer, of 64 channels:
//
// - *plain*: $y = Wx$, where $W$ makes a vector a fifth shorter on average;
// - *residual*: $y = x + \tfrac12 Wx$;
// - *scaled residual*: $y = x + \tfrac12 Wx/\sqrt{L}$: the more layers, the less each may say. GPT-2 does this at the start, for the $2L$ maps that write to the stream.

// arrives is the length of a gradient of length 1 after its way down through L random layers. Each
// does g ← keep·g + W·g with a W that makes a vector about strength times as long.
func arrives(L int, keep, strength float64) float64 {
	const C = 64
	rng := rand.New(rand.NewPCG(uint64(L), 7))
	g := make([]float64, C)
	g[0] = 1
	for range L {
		next := make([]float64, C)
		for i := range next {
			next[i] = keep * g[i]
			for _, v := range g {
				next[i] += strength / math.Sqrt(C) * rng.NormFloat64() * v
			}
		}
		g = next
	}
	sum := 0.0
	for _, v := range g {
		sum += v * v
	}
	return math.Sqrt(sum)
}

func Example_product() {
	series := []figures.Series{{Name: "plain"}, {Name: "residual"}, {Name: "scaled residual"}}
	fmt.Println("layers    plain   residual  scaled")
	for _, L := range []int{1, 3, 6, 12, 24, 48, 96} {
		plain, residual := arrives(L, 0, 0.8), arrives(L, 1, 0.4)
		scaled := arrives(L, 1, 0.4/math.Sqrt(float64(L)))
		for i, v := range []float64{plain, residual, scaled} {
			series[i].X, series[i].Y = append(series[i].X, float64(L)), append(series[i].Y, v)
		}
		fmt.Printf("%6d %8.0e %10.1f %7.2f\n", L, plain, residual, scaled)
	}
	must.M(figures.Chart{
		Title:  "What arrives at the bottom",
		XLabel: "layers", YLabel: "length of the gradient (1 at the top)",
		LogX: true, LogY: true, Series: series,
	}.Show())
	// Output:
	// layers    plain   residual  scaled
	//      1    7e-01        1.1    1.15
	//      3    5e-01        1.3    1.12
	//      6    2e-01        1.5    1.09
	//     12    7e-02        2.6    1.13
	//     24    3e-03        7.1    1.10
	//     48    6e-06       54.7    1.16
	//     96    5e-10     1368.3    1.09
}

// **Your first prediction.**
// $0.8^{96} \approx 5\cdot10^{-10}$.
// In the plain chain the bottom layers learn nothing.
// The sum $x + Wx$ turns that into its opposite: a stream that grows with every layer.
// Scaled, it is the same at any depth.
// That is the first half of the answer: *a residual stream, and branches that begin quietly*.
//
// ## 2. Backpropagation is a loop
//
// The second obstacle is not mathematics but memory and the compiler.
// A graph of 96 blocks with their gradients has some ten thousand nodes; XLA compiles it for minutes and takes more than 2 GB for that, and running it keeps everything that every layer computed.
// But all blocks have the same form.
// So let us compile **one** layer and write the loop over the layers ourselves.
// Up (the *forward pass*): keep the input of each layer.
// Down (the *backward pass*): take the gradient of its output, compute the layer once more from its input, and pass on the gradient of its input.
//
// Here it is for a layer small enough to differentiate by hand, $y = x + \tanh(Wx)$:

// layer is the matrix W of one layer, [C][C].
type layer [][]float64

// up is x + tanh(W·x), and tanh(W·x) alone.
func (W layer) up(x []float64) (y, bend []float64) {
	y, bend = make([]float64, len(x)), make([]float64, len(x))
	for i, row := range W {
		for j, w := range row {
			bend[i] += w * x[j]
		}
		bend[i] = math.Tanh(bend[i])
		y[i] = x[i] + bend[i]
	}
	return y, bend
}

// down takes the gradient of y to those of x and W. It computes the layer once more: of the way up
// only x was kept.
func (W layer) down(x, dy []float64) (dx []float64, dW layer) {
	_, bend := W.up(x)
	dx = append(dx, dy...) // the 1 of the residual
	for i, row := range W {
		inner := dy[i] * (1 - bend[i]*bend[i]) // the derivative of tanh is 1 - tanh²
		dW = append(dW, make([]float64, len(x)))
		for j, w := range row {
			dx[j] += w * inner
			dW[i][j] = inner * x[j]
		}
	}
	return dx, dW
}

// gradients of ½|y|² by the weights of all layers.
func gradients(net []layer, x []float64) []layer {
	inputs := [][]float64{x}
	for _, W := range net { // the way up
		y, _ := W.up(inputs[len(inputs)-1])
		inputs = append(inputs, y)
	}
	grads, dy := make([]layer, len(net)), inputs[len(net)] // ½|y|² has the gradient y
	for i := len(net) - 1; i >= 0; i-- {                   // the way down
		dy, grads[i] = net[i].down(inputs[i], dy)
	}
	return grads
}

// **The check**: the same network as one graph, differentiated by the library.

func Example_equalsLibrary() {
	const L, C = 6, 4
	rng := rand.New(rand.NewPCG(1, 2))
	x, net, args := make([]float64, C), make([]layer, L), []any{}
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	for l := range net {
		net[l] = make(layer, C)
		for i := range net[l] {
			for range C {
				net[l][i] = append(net[l][i], rng.NormFloat64()/2)
			}
		}
		args = append(args, [][]float64(net[l]))
	}
	library := must.M1(graph.CallOnceN(course.Backend(), func(in []*graph.Node) []*graph.Node {
		y, weights := in[0], in[1:]
		for _, W := range weights {
			y = graph.Add(y, graph.Tanh(graph.Dot(W, y).Product()))
		}
		return graph.Gradient(graph.MulScalar(graph.ReduceAllSum(graph.Square(y)), 0.5), weights...)
	}, append([]any{x}, args...)...))
	worst := 0.0
	for l, dW := range gradients(net, x) {
		want := library[l].Value().([][]float64)
		for i := range dW {
			for j := range dW[i] {
				worst = max(worst, math.Abs(dW[i][j]-want[i][j]))
			}
		}
	}
	fmt.Println("equal within 1e-9:", worst < 1e-9)
	// Output:
	// equal within 1e-9: true
}

// `train.Trainer` does just that for a GPT, with one compiled graph for a block's way up and one for its way down (`train/layered.go`).
// It chooses by itself; `Describe` says what it chose, and `Backprop` in its options decides otherwise.
//
// ## 3. 12, 24, 48, 96
//
// The same code, the same width of 32, the same letters of Newton's *Opticks* in the same order; only `Layers` differs.

const (
	width  = 32
	length = 32 // T: letters that a model sees
	batch  = 16
)

func deep(layers, vocab int) gpt.Config {
	return gpt.Config{
		Name: fmt.Sprintf("%d layers", layers), Vocab: vocab, Context: length,
		Layers: layers, Heads: 2, Width: width,
	}
}

// The next section compares two places for the norm; so a training here is of a **kind**: a depth, and where the norm stands.

// kind is a place for the norm, at some depth.
type kind struct {
	post   bool
	layers int
}

func (k kind) String() string {
	norm := "pre"
	if k.post {
		norm = "post"
	}
	return fmt.Sprintf("%s-norm, %d layers", norm, k.layers)
}

func (k kind) config(vocab int) gpt.Config {
	cfg := deep(k.layers, vocab)
	cfg.PostLN = k.post
	return cfg
}

// dir is where the training of a kind keeps what it made.
func (k kind) dir() string { return course.Dir("depth", k.String()) }

// log is a column of what the training of a kind has logged.
func (k kind) log(column string) curve.Curve { return course.Logged(k.dir(), column, k.String()) }

// depths are the four that we train.
func depths() []int { return course.Pick([]int{2, 3, 4, 5}, []int{12, 24, 48, 96}) }

// peak is the most memory that this program has had so far, in MB, and 0 where the system does not
// tell.
func peak() (mb int) {
	status, _ := os.ReadFile("/proc/self/status") // Linux
	for line := range strings.Lines(string(status)) {
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &mb); err == nil {
			return mb / 1000
		}
	}
	return 0
}

// row is the file with the line of a kind for the table.
func (k kind) row() string { return filepath.Join(k.dir(), "row.txt") }

// learn trains a model of that kind and leaves its log, its weights and a line for the table in its
// folder. What an earlier run of the cell has trained is not trained again.
func (k kind) learn() {
	if row, err := os.ReadFile(k.row()); err == nil {
		fmt.Println(string(row))
		return
	}
	steps := course.Pick(6, 250)
	book := course.Letters()
	cfg, store := k.config(book.Tok.VocabSize()), model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	stage := pretrain.CausalLM(cfg)
	stage.Name, stage.Unit = k.String(), "nats/letter"
	trainer := must.M1(train.New(course.Backend(), store, stage, train.Options{
		Optimizer:  train.GPT3AdamW(2e-3),
		Schedule:   train.Schedule{Warmup: steps / 5, Steps: steps, Floor: 0.1},
		Validation: must.M1(corpus.Sequential(book.Held, batch, length)).Take(course.Pick(1, 20)),
		Backprop:   train.LayerByLayer, Dir: k.dir(),
	}))
	batches := must.M1(corpus.NextToken(book.Train, batch, length, 1))
	must.M1(trainer.Run(context.Background(), batches, steps-trainer.Step()))
	first, others := 0.0, 0.0 // seconds
	for i, p := range trainer.Metric(train.TokensPerSecond).Points {
		if seconds := batch * length / p.Value; i == 0 {
			first = seconds
		} else {
			others += seconds / float64(steps-1)
		}
	}
	row := fmt.Sprintf("%-20s %9d %8.1f s %8.0f ms %8d MB %10.3f", k, cfg.Params(),
		first, 1000*others, peak(), trainer.Metric(train.ValidationLoss).Last())
	must.M(os.WriteFile(k.row(), []byte(row), 0o644))
	fmt.Println(row)
}

// Each of the four is a cell, and so a program, of its own: then the peak of its memory is its own, too.

func Example_first() {
	kind{layers: depths()[0]}.learn()
}

func Example_second() {
	kind{layers: depths()[1]}.learn()
}

func Example_third() {
	kind{layers: depths()[2]}.learn()
}

func Example_fourth() {
	kind{layers: depths()[3]}.learn()
}

// Side by side:

func Example_depths() {
	losses := figures.Chart{
		Title: "Equal width, equal data", YLabel: "training loss (nats/letter)", Smooth: 15,
	}
	norms := figures.Chart{
		Title:  "The gradient of all weights",
		YLabel: "its length, before clipping", LogY: true, Smooth: 15,
	}
	fmt.Println("                       weights first step   further     memory loss held out")
	for _, layers := range depths() {
		k := kind{layers: layers}
		fmt.Println(string(must.M1(os.ReadFile(k.row()))))
		losses.Curves = append(losses.Curves, k.log(train.TrainLoss))
		norms.Curves = append(norms.Curves, k.log(train.GradientNorm))
	}
	must.M(losses.Show())
	must.M(norms.Show())
}

// Read the table by columns.
// *The first step* takes two or three seconds at any depth: one layer is compiled, whatever their number.
// *A further step* grows in proportion to the depth, about 2.4 ms per layer.
// *Memory* hardly grows: most of the peak is the program and the compiler, and what the layers add is 16 bytes for each weight and one input each, together some 20 MB from 12 to 96 layers.
// And the **losses**: all depths learn, and the curves lie close together.
// Eight times the layers do not buy anything in so short a run, they even learn a little slower, 2.66 after 250 steps against 2.58.
// But nothing breaks, and that is what the first half of this chapter was about.
// The second figure shows why: the deeper model begins with the longer gradient, 19 against 6, but after ten steps all four have the same.
// (At step 51, just after the warm-up has ended, a single batch gives a gradient ten times as long as usual.
// Clipping makes it an ordinary one.)
//
// ## 4. Where the norm stands
//
// Second prediction.
// In a **post-norm** block the stream itself is normalised, $x \leftarrow \mathrm{LN}(x + f(x))$, twice in every block.
// Each time the old stream is divided by the length of the sum: after many blocks little is left of what came in at the bottom, and of the gradient that goes back.
// In a **pre-norm** block, $x \leftarrow x + f(\mathrm{LN}(x))$, nothing stands in the way.
//
// Two more trainings: post-norm with 12 and with 48 layers.
// Learning rate, warm-up and letters are those of section 3, whose pre-norm models of the same depths stand beside them.

func kinds() []kind {
	shallow, deep := depths()[0], depths()[2]
	return []kind{{true, shallow}, {false, shallow}, {true, deep}, {false, deep}}
}

// entropy is the loss of a model that knows how frequent each letter is, and nothing else.
func entropy(ids []int32, vocab int) (h float64) {
	counts := make([]float64, vocab)
	for _, id := range ids {
		counts[id]++
	}
	for _, n := range counts {
		if n > 0 {
			h -= n / float64(len(ids)) * math.Log(n/float64(len(ids)))
		}
	}
	return h
}

func Example_postNorm() {
	book := course.Letters()
	known := entropy(book.Train, book.Tok.VocabSize())
	chart := figures.Chart{
		Title:  "Post-norm against pre-norm",
		YLabel: "training loss (nats/letter)", Smooth: 15,
		Levels: []figures.Reference{{Name: "letter frequencies", Value: known}},
	}
	for _, k := range kinds() {
		k.learn()
		chart.Curves = append(chart.Curves, k.log(train.TrainLoss))
	}
	must.M(chart.Show())
}

// **Your second prediction.**
// At 12 layers both learn, post-norm late: it falls to the line of the letter frequencies, which takes no help from the blocks, stays there for some fifty steps, and then finds its way down.
// At 48 layers it reaches the same line and stays.
// The failure is a quiet one, no NaN and no explosion, and from the curve alone you cannot tell whether this model is lost or needs more time, as the one of 12 layers did.
//
// The gradient can tell.
// Let us look into the four models as they are after their training: the length of the gradient in each block, from the bottom to the top.
// A graph of 48 layers is what XLA does not like, so this cell computes on the pure Go backend, which needs no compiling.

// byBlock is the length of the gradient of each block's weights for one batch.
func byBlock(store *model.Store, cfg gpt.Config, batch mltrain.Batch) (lengths []float64) {
	sizes := func(scope *model.Scope, x, y *graph.Node) *graph.Node {
		loss := gpt.CrossEntropy([]*graph.Node{y}, []*graph.Node{gpt.Logits(scope, x, cfg)})
		var weights, sums []*graph.Node
		for _, w := range cfg.Weights() {
			weights = append(weights, store.GetVariable(w.Path(scope)).NodeValue(x))
		}
		grads := graph.Gradient(loss, weights...)
		for i := range cfg.Layers {
			sum := graph.ScalarZero(x.Graph(), loss.DType())
			for n, w := range cfg.Weights() {
				if strings.HasPrefix(w.Name, fmt.Sprintf("h.%d.", i)) {
					sum = graph.Add(sum, graph.ReduceAllSum(graph.Square(grads[n])))
				}
			}
			sums = append(sums, graph.Sqrt(sum))
		}
		return graph.Stack(sums, 0)
	}
	out := model.MustCallOnce(course.PureGo(), store, sizes, batch.Inputs[0], batch.Labels[0])
	for _, v := range out.Value().([]float32) {
		lengths = append(lengths, float64(v))
	}
	return lengths
}

func Example_norms() {
	book := course.Letters()
	chart := figures.Chart{
		Title:  "Where the gradient is, after training",
		XLabel: "block", YLabel: "length of the gradient", LogY: true,
	}
	sample := must.M1(corpus.NextToken(book.Train, 4, length, 2)).At(0)
	for _, k := range kinds() {
		cfg, store := k.config(book.Tok.VocabSize()), course.Weights("depth", k.String())
		s := figures.Series{Name: k.String(), Y: byBlock(store, cfg, sample)}
		for i := range s.Y {
			s.X = append(s.X, float64(i+1))
		}
		chart.Series = append(chart.Series, s)
		fmt.Printf("%-20s first block %.1e, last block %.1e\n", s.Name, s.Y[0], s.Y[len(s.Y)-1])
	}
	must.M(chart.Show())
}

// In the deep post-norm model the gradient dies on its way down, more than four powers of ten from the last block to the first: the lower blocks are cut off, and whatever they say is noise to those above.
// The post-norm model of 12 layers has got out of that and looks like the pre-norm model of 12 layers.
// In the pre-norm models every block gets its share, the lowest the most, at 48 layers as at 12.
// Before training the two kinds do not differ that much: with matrices as small as the start makes them, a branch hardly disturbs the stream, wherever the norm stands.
// It is training that makes the branches louder, and every norm in the stream then takes a share of what comes from below.
// A long warm-up, which keeps the branches quiet until they have learned something, is how deep post-norm models were trained all the same (exercise 3).
//
// ## 5. Memory: keep, or compute again
//
// Third prediction.
// What a training step keeps grows with the depth: the weights with their gradients and moments, and everything that the blocks have computed.
// The second is the larger part where texts are long.
// There are two ways to give it up, both called *activation checkpointing* or *recomputation*.
// The library's way marks places in one graph: `x.Checkpoint()` says "keep this one; what lies between can be computed again".
// The other way is the loop of section 2, which keeps the inputs of the layers and nothing else.
//
// The formula of Korthikanti et al. 2022 (chapter 8 writes it down) says how much there is to save, for the model that the next three cells train.
// It counts the masks of dropout, which our model does not have, so it is an upper bound:

// wide is a model whose activations are larger than its weights.
func wide(vocab int) gpt.Config {
	return gpt.Config{
		Name: "wide", Vocab: vocab, Context: course.Pick(32, 128),
		Layers: course.Pick(3, 12), Heads: 4, Width: 64,
	}
}

const wideBatch = 16

func Example_onPaper() {
	// The full size, and the formula has 2 bytes for a number.
	cfg := gpt.Config{Name: "wide", Vocab: 100, Context: 128, Layers: 12, Heads: 4, Width: 64}
	const toFloat32 = 2
	for _, k := range []struct {
		name string
		keep scale.Keep
	}{{"everything", scale.KeepAll}, {"inputs of the blocks", scale.KeepInputs}} {
		memory := toFloat32 * scale.Activations(cfg, wideBatch, k.keep)
		fmt.Printf("keep %-22s %4.0f MB\n", k.name, memory/1e6)
	}
	fmt.Printf("weights with gradients and moments %.0f MB\n", scale.Float32.Memory(cfg)/1e6)
	// Output:
	// keep everything              233 MB
	// keep inputs of the blocks      6 MB
	// weights with gradients and moments 10 MB
}

// Each of the three cells is a program of its own, so the peak of its memory is its own too.

// spend trains the wide model for some steps in one of three ways and says what that took.
func spend(name string, stage func(cfg gpt.Config) train.Stage, how train.Backprop) {
	book := course.Letters()
	engine, bare := course.Backend(), peak()
	cfg, store := wide(book.Tok.VocabSize()), model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	trainer := must.M1(train.New(engine, store, stage(cfg), train.Options{
		Optimizer: train.GPT3AdamW(1e-3), Backprop: how, Quiet: true,
	}))
	batches := must.M1(corpus.NextToken(book.Train, wideBatch, cfg.Context, 1))
	steps := course.Pick(3, 12)
	must.M1(trainer.Run(context.Background(), batches, 1)) // compiles
	start := time.Now()
	curve := must.M1(trainer.Run(context.Background(), batches, steps))[0]
	fmt.Printf("%s: %d ms per step, loss %.4f; "+
		"memory at its peak %d MB, of which %d MB before there was a model\n",
		name, time.Since(start).Milliseconds()/int64(steps), curve.Last(), peak(), bare)
}

func Example_keepAll() {
	spend("one graph, everything kept", pretrain.CausalLM, train.WholeModel)
}

// checkpointed is the same model with a checkpoint in front of each block.
func checkpointed(cfg gpt.Config) train.Stage {
	stage := pretrain.CausalLM(cfg)
	stage.Model = func(scope *model.Scope, _ any, inputs []*graph.Node) []*graph.Node {
		x, blocks := gpt.Embed(scope, inputs[0], cfg), scope.In("h")
		for i := range cfg.Layers {
			x = gpt.Block(blocks.In("%d", i), x.Checkpoint(), cfg)
		}
		return []*graph.Node{gpt.Head(scope, gpt.LastNorm(scope, x.StopCheckpoint(), cfg))}
	}
	return stage
}

func Example_checkpoint() {
	spend("one graph, checkpoints", checkpointed, train.WholeModel)
}

func Example_layerByLayer() {
	spend("layer by layer", pretrain.CausalLM, train.LayerByLayer)
}

// The three losses are equal: it is the same training.
// Take off what there was before the model, and the first way needs some 980 MB, the second 550, the third 270.
// (The first number varies from run to run, the order does not.)
// The formula explains the order, not the amounts: a gradient on its way down needs room, too, XLA decides itself what it makes of a checkpoint, and a graph of twelve layers takes more memory to compile than a graph of one.
//
// **Your third prediction.**
// A step has one way up and a way down of twice the price; with a second way up that is a third more operations.
// The clock shows nothing of it here, 195, 190 and 183 ms, and in other runs up to a fifth: to keep everything costs time as well, it must be written and read, and part of a step, such as the update of the weights, is the same for all.
// In exchange the largest item of the bill is gone.
// At GPT-3's size it would be 275 GB for a single text (chapter 8).
//
// The ways must agree up to rounding.
// First, with and without checkpoints, number by number for a weight of the lowest block:

// gradient is a stage's loss and the gradient of one weight of the lowest block.
func gradient(stage train.Stage, cfg gpt.Config, batch mltrain.Batch) (
	loss float32, grad []float32,
) {
	store := model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	down := func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		l := stage.Loss(in[1:], stage.Model(scope, nil, in[:1]))
		weight := store.GetVariable("/h/0/mlp/c_fc/weight").NodeValue(l)
		return []*graph.Node{l, graph.Gradient(l, weight)[0]}
	}
	exec := must.M1(model.NewExec(course.Backend(), store, down))
	out := must.M1(exec.Call(batch.Inputs[0], batch.Labels[0]))
	return tensors.ToScalar[float32](out[0]), tensors.MustCopyFlatData[float32](out[1])
}

func Example_sameGradient() {
	book := course.Letters()
	cfg := deep(3, book.Tok.VocabSize())
	batches := must.M1(corpus.NextToken(book.Train, 4, length, 1))
	lossA, a := gradient(pretrain.CausalLM(cfg), cfg, batches.At(0))
	lossB, b := gradient(checkpointed(cfg), cfg, batches.At(0))
	worst := 0.0
	for i := range a {
		worst = max(worst, math.Abs(float64(a[i]-b[i])))
	}
	fmt.Println("losses equal:", math.Abs(float64(lossA-lossB)) < 1e-6,
		"- gradients equal:", worst < 1e-6)
	// Output:
	// losses equal: true - gradients equal: true
}

// Then all three over five steps, in the loss and in the length of the whole gradient (that of each weight is held by a test, `train/pretrain`):

func Example_sameTraining() {
	book := course.Letters()
	cfg := deep(3, book.Tok.VocabSize())
	learn := func(stage train.Stage, how train.Backprop) (losses, norms []curve.Point) {
		store := model.NewStore()
		must.M(gpt.Init(store.RootScope(), cfg, 1))
		trainer := must.M1(train.New(course.Backend(), store, stage, train.Options{
			Optimizer: train.GPT3AdamW(1e-3), Backprop: how, Quiet: true,
		}))
		batches := must.M1(corpus.NextToken(book.Train, 4, length, 1))
		must.M1(trainer.Run(context.Background(), batches, 5))
		return trainer.Metric(train.TrainLoss).Points, trainer.Metric(train.GradientNorm).Points
	}
	losses, norms := learn(pretrain.CausalLM(cfg), train.WholeModel)
	for _, way := range []struct {
		name  string
		stage train.Stage
		how   train.Backprop
	}{
		{"checkpoints", checkpointed(cfg), train.WholeModel},
		{"layer by layer", pretrain.CausalLM(cfg), train.LayerByLayer},
	} {
		l, n := learn(way.stage, way.how)
		worst := 0.0
		for i := range losses {
			worst = max(worst, math.Abs(l[i].Value/losses[i].Value-1))
			worst = max(worst, math.Abs(n[i].Value/norms[i].Value-1))
		}
		fmt.Printf("%-14s  losses and lengths of the gradient equal within 1e-5: %v\n",
			way.name, worst < 1e-5)
	}
	// Output:
	// checkpoints     losses and lengths of the gradient equal within 1e-5: true
	// layer by layer  losses and lengths of the gradient equal within 1e-5: true
}

// ## What to remember, and how it fails
//
// - Depth is a product. The residual sum, branches that begin quietly, and a norm outside of the stream keep it near 1.
// - Backpropagation is a loop from the top down. Whoever writes it as a loop needs one compiled layer, not ninety-six.
// - What was computed once can be computed again: the memory of one layer instead of all, for at most a third more work, and often for no more time.
// - Signs of illness: *the loss falls to that of letter frequencies and stays*: the gradient does not get below the top layers. *It explodes after the warm-up*: the branches got loud; lower the rate, or lengthen the warm-up. *The first step takes minutes*:
//   the compiler has a graph of the whole depth before it.
//
// ## Exercises
//
// 1. **What arrives.** Write `Survives(layers, gain)`, the length of a gradient after its way through scaled residual layers, $\left(1+\text{gain}^2/L\right)^{L/2}$, and `Limit(gain)`, what that becomes for infinitely many: `go test -run Survives ./notebooks/07_depth/exercises`
// 2. **Fewer checkpoints.** Keep only every $k$-th input and compute the others again. Write `Cost(layers, every)`, the most layer inputs that are in memory at one time, and `Best(layers)`, the spacing that needs the least:
//    `go test -run Checkpoints ./notebooks/07_depth/exercises`
// 3. **Try it** (no test): post-norm at 48 layers with a warm-up of 150 of 400 steps, and with a tenth of the learning rate. What saves it? What does that cost?
// 4. **Try it** (no test): `go run ./train/chatgpt -layers 96 -width 64 -window 16`. It is GPT-3's depth in a terminal, and every second block is banded as GPT-3's are: it sees 16 tokens back.
//    What does the band cost, and what does it save? Compare with `-window 0`, in another `-out`.
//
// ## What was simplified, and sources
//
// GPT-3's layers are 12,288 wide; ours 32.
// Every second of its layers looks at a band of recent positions only, where ours all look at everything (`Window` in `gpt.Config` does that here).
// It multiplies in 16 bits, where ours take 32 (`BF16`).
// It ran for 300 billion tokens, ours for a hundred thousand: what depth is worth in the end cannot be seen in so short a run; chapter 8 measures what *size* is worth.
// The clipping uses the length of the whole gradient, so the layered trainer updates after its way down and holds all gradients until then.
//
// - Brown et al. 2020, *Language models are few-shot learners*: GPT-3. Radford et al. 2019: pre-norm and the scaled start (§2.3).
// - Xiong et al. 2020, *On layer normalization in the transformer architecture*: why post-norm needs a warm-up.
// - Chen et al. 2016, *Training deep nets with sublinear memory cost*: checkpoints. Korthikanti et al. 2022: what a block keeps.
// - He et al. 2016, *Deep residual learning*: the sum.
//
// Next: [chapter 8](../08_scaling/scaling.ipynb) asks what all this size is worth, and what it costs.
