// # 5 · BERT: looking both ways
//
// A GPT reads from left to right.
// Somebody who fills in the blank of
//
// > *The Rays of ___ which fall upon the Prism are refracted.*
//
// reads the whole line first: *Rays of* suggests what may follow, *Prism* and *refracted* say what it must be.
// BERT (Devlin et al. 2018) is the transformer that may look to both sides.
// It is made of the parts that you know.
// **What has to change so that a model can use the words to its right, and what does it lose by that?**
//
// | budget | full size | small size |
// |---|---|---|
// | time, 2 cores | about 5 minutes with XLA | under a minute |
// | memory | below 1 GB | the same |
// | result to expect | held out: masked tokens 10 to 12 % right (the commonest token: 3 %), next text 83 to 87 % | losses that fall |
//
// ### Before you read on: three predictions
//
// 1. Take the causal mask out of the GPT of chapter 4 and train it to predict the next token as before. What loss will it reach, and what will it have learned?
// 2. BERT hides 15 % of the tokens and asks for them. Why not 50 %, and why not one token at a time?
// 3. Two sentences: are they from the same kind of text? After the same minutes of reading, and from the same few labelled pairs, who learns this better: BERT, which sees both sides, or GPT? And how good is a BERT that
//    has never read anything, or a method that only counts words?

package bert_test

import (
	"cmp"
	"context"
	"crypto/sha256"
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

	"gptbook/bert"
	"gptbook/datasets/corpus"
	"gptbook/datasets/tokenizer"
	"gptbook/datasets/world"
	"gptbook/figures"
	"gptbook/figures/curve"
	"gptbook/gpt"
	"gptbook/notebooks/course"
	"gptbook/train"
	"gptbook/train/finetune"
	"gptbook/train/pretrain"
)

// ## 1. One line less: the mask
//
// In attention every position scores every other one, and the mask says which of the scores count.
// That is the whole difference between the two architectures: GPT's mask hides the future; BERT's hides nothing but the padding, with which shorter texts of a batch are filled up.

// allowed says which position (row) may read which other one (column), for a text of n tokens in a
// row of length T.
func allowed(T, n int, causal bool) [][]bool {
	mask := make([][]bool, T)
	for q := range mask {
		mask[q] = make([]bool, T)
		for k := range mask[q] {
			mask[q][k] = k < n && (k <= q || !causal)
		}
	}
	return mask
}

// attend is softmax(scores)·values where only the allowed scores count; the result is [T][C].
func attend(scores [][]float64, mask [][]bool, values [][]float64) [][]float64 {
	out := make([][]float64, len(scores))
	for q := range scores {
		out[q] = make([]float64, len(values[0]))
		sum := 0.0
		for k, score := range scores[q] {
			if mask[q][k] {
				sum += math.Exp(score)
			}
		}
		for k, score := range scores[q] {
			for c := range out[q] {
				if mask[q][k] {
					out[q][c] += math.Exp(score) / sum * values[k][c]
				}
			}
		}
	}
	return out
}

func Example_masks() {
	words := []string{"[CLS]", "rays", "of", "light", "bend", "[SEP]", "[PAD]", "[PAD]"}
	picture := figures.Heatmap{
		Title:  "Who may read whom",
		YLabel: "this position", XLabel: "reads that one", Unit: "1: may be read",
	}
	for _, m := range []struct {
		name   string
		causal bool
	}{{"GPT: itself and the past", true}, {"BERT: all but padding", false}} {
		values, pairs := make([][]float64, len(words)), 0
		for q, row := range allowed(8, 6, m.causal) {
			values[q] = make([]float64, len(words))
			for k, yes := range row {
				if yes {
					values[q][k] = 1
				}
				if yes && q < 6 {
					pairs++
				}
			}
		}
		picture.Panels = append(picture.Panels,
			figures.Matrix{Title: m.name, Rows: words, Cols: words, Values: values})
		fmt.Printf("%-24s  %d pairs of tokens meet\n", m.name, pairs)
	}
	must.M(picture.Show())
	// Output:
	// GPT: itself and the past  21 pairs of tokens meet
	// BERT: all but padding     36 pairs of tokens meet
}

// **The check.**
// The library's `bert.SelfAttention` is the same sum.
// We give it weights that do nothing (the identity for queries, keys, values and the output), so that the scores are simply the products of the vectors over $\sqrt C$, and hide the last position from it as padding.

