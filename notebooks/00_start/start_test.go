// # 0. Start here
//
// What will you have built at the end, how does a notebook in Go work, and what does it feel like to train a model?
// Ten minutes.
//
// You are going to build ChatGPT, in Go, from nothing: not call it, *build* it.
// Small enough for a laptop, but with all its parts, in the order in which they came into the world: a tokenizer, models that count, attention, GPT-1 with twelve layers, BERT, GPT-2, GPT-3; then the three steps that turned a text predictor into an assistant: fine-tuning on demonstrations, a model of what people prefer, and reinforcement learning.
//
// You need Go.
// You do not need to have seen a neural network.
// Of mathematics you need logarithms, sums and what a derivative is; each formula stands beside the Go that computes it.
//
// | budget | full size | small size |
// |:---|:---|:---|
// | time on 2 cores | half a minute | half a minute |
// | memory | under 500 MB | under 500 MB |
// | result | a loss that falls from 4.5 to about 1.6 | from 4.5 to below 4 |
//
// ### Before you read on: two predictions
//
// Every chapter begins with questions.
// Write your answers down *before* you run anything; being wrong is how the rest sticks.
//
// 1. A model with 29,440 numbers sees a book for a few seconds, letter by letter. It is told nothing about words. What will it write afterwards: random letters, words, sentences?
// 2. Before it has learned anything, how surprised will it be by each next letter? There are 92 different characters in the book. (Chapter 2 measures surprise in *nats*; the answer is a simple formula of 92.)

package start_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"

	"gptbook/datasets/corpus"
	"gptbook/datasets/tokenizer"
	"gptbook/gpt"
	"gptbook/gpt/generate"
	"gptbook/notebooks/course"
	"gptbook/train"
	"gptbook/train/pretrain"
)

// ## 1. A first model in five steps
//
// The cell above imports what this notebook uses: that is step one, done once on top.
// Run each cell with **Shift-Enter**, from top to bottom.
// Do not try to understand every word yet: each of the steps below becomes a chapter.
//
// ### Step 2: text
//
// Isaac Newton's *Opticks* comes with every Go installation (Go's own compressors are tested with it).
// The last tenth is put aside.

func Example_text() {
	book := course.Opticks()
	fmt.Println(len(book.Train), "bytes to learn from,", len(book.Held), "put aside")
	at := strings.Index(book.Train, "By the Rays of Light")
	fmt.Println(book.Train[at : at+133])
	// Output:
	// 511474 bytes to learn from, 55724 put aside
	// By the Rays of Light I understand its least Parts, and those as well
	// Successive in the same Lines, as Contemporary in several Lines._
}

// ### Step 3: numbers
//
// A model computes, so each character becomes a number, its *id*.
// (Better ways to cut a text are the subject of chapter 1.)

func Example_numbers() {
	book := course.Opticks()
	chars := must.M1(tokenizer.NewChar(book.Train))
	ids := chars.Encode("Light")
	fmt.Println(chars.VocabSize(), "different characters")
	fmt.Println(ids, "is", chars.Decode(ids))
	// Output:
	// 92 different characters
	// [37 64 62 63 75] is Light
}

// ### Step 4: learn
//
// This is a GPT.
// A tiny one, with 2 layers where the famous ones have 12 to 96, but of the same parts.
// It reads 32 characters and says how probable each possible next one is.
// At every step it is shown 32 random passages; where it was surprised by what came, all of its numbers are moved a little so that next time it would be less so.
//
// Watch the curve: its height is the mean surprise, the **loss**.
// Here and in all later charts the pale line is each single step, the thick one a running mean of the last twenty or so, which comes late where the curve is steep.

func Example_learn() {
	book := course.Opticks()
	chars := must.M1(tokenizer.NewChar(book.Train))

	cfg := gpt.Tiny
	cfg.Vocab = chars.VocabSize()
	store := model.NewStore() // holds the numbers that are learned, the weights
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	fmt.Println(cfg.Params(), "weights in", cfg.Layers, "layers")

	steps := course.Pick(60, 1500)
	options := train.Options{
		Optimizer: train.GPT3AdamW(0.01),
		Schedule:  train.Schedule{Warmup: 20, Steps: steps, Floor: 0.1},
		Dir:       course.Dir("start", "model"), // where the weights are kept
	}
	stage := pretrain.CausalLM(cfg)
	trainer := must.M1(train.New(course.Backend(), store, stage, options))
	ids := chars.Encode(book.Train)
	batches := must.M1(corpus.NextToken(ids, 32, cfg.Context, 1))
	loss := must.M1(trainer.Run(context.Background(), batches, steps))[0]
	first, last := loss.Points[0].Value, loss.Last()
	fmt.Printf("the first loss: %.1f\n", first)
	fmt.Println("it has fallen by more than 0.5:", last < first-0.5)
	// Output:
	// 29440 weights in 2 layers
	// the first loss: 4.5
	// it has fallen by more than 0.5: true
}

