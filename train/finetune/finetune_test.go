package finetune

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"

	"gptbook/bert"
	"gptbook/datasets/corpus"
	"gptbook/gpt"
	"gptbook/internal/backend"
	"gptbook/train"
)

var engine = sync.OnceValue(func() compute.Backend { return must.M1(backend.New("")) })

// swaps are eight texts whose class only the order of the words tells.
var swaps = []Text{
	{IDs: []int32{1, 4, 5, 2}, Class: 0}, {IDs: []int32{1, 5, 4, 2}, Class: 1},
	{IDs: []int32{1, 6, 7, 2}, Class: 0}, {IDs: []int32{1, 7, 6, 2}, Class: 1},
	{IDs: []int32{1, 4, 6, 5, 2}, Class: 0}, {IDs: []int32{1, 5, 6, 4, 2}, Class: 1},
	{IDs: []int32{1, 4, 7, 6, 5, 2}, Class: 0}, {IDs: []int32{1, 5, 7, 6, 4, 2}, Class: 1},
}

// overfit trains a stage on the eight texts and returns the loss before and the accuracy after.
func overfit(t *testing.T, store *model.Store, stage train.Stage) (start, accuracy float64) {
	t.Helper()
	data, all := must.M1(Batches(swaps, 0, 8, 6, 1)), must.M1(Sequential(swaps, 0, 8, 6))
	trainer := must.M1(train.New(engine(), store, stage, train.Options{
		Optimizer: train.AdamW{LearningRate: 1e-2, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, Clip: 1},
	}))
	start, _, err := trainer.Evaluate(all)
	must.M(err)
	must.M1(trainer.Run(context.Background(), data, 60))
	_, metrics, err := trainer.Evaluate(all)
	must.M(err)
	return start, metrics[0]
}

func TestBERTLearnsEightTexts(t *testing.T) {
	cfg := bert.Config{Name: "eight", Vocab: 8, Context: 6, Layers: 2, Heads: 2, Width: 16, Inner: 32}
	store := model.NewStore()
	must.M(bert.Init(store.RootScope(), cfg, 1, bert.Encoder, bert.Pooler, bert.Classifier(2)))
	start, accuracy := overfit(t, store, BERT(cfg))
	if math.Abs(start-math.Ln2) > 0.05 || accuracy != 1 {
		t.Errorf("loss starts at %.3f, want ln 2 = 0.693; accuracy ends at %.3f, want 1", start, accuracy)
	}
}

func TestGPTLearnsEightTexts(t *testing.T) {
	cfg := gpt.Config{Name: "eight", Vocab: 8, Context: 6, Layers: 2, Heads: 2, Width: 16}
	store := model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	must.M(InitGPTHead(store.RootScope(), cfg, 2, 1))
	start, accuracy := overfit(t, store, GPT(cfg))
	if want := math.Ln2 + languageShare*math.Log(8); math.Abs(start-want) > 0.1 || accuracy != 1 {
		t.Errorf("loss starts at %.3f, want ln 2 + λ·ln 8 = %.3f; accuracy ends at %.3f, want 1", start, want, accuracy)
	}
}

func TestBatches(t *testing.T) {
	data := must.M1(Batches(swaps, 9, 4, 7, 3))
	rows := func(from, n int) (out []string) {
		data.Seek(from)
		for batch, err := range data.Iter() {
			must.M(err)
			ids, mask := batch.Inputs[0].Value().([][]int32), batch.Inputs[2].Value().([][]int32)
			last, class := batch.Inputs[3].Value().([]int32), batch.Labels[0].Value().([]int32)
			for i := range ids {
				end := last[i] + 1
				if slices.Contains(ids[i][:end], 9) ||
					slices.ContainsFunc(ids[i][end:], func(id int32) bool { return id != 9 }) ||
					slices.Contains(mask[i][:end], 0) || slices.Contains(mask[i][end:], 1) {
					t.Errorf("tokens %v, mask %v and last %d do not fit", ids[i], mask[i], last[i])
				}
				out = append(out, fmt.Sprint(ids[i][:end], class[i]))
			}
			if n--; n == 0 {
				break
			}
		}
		return out
	}
	var all []string
	for _, s := range swaps {
		all = append(all, fmt.Sprint(s.IDs, s.Class))
	}
	first, second := rows(0, 2), rows(2, 2)
	if slices.Equal(first, second) {
		t.Error("two passes have the same order")
	}
	if !slices.Equal(second[4:], rows(3, 1)) {
		t.Error("Seek changes what is in a batch")
	}
	slices.Sort(all)
	for _, pass := range [][]string{first, second} {
		slices.Sort(pass)
		if !slices.Equal(pass, all) {
			t.Errorf("a pass holds %v, want each text once", pass)
		}
	}
	for batch, err := range must.M1(Sequential([]Text{{IDs: []int32{1, 4, 2, 5, 2}, Second: 3}}, 0, 1, 7)).Iter() {
		must.M(err)
		if got := fmt.Sprint(batch.Inputs[1].Value()); got != "[[0 0 0 1 1 0 0]]" {
			t.Errorf("segments of a pair are %s", got)
		}
	}
	var order []int32
	for batch, err := range must.M1(Sequential(swaps[1:], 0, 3, 6)).Iter() {
		must.M(err)
		order = append(order, tensors.MustCopyFlatData[int32](batch.Labels[0])...)
	}
	if !slices.Equal(order, []int32{1, 0, 1, 0, 1, 0}) {
		t.Errorf("classes in sequence are %v", order)
	}
}

