// # 6 · GPT-2: bigger, and asked instead of trained
//
// GPT-1 was trained on books and then trained again for each task.
// GPT-2 (Radford et al. 2019) is the same model, ten times as large, and the second training is gone: whatever it can do, it does because the text before asks for it.
// **What had to change so that the stack of layers could grow to 48, and how do you get text out of such a model that is worth reading, without waiting for it?**
//
// | budget | full size | small size |
// |---|---|---|
// | time, 2 cores | about 4 minutes with XLA | one minute |
// | memory | below 1 GB | the same |
// | result to expect | gradients of the blocks within a factor of 30 with pre-norm, 650,000 apart with post-norm; the chapter's own model at 3.9 to 4.1 nats per token; time per token flat with a cache, rising without | the same shapes, rougher |
//
// ### Before you read on: three predictions
//
// 1. GPT-1 normalises *after* each sum, GPT-2 *before* each layer. Train both for 150 steps and measure the gradient that arrives at each of twelve layers. In which layers of which model
//    is it largest, and by what factor do the first and the last layer differ?
// 2. You always take the token that the model thinks most probable. It is the best guess at every single step. What does the text look like after fifty of them?
// 3. To write token number 500, the model reads the 499 before. How much of that work did it do already for token number 499? How many bytes would it have to keep to be spared it, for each
//    token, in GPT-2 small?

package gpt2_test

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"
	"github.com/janpfeifer/must"

	"gptbook/datasets/corpus"
	"gptbook/datasets/tokenizer"
	"gptbook/datasets/tokenizer/gpt2"
	"gptbook/figures"
	"gptbook/gpt"
	"gptbook/gpt/generate"
	"gptbook/gpt/hub"
	"gptbook/notebooks/course"
	"gptbook/train"
	"gptbook/train/pretrain"
)

// ## 1. Four sizes of one thing
//
// The code of chapter 4 builds all of them; only the numbers in `gpt.Config` differ.

func Example_sizes() {
	fmt.Println("             layers  width  context  tokens        weights")
	for _, cfg := range []gpt.Config{
		gpt.GPT1, gpt.GPT2Small, gpt.GPT2Medium, gpt.GPT2Large, gpt.GPT2XL,
	} {
		fmt.Printf("%-12s %6d %6d %8d %7d %14d\n",
			cfg.Name, cfg.Layers, cfg.Width, cfg.Context, cfg.Vocab, cfg.Params())
	}
	// Output:
	//              layers  width  context  tokens        weights
	// gpt1             12    768      512   40478      116534784
	// gpt2-small       12    768     1024   50257      124439808
	// gpt2-medium      24   1024     1024   50257      354823168
	// gpt2-large       36   1280     1024   50257      774030080
	// gpt2-xl          48   1600     1024   50257     1557611200
}

// (The paper prints 117, 345, 762 and 1542 million.
// It miscounted, and the authors said so later; the weights that they published have the numbers above.)
//
// What changed, in the order in which this chapter takes it up:
//
// - **The norm moved** from behind the sum to the head of each branch, and one more stands at the very end (section 2).
// - **The first weights** of the layers that write to the stream are smaller by $1/\sqrt{2L}$ (section 3).
// - **The text**: 8 million pages from the web instead of 7,000 books, twice the context, and the byte-level tokenizer of chapter 1, to which no text is foreign.
// - **The task** is in the prompt (section 5).
//
// ## 2. Where the norm stands
//
// $$ \text{GPT-1, post-norm:}\quad x \leftarrow \mathrm{LN}(x + f(x)) \qquad\qquad \text{GPT-2, pre-norm:}\quad x \leftarrow x + f(\mathrm{LN}(x)) $$
//
// Follow the gradient from the top down.
// In the pre-norm model a sum stands at every step, and a sum hands the gradient on as it is: whatever the branches do, the bottom layer gets what the top layer got, plus something.
// In the post-norm model the gradient must pass a norm in every layer.
// A norm divides by the standard deviation $\sigma$ of what it gets, so the gradient is divided by $\sigma$ as well, twice per block.
// While the branches are small, $\sigma \approx 1$ and nothing happens.
// When training has made a branch as large as the stream, $\sigma = \sqrt 2$, and after twelve blocks of two branches the gradient has been divided by $\sqrt 2^{\,24} = 4096$.
//
// That is an argument.
// The measurement: a function that takes a model apart and returns, for each block, how large its output is and how long the gradient of its weights is.

// anatomy measures a model on one batch: for each block, from the bottom, the root of the mean
// square of the stream that leaves it, and the length of the gradient of the loss for all of its
// weights together.
func anatomy(store *model.Store, cfg gpt.Config, batch mltrain.Batch) (stream, gradient []float64) {
	measure := func(scope *model.Scope, ids, next *graph.Node) (sizes []*graph.Node) {
		x, blocks := gpt.Embed(scope, ids, cfg), scope.In("h")
		for i := range cfg.Layers {
			x = gpt.Block(blocks.In("%d", i), x, cfg)
			sizes = append(sizes, graph.Sqrt(graph.ReduceAllMean(graph.Square(x))))
		}
		logits := gpt.Head(scope, gpt.LastNorm(scope, x, cfg))
		loss := gpt.CrossEntropy([]*graph.Node{next}, []*graph.Node{logits})
		var weights []*graph.Node // of all blocks, each with as many
		for _, w := range cfg.Weights() {
			if strings.HasPrefix(w.Name, "h.") {
				weights = append(weights, store.GetVariable(w.Path(scope)).NodeValue(ids))
			}
		}
		for block := range slices.Chunk(graph.Gradient(loss, weights...), len(weights)/cfg.Layers) {
			sum := graph.ReduceAllSum(graph.Square(block[0]))
			for _, g := range block[1:] {
				sum = graph.Add(sum, graph.ReduceAllSum(graph.Square(g)))
			}
			sizes = append(sizes, graph.Sqrt(sum))
		}
		return sizes
	}
	out := model.MustCallOnceN(course.Backend(), store, measure, batch.Inputs[0], batch.Labels[0])
	for i, t := range out {
		if v := float64(tensors.ToScalar[float32](t)); i < cfg.Layers {
			stream = append(stream, v)
		} else {
			gradient = append(gradient, v)
		}
	}
	return stream, gradient
}

// The patient is Newton's book again, in a model of twelve blocks.

// narrow is a narrow model of twelve blocks.
func narrow(postLN bool) gpt.Config {
	return gpt.Config{
		Name: "narrow", Vocab: 512, Context: 32, Layers: course.Pick(2, 12),
		Heads: 2, Width: course.Pick(32, 64), PostLN: postLN,
	}
}

// profile is a line over the blocks 1 to L.
func profile(name string, values []float64) figures.Series {
	s := figures.Series{Name: name, Y: values}
	for i := range values {
		s.X = append(s.X, float64(i+1))
	}
	return s
}

// entropy is the loss of a model that knows how frequent each token is, and nothing else.
func entropy(ids []int32) (h float64) {
	counts := make(map[int32]float64)
	for _, id := range ids {
		counts[id]++
	}
	for _, id := range slices.Sorted(maps.Keys(counts)) {
		share := counts[id] / float64(len(ids))
		h -= share * math.Log(share)
	}
	return h
}