// **Prediction 2.**
// It starts at 4.5, and that is $\ln 92$, the surprise of somebody who thinks all 92 characters equally likely.
// (Remember this: the first thing to check in any training is that the curve starts at $\ln V$.)
// Then it falls, fast at first, then slower and slower.
//
// ### Step 5: write
//
// Ask for the probabilities of the next character, draw one, append it, ask again.
// First with weights as they were before the training, then with the learned ones, which the next program reads from the folder where the last one left them.

func Example_write() {
	chars := must.M1(tokenizer.NewChar(course.Opticks().Train))
	cfg := gpt.Tiny
	cfg.Vocab = chars.VocabSize()

	write := func(store *model.Store) string {
		writer := must.M1(generate.New(course.Backend(), store, cfg))
		result := must.M1(writer.Generate(context.Background(), generate.Request{
			Prompt: chars.Encode("The Light "), MaxTokens: course.Pick(60, 300),
			Sampler: generate.Sampler{Temperature: 0.8, Seed: 1},
		}))
		return chars.Decode(result[0].Tokens)
	}
	untrained, trained := model.NewStore(), model.NewStore()
	must.M(gpt.Init(untrained.RootScope(), cfg, 1))
	must.M1(train.Load(trained, course.Dir("start", "model")))
	fmt.Printf("before: The Light %.50q\n\n", write(untrained))
	fmt.Printf("after: The Light %s\n", write(trained))
}

// **Prediction 1.**
// Nonsense, but nonsense in English: words of the right length, *the* and *of*, vowels in the right places, a capital after a full stop.
// All of that was learned from nothing but being surprised, in a few seconds, by 29,440 numbers.
// What happens if the same is done with 175 billion numbers and 300 billion tokens of text is the story of this course.
//
// ## 2. How a notebook in Go works
//
// A notebook is made for languages that run line by line.
// Go is compiled.
// [GoNB](https://github.com/janpfeifer/gonb), the kernel that runs these cells, solves that in a simple way:
//
// - A cell of **declarations** (`import`, `func`, `type`, `const`, `var`) runs nothing. It is remembered. Run a changed version, and it replaces the old one.
// - A cell that begins with `%%` is **a program**: what follows is the body of `main`. GoNB puts all remembered declarations before it, compiles, and runs it.
//
// So *each `%%` cell is a new program*.
// What a program had in its variables is gone when it ends.
// Try it: run the next cell as often as you like.

// visits counts the programs that have seen this variable. Or does it?
var visits = 0

func Example_forgets() {
	visits++
	fmt.Println("visits:", visits)
}

// Always 1.
// What shall survive must be **written to a file**.
// `course.Dir` gives every chapter a folder for that.
// Trained weights are kept in the same way, by the `Dir` of the training options above.

func Example_keep() {
	path := filepath.Join(course.Dir("start", "note"), "note.txt")
	must.M(os.WriteFile(path, []byte("left by an earlier program"), 0o644))
	// Output:
}

func Example_find() {
	path := filepath.Join(course.Dir("start", "note"), "note.txt")
	fmt.Println(string(must.M1(os.ReadFile(path))))
	// Output:
	// left by an earlier program
}