func Example_sameAsLibrary() {
	const T, C = 4, 2
	cfg := bert.Config{Name: "toy", Vocab: 1, Context: T, Layers: 1, Heads: 1, Width: C, Inner: 1}
	store := model.NewStore()
	for _, name := range []string{"self.query", "self.key", "self.value", "output.dense"} {
		weight := bert.Weight{Name: name + ".weight", Dims: []int{C, C}}
		must.M(bert.SetWeight(store.RootScope(), weight, []float32{1, 0, 0, 1}))
		bias := bert.Weight{Name: name + ".bias", Dims: []int{C}}
		must.M(bert.SetWeight(store.RootScope(), bias, []float32{0, 0}))
	}
	x := [][]float64{{1, 0}, {0, 1}, {1, 1}, {9, 9}}
	scores := make([][]float64, T)
	for q := range x {
		for k := range x {
			scores[q] = append(scores[q], (x[q][0]*x[k][0]+x[q][1]*x[k][1])/math.Sqrt(C))
		}
	}
	ours := attend(scores, allowed(T, 3, false), x)
	attention := func(scope *model.Scope, x *graph.Node) *graph.Node {
		padding := graph.Const(x.Graph(), [][][][]float32{{{{0, 0, 0, -1e9}}}})
		return bert.SelfAttention(scope, x, padding, cfg)
	}
	batch := [][][]float32{{{1, 0}, {0, 1}, {1, 1}, {9, 9}}}
	library := model.MustCallOnce(course.Backend(), store, attention, batch).
		Value().([][][]float32)[0]
	worst := 0.0
	for t := range 3 {
		for c := range C {
			worst = max(worst, math.Abs(ours[t][c]-float64(library[t][c])))
		}
	}
	fmt.Printf("position 0 reads %.3f\nequal within 0.0001: %v\n", ours[0], worst < 1e-4)
	// Output:
	// position 0 reads [0.802 0.599]
	// equal within 0.0001: true
}

// What becomes of next-token prediction without the mask?
// Two models of one size guess the next letter of Newton's book.
// One is a GPT.
// The other is a BERT with the same question.

func Example_withoutMask() {
	const T, batch, C = 32, 16, 32
	book := course.Letters()
	ids := slices.Concat(book.Train, book.Held)
	ours := gpt.Config{
		Name: "with the mask", Vocab: book.Tok.VocabSize(), Context: T,
		Layers: 2, Heads: 2, Width: C,
	}
	other := bert.Config{
		Name: "without it", Vocab: ours.Vocab, Context: T,
		Layers: 2, Heads: 2, Width: C, Inner: 4 * C,
	}
	masked, unmasked := model.NewStore(), model.NewStore()
	must.M(gpt.Init(masked.RootScope(), ours, 1))
	must.M(bert.Init(unmasked.RootScope(), other, 1, bert.Encoder, bert.MaskHead))
	chart := figures.Chart{
		Title: "Guess the next letter", YLabel: "training loss (nats/letter)", Smooth: 10,
	}
	for _, v := range []struct {
		name  string
		store *model.Store
		model mltrain.ModelFn
	}{
		{ours.Name, masked, pretrain.CausalLM(ours).Model},
		{other.Name, unmasked, func(scope *model.Scope, _ any, in []*graph.Node) []*graph.Node {
			hidden := bert.Encode(scope, bert.Input{IDs: in[0]}, other)
			return []*graph.Node{bert.MaskedLM(scope, hidden)}
		}},
	} {
		stage := train.Stage{
			Name: v.name, Unit: "nats/letter", Model: v.model, Loss: gpt.CrossEntropy,
		}
		trainer := must.M1(train.New(course.Backend(), v.store, stage, train.Options{
			Optimizer: train.GPT3AdamW(3e-3),
			Schedule:  train.Schedule{Warmup: course.Pick(5, 50)}, Quiet: true,
		}))
		batches, steps := must.M1(corpus.NextToken(ids, batch, T, 1)), course.Pick(20, 1200)
		curve := must.M1(trainer.Run(context.Background(), batches, steps))[0]
		curve.Name = v.name
		chart.Curves = append(chart.Curves, curve)
		fmt.Printf("%-14s %.2f nats per letter\n", v.name, curve.Smooth(10).Last())
	}
	must.M(chart.Show())
}

// **Prediction 1.**
// For some five hundred steps the two look alike, the one without the mask a little better.
// Then it finds that the answer stands next door, and within two hundred steps its loss falls from 2.2 nats to 0.1.
// (Not to 0: the last letter of a stretch has no right neighbour in it, and one of 32 at some 2.6 nats makes 0.08.)
// It can do nothing but copy its right neighbour.
// Whoever wants to look both ways needs another question, one whose answer is not in the input.
//
// ## 2. Another question: the masked token
//
// BERT's answer is the cloze test: hide some tokens and ask for them.
// In detail (Devlin et al. 2018, §3.1):
//
// - **15 %** of the tokens are picked. Only they are asked for, so a batch of BERT's gives seven times fewer answers to learn from than one of GPT's. More would leave too little to guess from; one at a time would be slow. That is
//   prediction 2.
// - Of the picked ones **80 %** become `[MASK]`, **10 %** a random token, and **10 %** stay as they are. In use there is no `[MASK]`: a model that has only ever had to think at `[MASK]` need not make anything of the other positions. As it is, any
//   token may be wrong or asked for, so every position has to be understood.
//
// By hand, on one sentence:

func Example_maskByHand() {
	sentence := strings.Fields("the rays of light which fall upon the prism " +
		"are refracted by it and paint colours upon the wall")
	rng := rand.New(rand.NewPCG(10, 1))
	picked := rng.Perm(len(sentence))[:3] // 15 % of 18
	slices.Sort(picked)
	seen := slices.Clone(sentence)
	for _, t := range picked {
		switch u := rng.Float64(); {
		case u < 0.8:
			seen[t] = "[MASK]"
		case u < 0.9:
			seen[t] = sentence[rng.IntN(len(sentence))] // a random word of a very small vocabulary
		}
	}
	fmt.Println("the model sees:", strings.Join(seen, " "))
	for _, t := range picked {
		fmt.Printf("asked at %2d: %s\n", t, sentence[t])
	}
	// Output:
	// the model sees: the rays of light which fall it the prism are [MASK] by it and paint colours upon the wall
	// asked at  6: upon
	// asked at 10: refracted
	// asked at 12: it
}

// One of each kind: *upon* became a random word, *refracted* a `[MASK]`, and *it* stayed.
// The model does not know which of the words it sees are right.
//
// What the loss is made of: at each picked position a softmax over the vocabulary, and the surprise $-\ln p$ of the right token.
// Nothing else counts.
// If the model gives *light* 0.5, *prism* 0.25 and *upon* 0.01, it pays

func Example_lossByHand() {
	sum := 0.0
	for _, p := range []float64{0.5, 0.25, 0.01} {
		fmt.Printf("-ln %.2f = %.3f\n", p, -math.Log(p))
		sum -= math.Log(p)
	}
	fmt.Printf("mean: %.3f nats per picked token\n", sum/3)

	p := math.Log // the library takes logits; these are ones with the probabilities above
	logits := [][][]float64{{{p(0.5), p(0.5)}, {p(0.25), p(0.75)}, {p(0.01), p(0.99)}, {0, 0}}}
	crossEntropy := func(logits, targets, weights *graph.Node) *graph.Node {
		return gpt.CrossEntropy([]*graph.Node{targets, weights}, []*graph.Node{logits})
	}
	targets := [][]int32{{0, 0, 0, 0}}
	weights := [][]float64{{1, 1, 1, 0}} // the last place is empty and weighs nothing
	loss := must.M1(graph.CallOnce(course.Backend(), crossEntropy, logits, targets, weights))
	fmt.Printf("the library: %.3f\n", loss.Value())
	// Output:
	// -ln 0.50 = 0.693
	// -ln 0.25 = 1.386
	// -ln 0.01 = 4.605
	// mean: 2.228 nats per picked token
	// the library: 2.228
}

// ## 3. A second question, and the input
//
// BERT was meant to compare pairs of sentences: does one follow from the other, do they mean the same?
// So it is asked a second question while it learns: **is B the text that followed A, or a random one?**
// Half of the pairs are random.
// The input is
//
// $$ \texttt{[CLS]}\; A\; \texttt{[SEP]}\; B\; \texttt{[SEP]} $$
//
// and each token is the sum of three vectors: *what* it is (word), *where* it stands (position), and *whose* it is (segment, A or B).
// The vector at `[CLS]` belongs to no word.
// It is where the model puts what it thinks of the whole, and the answer to the second question is read from there.
//
// Our text is of three kinds: Newton's *Opticks*, the documentation of Go's standard library (every fourth package, so that no kind outweighs the others), and short reports about the people of `datasets/world`, the small closed world in which later chapters teach a model to answer.
// A tenth of each is held out.
// The tokenizer is WordPiece: BPE's cousin, which marks the pieces *within* a word by `##` and ignores letter case.

// texts are documents of sentences, by kind, and the tokenizer for them.
type texts struct {
	words       *tokenizer.WordPiece
	special     corpus.Special
	train, held [3][][]string // Opticks, documentation, people
	sha256      string        // of the training sentences
}

func load() texts {
	var d texts
	sentences := func(documents []string, every int) (out [][]string) {
		for i := 0; i < len(documents); i += every {
			out = append(out, corpus.SplitSentences(documents[i]))
		}
		return out
	}
	for i, name := range []string{"opticks", "godoc"} {
		every := 1 + 3*i
		train, held := must.M2(must.M1(corpus.Load(name)).Split(0.1))
		d.train[i] = sentences(train.Documents(), every)
		d.held[i] = sentences(held.Documents(), every)
	}
	people := must.M1(world.New(300, 1))
	d.train[2] = sentences(people.Text(60_000, 1), 1)
	d.held[2] = sentences(people.Text(6_000, 2), 1)
	all := fmt.Sprint(d.train)
	d.sha256 = fmt.Sprintf("%x", sha256.Sum256([]byte(all)))
	d.words = must.M1(tokenizer.TrainWordPiece(all, course.Pick(800, 2048)))
	id := func(token string) int32 { return must.M1(d.words.Special(token)) }
	d.special = corpus.Special{
		Pad: id(tokenizer.Pad), Unknown: id(tokenizer.Unknown), CLS: id(tokenizer.Class),
		SEP: id(tokenizer.Sep), Mask: id(tokenizer.Mask), Vocab: d.words.VocabSize(),
	}
	return d
}