// Seven texts make two batches of three; who is left out changes from pass to pass.
func TestBatchesLeaveOut(t *testing.T) {
	var texts []Text
	for i := range int32(7) {
		texts = append(texts, Text{IDs: []int32{0}, Class: i})
	}
	data := must.M1(Batches(texts, 0, 3, 1, 5))
	left := make(map[int32]bool)
	for pass := range 8 {
		drawn := make(map[int32]bool)
		for n := range 2 {
			for _, class := range tensors.MustCopyFlatData[int32](data.At(2*pass + n).Labels[0]) {
				drawn[class] = true
			}
		}
		if len(drawn) != 6 {
			t.Errorf("pass %d holds the texts %v, want six", pass, drawn)
		}
		for i := range int32(7) {
			if !drawn[i] {
				left[i] = true
			}
		}
	}
	if len(left) < 2 {
		t.Errorf("left out are always %v", left)
	}
}

func TestBatchesRefuse(t *testing.T) {
	for says, make := range map[string]func() (*corpus.Batches, error){
		"2 texts do not fill a batch of 3": func() (*corpus.Batches, error) { return Batches(swaps[:2], 0, 3, 6, 1) },
		"batch of 0":                       func() (*corpus.Batches, error) { return Sequential(swaps, 0, 0, 6) },
		"text 6 has 6 tokens":              func() (*corpus.Batches, error) { return Sequential(swaps, 0, 2, 5) },
		"text 0 has 0 tokens":              func() (*corpus.Batches, error) { return Batches([]Text{{}}, 0, 1, 5, 1) },
		"class -1": func() (*corpus.Batches, error) {
			return Batches([]Text{{IDs: []int32{1}, Class: -1}}, 0, 1, 5, 1)
		},
	} {
		if _, err := make(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v does not say %q", err, says)
		}
	}
}

// The example of Manning, Raghavan and Schütze 2008, §13.2: class 0 is China. P(0|d) ∝ 3/4·(3/7)³·(1/14)²
// beats P(1|d) ∝ 1/4·(2/9)³·(2/9)²; with one Chinese less it is the other way round.
func TestBaselines(t *testing.T) {
	const chinese, beijing, shanghai, macao, tokyo, japan, vocab = 0, 1, 2, 3, 4, 5, 6
	texts := []Text{
		{IDs: []int32{chinese, beijing, chinese}, Class: 0}, {IDs: []int32{chinese, chinese, shanghai}, Class: 0},
		{IDs: []int32{chinese, macao}, Class: 0}, {IDs: []int32{tokyo, japan, chinese}, Class: 1},
	}
	test := []Text{{IDs: []int32{chinese, chinese, chinese, tokyo, japan}, Class: 0},
		{IDs: []int32{chinese, tokyo, japan}, Class: 1}}
	if got := NaiveBayes(texts, test, vocab); got != 1 {
		t.Errorf("naive Bayes has accuracy %v, want 1", got)
	}
	if got := Majority(texts, test); got != 0.5 {
		t.Errorf("the majority has accuracy %v, want 0.5", got)
	}
	// Order is beyond a bag of words: the two classes of swaps have the same bags.
	if got := NaiveBayes(swaps, swaps, 8); got != 0.5 {
		t.Errorf("naive Bayes tells orders apart: %v", got)
	}
	if got := MeanOf(0.25, 0.5, 0.75).String(); got != "0.500 ± 0.250" {
		t.Errorf("MeanOf = %s", got)
	}
}