// A few more things to know:
//
// - `must.M1(f())` returns the result of `f` and stops the cell if there was an error. (`M` for functions that return only an error, `M2` for two results.) Cells and tests use it; the packages never do.
// - To **stop** a cell, press ■. If nothing reacts any more, *Kernel → Restart*: all declarations are forgotten, the files remain. Run the import cell again first.
// - *undefined: …* means that the cell with this declaration has not been run since the last restart. *Run → Run All Above Selected Cell* helps.
// - **Sizes.** Everything is chosen so that a chapter takes a few minutes on two processor cores. With `GPTBOOK_SIZE=small` in the environment all runs shrink to seconds, for a quick tour.
// - **XLA or pure Go.** The arithmetic is done by [GoMLX](https://github.com/gomlx/gomlx), either through Google's XLA compiler or in pure Go, which is slower but needs nothing. The first cell that computes says which one it has found.
// - **A notebook is a Go file.** Beside each `.ipynb` lies a test file with the same content: cells are `Example` functions, and outputs that must be the same everywhere are checked by `go test`. If you prefer your editor to a
//   browser, work there: `go test -run Example_numbers -v ./notebooks/00_start`.
// - The curves and outputs that you see before you run anything are those of a full run.
//
// ## 3. The map
//
// The way follows the history.
// The left column is the step, as you will find it in every article on how ChatGPT was made; the right column says what *you* will have at the end of it.
//
// | | step | chapter | what you will have built |
// |:---|:---|:---|:---|
// | text | becomes tokens | [1. The tokenizer](../01_tokenizer/tokenizer.ipynb) | byte pair encoding, equal to GPT-2's |
// | | is predicted | [2. Counting and predicting](../02_ngrams/ngrams.ipynb) | n-grams, the loss, the bar to clear; a first neural network |
// | transformer | looks back | [3. Attention](../03_attention/attention.ipynb) | attention, and pictures of what it looks at |
// | | gets deep | [4. GPT-1](../04_gpt1/gpt1.ipynb) | twelve layers that write like Newton, nearly |
// | | reads both ways | [5. BERT](../05_bert/bert.ipynb) | the other transformer, for understanding instead of writing |
// | | gets large | [6. GPT-2](../06_gpt2/gpt2.ipynb), [7. GPT-3](../07_depth/depth.ipynb) | what changes on the way from 12 to 96 layers |
// | | follows laws | [8. Scaling, few-shot](../08_scaling/scaling.ipynb) | loss as a function of size; learning from examples in the prompt |
// | assistant | is shown how (SFT) | [9. Supervised fine-tuning](../09_sft/sft.ipynb) | a model that answers instead of going on |
// | | is judged | [10. Reward model](../10_reward/reward.ipynb) | a model of what people prefer, learned from rankings |
// | | improves by itself (RLHF) | [11. PPO](../11_ppo/ppo.ipynb) | reinforcement learning: the last step of InstructGPT, ChatGPT's elder brother |
// | beyond | | later | people as trainers (TAMER), AI feedback, tools, smaller and faster models |
//
// Chapter 2 ends with a number, the best that counting can do.
// Chapter 4 has to beat it.
// That is how the course goes: each chapter sets the bar for a later one, and nothing is believed before it is measured.
//
// All parts are packages of this module that you can read and use: `datasets` (text, tokenizers, batches), `gpt`, `bert`, `train` (the one training loop), `figures`.
// Each chapter first *derives* its idea in small cells, then shows that the package gives the same numbers, and only then uses the package.
// And the whole pipeline without notebooks is one command, `go run ./train/chatgpt`.
//
// ## 4. Notation
//
// The letters are those of the papers, in text, comments and code.
// Come back when you meet one.
//
// | sign | means | in the model above |
// |:---|:---|---:|
// | $V$ | size of the vocabulary: token ids run from 0 to $V-1$ | 92 |
// | $B$ | batch: how many passages are computed together | 32 |
// | $T$ | how many tokens a passage has; at most the *context* of the model | 32 |
// | $C$ | channels: how many numbers describe one token inside the model (its *width*) | 32 |
// | $L$ | layers, also the loss where no layers are near | 2 |
// | `[B, T, C]` | an array of $B \times T \times C$ numbers | `[32, 32, 32]` |
// | $x_t$ | the token at position $t$; $x_{\lt t}$ all tokens before it | |
// | $p(x \mid h)$ | probability of $x$ if $h$ has come before | |
// | $\ln$, $\log_2$ | logarithms; a surprise in **nats** or in **bits**: 1 nat = 1.44 bits | |
// | logits | scores before they are turned into probabilities | |
// | softmax | the function that turns them | |
// | loss | mean surprise per token: what training makes smaller | |
// | weights | all numbers that are learned, also *parameters* | 29,440 |
// | step | one change of all weights, after one batch | |
// | held-out, validation | text that the model never learns from, to measure on | |
//
// ## Exercise
//
// The exercises of a chapter are in its folder `exercises`.
// Each is a Go file with a function to fill in and a test that tells you what is still missing.
// Here is one to try the procedure.
//
// **Knowing nothing** (5 minutes).
// What is the loss of a model that thinks all $V$ tokens equally likely?
// Open `exercises/uniform.go` in the file browser on the left, fill in the function, and run in a terminal (*File → New → Terminal*), in the root of the repository:
//
// ```
// go test -run Uniform ./notebooks/00_start/exercises
// ```
//
// ## What was simplified
//
// Everything: what a token is, how the numbers are moved, how a character is drawn, and the tenth of the book that was put aside and not looked at (chapter 2 uses it).
// But nothing was faked: what you saw learning is the library's real GPT, its real training loop and its real text generation.
//
// Sources of the map: Radford et al. 2018 (GPT-1), 2019 (GPT-2); Brown et al. 2020 (GPT-3); Devlin et al. 2019 (BERT); Ouyang et al. 2022 (InstructGPT).
//
// **Next:** [1. The tokenizer](../01_tokenizer/tokenizer.ipynb).