// pairs are batches for both questions.
func (d texts) pairs(kinds [3][][]string, batch, length int, seed int64) *corpus.Batches {
	documents := corpus.EncodeSentences(slices.Concat(kinds[:]...), d.words.Encode)
	return must.M1(corpus.MaskedLM(documents, d.special, batch, length, seed))
}

func Example_input() {
	d := load()
	row := d.pairs(d.train, 1, 32, 3).At(0)
	first := func(t *tensors.Tensor) []int32 { return t.Value().([][]int32)[0] }
	ids, segments, positions := first(row.Inputs[0]), first(row.Inputs[1]), first(row.Inputs[3])
	targets, random := first(row.Labels[0]), row.Labels[2].Value().([]int32)[0]
	fmt.Println("position segment token")
	for t, id := range ids {
		token := d.words.Token(id)
		if i := slices.Index(positions, int32(t)); i >= 0 && t > 0 {
			token += "   <- asked: " + d.words.Token(targets[i])
		}
		fmt.Printf("%8d %7d %s\n", t, segments[t], token)
	}
	fmt.Println("B is", []string{"what followed A", "from elsewhere"}[random])
}

// ## 4. Training
//
// A BERT of two layers, 128 wide: "Tiny" in the list of sizes that Google published later, but with a vocabulary of our own.
// Everything but the output layers is what chapter 4 had; the norm comes after each sum, as in GPT-1.
// The loss is the sum of both questions'.
// It starts near $\ln V + \ln 2$.

// size is what we train, in full or small.
func size() (cfg bert.Config, steps, batch int) {
	cfg = bert.Tiny
	cfg.Vocab, cfg.Context, cfg.Dropout = course.Pick(800, 2048), course.Pick(48, 96), 0
	if course.Small() {
		cfg.Width, cfg.Inner = 32, 64
	}
	return cfg, course.Pick(30, 1000), course.Pick(8, 24)
}

// adamW is the optimizer of this chapter.
func adamW(rate float64) train.AdamW {
	return train.AdamW{
		LearningRate: rate, Beta1: 0.9, Beta2: 0.98, Epsilon: 1e-6, WeightDecay: 0.01, Clip: 1,
	}
}

// watched adds the loss of each question to a chart of its own at every batch. (The curve that the
// trainer draws is that of their sum.)
type watched struct {
	*corpus.Batches
	trainer *train.Trainer
	charts  []*figures.Live
}

// questions are the two, by the columns of their losses.
var questions = []struct{ column, title, level string }{
	{pretrain.MaskedLoss, "First question: the masked tokens", "ln V"},
	{pretrain.NextLoss, "Second question: did B follow A?", "ln 2: a coin"},
}

func (w watched) Iter() iter.Seq2[mltrain.Batch, error] {
	return func(yield func(mltrain.Batch, error) bool) {
		for batch, err := range w.Batches.Iter() {
			for i, q := range questions {
				if points := w.trainer.Metric(q.column).Points; len(points) > 0 {
					last := points[len(points)-1]
					w.charts[i].Add("train", last.Step, last.Value)
				}
			}
			if !yield(batch, err) {
				return
			}
		}
	}
}

func Example_pretrain() {
	cfg, steps, batch := size()
	d, start := load(), time.Now()
	store := model.NewStore()
	must.M(bert.Init(store.RootScope(), cfg, 1, bert.Pretraining()...))
	held := d.pairs(d.held, batch, cfg.Context, 2).Take(course.Pick(2, 20))
	trainer := must.M1(train.New(course.Backend(), store, pretrain.MaskedLM(cfg), train.Options{
		Optimizer:  adamW(1e-3),
		Schedule:   train.Schedule{Warmup: steps / 10, Steps: steps},
		Validation: held, EvalEvery: max(1, steps/10),
		Dir: course.Dir("bert", "pretrain"),
	}))
	var charts []*figures.Live
	for i, untrained := range []float64{math.Log(float64(cfg.Vocab)), math.Ln2} {
		charts = append(charts, figures.NewLive(figures.Chart{
			Title: questions[i].title, YLabel: "nats", Smooth: 20,
			Levels: []figures.Reference{{Name: questions[i].level, Value: untrained}},
		}))
	}
	words, tokens := 0, 0
	for _, document := range slices.Concat(d.train[:]...) {
		for _, sentence := range document {
			words += len(strings.Fields(sentence))
			tokens += len(d.words.Encode(sentence))
		}
	}
	fmt.Printf("%d words, %d tokens\n", words, tokens)
	batches := watched{d.pairs(d.train, batch, cfg.Context, 1), trainer, charts}
	must.M1(trainer.Run(context.Background(), batches, steps-trainer.Step()))
	for _, chart := range charts {
		must.M(chart.Close())
	}
	heldOut := func(column string) float64 {
		return trainer.Metric(train.ValidationPrefix + column).Last()
	}
	documents := corpus.EncodeSentences(slices.Concat(d.train[:]...), d.words.Encode)
	baseline := must.M1(pretrain.CommonestAccuracy(documents, held))
	fmt.Printf("%d weights, %.1f minutes\n\nheld out:\n",
		cfg.Params(bert.Pretraining()...), time.Since(start).Minutes())
	fmt.Printf("masked tokens  %4.1f %% right (always the commonest: %.1f %%), %.2f nats\n",
		100*heldOut(pretrain.MaskedAccuracy), 100*baseline, heldOut(pretrain.MaskedLoss))
	fmt.Printf("next text      %4.1f %% right (coin: 50 %%), %.2f nats\n",
		100*heldOut(pretrain.NextAccuracy), heldOut(pretrain.NextLoss))
	both := figures.Chart{Title: "BERT's two questions", YLabel: "nats", Smooth: 20}
	for _, q := range questions {
		curve := trainer.Metric(q.column)
		curve.Name = q.title
		both.Curves = append(both.Curves, curve)
	}
	course.Record("05_bert", figures.Run{
		Preset: fmt.Sprintf("%s: %d layers, width %d", cfg.Name, cfg.Layers, cfg.Width),
		Seed:   1, Steps: steps, Data: d.sha256,
	}, time.Since(start), both)
}

