package train_test

import (
	"fmt"
	"iter"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"
	"github.com/janpfeifer/must"

	"gptbook/bert"
	"gptbook/datasets/corpus"
	"gptbook/datasets/dialog"
	"gptbook/datasets/preference"
	"gptbook/datasets/tokenizer"
	"gptbook/gpt"
	"gptbook/internal/backend"
	"gptbook/train"
	"gptbook/train/finetune"
	"gptbook/train/pretrain"
	"gptbook/train/reward"
	"gptbook/train/sft"
)

// pieces is a batch cut into batches of some rows each, again and again, or once.
type pieces struct {
	whole mltrain.Batch
	rows  int
	once  bool
}

func (p pieces) Name() string { return "pieces" }

func (p pieces) Iter() iter.Seq2[mltrain.Batch, error] {
	cut := func(arrays []*tensors.Tensor, from, to int) (out []*tensors.Tensor) {
		for _, t := range arrays {
			dims := append([]int{to - from}, t.Shape().Dimensions[1:]...)
			size := t.Shape().Size() / t.Shape().Dim(0)
			if t.DType() == dtypes.Int32 {
				flat := tensors.MustCopyFlatData[int32](t)
				out = append(out, tensors.FromFlatDataAndDimensions(flat[from*size:to*size], dims...))
			} else {
				flat := tensors.MustCopyFlatData[float32](t)
				out = append(out, tensors.FromFlatDataAndDimensions(flat[from*size:to*size], dims...))
			}
		}
		return out
	}
	return func(yield func(mltrain.Batch, error) bool) {
		for {
			all := p.whole.Inputs[0].Shape().Dim(0)
			for from := 0; from < all; from += p.rows {
				to := min(from+p.rows, all)
				part := mltrain.Batch{Inputs: cut(p.whole.Inputs, from, to), Labels: cut(p.whole.Labels, from, to)}
				if !yield(part, nil) {
					return
				}
			}
			if p.once {
				return
			}
		}
	}
}

func first(ds mltrain.Dataset, err error) mltrain.Batch {
	must.M(err)
	for batch, err := range ds.Iter() {
		must.M(err)
		return batch
	}
	panic("no batch")
}

// uneven is a stage with a batch of as many rows as are asked for, which differ in how much of them counts.
type uneven struct {
	stage train.Stage
	store *model.Store
	batch func(rows int) mltrain.Batch
}

