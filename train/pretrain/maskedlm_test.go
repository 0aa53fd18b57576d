package pretrain

import (
	"context"
	"iter"
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

	"gptbook/bert"
	"gptbook/datasets/corpus"
	"gptbook/internal/backend"
	"gptbook/train"
)

var maskedEngine = sync.OnceValue(func() compute.Backend { return must.M1(backend.New("")) })

// Numbers by hand: targets 2 and 0 of three classes count, the third place is empty.
func TestMaskedLMMeasures(t *testing.T) {
	logits := [][][]float32{{{0, 1, 3}, {2, 5, 1}, {9, 0, 0}}}
	targets, weights := [][]int32{{2, 0, 1}}, [][]float32{{1, 1, 0}}
	nsp, next := [][]float32{{1, 3}}, []int32{1}
	got := must.M1(graph.CallOnceN(maskedEngine(), func(in []*graph.Node) []*graph.Node {
		labels, predictions := in[2:], in[:2]
		out := []*graph.Node{MaskedLM(bert.Tiny).Total(labels, predictions)}
		for _, m := range MaskedLM(bert.Tiny).Metrics {
			out = append(out, m.Graph(labels, predictions))
		}
		return out
	}, logits, nsp, targets, weights, next))
	mlm := (math.Log(1+math.E+math.Exp(3)) - 3 + math.Log(math.Exp(2)+math.Exp(5)+math.E) - 2) / 2
	nspLoss := math.Log(1 + math.Exp(-2))
	for i, want := range []float64{mlm + nspLoss, mlm, nspLoss, 0.5, 1} {
		if v := float64(tensors.ToScalar[float32](got[i])); math.Abs(v-want) > 1e-5 {
			t.Errorf("measure %d is %v, want %v", i, v, want)
		}
	}
}

// Two documents in which a sentence says which one comes next; eight rows of them are learned by heart.
func TestMaskedLMLearnsEightRows(t *testing.T) {
	documents := [][][]int32{{{5, 6, 7}, {6, 7, 5}, {7, 5, 6}}, {{8, 9, 10}, {9, 10, 8}, {10, 8, 9}}}
	special := corpus.Special{Pad: 0, Unknown: 1, CLS: 2, SEP: 3, Mask: 4, Vocab: 11}
	batches := must.M1(corpus.MaskedLM(documents, special, 8, 10, 1))
	eight := batches.Take(1)
	cfg := bert.Config{Name: "eight", Vocab: 11, Context: 10, Layers: 1, Heads: 2, Width: 16, Inner: 32}
	store := model.NewStore()
	must.M(bert.Init(store.RootScope(), cfg, 1, bert.Pretraining()...))
	trainer := must.M1(train.New(maskedEngine(), store, MaskedLM(cfg), train.Options{
		Optimizer: train.AdamW{LearningRate: 1e-2, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, Clip: 1},
	}))
	start, _, err := trainer.Evaluate(eight)
	must.M(err)
	if want := math.Log(11) + math.Ln2; math.Abs(start-want) > 0.1 {
		t.Errorf("the loss starts at %.3f, want ln 11 + ln 2 = %.3f", start, want)
	}
	for range 100 {
		must.M1(trainer.Run(context.Background(), once{eight}, 1))
	}
	_, metrics, err := trainer.Evaluate(eight)
	must.M(err)
	if metrics[2] != 1 || metrics[3] != 1 {
		t.Errorf("after 100 steps on eight rows: MLM accuracy %.3f, NSP accuracy %.3f, want 1 and 1",
			metrics[2], metrics[3])
	}
}

// once hides Seek, so that every Run starts from the first batch.
type once struct{ *corpus.Batches }

func (once) Seek(int) {}

// none is a dataset without batches.
type none struct{}

func (none) Name() string                          { return "none" }
func (none) Iter() iter.Seq2[mltrain.Batch, error] { return func(func(mltrain.Batch, error) bool) {} }

func TestCommonestAccuracy(t *testing.T) {
	special := corpus.Special{Pad: 0, Unknown: 1, CLS: 2, SEP: 3, Mask: 4, Vocab: 7}
	documents := [][][]int32{{{5, 5, 5}, {5, 5, 5}}, {{5, 5, 6, 5}}}
	held := must.M1(corpus.MaskedLM([][][]int32{{{6, 6}, {6, 6}}, {{6}}}, special, 2, 9, 1)).Take(2)
	if got := must.M1(CommonestAccuracy(documents, held)); got != 0 {
		t.Errorf("guessing 5 where 6 is right has accuracy %v", got)
	}
	own := must.M1(corpus.MaskedLM(documents, special, 4, 9, 1)).Take(50)
	if got := must.M1(CommonestAccuracy(documents, own)); math.Abs(got-9./10) > 0.1 {
		t.Errorf("nine words of ten are 5, but guessing it has accuracy %v", got)
	}
	if _, err := CommonestAccuracy(documents, none{}); err == nil || !strings.Contains(err.Error(), "no picked token") {
		t.Errorf("without data the error is %v", err)
	}
}