func Example_gradients() {
	steps := course.Pick(10, 150)
	ids := course.Tokens(512).Train
	gradients := figures.Chart{
		Title:  "The gradient that arrives, by depth",
		XLabel: "block (1 reads the tokens)", YLabel: "length of the gradient", LogY: true,
	}
	losses := figures.Chart{
		Title:  "What it means for learning",
		YLabel: "training loss (nats/token)", Smooth: 5,
		Levels: []figures.Reference{{Name: "token frequencies", Value: entropy(ids)}},
	}
	for _, v := range []struct {
		name   string
		postLN bool
	}{{"pre-norm", false}, {"post-norm", true}} {
		cfg, store := narrow(v.postLN), model.NewStore()
		must.M(gpt.Init(store.RootScope(), cfg, 1))
		batches := must.M1(corpus.NextToken(ids, 8, cfg.Context, 1))
		_, start := anatomy(store, cfg, batches.At(1_000_000))
		stage := pretrain.CausalLM(cfg)
		stage.Name = v.name
		trainer := must.M1(train.New(course.Backend(), store, stage, train.Options{
			Optimizer: train.GPT3AdamW(3e-3), Schedule: train.Schedule{Warmup: 40}}))
		curve := must.M1(trainer.Run(context.Background(), batches, steps))[0]
		_, later := anatomy(store, cfg, batches.At(1_000_000))
		curve.Name = v.name
		losses.Curves = append(losses.Curves, curve)
		gradients.Series = append(gradients.Series, profile(v.name+", start", start),
			profile(fmt.Sprintf("%s, step %d", v.name, steps), later))
		last, second := cfg.Layers-1, 1
		fmt.Printf("%-9s  last block : second block = "+
			"%8.3g at the start, %8.3g after %d steps\n",
			v.name, start[last]/start[second], later[last]/later[second], steps)
	}
	must.M(gradients.Show())
	must.M(losses.Show())
}

// **Your first prediction.**
// At the start both models look healthy, nearly the same gradient everywhere.
// (The first block of the post-norm model stands out: it reads the raw embeddings, which are tiny, and its norm blows them up.)
// After a hundred and fifty steps the line of the post-norm model is a slope: each block gets about a quarter of what the block above it got, and over ten blocks that makes a factor of 650,000.
// (It is steeper than the factor of 2 per block of the argument.
// There the branch was as large as the stream; a branch that has grown to 1.7 times the stream gives $\sigma^2 = 1 + 1.7^2 = 3.9$ per block.)
// The lowest blocks get nothing and will never learn to do anything else than what they did at the start.
// The loss shows what that means: it stops where the frequencies of the tokens are known and stays there, for that much the top can learn alone.
//
// The pre-norm line falls the other way, by a factor of 30 from the first block to the last, most of it in the first three: the lowest blocks get the most, all get enough, and the loss goes on falling.
//
// This is why post-norm models need a long warm-up with a small learning rate, and why GPT-1, with it, could be trained all the same: with a rate twelve times smaller than ours and 2,000 steps to reach it, the branches grow so slowly that the gradient has time to shape them.
// Pre-norm needs less care, and at 48 layers care is not enough any more.
// Chapter 7 goes to 96.
//
// The cost: with pre-norm nobody keeps the stream in range.
// That is what the norm before the head, `ln_f`, is for, and why the next section is needed.
//
// ## 3. Small first steps: $1/\sqrt{2L}$
//
// At the start every branch adds something random to the stream.
// Variances of independent numbers add up, so after $2L$ branches of variance $\sigma^2$ each, the stream has
//
// $$ \mathrm{Var}(x_{2L}) = \mathrm{Var}(x_0) + 2L\,\sigma^2 . $$
//
// The deeper the model, the louder the noise in which the head has to find the signal, and the smaller the share of each single branch.
// GPT-2 therefore draws the weights of the two maps that write to the stream (`c_proj` of attention and of the MLP) with a standard deviation of $0.02/\sqrt{2L}$ instead of $0.02$.
// Then the sum of all is as large as one, whatever $L$.

// loud undoes the scaling: it multiplies the weights that write to the stream by √(2L).
func loud(store *model.Store, cfg gpt.Config) {
	for _, w := range cfg.Weights() {
		if !strings.HasSuffix(w.Name, "c_proj.weight") {
			continue
		}
		v := store.GetVariable(w.Path(store.RootScope()))
		values := must.M1(tensors.CopyFlatData[float32](must.M1(v.Value())))
		for i := range values {
			values[i] *= float32(math.Sqrt(2 * float64(cfg.Layers)))
		}
		must.M(gpt.SetWeight(store.RootScope(), w, values))
	}
}

func Example_scale() {
	cfg := narrow(false)
	batch := must.M1(corpus.NextToken(course.Tokens(512).Train, 8, cfg.Context, 1)).At(0)
	streams := figures.Chart{
		Title: "The stream before any training", XLabel: "block", YLabel: "root mean square",
	}
	gradients := figures.Chart{
		Title:  "The gradients before any training",
		XLabel: "block", YLabel: "length, top block = 1",
	}
	for _, scaled := range []bool{false, true} {
		store, name := model.NewStore(), "0.02 / √(2L)"
		must.M(gpt.Init(store.RootScope(), cfg, 1))
		if !scaled {
			name = "0.02"
			loud(store, cfg)
		}
		stream, gradient := anatomy(store, cfg, batch)
		top := gradient[cfg.Layers-1]
		for i := range gradient {
			gradient[i] /= top
		}
		streams.Series = append(streams.Series, profile(name, stream))
		gradients.Series = append(gradients.Series, profile(name, gradient))
		fmt.Printf("%-12s  the stream grows by a factor of %.1f; "+
			"bottom gradient = %.1f × top gradient\n",
			name, stream[cfg.Layers-1]/stream[0], gradient[0])
	}
	must.M(streams.Show())
	must.M(gradients.Show())
}

// Without the scale the stream grows like the root of the depth, and every block's norm divides by it on the way in, so that the gradients of the upper blocks shrink.
// With it all blocks start out alike.
// It is a matter of the start alone: training then gives the weights sizes of their own.
//
// ## 4. A model to talk to
//
// For the rest of the chapter we need one that has learned something: four wide blocks that see 128 tokens, trained for two or three minutes.
// On one book that makes a parrot of Newton, not GPT-2; section 9 asks the real one, if you have its weights.

// own is the shape of the chapter's model.
func own() gpt.Config {
	return gpt.Config{
		Name: "own", Vocab: course.Pick(300, 1024), Context: course.Pick(48, 128),
		Layers: course.Pick(2, 4), Heads: 4, Width: course.Pick(32, 128), Dropout: 0.1,
	}
}

