package sft

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

	"gptbook/datasets/corpus"
	"gptbook/datasets/dialog"
	"gptbook/datasets/tokenizer"
	"gptbook/gpt"
	"gptbook/gpt/chat"
	"gptbook/gpt/generate"
	"gptbook/internal/backend"
	"gptbook/train"
)

var engine = sync.OnceValue(func() compute.Backend { return must.M1(backend.New("")) })

func tiny(t *testing.T) (gpt.Config, *model.Store, *dialog.Template, []dialog.Example, [][2]string) {
	t.Helper()
	text := strings.Repeat("Where does Ada Brook live? She lives in Salem. Emil Omaha Boston. ", 5)
	template := dialog.NewTemplate(must.M1(tokenizer.Train(text, 310)))
	cfg := gpt.Config{Name: "tiny", Vocab: template.VocabSize(), Context: 24, Layers: 2, Heads: 2, Width: 32}
	store := model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	pairs := [][2]string{{"Ada?", "Salem."}, {"Emil?", "Omaha."}, {"Brook?", "She lives in Boston."},
		{"live?", "Where?"}, {"Salem?", "Ada."}, {"Omaha?", "Emil."}, {"Boston?", "Brook."}, {"Where?", "in Salem."}}
	var examples []dialog.Example
	for _, p := range pairs {
		examples = append(examples, must.M1(template.Pair([]dialog.Turn{{Role: dialog.User, Text: p[0]}}, p[1])))
	}
	return cfg, store, template, examples, pairs
}

// Eight conversations are learned by heart; then the model says the answers.
func TestStageOverfitsEightExamples(t *testing.T) {
	cfg, store, template, examples, pairs := tiny(t)
	text := must.M1(corpus.NextToken(template.Document(strings.Repeat("Ada Brook lives in Salem. ", 20)), 2, 16, 1))
	ds := WithText(must.M1(template.Shuffled("talk", examples, 8, 24, 1)), text)
	trainer := must.M1(train.New(engine(), store, Stage(cfg, .3), train.Options{Optimizer: train.GPT3AdamW(.01)}))
	must.M1(trainer.Run(t.Context(), ds, 80))
	if first := trainer.Metric("answer loss").Points[0].Value; math.Abs(first-math.Log(float64(cfg.Vocab))) > .3 {
		t.Errorf("untrained, the answers cost %v nats, want near ln %d", first, cfg.Vocab)
	}
	if last := trainer.Metric("answer loss").Last(); last > .05 {
		t.Errorf("after 80 steps the answers cost %v nats", last)
	}
	s := chat.Responder{Generator: must.M1(generate.New(engine(), store, cfg)),
		Template: template, Context: 24, MaxTokens: 12}
	var asked [][]dialog.Turn
	for _, p := range pairs {
		asked = append(asked, []dialog.Turn{{Role: dialog.User, Text: p[0]}})
	}
	for i, a := range must.M1(s.Answers(t.Context(), asked)) {
		if a.Text != pairs[i][1] || !a.Ended {
			t.Errorf("%s: %q, ended: %v", pairs[i][0], a.Text, a.Ended)
		}
	}
}

// loss of a batch of conversations as the stage computes it.
func loss(cfg gpt.Config, store *model.Store, batch mltrain.Batch) float64 {
	stage := Stage(cfg, .3)
	out := must.M1(model.CallOnce(engine(), store, func(scope *model.Scope, inputs []*graph.Node) *graph.Node {
		n := len(batch.Inputs)
		return stage.Total(inputs[n:], stage.Model(scope, nil, inputs[:n]))
	}, asAny(batch)...))
	return float64(out.Value().(float32))
}

func asAny(b mltrain.Batch) (args []any) {
	for _, t := range b.Inputs {
		args = append(args, must.M1(t.LocalClone()))
	}
	for _, t := range b.Labels {
		args = append(args, must.M1(t.LocalClone()))
	}
	return args
}

