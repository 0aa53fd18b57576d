package reward

import (
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"
	"github.com/janpfeifer/must"

	"gptbook/datasets/dialog"
	"gptbook/datasets/preference"
	"gptbook/datasets/tokenizer"
	"gptbook/gpt"
	"gptbook/internal/backend"
	"gptbook/train"
)

var engine = sync.OnceValue(func() compute.Backend { return must.M1(backend.New("")) })

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.12g, want %.12g", what, got, want)
	}
}

// rank evaluates the K-wise loss of each prompt, and the accuracy.
func rank(scores, present [][]float64) (loss []float64, accuracy float64) {
	out := graph.MustNewExec(engine(), func(scores, present *graph.Node) (*graph.Node, *graph.Node) {
		labels, predictions := []*graph.Node{present}, []*graph.Node{scores}
		return RankingLoss(labels, predictions), RankingAccuracy(labels, predictions)
	}).MustExec(scores, present)
	return out[0].Value().([]float64), out[1].Value().(float64)
}

func TestLossGolden(t *testing.T) {
	loss, accuracy := rank([][]float64{{1.2, .3, -.5, .1}}, [][]float64{{1, 1, 1, 1}})
	near(t, "loss of the golden ranking", loss[0], 0.46716711917, 1e-11)
	near(t, "accuracy", accuracy, 5./6, 1e-12) // -.5 before .1 is wrong
}

// A ranking of two is a pair, whose loss is known, far out too.
func TestRankingOfTwoIsAPair(t *testing.T) {
	loss, _ := rank([][]float64{{1, -.5, 99}, {0, 0, -99}, {500, 0, 7}, {-500, 500, 7}},
		[][]float64{{1, 1, 0}, {1, 1, 0}, {1, 1, 0}, {1, 1, 0}})
	for i, want := range []float64{math.Log1p(math.Exp(-1.5)), math.Ln2, 0, 1000} {
		near(t, "ranking loss", loss[i], want, 1e-12)
	}
	_, accuracy := rank([][]float64{{2, 1}, {1, 2}, {1, 1}, {3, 3}}, [][]float64{{1, 1}, {1, 1}, {1, 1}, {1, 0}})
	near(t, "accuracy of right, wrong, tied and no pair", accuracy, (1+0+.5+0)/4., 1e-12)
}

// The loss sees differences only, and its gradient is that of finite differences, at a tie too.
func TestLossShiftAndGradient(t *testing.T) {
	present := [][]float64{{1, 1, 1, 0}}
	at := func(x []float64) float64 { loss, _ := rank([][]float64{x}, present); return loss[0] }
	near(t, "shifted loss", at([]float64{11, 10, 9.5, 3}), at([]float64{1, 0, -.5, 4}), 1e-12)
	x := []float64{.3, .3, -.7, 5}
	grad := graph.MustNewExec(engine(), func(x *graph.Node) *graph.Node {
		loss := RankingLoss([]*graph.Node{graph.Const(x.Graph(), present)}, []*graph.Node{x})
		return graph.Gradient(graph.ReduceAllSum(loss), x)[0]
	}).MustExec([][]float64{x})[0].Value().([][]float64)[0]
	for i, g := range grad {
		moved := func(d float64) float64 { y := append([]float64(nil), x...); y[i] += d; return at(y) }
		near(t, "gradient", g, (moved(1e-5)-moved(-1e-5))/2e-5, 1e-8)
	}
}

// tiny is a language model of a few words and rankings of answers to learn.
func tiny(t *testing.T, memory bool) (Config, *model.Store, *dialog.Template, []preference.Ranking) {
	t.Helper()
	text := strings.Repeat("Where does Ada Brook live? In Salem or in Omaha. I don't know. ", 5)
	template := dialog.NewTemplate(must.M1(tokenizer.Train(text, 300)))
	cfg := Config{Memory: memory, GPT: gpt.Config{
		Name: "tiny", Vocab: template.VocabSize(), Context: 32, Layers: 2, Heads: 2, Width: 16}}
	store := model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg.GPT, 1))
	must.M(cfg.Init(store.RootScope(), 1))
	ask := func(text string) []dialog.Turn { return []dialog.Turn{{Role: dialog.User, Text: text}} }
	var rankings []preference.Ranking
	for _, who := range []string{"Ada", "Brook", "Salem", "Omaha"} {
		rankings = append(rankings,
			preference.Ranking{Prompt: ask("Where " + who + "?"),
				Answers: []string{who + ".", "I don't know.", "live live."}},
			preference.Ranking{Prompt: ask("I know " + who + "."), Answers: []string{"In " + who + ".", "live."}})
	}
	return cfg, store, template, rankings
}