func Example_train() {
	cfg, steps, batch, start := own(), course.Pick(40, 1500), 8, time.Now()
	book, store := course.Tokens(cfg.Vocab), model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	stage := pretrain.CausalLM(cfg)
	stage.Name = "a model of our own"
	trainer := must.M1(train.New(course.Backend(), store, stage, train.Options{
		Optimizer:  train.GPT3AdamW(3e-3),
		Schedule:   train.Schedule{Warmup: steps / 20, Steps: steps, Floor: 0.05},
		Validation: must.M1(corpus.Sequential(book.Held, batch, cfg.Context)),
		EvalEvery:  max(1, steps/8),
	}))
	batches := corpus.Prefetch(must.M1(corpus.NextToken(book.Train, batch, cfg.Context, 1)))
	must.M1(trainer.Run(context.Background(), batches, steps))
	learned := trainer.Metric(train.TrainLoss).Smooth(float64(steps) / 30).Last()
	held := trainer.Metric(train.ValidationLoss).Last()
	fmt.Printf("%d weights, %d steps, %.1f passes over %d tokens, %.1f minutes\n",
		cfg.Params(), steps, float64(steps*batch*cfg.Context)/float64(len(book.Train)),
		len(book.Train), time.Since(start).Minutes())
	fmt.Printf("%.2f nats per token on the training text, "+
		"%.2f on held-out pages, %.2f bits per byte there\n",
		learned, held, corpus.BitsPerByte(held, len(book.Held), len(book.Text.Held)))

	folder := course.Dir("gpt2", "own")
	must.M(gpt.Save(store.RootScope(), cfg, folder))
	must.M(book.Tok.Save(folder))
}

// **What the curve says.**
// From step 200 on the two lines part: nine passes over one book, and what the model learns of its training pages more and more does not hold elsewhere.
// It ends a little behind the model of chapter 4 (2.05 bits per byte) and behind counting (chapter 2: 2.08), not because GPT-2 is a step back: it had a third of chapter 4's time.
// For what follows it is good enough, and its weaknesses show well what sampling can do and what not.
//
// The last two lines of the cell write the folder that Hugging Face's `transformers` would write: configuration, weights and tokenizer.
// Section 8 looks into it.
// The cells that need the model open it:

// languageModel is a model with its tokenizer.
type languageModel struct {
	cfg   gpt.Config
	store *model.Store
	tok   *tokenizer.BPE
}

// open reads a folder in Hugging Face's form.
func open(folder string) languageModel {
	cfg, store := must.M1(gpt.ReadConfig(folder)), model.NewStore()
	must.M(gpt.Load(store.RootScope(), cfg, folder))
	if cfg.Vocab == gpt.GPT2Small.Vocab { // OpenAI's own tokenizer, which the course carries
		return languageModel{cfg, store, must.M1(gpt2.Tokenizer())}
	}
	return languageModel{cfg, store, must.M1(tokenizer.LoadBPE(folder))}
}

// window is how many tokens of a text surprise reads: GPT-2's 1,024 positions with 50,257 logits
// each would fill the memory.
func (m languageModel) window() int { return min(m.cfg.Context, 128) }

// surprise prepares a function that tells what the model pays for a text: for each text, the nats
// for its tokens from number from on.
func (m languageModel) surprise() func(texts [][]int32, from []int) []float64 {
	sum := func(scope *model.Scope, ids, next, counts *graph.Node) *graph.Node {
		nll := gpt.NegativeLogLikelihood(gpt.Logits(scope, ids, m.cfg), next) // [B, T]
		return graph.ReduceSum(graph.Mul(nll, counts), -1)
	}
	exec := model.MustNewExec1(course.Backend(), m.store, sum)
	T := m.window()
	return func(texts [][]int32, from []int) (nats []float64) {
		ids, next := make([][]int32, len(texts)), make([][]int32, len(texts))
		counts := make([][]float32, len(texts))
		for i, text := range texts {
			ids[i], next[i], counts[i] = make([]int32, T), make([]int32, T), make([]float32, T)
			for t := range min(T, len(text)-1) {
				ids[i][t], next[i][t] = text[t], text[t+1]
				if t+1 >= from[i] {
					counts[i][t] = 1
				}
			}
		}
		for _, v := range exec.MustCall(ids, next, counts).Value().([]float32) {
			nats = append(nats, float64(v))
		}
		return nats
	}
}

// ## 5. Zero-shot: the task is in the prompt
//
// A language model gives every text a probability.
// So every question that can be put as *which of these texts is more likely?* can be asked of it without training it for that question.
// GPT-2's paper does it with the Children's Book Test, a *cloze* test: take a word out of a story, offer ten words that stand elsewhere in the story, and let the model choose the one that makes the passage most probable.
// We do the same with pages of Newton that our model has never seen.

// riddle is a passage with a gap and ten words for it, the right one first.
type riddle struct {
	before, after string
	words         []string
}

// riddles cuts n of them from the held-out pages; candidates have five letters or more and occur in
// the training text.
func riddles(text course.Text, n int) (list []riddle) {
	plain := func(w string) bool {
		return len(w) >= 5 && strings.Trim(w, "abcdefghijklmnopqrstuvwxyz") == ""
	}
	words, rng := strings.Fields(text.Held), rand.New(rand.NewPCG(1, 6))
	var candidates []string
	for _, w := range words {
		if plain(w) && strings.Contains(text.Train, " "+w+" ") {
			candidates = append(candidates, w)
		}
	}
	for len(list) < n {
		at := 25 + rng.IntN(len(words)-40)
		if !slices.Contains(candidates, words[at]) {
			continue
		}
		before, after := words[at-25:at], words[at+1:at+6]
		r := riddle{strings.Join(before, " "), strings.Join(after, " "), []string{words[at]}}
		for len(r.words) < 10 {
			if w := candidates[rng.IntN(len(candidates))]; !slices.Contains(r.words, w) {
				r.words = append(r.words, w)
			}
		}
		list = append(list, r)
	}
	return list
}

func Example_riddle() {
	r := riddles(course.Opticks(), 1)[0]
	fmt.Printf("%s ______ %s\n\n%s\n",
		r.before, r.after, strings.Join(slices.Sorted(slices.Values(r.words)), ", "))
}

// What the model pays for each of the ten: for the word and the five behind it, given what stands before.

// cost prepares a function that tells for each word of a riddle the nats that the model pays for it
// and for what follows.
func (m languageModel) cost() func(r riddle) []float64 {
	surprise := m.surprise()
	return func(r riddle) []float64 {
		texts, from := make([][]int32, len(r.words)), make([]int, len(r.words))
		for i, w := range r.words {
			before := m.tok.Encode(r.before)
			texts[i] = append(before, m.tok.Encode(" "+w+" "+r.after)...)
			cut := max(0, len(texts[i])-m.window()-1) // the end of the passage is what matters
			texts[i], from[i] = texts[i][cut:], len(before)-cut
		}
		return surprise(texts, from)
	}
}

func Example_solve() {
	r := riddles(course.Opticks(), 1)[0]
	nats := open(course.Dir("gpt2", "own")).cost()(r)
	order := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(nats[a], nats[b]) })
	for _, i := range order {
		fmt.Printf("%5.1f nats  %s\n", nats[i], r.words[i])
	}
	fmt.Printf("Newton wrote %q\n", r.words[0])
}

// Here it is wrong: *which* fits nearly everywhere and so is cheap everywhere, and the true word is in the middle of the list.
// How often is it right?
// Two opponents that know nothing of the passage: chance (10 %), and always choosing the word that is the most frequent in the training pages.