// **The second question** stays at $\ln 2$ for nearly two hundred steps, then falls within a hundred more: first the model must find out that A and B can be compared at all.
// What it learns is mostly whether they talk of the same things.
// Random texts are often of another kind altogether, and that gives them away; this is the objection for which later models dropped the question (Liu et al. 2019).
//
// **The first question** falls slowly.
// A batch has 2,300 tokens and asks for 300 of them, and two hundred thousand words are little to learn a language from: four times as many right as by always saying the commonest token, and still far from understanding.
//
// ## 5. What it knows: filling blanks
//
// `[MASK]` in a sentence of our own, and the five tokens that the model ranks first.
// It has read one book of 1730, some documentation and reports about invented people, for a few minutes.

func Example_blanks() {
	cfg, _, _ := size()
	d, store := load(), course.Weights("bert", "pretrain")
	fill := func(scope *model.Scope, ids, mask, at *graph.Node) *graph.Node {
		hidden := bert.Encode(scope, bert.Input{IDs: ids, Mask: mask}, cfg)
		return graph.Softmax(bert.MaskedLM(scope, bert.Pick(hidden, at)), -1) // [1, 1, V]
	}
	guess := must.M1(model.NewExec(course.Backend(), store, fill))
	for _, sentence := range []string{
		"The Rays of [MASK] which fall upon the Prism are refracted.",
		"The Sun's [MASK] passed through a Prism and fell upon the Wall.",
		"The function returns an [MASK] if the file does not exist.",
		"Read reads up to len(p) [MASK] into p.",
	} {
		ids, _ := d.words.Join(cfg.Context, d.words.EncodeWithSpecials(sentence))
		at := slices.Index(ids, d.special.Mask)
		mask := slices.Repeat([]int32{1}, len(ids))
		for len(ids) < cfg.Context {
			ids, mask = append(ids, d.special.Pad), append(mask, 0)
		}
		all := must.M1(guess.Call1([][]int32{ids}, [][]int32{mask}, [][]int32{{int32(at)}}))
		p := all.Value().([][][]float32)[0][0]
		best := make([]int32, len(p))
		for i := range best {
			best[i] = int32(i)
		}
		slices.SortFunc(best, func(a, b int32) int { return cmp.Compare(p[b], p[a]) })
		fmt.Println(sentence)
		for _, id := range best[:5] {
			fmt.Printf("   %-12s %4.1f %%\n", d.words.Token(id), 100*p[id])
		}
	}
}

// Look at how little that is.
// Not one of the twenty guesses fits its blank: the model has found the frequent words, and has not learned from *Prism* that the blank is *light*.
// BERT Base needed 3.3 billion words, read forty times.
// The loss was honest: 5.6 nats is a choice among some 280 equally likely tokens.
//
// ## 6. A BERT that has read more: sentence embeddings
//
// What a larger encoder learns from a billion sentence pairs is worth seeing.
// *MiniLM* has six layers, 384 channels and 22.7 million weights, and was trained so that texts of similar meaning get similar vectors: the mean over its tokens, scaled to length 1 (Reimers and Gurevych 2019).
// The product of two such vectors is the cosine of their angle, 1 for the same direction.
// Our `bert.Load` reads the published file; fetch it once (83 MB) by
//
// ```
// go run ./bert/minilm
// ```