// A model learns eight rankings by heart, with a memory and without, and the memory stays as it was.
func TestStageLearnsEightRankings(t *testing.T) {
	for _, memory := range []bool{false, true} {
		cfg, store, template, rankings := tiny(t, memory)
		ds := must.M1(preference.Shuffled("rankings", template, rankings, 8, 32, 1))
		trainer := must.M1(train.New(engine(), store, cfg.Stage(), train.Options{Optimizer: train.GPT3AdamW(.02)}))
		frozen := func() []float32 {
			if !memory {
				return nil
			}
			return tensors.MustCopyFlatData[float32](store.GetVariable("/memory/h/0/mlp/c_fc/weight").MustValue())
		}
		before := frozen()
		curves := must.M1(trainer.Run(t.Context(), ds, 60))
		if first := curves[0].Points[0].Value; math.Abs(first-math.Ln2) > .3 {
			t.Errorf("memory %v: the loss starts at %v, want near log 2", memory, first)
		}
		if last := curves[0].Last(); !(last < .1) || trainer.Metric("accuracy").Last() != 1 {
			t.Errorf("memory %v: after 60 steps the loss is %v, the accuracy %v",
				memory, last, trainer.Metric("accuracy").Last())
		}
		for i, v := range frozen() {
			if v != before[i] {
				t.Fatal("the memory has learned")
			}
		}
	}
}

// The scorer gives what the stage's model gives, whatever stands beside a text; Values ends in Score.
func TestScorer(t *testing.T) {
	for _, memory := range []bool{false, true} {
		cfg, store, template, rankings := tiny(t, memory)
		scorer := must.M1(NewScorer(engine(), store, cfg))
		var texts [][]int32
		for _, r := range rankings {
			for _, a := range r.Answers {
				texts = append(texts, must.M1(template.Pair(r.Prompt, a)).IDs)
			}
		}
		for len(texts) < batch+3 {
			texts = append(texts, texts[len(texts)%20])
		}
		all := must.M1(scorer.Score(texts))
		for _, i := range []int{0, 7, batch + 2} {
			near(t, "score alone", must.M1(scorer.Score(texts[i : i+1]))[0], all[i], 1e-5)
		}
		var batches []mltrain.Batch
		for b := range must.M1(preference.InOrder("r", template, rankings, 8, 32)).Iter() {
			batches = append(batches, b)
		}
		stage := must.M1(model.NewExec(engine(), store, func(scope *model.Scope, ids, last *graph.Node) *graph.Node {
			return cfg.Stage().Model(scope, nil, []*graph.Node{ids, last})[0]
		}))
		scores := must.M1(stage.Exec1(batches[0].Inputs[0], batches[0].Inputs[1])).Value().([][]float32)
		n := 0
		for i, r := range rankings {
			for k := range r.Answers {
				near(t, "score in the stage", float64(scores[i][k]), all[n], 1e-5)
				n++
			}
		}
		values := must.M1(model.CallOnce(engine(), store, func(scope *model.Scope, ids *graph.Node) *graph.Node {
			return cfg.Values(scope, ids)
		}, [][]int32{texts[0]})).Value().([][]float32)[0]
		near(t, "last value", float64(values[len(values)-1]), all[0], 1e-5)
		// A copy below another scope of another store says the same, and is trained in the same weights.
		other := model.NewStore()
		must.M(cfg.Copy(store.RootScope(), other.Scope("/value")))
		again := must.M1(model.CallOnce(engine(), other, func(scope *model.Scope, ids *graph.Node) *graph.Node {
			return cfg.Values(scope.In("value"), ids)
		}, [][]int32{texts[0]})).Value().([][]float32)[0]
		near(t, "last value of a copy", float64(again[len(again)-1]), all[0], 1e-5)
		for v := range other.IterVariables() {
			if original := store.GetVariable(strings.TrimPrefix(v.Path(), "/value")); original == nil ||
				original.Trainable != v.Trainable {
				t.Errorf("%s is trainable: %v", v.Path(), v.Trainable)
			}
		}
		if _, err := scorer.Score([][]int32{make([]int32, 33)}); err == nil ||
			!strings.Contains(err.Error(), "33 tokens, want 1 to 32") {
			t.Errorf("too long a text: %v", err)
		}

		// After Normalize the first ten have the mean 0, all others deviation 1, and the order is kept.
		must.M(cfg.Normalize(store.RootScope(), all[:10], all[10:40]))
		now := must.M1(scorer.Score(texts))
		must.M(cfg.Normalize(store.RootScope(), now[:10], now[10:40])) // again: nothing changes
		now = must.M1(scorer.Score(texts))
		near(t, "mean of the zero", mean(now[:10]), 0, 1e-4)
		variance := 0.0
		for _, v := range now[10:40] {
			variance += (v - mean(now[10:40])) * (v - mean(now[10:40])) / 30
		}
		near(t, "variance", variance, 1, 1e-3)
		if (now[0] > now[1]) != (all[0] > all[1]) {
			t.Error("Normalize changed the order")
		}
		if err := cfg.Normalize(store.RootScope(), now, []float64{1, 1}); err == nil ||
			!strings.HasPrefix(err.Error(), "reward: ") {
			t.Errorf("scores that do not vary: %v", err)
		}
	}
	empty := model.NewStore()
	if err := (Config{GPT: gpt.Tiny, Memory: true}).Init(empty.RootScope(), 1); err == nil ||
		!strings.Contains(err.Error(), "load a model first") {
		t.Errorf("no language model: %v", err)
	}
}