// zeroShot lets the model solve n riddles and returns the number of right answers, its and those of
// the most frequent word.
func (m languageModel) zeroShot(text course.Text, n int) (right, frequent int) {
	cost := m.cost()
	occurs := func(w string) int { return strings.Count(text.Train, " "+w+" ") }
	for _, r := range riddles(text, n) {
		most := 0
		for i, w := range r.words {
			if occurs(w) > occurs(r.words[most]) {
				most = i
			}
		}
		if nats := cost(r); slices.Index(nats, slices.Min(nats)) == 0 {
			right++
		}
		if most == 0 {
			frequent++
		}
	}
	return right, frequent
}

func Example_zeroShot() {
	n := course.Pick(10, 200)
	right, frequent := open(course.Dir("gpt2", "own")).zeroShot(course.Opticks(), n)
	percent := func(k int) float64 { return 100 * float64(k) / float64(n) }
	shares := []float64{percent(frequent), percent(right)}
	must.M(figures.Bars{
		Title:  "Which of ten words is missing? (not trained for it)",
		YLabel: "right (%)", Groups: []string{"most frequent", "our model"},
		Sets:   []figures.Set{{Name: "right", Values: shares}},
		Levels: []figures.Reference{{Name: "chance", Value: 10}},
	}.Show())
	fmt.Printf("of %d riddles: most frequent word %.1f %%, our model %.1f %%\n",
		n, percent(frequent), percent(right))
}

// Nothing was trained for riddles.
// What the model gets right beyond chance, it gets right because predicting the next word *is* the skill, and what it has over the most frequent word it has from the passage.
// The paper's next step was bolder: ask for a summary by writing `TL;DR:` after a text, for a translation by writing a few pairs.
// That works only where the training text has such things in it, and ours does not:

// writer is the library's generator for the model.
func (m languageModel) writer() *generate.Generator {
	return must.M1(generate.New(course.Backend(), m.store, m.cfg))
}

// write continues the prompts together.
func write(
	writer *generate.Generator, sampler generate.Sampler, tokens int, prompts ...[]int32,
) []generate.Result {
	requests := make([]generate.Request, len(prompts))
	for i, p := range prompts {
		requests[i] = generate.Request{Prompt: p, MaxTokens: tokens, Sampler: sampler}
		requests[i].Sampler.Seed = int64(i + 1)
	}
	return must.M1(writer.Generate(context.Background(), requests...))
}

func Example_askNewton() {
	m := open(course.Dir("gpt2", "own"))
	writer, sampler := m.writer(), generate.Sampler{Temperature: 0.7, TopP: 0.9}
	for _, prompt := range []string{
		"English: light\nFrench:",
		"Light is refracted by Prisms. TL;DR:",
		"The Cause of Colours is",
	} {
		r := write(writer, sampler, course.Pick(6, 24), m.tok.Encode(prompt))[0]
		fmt.Printf("%q\n   %q\n", prompt, m.tok.Decode(r.Tokens))
	}
}

// It goes on in Newton's voice whatever is asked: that is all it has ever seen.
// *Zero-shot* does not come with the architecture.
// It comes with forty gigabytes of text in which people translate, summarise and answer, and with a model large enough to notice.
// GPT-2 small is barely there; GPT-3 (chapters 7 and 8) made it useful by showing a few examples in the prompt.
//
// ## 6. From probabilities to text
//
// The model returns a number for each token; choosing is up to us.
// Four tools, each a few lines.
// **Temperature** divides the logits before the softmax,
//
// $$ p_i \propto \exp(z_i / \tau), $$
//
// so that $\tau \to 0$ leaves the best one only and $\tau \to \infty$ makes all alike.

// soften is the softmax of the logits at a temperature.
func soften(logits []float64, temperature float64) []float64 {
	p, sum, top := make([]float64, len(logits)), 0.0, slices.Max(logits)
	for i, z := range logits {
		p[i] = math.Exp((z - top) / temperature)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// **Top-k** keeps the $k$ most probable tokens.
// **Top-p** (nucleus sampling) keeps as few as are needed to hold the probability $p$: many where the model is unsure, one where it is sure.

// ranked is the numbers of the tokens, the most probable first.
func ranked(p []float64) []int {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if p[a] > p[b] {
			return -1
		} else if p[a] < p[b] {
			return 1
		}
		return 0
	})
	return order
}

// keep sets all but the first n tokens of order to 0 and scales those to the sum 1.
func keep(p []float64, order []int, n int) []float64 {
	kept, sum := make([]float64, len(p)), 0.0
	for _, i := range order[:n] {
		sum += p[i]
	}
	for _, i := range order[:n] {
		kept[i] = p[i] / sum
	}
	return kept
}

func topK(p []float64, k int) []float64 { return keep(p, ranked(p), min(k, len(p))) }

func topP(p []float64, mass float64) []float64 {
	order, sum, n := ranked(p), 0.0, 0
	for n < len(p) && sum < mass {
		sum += p[order[n]]
		n++
	}
	return keep(p, order, n)
}

// The **repetition penalty** (Keskar et al. 2019) makes tokens that stand in the text already less likely: the paper divides their logits by $\theta$.
// For a negative one that would be a reward, so `transformers` multiplies it instead, and so do we.

func penalize(logits []float64, seen []int32, theta float64) []float64 {
	z := slices.Clone(logits)
	for id := range z {
		if !slices.Contains(seen, int32(id)) {
			continue
		}
		if z[id] > 0 {
			z[id] /= theta
		} else {
			z[id] *= theta
		}
	}
	return z
}

func Example_tools() {
	z := []float64{3, 2, 1, 0, -1} // five tokens
	fmt.Printf("as it is        %.2f\n", soften(z, 1))
	fmt.Printf("temperature 0.5 %.2f\n", soften(z, 0.5))
	fmt.Printf("temperature 2   %.2f\n", soften(z, 2))
	fmt.Printf("top-k, k = 2    %.2f\n", topK(soften(z, 1), 2))
	fmt.Printf("top-p, p = 0.9  %.2f\n", topP(soften(z, 1), 0.9))
	fmt.Printf("first one seen  %.2f\n", soften(penalize(z, []int32{0}, 1.5), 1))
	// Output:
	// as it is        [0.64 0.23 0.09 0.03 0.01]
	// temperature 0.5 [0.86 0.12 0.02 0.00 0.00]
	// temperature 2   [0.43 0.26 0.16 0.10 0.06]
	// top-k, k = 2    [0.73 0.27 0.00 0.00 0.00]
	// top-p, p = 0.9  [0.67 0.24 0.09 0.00 0.00]
	// first one seen  [0.39 0.39 0.14 0.05 0.02]
}

// **The check.**
// The library's `generate.Sampler` does the same in this order: penalty, temperature, top-k, top-p.
// On a thousand random logits:

func Example_equalsSampler() {
	rng, logits, z := rand.New(rand.NewPCG(1, 2)), make([]float32, 1000), make([]float64, 1000)
	for i := range logits {
		logits[i] = float32(3 * rng.NormFloat64())
		z[i] = float64(logits[i])
	}
	seen := []int32{5, 7, 5, 900}
	ours := topP(topK(soften(penalize(z, seen, 1.3), 0.8), 50), 0.9)
	sampler := generate.Sampler{Temperature: 0.8, TopK: 50, TopP: 0.9, RepetitionPenalty: 1.3}
	library := must.M1(sampler.Probabilities(logits, seen))
	worst := 0.0
	for i := range ours {
		worst = max(worst, math.Abs(ours[i]-library[i]))
	}
	fmt.Println("equal within 1e-9:", worst < 1e-9)
	// Output:
	// equal within 1e-9: true
}

// ### What each tool cuts
//
// The distribution after one prompt, sorted.
// Both axes are logarithmic: the first token on the left, the thousandth on the right.

// next is the model's logits after a text.
func (m languageModel) next(text string) []float64 {
	lastLogits := func(scope *model.Scope, ids *graph.Node) *graph.Node {
		logits := gpt.Logits(scope, ids, m.cfg)
		last := graph.SliceAxis(logits, 1, graph.AxisElem(-1)) // [1, 1, V]
		return graph.ConvertDType(graph.Reshape(last, -1), dtypes.Float64)
	}
	ids := [][]int32{m.tok.Encode(text)}
	return model.MustCallOnce(course.Backend(), m.store, lastLogits, ids).Value().([]float64)
}

func Example_cuts() {
	m := open(course.Dir("gpt2", "own"))
	chart := figures.Chart{
		Title:  "Next token after “The Rays of”",
		XLabel: "rank", YLabel: "probability", LogX: true, LogY: true,
	}
	z := m.next("The Rays of")
	for _, temperature := range []float64{0.5, 1, 2} {
		p := soften(z, temperature)
		line := figures.Series{Name: fmt.Sprintf("temperature %g", temperature)}
		for rank, id := range ranked(p) {
			if p[id] > 1e-8 {
				line.X, line.Y = append(line.X, float64(rank+1)), append(line.Y, p[id])
			}
		}
		chart.Series = append(chart.Series, line)
	}
	p := soften(z, 1)
	order := ranked(p)
	for _, cut := range []struct {
		name string
		p    []float64
	}{{"top-p 0.9 ends", topP(p, 0.9)}, {"top-k 40 ends", topK(p, 40)}} {
		n := 0 // how many are left
		for _, v := range cut.p {
			if v > 0 {
				n++
			}
		}
		chart.Series = append(chart.Series, figures.Series{
			Name: cut.name, X: []float64{float64(n)}, Y: []float64{p[order[n-1]]}, Marks: true,
		})
	}
	must.M(chart.Show())
}

// How many tokens top-p keeps depends on the place.
// A stretch of held-out pages, read at once: where is the model surest, and where least sure?

func Example_places() {
	m := open(course.Dir("gpt2", "own"))
	ids := m.tok.Encode(course.Opticks().Held)[:m.cfg.Context]
	allLogits := func(scope *model.Scope, ids *graph.Node) *graph.Node {
		logits := graph.Squeeze(gpt.Logits(scope, ids, m.cfg), 0) // [T, V]
		return graph.ConvertDType(logits, dtypes.Float64)
	}
	logits := model.MustCallOnce(course.Backend(), m.store, allLogits, [][]int32{ids}).
		Value().([][]float64)
	left := make([]int, len(ids)-1) // how many tokens top-p keeps after each
	for t := range left {
		for _, v := range topP(soften(logits[t], 1), 0.9) {
			if v > 0 {
				left[t]++
			}
		}
	}
	const first = 10 // before it there is too little to read
	for _, most := range []int{slices.Min(left[first:]), slices.Max(left[first:])} {
		t := first + slices.Index(left[first:], most)
		p := soften(logits[t], 1)
		fmt.Printf("after %q top-p 0.9 keeps %d of %d tokens; "+
			"Newton goes on with %q. The first three:\n  ",
			m.tok.Decode(ids[t-9:t+1]), most, len(p), m.tok.Decode(ids[t+1:t+2]))
		for _, id := range ranked(p)[:3] {
			fmt.Printf("  %q %.2f", m.tok.Decode([]int32{int32(id)}), p[id])
		}
		fmt.Println()
	}
}

// After *Pellu* there is one word to finish, and top-p keeps one token, where top-k keeps 39 wrong ones with it.
// At the other place the model does not know the word, and top-p lets it try four times as many as top-k.
//
// Temperature tilts the whole line.
// Top-k and top-p cut the **tail**: hundreds of tokens, each nearly impossible, but all together worth a tenth of the draws.
// One such draw every ten tokens, and the text goes off the rails, for the model takes whatever stands there as given.
// Top-k cuts always at the same rank, whether one token makes sense or a hundred do.
// Top-p cuts where the model says.
//
// ### Eight prompts, seven strategies
//
// Now in earnest.
// The prompts are stretches of held-out pages.
// We read one result of each strategy and measure two things over all eight: the share of **repeated** 4-grams, and the **surprise**: what the model, at temperature 1, pays for the text.
// The same two for what Newton himself wrote after these prompts.

// repeated is the share of the runs of four tokens that stood in the text before.
func repeated(ids []int32) float64 {
	seen, again := make(map[[4]int32]bool), 0
	for t := range len(ids) - 3 {
		gram := [4]int32(ids[t : t+4])
		if seen[gram] {
			again++
		}
		seen[gram] = true
	}
	return float64(again) / float64(len(ids)-3)
}

func Example_strategies() {
	m, prompt, length := open(course.Dir("gpt2", "own")), 16, course.Pick(20, 96)
	surprise, writer := m.surprise(), m.writer()
	ids := m.tok.Encode(course.Opticks().Held)
	var prompts, newton [][]int32
	from := slices.Repeat([]int{prompt}, 8)
	for i := range from {
		at := i * len(ids) / 8
		prompts = append(prompts, ids[at:at+prompt:at+prompt])
		newton = append(newton, ids[at:at+prompt+length])
	}
	measure := func(texts [][]int32) (repeats, nats float64) {
		for i, n := range surprise(texts, from) {
			repeats += 100 * repeated(texts[i][prompt:]) / float64(len(texts))
			nats += n / float64(len(texts)*length)
		}
		return repeats, nats
	}
	words := func(ids []int32) string {
		return strings.Join(strings.Fields(m.tok.Decode(ids)), " ")
	}
	repeats, human := measure(newton)
	fmt.Printf("the prompt\n    %s\n\n", words(prompts[0]))
	fmt.Printf("Newton (%.0f %% repeated, %.2f nats per token)\n    %s\n\n",
		repeats, human, words(newton[0][prompt:]))
	bars := figures.Bars{
		Title: "How surprising is the text to the model that wrote it?", YLabel: "nats per token",
		Levels: []figures.Reference{{Name: "Newton", Value: human}},
	}
	surprises := figures.Set{Name: "surprise"}
	for _, way := range []struct {
		name    string
		sampler generate.Sampler
	}{
		{"greedy", generate.Sampler{}},
		{"penalty 1.3", generate.Sampler{RepetitionPenalty: 1.3}},
		{"τ 0.7", generate.Sampler{Temperature: 0.7}},
		{"top-k 40", generate.Sampler{Temperature: 1, TopK: 40}},
		{"top-p 0.9", generate.Sampler{Temperature: 1, TopP: 0.9}},
		{"τ 1", generate.Sampler{Temperature: 1}},
		{"τ 1.5", generate.Sampler{Temperature: 1.5}},
	} {
		var texts [][]int32
		for i, r := range write(writer, way.sampler, length, prompts...) {
			texts = append(texts, append(slices.Clone(prompts[i]), r.Tokens...))
		}
		repeats, nats := measure(texts)
		bars.Groups = append(bars.Groups, way.name)
		surprises.Values = append(surprises.Values, nats)
		fmt.Printf("%s (%.0f %% repeated, %.2f nats per token)\n    %s\n\n",
			way.name, repeats, nats, words(texts[0][prompt:]))
	}
	bars.Sets = []figures.Set{surprises}
	must.M(bars.Show())
}