func Example_sentences() {
	folder, present := bert.MiniLMFolder()
	if !present {
		fmt.Println("all-MiniLM-L6-v2 is not here: " +
			"run `go run ./bert/minilm` and then this cell again")
		return
	}
	cfg, store := must.M1(bert.ReadConfig(folder)), model.NewStore()
	must.M(bert.Load(store.RootScope(), cfg, folder, bert.Encoder))
	words := must.M1(tokenizer.LoadWordPiece(folder))
	sentences := []string{
		"Light bends when it enters glass.", "A prism refracts the rays of the sun.",
		"The file could not be opened.", "An error occurred while reading.",
		"My cat sleeps all day.", "A kitten is napping on the sofa.",
	}
	const T = 16
	var ids, masks [][]int32
	for _, s := range sentences {
		row, _ := words.Join(T, words.Encode(s))
		mask := slices.Repeat([]int32{1}, len(row))
		for len(row) < T {
			row, mask = append(row, 0), append(mask, 0)
		}
		ids, masks = append(ids, row), append(masks, mask)
	}
	meaning := func(scope *model.Scope, ids, mask *graph.Node) *graph.Node {
		return bert.Sentence(bert.Encode(scope, bert.Input{IDs: ids, Mask: mask}, cfg), mask)
	}
	vectors := model.MustCallOnce(course.Backend(), store, meaning, ids, masks).
		Value().([][]float32)
	cosines := make([][]float64, len(sentences))
	for i := range vectors {
		cosines[i] = make([]float64, len(sentences))
		for j := range vectors {
			for c := range vectors[i] {
				cosines[i][j] += float64(vectors[i][c] * vectors[j][c])
			}
		}
	}
	short := []string{"light bends", "a prism", "the file", "an error", "my cat", "a kitten"}
	must.M(figures.Heatmap{
		Title: "Which sentences mean the same?", Unit: "cosine",
		Panels: []figures.Matrix{{Rows: short, Cols: short, Values: cosines}},
	}.Show())
	for i := 0; i < len(short); i += 2 {
		fmt.Printf("%-12s and %-10s %.2f\n", short[i], short[i+1], cosines[i][i+1])
	}
}

// Two sentences about light are close without sharing a word that matters, and so are the cat and the kitten; optics and files are far apart.
// The layers are those of our own model, and the checkpoint is read by the same code.
// What is different is the size, and a billion pairs.
//
// ## 7. Fine-tuning, and a fair comparison with GPT-1
//
// The two papers made the same promise: read much text without labels, then learn a task from few labelled examples.
// BERT reads the class at `[CLS]`, which has seen everything.
// GPT-1 reads it at the *last* token, the only one that has, and goes on predicting the text beside it.
//
// The task must be one that needs reading.
// "Which book is this sentence from?" would be a poor one: single words give it away, and a **bag of words**, which only counts them, gets nearly everything right.
// So we take the kind of task for which BERT has its second question, one about a *pair*: **are these two sentences from the same kind of text?**
// No single word tells.
// *Prism* is as frequent in "both from Opticks" as in "one from Opticks, one from elsewhere"; the two sentences must be compared.

const textLength = 48 // in tokens

// joiner makes one text of two sentences and says where the second one begins.
type joiner func(a, b []int32) (ids []int32, second int)

// labelled draws n pairs of sentences of at most 20 tokens, half of them from different kinds of
// text (class 1).
func (d texts) labelled(kinds [3][][]string, n int, join joiner) (out []finetune.Text) {
	rng := rand.New(rand.NewPCG(7, 7))
	var short [3][][]int32
	for k, documents := range kinds {
		for _, s := range slices.Concat(documents...) {
			if ids := d.words.Encode(s); len(ids) >= 6 && len(ids) <= 20 {
				short[k] = append(short[k], ids)
			}
		}
	}
	for range n {
		k, class := rng.IntN(3), rng.IntN(2)
		other := (k + class*(1+rng.IntN(2))) % 3
		a, b := short[k][rng.IntN(len(short[k]))], short[other][rng.IntN(len(short[other]))]
		ids, second := join(a, b)
		out = append(out, finetune.Text{IDs: ids, Class: int32(class), Second: second})
	}
	return out
}

// forBERT is [CLS] a [SEP] b [SEP], forGPT a [SEP] b [CLS]: each model reads the class where it has
// seen everything.
func (d texts) forBERT(a, b []int32) ([]int32, int) {
	s := d.special
	return slices.Concat([]int32{s.CLS}, a, []int32{s.SEP}, b, []int32{s.SEP}), len(a) + 2
}

func (d texts) forGPT(a, b []int32) ([]int32, int) {
	return slices.Concat(a, []int32{d.special.SEP}, b, []int32{d.special.CLS}), 0
}

// tune trains a stage on one seed and returns the accuracy on held-out texts, and the curve of that
// on the texts it learns from.
func tune(
	store *model.Store, stage train.Stage, learn, test []finetune.Text, pad int32, seed int64,
) (held float64, learned curve.Curve) {
	const batch = 32
	steps := course.Pick(5, 160)
	trainer := must.M1(train.New(course.Backend(), store, stage, train.Options{
		Optimizer: adamW(5e-4),
		Schedule:  train.Schedule{Warmup: steps / 10, Steps: steps}, Seed: seed, Quiet: true,
	}))
	batches := must.M1(finetune.Batches(learn, pad, batch, textLength, seed))
	must.M1(trainer.Run(context.Background(), batches, steps))
	_, metrics, err := trainer.Evaluate(must.M1(finetune.Sequential(test, pad, batch, textLength)))
	must.M(err)
	return metrics[0], trainer.Metric(finetune.Accuracy)
}