func stages() map[string]uneven {
	small := gpt.Config{Name: "small", Vocab: 11, Context: 9, Layers: 2, Heads: 2, Width: 8}
	masked := uneven{pretrain.CausalLM(small), model.NewStore(), func(rows int) mltrain.Batch {
		ids, next, weights := make([][]int32, rows), make([][]int32, rows), make([][]float32, rows)
		for i := range ids {
			ids[i], next[i], weights[i] = make([]int32, 9), make([]int32, 9), make([]float32, 9)
			for j := range ids[i] {
				ids[i][j], next[i][j] = int32((i+j*j)%11), int32((i+(j+1)*(j+1))%11)
				if j < 4*i%10 { // nothing in the first row, all but one in the third
					weights[i][j] = 1
				}
			}
		}
		return mltrain.Batch{Inputs: []*tensors.Tensor{tensors.FromValue(ids)},
			Labels: []*tensors.Tensor{tensors.FromValue(next), tensors.FromValue(weights)}}
	}}
	must.M(gpt.Init(masked.store.RootScope(), small, 1))

	template := dialog.NewTemplate(must.M1(tokenizer.Train(
		strings.Repeat("Where does Ada live? She lives in Salem, I know. ", 5), 300)))
	ask := func(text string) []dialog.Turn { return []dialog.Turn{{Role: dialog.User, Text: text}} }
	cfg := gpt.Config{Name: "talk", Vocab: template.VocabSize(), Context: 40, Layers: 2, Heads: 2, Width: 8}
	var examples []dialog.Example
	var rankings []preference.Ranking
	for i, answer := range []string{"Salem.", "She lives in Salem, I know.", "I know she does.", "Ada",
		"She lives in Salem, in Salem, in Salem."} {
		examples = append(examples, must.M1(template.Pair(ask("Where?"), answer)))
		rankings = append(rankings, preference.Ranking{Prompt: ask("Where?"),
			Answers: []string{"In Salem.", answer, "Ada.", "know", "Where?"}[:2+i%4]})
	}
	talk := uneven{sft.Stage(cfg, .3), model.NewStore(), func(rows int) mltrain.Batch {
		text := must.M1(corpus.NextToken(template.Document(strings.Repeat("Ada lives in Salem. ", 20)), rows, 16, 1))
		return first(sft.WithText(must.M1(template.InOrder("talk", examples[:rows], rows, cfg.Context)), text), nil)
	}}
	must.M(gpt.Init(talk.store.RootScope(), cfg, 1))

	rc := reward.Config{GPT: cfg}
	ranked := uneven{rc.Stage(), model.NewStore(), func(rows int) mltrain.Batch {
		return first(preference.InOrder("rankings", template, rankings[:rows], rows, cfg.Context))
	}}
	must.M(gpt.Init(ranked.store.RootScope(), cfg, 1))
	must.M(rc.Init(ranked.store.RootScope(), 1))

	documents := [][][]int32{{{5, 6, 7}, {6, 7, 5}, {7, 5, 6}}, {{8, 9}, {9}, {10, 8, 9, 10, 8, 9, 10}}}
	bc := bert.Config{Name: "bert", Vocab: 11, Context: 20, Layers: 1, Heads: 2, Width: 8, Inner: 16}
	cloze := uneven{pretrain.MaskedLM(bc), model.NewStore(), func(rows int) mltrain.Batch {
		return first(corpus.MaskedLM(documents, corpus.Special{Unknown: 1, CLS: 2, SEP: 3, Mask: 4, Vocab: 11}, rows,
			20, 1))
	}}
	must.M(bert.Init(cloze.store.RootScope(), bc, 1, bert.Pretraining()...))

	tiny := gpt.Config{Name: "classes", Vocab: 11, Context: 9, Layers: 1, Heads: 2, Width: 8}
	classes := uneven{finetune.GPT(tiny), model.NewStore(), func(rows int) mltrain.Batch {
		var texts []finetune.Text
		for i := range rows {
			texts = append(texts, finetune.Text{IDs: []int32{5, 6, 7, 8, 9, 10, 5, 3}[:1+(3*i)%8], Class: int32(i % 2)})
		}
		return first(finetune.Sequential(texts, 0, rows, 9))
	}}
	must.M(gpt.Init(classes.store.RootScope(), tiny, 1))
	must.M(finetune.InitGPTHead(classes.store.RootScope(), tiny, 2, 1))
	return map[string]uneven{"masked": masked, "sft": talk, "reward": ranked, "masked LM": cloze, "classes": classes}
}

func near(a, b float64) bool { return math.Abs(a-b) <= 2e-6*math.Max(1, math.Abs(a)) }

// One number, however the held-out rows are cut into batches.
func TestEvaluateIsOneNumber(t *testing.T) {
	for name, u := range stages() {
		trainer := must.M1(train.New(must.M1(backend.New("")), u.store, u.stage,
			train.Options{Optimizer: train.GPT3AdamW(1)}))
		evaluate := func(rows int) []float64 {
			loss, metrics, err := trainer.Evaluate(pieces{u.batch(5), rows, true})
			must.M(err)
			return append([]float64{loss}, metrics...)
		}
		want := evaluate(5)
		for rows := 1; rows <= 4; rows++ {
			for i, got := range evaluate(rows) {
				if !near(got, want[i]) {
					t.Errorf("%s: number %d is %.9g in batches of %d and %.9g in one", name, i, got, rows, want[i])
				}
			}
		}
	}
	u := stages()["masked"]
	trainer := must.M1(train.New(must.M1(backend.New("")), u.store, u.stage, train.Options{Optimizer: train.GPT3AdamW(1)}))
	if _, _, err := trainer.Evaluate(pieces{u.batch(1), 1, true}); err == nil ||
		!strings.Contains(err.Error(), "pieces has nothing that counts") {
		t.Errorf("all tokens masked: %v", err)
	}
}