// **Your second prediction.**
// Greedy text is not the best text.
// It soon goes round in circles, and each round makes the next more certain: what has just been said is the best predictor of what comes, and there is no accident to break out.
// It is also far *too* probable.
// People do not say at every word what everybody expects; Newton's own line stands much higher.
// At the other end, without a cut and at a high temperature, draws come from the tail that the model never learned to judge, and the words fall apart.
// The penalty breaks the circle in another way: the words come back less often, and the model, kept from the ones that it knows, invents some.
//
// Do not read the bars as "the closer to Newton, the better".
// For this model Newton is surprising because the model is poor.
// What it writes at his level of surprise is made of broken words, and what can be read best lies well below, around $\tau = 0.7$.
// A model that knows its language pays little more for a human text than for its own draws; then the right height is that of the human text (Holtzman et al. 2020, figure 2).
//
// ## 7. The KV cache
//
// To write $n$ tokens we have called the model $n$ times, each time with the whole text.
// But position 3 cannot see position 4; so nothing that was computed at position 3, in any layer, changes when token 4 comes.
// Look for yourself: `gpt.Prefill` reads a whole prompt at once and returns what the layers computed, and the keys and values of each block, a `gpt.KV`: attention needs nothing else of a position later.

func Example_nothingChanges() {
	cfg, store := gpt.Tiny, model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	prefill := func(scope *model.Scope, ids *graph.Node) []*graph.Node {
		x, kvs := gpt.Prefill(scope, ids, cfg)
		return []*graph.Node{x, kvs[cfg.Layers-1].Keys} // [1, T, C] and [1, heads, T, headDim]
	}
	keys := func(ids ...int32) [][]float32 { // of the last layer's first head, [T][headDim]
		out := model.MustCallOnceN(course.Backend(), store, prefill, [][]int32{ids})
		return out[1].Value().([][][][]float32)[0][0]
	}
	short, long := keys(10, 20, 30), keys(10, 20, 30, 40, 50)
	for t := range short {
		same := true
		for c := range short[t] {
			same = same && math.Abs(float64(short[t][c]-long[t][c])) < 1e-5
		}
		fmt.Printf("position %d: same key with and without what follows: %v\n", t, same)
	}
	// Output:
	// position 0: same key with and without what follows: true
	// position 1: same key with and without what follows: true
	// position 2: same key with and without what follows: true
}

// So keep them.
// You wrote this for one head in the second exercise of chapter 3: `Step` takes the query of the newest position and attends over a growing list of keys and values.
// The queries of the past are never needed again, and the mask is gone: what has not been read yet is not in the list.
// In a whole model each head of each layer has such a list.
//
// To go on token by token is called *decoding*.
// Here is the new position's way through attention, in the library's own parts; the keys and the values of `past` are $[1, heads, S, d]$ each.

// step is attention for one new position x, [1, 1, C]; the keys and values of the past are
// [1, heads, S, d]. It returns what the position reads and the past with the new entry,
// [1, heads, S+1, d].
func step(scope *model.Scope, x *graph.Node, past gpt.KV, cfg gpt.Config) (*graph.Node, gpt.KV) {
	q, k, v := gpt.QKV(scope, x, cfg) // [1, 1, heads, d]
	first := func(x *graph.Node) *graph.Node { return graph.TransposeAllDims(x, 0, 2, 1, 3) }
	past.Keys = graph.Concatenate([]*graph.Node{past.Keys, first(k)}, 2)
	past.Values = graph.Concatenate([]*graph.Node{past.Values, first(v)}, 2)
	scores := graph.Einsum("bhqd,bhsd->bhqs", first(q), past.Keys) // [1, heads, 1, S+1]
	weights := graph.Softmax(graph.MulScalar(scores, 1/math.Sqrt(float64(cfg.HeadDim()))), -1)
	read := graph.Einsum("bhqs,bhsd->bqhd", weights, past.Values) // [1, 1, heads, d]
	return gpt.Dense(scope.In("c_proj"), graph.Reshape(read, 1, 1, cfg.Width)), past
}

// decode is the logits of what follows a new token with number at, id, when the tokens before it
// stand in kvs, one for each layer.
func decode(scope *model.Scope, id *graph.Node, at int, kvs []gpt.KV, cfg gpt.Config) *graph.Node {
	wte := scope.At("wte").GetVariable("weight").NodeValue(id)
	wpe := scope.At("wpe").GetVariable("weight").NodeValue(id)
	position := graph.SliceAxis(wpe, 0, graph.AxisElem(at))
	x := graph.Add(graph.Gather(wte, graph.InsertAxes(id, -1)), graph.InsertAxes(position, 0))
	blocks := scope.In("h")
	for i := range kvs {
		block := blocks.In("%d", i)
		y, past := step(block.In("attn"), gpt.LayerNorm(block.In("ln_1"), x), kvs[i], cfg)
		x, kvs[i] = graph.Add(x, y), past // [1, 1, C]
		x = graph.Add(x, gpt.MLP(block.In("mlp"), gpt.LayerNorm(block.In("ln_2"), x), cfg))
	}
	return gpt.Head(scope, gpt.LastNorm(scope, x, cfg)) // [1, 1, V]
}

// **The check.**
// Prefill with four tokens, then decode five more one by one, each from the cached keys and values.
// The logits must be those of the plain model, which reads everything every time:

func Example_cacheEqualsFull() {
	cfg, store := gpt.Tiny, model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	ids := []int32{71, 80, 84, 0, 49, 255, 7, 7, 130}
	compare := func(_ *model.Scope, ids *graph.Node) []*graph.Node {
		full := gpt.Logits(store.RootScope(), ids, cfg) // [1, 9, V]
		start := graph.SliceAxis(ids, 1, graph.AxisRange(0, 4))
		_, kvs := gpt.Prefill(store.RootScope(), start, cfg)
		var cached []*graph.Node
		for t := 4; t < 9; t++ {
			id := graph.SliceAxis(ids, 1, graph.AxisElem(t))
			cached = append(cached, decode(store.RootScope(), id, t, kvs, cfg))
		}
		last := graph.SliceAxis(full, 1, graph.AxisRange(4))
		off := graph.Sub(graph.Concatenate(cached, 1), last)
		return []*graph.Node{graph.ReduceAllMax(graph.Abs(off)), kvs[0].Keys}
	}
	out := model.MustCallOnceN(course.Backend(), store, compare, [][]int32{ids})
	fmt.Println("equal within 1e-5:", tensors.ToScalar[float32](out[0]) < 1e-5)
	fmt.Println("keys of a layer:", out[1].Shape())
	// Output:
	// equal within 1e-5: true
	// keys of a layer: (Float32)[1, 2, 9, 16]
}