// rival is a GPT of BERT's size.
func rival() gpt.Config {
	cfg, _, _ := size()
	return gpt.Config{
		Name: "rival", Vocab: cfg.Vocab, Context: cfg.Context,
		Layers: cfg.Layers, Heads: cfg.Heads, Width: cfg.Width,
	}
}

// First the GPT that BERT has to face: the same size, the same text in the same tokens, and about as much work, a minute of an idle machine each.
// (A step of GPT is dearer: it has seven times as many answers to give, so it gets one step for BERT's two.)

func Example_pretrainGPT() {
	_, steps, batch := size()
	steps = steps / 2
	cfg, d, start := rival(), load(), time.Now()
	stream := func(kinds [3][][]string) (ids []int32) {
		documents := slices.Concat(kinds[:]...)
		rand.New(rand.NewPCG(1, 1)).Shuffle(len(documents), func(i, j int) {
			documents[i], documents[j] = documents[j], documents[i]
		})
		for _, sentences := range documents {
			for _, s := range sentences {
				ids = append(append(ids, d.words.Encode(s)...), d.special.SEP)
			}
		}
		return ids
	}
	store := model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	stage := pretrain.CausalLM(cfg)
	stage.Name = "GPT"
	held := must.M1(corpus.Sequential(stream(d.held), batch, cfg.Context))
	trainer := must.M1(train.New(course.Backend(), store, stage, train.Options{
		Optimizer:  adamW(1e-3),
		Schedule:   train.Schedule{Warmup: steps / 10, Steps: steps},
		Validation: held.Take(course.Pick(2, 10)), EvalEvery: max(1, steps/5),
		Dir: course.Dir("bert", "gpt"),
	}))
	batches := corpus.Prefetch(must.M1(corpus.NextToken(stream(d.train), batch, cfg.Context, 1)))
	must.M1(trainer.Run(context.Background(), batches, steps-trainer.Step()))
	fmt.Printf("GPT: %d weights, %.2f nats per token held out, %.1f minutes\n", cfg.Params(),
		trainer.Metric(train.ValidationLoss).Last(), time.Since(start).Minutes())
}

// Now the comparison.
// Three seeds each, because one lucky run proves nothing; the same labelled pairs for all, the held-out ones of sentences that no model has seen.
// Beside the two: the same BERT that has never been pretrained, the bag of words, and the larger class.

func Example_finetune() {
	cfg, _, _ := size()
	d := load()
	learn, test := course.Pick(64, 1024), course.Pick(64, 640)
	bertLearn := d.labelled(d.train, learn, d.forBERT)
	bertTest := d.labelled(d.held, test, d.forBERT)
	gptLearn := d.labelled(d.train, learn, d.forGPT)
	gptTest := d.labelled(d.held, test, d.forGPT)
	fmt.Printf("%d labelled pairs, %d held out\n\n", learn, test)

	pretrained := func(seed int64) (float64, curve.Curve) {
		store := course.Weights("bert", "pretrain")
		must.M(bert.Init(store.RootScope(), cfg, seed, bert.Classifier(2)))
		return tune(store, finetune.BERT(cfg), bertLearn, bertTest, d.special.Pad, seed)
	}
	fresh := func(seed int64) (float64, curve.Curve) {
		store := model.NewStore()
		parts := []bert.Part{bert.Encoder, bert.Pooler, bert.Classifier(2)}
		must.M(bert.Init(store.RootScope(), cfg, seed, parts...))
		return tune(store, finetune.BERT(cfg), bertLearn, bertTest, d.special.Pad, seed)
	}
	gpt1 := func(seed int64) (float64, curve.Curve) {
		store := course.Weights("bert", "gpt")
		must.M(finetune.InitGPTHead(store.RootScope(), rival(), 2, seed))
		return tune(store, finetune.GPT(rival()), gptLearn, gptTest, d.special.Pad, seed)
	}
	majority := finetune.Majority(bertLearn, bertTest)
	bag := finetune.NaiveBayes(bertLearn, bertTest, cfg.Vocab)
	fmt.Printf("%-20s %.3f\n%-20s %.3f\n", "larger class", majority, "bag of words", bag)
	groups := []string{"bag of words"}
	right := figures.Set{Values: []float64{bag}, Spread: []float64{0}}
	learning := figures.Chart{
		Title:  "While they learn: right on the labelled pairs",
		YLabel: "accuracy (first seed)", Smooth: 10,
	}
	for _, m := range []struct {
		name string
		run  func(seed int64) (float64, curve.Curve)
	}{
		{"BERT, not pretrained", fresh},
		{"BERT, pretrained", pretrained},
		{"GPT, pretrained", gpt1},
	} {
		var held []float64
		for seed := range int64(3) {
			accuracy, learned := m.run(seed + 1)
			held = append(held, accuracy)
			if learned.Name = m.name; seed == 0 {
				learning.Curves = append(learning.Curves, learned)
			}
		}
		mean := finetune.MeanOf(held...)
		fmt.Printf("%-20s %v\n", m.name, mean)
		groups = append(groups, m.name)
		right.Values = append(right.Values, mean.Mean)
		right.Spread = append(right.Spread, mean.StdDev)
	}
	must.M(learning.Show())
	must.M(figures.Bars{
		Title:  "Are both sentences from the same kind of text?",
		YLabel: "held-out accuracy (3 seeds)", Groups: groups, Sets: []figures.Set{right},
		Levels: []figures.Reference{{Name: "larger class", Value: majority}},
	}.Show())
}