// The trunk is package gpt's, block by block: the number at a position is the head's product with its hidden vector.
func TestValuesReadHidden(t *testing.T) {
	banded := gpt.Config{Name: "banded", Vocab: 11, Context: 12, Layers: 2, Heads: 2, Width: 8, Window: 2}
	postLN := banded
	postLN.Window, postLN.PostLN = 0, true
	for _, cfg := range []Config{{GPT: banded}, {GPT: postLN}} {
		store := model.NewStore()
		must.M(gpt.Init(store.RootScope(), cfg.GPT, 1))
		must.M(cfg.Init(store.RootScope(), 1))
		out := model.MustCallOnceN(engine(), store, func(scope *model.Scope, ids *graph.Node) []*graph.Node {
			weight := graph.InsertAxes(store.GetVariable("/reward/weight").NodeValue(ids), 0, 0)
			want := graph.ReduceSum(graph.Mul(gpt.Hidden(scope.ResetVisited(), ids, cfg.GPT), weight), -1)
			return []*graph.Node{cfg.Values(scope.ResetVisited(), ids), want}
		}, [][]int32{{1, 2, 3, 4, 5, 6, 7, 8}, {10, 0, 10, 0, 10, 0, 10, 0}})
		got, want := out[0].Value().([][]float32), out[1].Value().([][]float32)
		for i := range got {
			for j := range got[i] {
				near(t, cfg.GPT.Name, float64(got[i][j]), float64(want[i][j]), 1e-6)
			}
		}
	}
}

func TestMeasures(t *testing.T) {
	list := []Scored{
		{"a", []float64{3, 2, 1}, []float64{1, .5, .51}}, // .5 and .51 are alike
		{"b", []float64{1, 2}, []float64{1, 0}},          // the wrong way round
		{"b", []float64{5, 5}, []float64{0, 1}},          // undecided
		{"b", []float64{5, 6}, []float64{1, 1}},          // no pair
	}
	all, kinds := GoldOrder(list, .05)
	if kinds["a"] != (Order{2, 2}) || kinds["b"] != (Order{.5, 2}) || all != (Order{2.5, 4}) || all.Share() != .625 {
		t.Errorf("gold order %v, %v", all, kinds)
	}
	ordered := []Scored{{"", []float64{11, 13}, []float64{0, 1}}, {"", []float64{1, 5}, []float64{0, 2}}}
	near(t, "within-prompt correlation", WithinCorrelation(ordered), 1, 1e-12)
	crossed := []Scored{{"", []float64{0, 1}, []float64{0, 1}}, {"", []float64{0, 1}, []float64{1, 0}}}
	near(t, "without order", WithinCorrelation(crossed), 0, 1e-12)
	choices := []Choice{{.9, 1}, {.9, 1}, {.9, .5}, {.2, .1}, {.5, .3}}
	near(t, "accuracy", Accuracy(choices), (1+1+.5+.9+.5)/5, 1e-12)
	near(t, "Bayes accuracy", BayesAccuracy(choices), (1+1+.5+.9+.7)/5, 1e-12)
	bins := Calibration(choices, 5)
	if len(bins) != 4 { // 0.1 three times; 0.2; 0.5 twice; 0.8 and 0.9
		t.Fatalf("bins %v", bins)
	}
	near(t, "highest bin, predicted", bins[3].Predicted, (.9*3+.8)/4, 1e-12)
	near(t, "highest bin, actual", bins[3].Actual, (1+1+.5+.9)/4, 1e-12)
	near(t, "middle bin", bins[2].Actual, .5, 1e-12)
}