// The library's `gpt.Cache` does the same for a batch of texts of different lengths, in pages of fixed size, so that a step is compiled anew only when a page is full, three times at most.
//
// ### What it costs
//
// A key and a value of $C$ numbers for each layer and token: $2 \cdot L \cdot C$ numbers.

func Example_memory() {
	for _, m := range []struct {
		cfg   gpt.Config
		bytes int // per number
	}{{gpt.GPT2Small, 4}, {gpt.GPT2XL, 4}, {gpt.GPT3_175B, 2}} {
		token := 2 * m.cfg.Layers * m.cfg.Width * m.bytes
		fmt.Printf("%-10s %7d bytes for each token, %5d MiB for a context of %d tokens\n",
			m.cfg.Name, token, token*m.cfg.Context>>20, m.cfg.Context)
	}
	// Output:
	// gpt2-small   73728 bytes for each token,    72 MiB for a context of 1024 tokens
	// gpt2-xl     614400 bytes for each token,   600 MiB for a context of 1024 tokens
	// gpt3-175b  4718592 bytes for each token,  9216 MiB for a context of 2048 tokens
}

// **Your third prediction.**
// Of the work for token 500, all but one position in 499 was done before.
// To be spared it, GPT-2 small keeps 72 KiB for each token of each text, little for one text.
// GPT-3 keeps 9 GiB for each: a server that writes for a hundred people at once is out of memory before it is out of speed, and that is why later models share keys and values between heads.
//
// ### What it saves
//
// Time for one more token against the length of the text.
// *Without*: the model reads the text anew.
// *With*: one step of the library's generator.
// The weights are random here; the clock does not mind.

// racer is the model for the clock.
func racer() gpt.Config {
	return gpt.Config{
		Name: "racer", Vocab: 256, Context: course.Pick(64, 512),
		Layers: course.Pick(2, 6), Heads: 4, Width: course.Pick(32, 256),
	}
}

func Example_timing() {
	cfg, store := racer(), model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	without, with := figures.Series{Name: "without cache"}, figures.Series{Name: "with cache"}
	lastLogits := func(scope *model.Scope, ids *graph.Node) *graph.Node {
		return graph.SliceAxis(gpt.Logits(scope, ids, cfg), 1, graph.AxisElem(-1))
	}
	plain := model.MustNewExec1(course.Backend(), store, lastLogits)
	for T := 16; T <= cfg.Context; T *= 2 {
		ids, best := [][]int32{make([]int32, T)}, math.Inf(1)
		for range 6 { // the first one compiles
			start := time.Now()
			plain.MustCall(ids).Value()
			best = min(best, time.Since(start).Seconds())
		}
		without.X, without.Y = append(without.X, float64(T)), append(without.Y, 1000*best)
	}
	writer := must.M1(generate.New(course.Backend(), store, cfg))
	var stamps []time.Time
	request := generate.Request{
		Prompt: make([]int32, 8), MaxTokens: cfg.Context - 8,
		OnToken: func(int32) { stamps = append(stamps, time.Now()) },
	}
	for range 2 { // the first run compiles
		stamps = nil
		must.M1(writer.Generate(context.Background(), request))
	}
	for _, T := range without.X { // the mean over the second half of the text so far
		a, b := int(T)/2-8, int(T)-9
		a = max(a, 0)
		perToken := stamps[b].Sub(stamps[a]).Seconds() / float64(b-a)
		with.X, with.Y = append(with.X, T), append(with.Y, 1000*perToken)
	}
	must.M(figures.Chart{
		Title:  "One more token",
		XLabel: "length of the text so far (tokens)", YLabel: "milliseconds",
		LogX: true, LogY: true, Series: []figures.Series{without, with},
	}.Show())
	fmt.Println("tokens in the text   without   with a cache (ms per token)")
	for i, T := range without.X {
		fmt.Printf("%18.0f %9.1f %9.1f\n", T, without.Y[i], with.Y[i])
	}
}

// Without a cache the line rises with the length of the text: at first slowly, because a short text does not keep the processor busy, later in proportion (the clock is noisy from point to point).
// With it the line is flat: each step reads one token, and looking back over the pages costs little beside reading the weights.
// That changes when many texts are written at once: the weights are read once for all of them, the pages for each, so with 16 texts a step grows by a quarter from an empty context to a full one (README, *Speed*).
// At the right end you see why chat programs can answer at once.
// A whole text of $n$ tokens costs about $n^2/2$ positions without, $n$ with.
//
// ## 8. What a checkpoint is
//
// Section 4 saved the model as `transformers` would, and the cells that need the model read it back.
// There is no secret in the file `model.safetensors`: eight bytes with the length of a header, the header, in JSON, that says where each array lies, and the numbers.

// array is where a file has one array of numbers, and of what kind.
type array struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

// header reads the names, types and places of the arrays in a file.
func header(path string) map[string]array {
	file := must.M1(os.Open(path))
	defer file.Close()
	var length uint64
	must.M(binary.Read(file, binary.LittleEndian, &length))
	text := must.M1(io.ReadAll(io.LimitReader(file, int64(length))))
	arrays := make(map[string]array)
	must.M(json.Unmarshal(text, &arrays))
	delete(arrays, "__metadata__") // a note of who wrote the file
	return arrays
}

func Example_roundTrip() {
	cfg, store := gpt.Tiny, model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	folder := course.Dir("gpt2", "tiny")
	must.M(gpt.Save(store.RootScope(), cfg, folder))

	arrays := header(filepath.Join(folder, "model.safetensors"))
	fmt.Println(len(arrays), "arrays, among them")
	for _, name := range []string{
		"transformer.wte.weight",
		"transformer.h.0.attn.c_attn.weight",
		"transformer.h.1.mlp.c_proj.bias",
	} {
		fmt.Println(" ", name, arrays[name].DType, arrays[name].Shape)
	}

	back := model.NewStore()
	must.M(gpt.Load(back.RootScope(), must.M1(gpt.ReadConfig(folder)), folder))
	numbers := func(store *model.Store, w gpt.Weight) []float32 {
		v := store.GetVariable(w.Path(store.RootScope()))
		return must.M1(tensors.CopyFlatData[float32](must.M1(v.Value())))
	}
	same := true
	for _, w := range cfg.Weights() {
		same = same && slices.Equal(numbers(store, w), numbers(back, w))
	}
	fmt.Println("read back, every number is the same:", same)
	// Output:
	// 28 arrays, among them
	//   transformer.wte.weight F32 [256 32]
	//   transformer.h.0.attn.c_attn.weight F32 [32 96]
	//   transformer.h.1.mlp.c_proj.bias F32 [32]
	// read back, every number is the same: true
}

// Does it really mean the same to others?
// The repository holds a tiny GPT-2 with random weights that `transformers` wrote, and the logits that it computed with them.
// Ours:

func Example_transformers() {
	folder := filepath.Join("..", "..", "gpt", "testdata")
	var golden map[string][]struct {
		IDs    []int32     `json:"ids"`
		Logits [][]float32 `json:"logits"`
	}
	must.M(json.Unmarshal(must.M1(os.ReadFile(filepath.Join(folder, "golden.json"))), &golden))
	folder = filepath.Join(folder, "gpt2-a")
	cfg, store := must.M1(gpt.ReadConfig(folder)), model.NewStore()
	must.M(gpt.Load(store.RootScope(), cfg, folder))
	theirs := golden["gpt2-a"][0]
	logits := func(scope *model.Scope, ids *graph.Node) *graph.Node {
		return gpt.Logits(scope, ids, cfg)
	}
	ours := model.MustCallOnce(course.Backend(), store, logits, [][]int32{theirs.IDs}).
		Value().([][][]float32)[0]
	worst := 0.0
	for t, row := range theirs.Logits {
		for id, logit := range row {
			worst = max(worst, math.Abs(float64(logit-ours[t][id])))
		}
	}
	fmt.Println("equal to transformers within 1e-4:", worst < 1e-4)
	// Output:
	// equal to transformers within 1e-4: true
}

// ## 9. GPT-2 itself
//
// So the same code runs OpenAI's weights.
// They are half a gigabyte and do not come with the course.
// There are two ways to have them here:
//
// - the folder with `config.json` and `model.safetensors` lies somewhere already: start the course with `GPTBOOK_GPT2=/that/folder go run ./notebooks`;
// - or run the next cell, once, with a network. It is skipped when the whole notebook runs by itself.

// place is where the fetching cell notes the folder.
func place() string { return filepath.Join(course.Dir("gpt2"), "published") }

//notebook:tags skip-execution
func Example_fetch() {
	folder := must.M1(hub.Fetch(context.Background(), "gpt2-small", os.Stdout))
	must.M(os.WriteFile(place(), []byte(folder), 0o644))
}

// published is the folder of GPT-2's weights, "" if they are not at hand.
func published() string {
	if folder := os.Getenv("GPTBOOK_GPT2"); folder != "" {
		return folder
	}
	folder, _ := os.ReadFile(place())
	return string(folder)
}

func Example_gpt2() {
	folder := published()
	if folder == "" {
		fmt.Println("GPT-2's weights are not at hand: set GPTBOOK_GPT2 to their folder, " +
			"or run the cell above. Until then our own model answers.")
		folder = course.Dir("gpt2", "own")
	}
	m := open(folder)
	fmt.Printf("%s: %d weights\n\n", m.cfg.Name, m.cfg.Params())
	writer := m.writer()
	for _, prompt := range []string{
		"Q: What is the capital of France?\nA:",
		"English: cheese\nFrench: fromage\nEnglish: dog\nFrench:",
		"The light of the sun is composed of",
	} {
		fmt.Print(prompt)
		request := generate.Request{
			Prompt: m.tok.Encode(prompt), MaxTokens: 32,
			Sampler: generate.Sampler{Temperature: 0.7, TopP: 0.9, Seed: 1},
		}
		must.M1(writer.Generate(context.Background(), request)) // compiles
		start := time.Now()
		answer := must.M1(writer.Generate(context.Background(), request))[0].Tokens
		fmt.Printf("%s\n   [%.0f tokens per second]\n\n",
			m.tok.Decode(answer), float64(len(answer))/time.Since(start).Seconds())
	}
	n := course.Pick(10, 40)
	right, frequent := m.zeroShot(course.Opticks(), n)
	fmt.Printf("Newton's riddles, which it has not been trained for either: "+
		"%d of %d (most frequent word: %d)\n", right, n, frequent)
}

// With OpenAI's weights you read fluent sentences about anything, facts that are sometimes right, and translations that mostly are not; the paper says so, too (§3.7: 5 BLEU into French and 11.5 from it, where the best without translated examples had 33.5).
// That was the state of the art in 2019.
// Our own model, by contrast, can do nothing but Newton.
// GPT-2 answers because such text has answers in it.
// It does not *want* to answer: ask a question and it may go on with ten more questions.
// Turning such a model into one that does what it is asked is the subject of chapters 9 to 11.
//
// ## What to remember, and how it fails
//
// - Pre-norm leaves a free way for the gradient from the last layer to the first. Post-norm divides it in every layer as soon as the branches have grown.
// - A small start ($1/\sqrt{2L}$) keeps the stream from growing with the depth.
// - A language model scores any text. Put a task as a text, and it can be asked without training, as well as its reading allows.
// - The most probable text is not the best text. Cut the tail (top-p), and compare with the surprise of human text: a good model should not write far below it.
// - The past does not change, so keep its keys and values: time per token is constant, and memory grows by $2LC$ numbers per token.
// - Signs of illness: *the gradient norms slope down to the first layer*: post-norm without enough warm-up. *The text goes in circles*: temperature too low. *It begins well and drifts into nonsense*: the tail is not cut. *A cached model writes other
//   text than an uncached one*: a position is off by one, or padding is not masked; compare logits, as above, and not texts.
//
// ## Exercises
//
// Open a terminal in the root of the repository; the stubs are in `exercises/`.
//
// 1. **Min-p.** Another way to cut the tail: keep the tokens that have at least a share of the probability of the best one. Write `MinP(probs, share)`:
//    `go test -run MinP ./notebooks/06_gpt2/exercises`
// 2. **Never twice.** Write `Banned(text, n)`, the tokens that would complete a run of $n$ tokens that stands in the text already. A sampler that gives them $-\infty$ cannot go in circles. `go test -run Banned ./notebooks/06_gpt2/exercises`
// 3. **How many at once?** Write `Texts(bytes, …)`: how many texts of a given length can a machine continue at once, when weights and caches must share its memory? `go test -run Texts ./notebooks/06_gpt2/exercises`
// 4. **Try it** (no test): in section 2, give the post-norm model a warm-up of 2 steps and of 80. Then a learning rate a tenth as high. Predict each slope first.
// 5. **Try it** (no test): `go run ./train/chatgpt -corpus FILE` trains on your own text. Which temperature brings its surprise to that of the text it learned from?
//
// ## What was simplified, and sources
//
// Our models are a thousand times smaller than GPT-2 and read one book.
// At this width the branches start out small beside the stream, so the post-norm model looks healthy at step 0; at GPT-1's width of 768 its gradients differ from the start.
// The library's generator cuts the cache of a whole batch into the same few pages; engines for many users give each text pages of its own, and texts that begin alike share some.
//
// - Radford et al. 2019, *Language models are unsupervised multitask learners*: GPT-2; §2.3 the changes, §3 the zero-shot tasks.
// - Xiong et al. 2020, *On layer normalization in the transformer architecture*: gradients of post- and pre-norm, with proofs.
// - Fan et al. 2018, *Hierarchical neural story generation*: top-k. Holtzman et al. 2020, *The curious case of neural text degeneration*: top-p, and why greedy text repeats. Keskar et al. 2019, *CTRL*: the penalty.
// - Hill et al. 2016, *The Goldilocks principle*: the Children's Book Test. Nguyen et al. 2024, *Min-p sampling*.
//
// Next: [chapter 7](../07_depth/depth.ipynb) stacks 96 layers.