// **Prediction 3.**
// Counting words does no better than the coin, as it must.
// The BERT that has never read anything finds next to nothing in a thousand examples.
// The first chart shows how that looks: on the thousand labelled pairs it goes from one half to nearly nine in ten, by heart; on the held-out ones it is right in 0.536, where always saying the larger class would be right in 0.523.
// The question is easy only for somebody who already knows which words belong together.
// Both pretrained models do: 85 % for BERT and 81 % for GPT in our run.
//
// Read the spread too: 0.01 to 0.02 over three seeds, and 640 pairs of a test are by themselves uncertain by as much.
// BERT's lead of four points is more than that.
// But the comparison is kinder to BERT than it looks, for its second question in pretraining was nearly this task.
// That pretraining is better than none is beyond doubt.
//
// ## 8. Where each wins, and why the field went on with GPT
//
// | | GPT | BERT |
// |---|---|---|
// | mask | the past | all but padding |
// | question | the next token | the hidden tokens, and: did B follow A? |
// | answers to learn from | every position | 15 % of them |
// | reads the class at | the last token, the only one that has seen all | `[CLS]`, in front |
// | can write | yes, one token after the other | no: there is no order in which it could |
// | best for | text that goes on | judging text that is there: classes, tags, search |
//
// BERT is the better reader of its size: the published comparison (Devlin et al. 2018, table 5) took the same network and found that *left to right* costs points on every task.
// For three years the field followed it, and search engines and filters still do: an encoder reads a text once and in parallel, and a small one is enough.
//
// Two things turned the field round.
// **A model that writes needs no head.**
// Every task can be put as a text to continue, so that one model serves all of them without fine-tuning (chapter 8, GPT-3); BERT needs labelled examples and new weights for each.
// **And every token teaches.**
// GPT learns from each position of each text (ours, on the same text in the same tokens, is at 4.4 nats where BERT is at 5.6, though the two are asked different questions), so that more text and more weights go further; a large model that reads from left to right reads well enough.
//
// ## What to remember, and how it fails
//
// - The mask decides what a model can be asked. Who sees the answer copies it; so BERT hides what it asks for, and gets a seventh of the answers to learn from.
// - Pretraining is worth more than which of the two you take.
// - Signs of illness: *the loss of next-token prediction falls to almost nothing*: something lets the future through. *Training accuracy goes to 1 and held-out accuracy stays at the larger class*: labels learned by heart; fewer steps do not help, pretraining does. *The second question stays at $\ln 2$*: A and B
//   have the same segment, or the pairs are always random. *Every blank gets the same word*: too little text, as here, or a mask at the wrong places.
//
// ## Exercises
//
// 1. **Whole words.** BERT's authors later found that it is too easy to guess `##fra` between `re` and `##cted`, and hid whole words. Write `WholeWords(tokens, share, rng)`: it picks positions, always all pieces of a word.
//    `go test -run WholeWords ./notebooks/05_bert/exercises`
// 2. **A better number than accuracy.** For acceptability, GLUE reports the Matthews correlation, which is 0 for any guess that ignores the text, however unequal the classes. Write `Matthews(truth, guess)`.
//    `go test -run Matthews ./notebooks/05_bert/exercises`
// 3. **Try it** (no test): train with 40 % of the tokens masked instead of 15 % (`corpus.MaskedLM` has the constant). Which of the two losses gets better, which worse? Predict first.
// 4. **Try it** (no test): write down ten sentences of your own, let MiniLM find the most similar pair, and try to fool it with a *not*.
//
// ## What was simplified, and sources
//
// BERT Base has 12 layers and 110 million weights and read 3.3 billion words, 90 % of the time in rows of 128 tokens and then of 512; ours has two layers, 96 tokens, a small vocabulary, no dropout and one short run.
// The 15 % and 80/10/10, the two questions, the segments, the tied output and the post-norm layers are as published; `bert.Config` has the presets, and `bert.Load` reads published weights.
//
// - Devlin et al. 2018, *BERT: pre-training of deep bidirectional transformers for language understanding*.
// - Turc et al. 2019, *Well-read students learn better*: the small sizes. Wang et al. 2020: MiniLM. Reimers and Gurevych 2019: *Sentence-BERT*.
// - Liu et al. 2019, *RoBERTa*: the next-sentence question is not needed, dynamic masks and more text are. Warstadt et al. 2019: linguistic acceptability (CoLA).
//
// Next: chapter 6 goes on with GPT, deeper and better initialised: [GPT-2](../06_gpt2/gpt2.ipynb).