// gradient returns that of one step, flat, and what the step logged. With β₁ = β₂ = 0 and ε far above the gradient,
// AdamW's step is the gradient over ε to the first order, and lr = ε gives it back.
func gradient(t *testing.T, u uneven, opt train.Options, rows int) (flat []float64, logged []float64) {
	const epsilon = 1e4
	opt.Optimizer = train.AdamW{LearningRate: epsilon, Epsilon: epsilon}
	store := must.M1(u.store.Clone())
	trainer := must.M1(train.New(must.M1(backend.New("")), store, u.stage, opt))
	must.M1(trainer.Run(t.Context(), pieces{u.batch(4), rows, false}, 1))
	for before := range u.store.IterVariables() {
		if before.Trainable {
			a := tensors.MustCopyFlatData[float32](before.MustValue())
			for i, b := range tensors.MustCopyFlatData[float32](store.GetVariable(before.Path()).MustValue()) {
				flat = append(flat, float64(a[i])-float64(b))
			}
		}
	}
	logged = []float64{trainer.Metric(train.TrainLoss).Last(), trainer.Metric(train.GradientNorm).Last()}
	for _, m := range u.stage.Metrics {
		logged = append(logged, trainer.Metric(m.Name).Last())
	}
	return flat, logged
}

// compare says how two gradients and logs differ.
func compare(t *testing.T, what string, want, wantLog, got, gotLog []float64) {
	t.Helper()
	distance, norm := 0.0, 0.0
	for i := range want {
		distance += (want[i] - got[i]) * (want[i] - got[i])
		norm += want[i] * want[i]
	}
	if off := math.Sqrt(distance / norm); !(off <= 1e-6) {
		t.Errorf("%s: the gradients are %.2g of their norm apart", what, off)
	}
	for i := range wantLog {
		if !near(gotLog[i], wantLog[i]) {
			t.Errorf("%s: logged number %d is %.9g, want %.9g", what, i, gotLog[i], wantLog[i])
		}
	}
}

// A batch of four rows, two of two and four of one, accumulated, have one gradient.
func TestAccumulatedRowsCountAlike(t *testing.T) {
	for name, u := range stages() {
		ways := []train.Backprop{train.WholeModel}
		if u.stage.Layers != nil {
			ways = append(ways, train.LayerByLayer)
		}
		want, wantLog := gradient(t, u, train.Options{}, 4)
		for _, how := range ways {
			for rows, n := range map[int]int{4: 1, 2: 2, 1: 4} {
				got, log := gradient(t, u, train.Options{Backprop: how, Accumulate: n}, rows)
				compare(t, fmt.Sprintf("%s, backprop %d, %d batches of %d", name, how, n, rows), want, wantLog, got,
					log)
			}
		}
	}
}

// Two devices that share a batch have its gradient, though more of one's share counts.
func TestSharedRowsCountAlike(t *testing.T) {
	if engine := must.M1(backend.New("")); engine.NumDevices() < 2 {
		t.Skipf("%s has one device", engine.Name())
	}
	all := stages()
	for _, name := range []string{"masked", "sft"} {
		want, wantLog := gradient(t, all[name], train.Options{}, 4)
		got, log := gradient(t, all[name], train.Options{Devices: 2}, 4)
		compare(t, name+" on two devices", want, wantLog, got, log)
	}
}