func first(ds mltrain.Dataset) mltrain.Batch {
	for batch, err := range ds.Iter() {
		must.M(err)
		return batch
	}
	panic("no batch")
}

// A conversation costs the same beside others and padding as alone, and what the user says does not count.
func TestLossIsOfTheAnswersAlone(t *testing.T) {
	cfg, store, template, examples, _ := tiny(t)
	together, tokens := 0.0, 0.0
	for _, e := range examples {
		n := 0.0
		for _, m := range e.Mask {
			n += float64(m)
		}
		together += n * loss(cfg, store, first(must.M1(template.InOrder("one", []dialog.Example{e}, 1, 24))))
		tokens += n
	}
	got := loss(cfg, store, first(must.M1(template.InOrder("all", examples, 8, 24))))
	if math.Abs(got-together/tokens) > 1e-5 {
		t.Errorf("together %v, one by one %v", got, together/tokens)
	}
	batch := first(must.M1(template.InOrder("all", examples, 8, 24)))
	next, mask := batch.Labels[0].Value().([][]int32), batch.Labels[1].Value().([][]float32)
	changed := 0
	for r := range next {
		for i := range next[r] {
			if mask[r][i] == 0 {
				next[r][i] = (next[r][i] + 1) % int32(cfg.Vocab)
				changed++
			}
		}
	}
	before := loss(cfg, store, batch)
	batch.Labels[0] = tensors.FromValue(next)
	if after := loss(cfg, store, batch); after != before || changed < 20 {
		t.Errorf("with %d other targets outside the mask the loss is %v, was %v", changed, after, before)
	}
}

// A resumed run reads on in both sources.
func TestWithTextSeeksBoth(t *testing.T) {
	_, _, template, examples, _ := tiny(t)
	make := func() mltrain.Dataset {
		text := must.M1(corpus.NextToken(template.Document(strings.Repeat("Ada Emil Salem ", 9)), 2, 8, 1))
		return WithText(must.M1(template.Shuffled("talk", examples, 2, 24, 1)), text)
	}
	resumed, n := make(), 0
	for batch := range make().Iter() {
		resumed.(corpus.Seeker).Seek(n)
		again := first(resumed)
		for i := range batch.Inputs {
			if !batch.Inputs[i].Equal(again.Inputs[i]) {
				t.Errorf("batch %d, input %d differs after Seek", n, i)
			}
		}
		if n++; n == 4 {
			break
		}
	}
	if got := len(first(make()).Labels); got != 3 {
		t.Errorf("%d labels, want next, mask, and next of the text", got)
	}
}

// The marks become means of words; all else stays, and bad ids are answered.
func TestIntroduce(t *testing.T) {
	cfg, store, template, _, _ := tiny(t)
	table := func() [][]float32 {
		return store.GetVariable("/wte/weight").MustValue().Value().([][]float32)
	}
	before, meanings := table(), template.Meanings()
	must.M(InitMarks(store.RootScope(), meanings))
	after := table()
	if len(meanings) != 3 || len(after) != cfg.Vocab {
		t.Fatalf("%d meanings, %d rows", len(meanings), len(after))
	}
	for id, row := range after {
		want := before[id]
		if words := meanings[int32(id)]; words != nil {
			want = make([]float32, cfg.Width)
			for c := range want {
				for _, w := range words {
					want[c] += before[w][c] / float32(len(words))
				}
			}
		}
		for c := range row {
			if math.Abs(float64(row[c]-want[c])) > 1e-6 {
				t.Fatalf("row %d is %v, want %v", id, row, want)
			}
		}
	}
	for _, bad := range []map[int32][]int32{{int32(cfg.Vocab): {1}}, {1: {-1}}} {
		if err := InitMarks(store.RootScope(), bad); err == nil || !strings.Contains(err.Error(), "no token") {
			t.Errorf("%v: error %v", bad, err)
		}
	}
	if err := InitMarks(model.NewStore().RootScope(), meanings); err == nil ||
		!strings.Contains(err.Error(), "load a model") {
		t.Errorf("no model: error %v", err)
	}
}
