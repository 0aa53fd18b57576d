package train_test

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"
	"github.com/janpfeifer/must"

	"gptbook/datasets/corpus"
	"gptbook/gpt"
	"gptbook/internal/backend"
	"gptbook/train"
	"gptbook/train/pretrain"
)

// A small GPT learns by heart that each letter is followed by the next one of the alphabet.
func ExampleTrainer() {
	cfg := gpt.Config{Name: "alphabet", Vocab: 26, Context: 8, Layers: 1, Heads: 2, Width: 16}
	store := model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	letters := make([]int32, 520)
	for i := range letters {
		letters[i] = int32(i % 26)
	}
	batches := must.M1(corpus.NextToken(letters, 8, cfg.Context, 1))
	trainer := must.M1(train.New(must.M1(backend.New("")), store, pretrain.CausalLM(cfg), train.Options{
		Optimizer: train.GPT3AdamW(0.01), Schedule: train.Schedule{Warmup: 10, Steps: 100, Floor: 0.1},
		EvalEvery: 50, Each: func(step int) error { fmt.Println("at step", step); return nil },
	}))
	curves := must.M1(trainer.Run(context.Background(), batches, 100))
	fmt.Printf("starts near ln 26 = 3.26: %.1f; learned: %v\n", curves[0].Points[0].Value, curves[0].Last() < 0.1)
	// Output:
	// at step 0
	// at step 50
	// at step 100
	// starts near ln 26 = 3.26: 3.3; learned: true
}

// A stage is a model, a loss, and what the loss is a mean over: here the answers that count. Two batches of which one
// has three such answers and the other one have the loss of all four.
func ExampleStage() {
	stage := train.Stage{
		Name: "guess", Unit: "squared error",
		Model: func(scope *model.Scope, _ any, inputs []*graph.Node) []*graph.Node {
			return []*graph.Node{graph.Add(inputs[0], scope.GetVariable("bias").NodeValue(inputs[0]))}
		},
		Loss: func(labels, predictions []*graph.Node) *graph.Node {
			want, counts := labels[0], labels[1]
			errors := graph.Mul(graph.Square(graph.Sub(predictions[0], want)), counts)
			return graph.Div(graph.ReduceAllSum(errors), graph.ReduceAllSum(counts))
		},
		Count: func(labels []*graph.Node) *graph.Node { return graph.ReduceAllSum(labels[1]) },
	}
	store := model.NewStore()
	must.M1(store.CreateVariable("/bias", tensors.FromValue(float32(1))))
	trainer := must.M1(train.New(must.M1(backend.New("")), store, stage,
		train.Options{Optimizer: train.GPT3AdamW(0.1)}))
	want, counts := []float32{0, 0, 0, -2, 0, 0}, []float32{1, 1, 1, 1, 0, 0} // all guesses are 1
	batches := corpus.Rows("guesses", 6, 3, nil, func(rows []int) mltrain.Batch {
		part := func(all []float32) *tensors.Tensor { return tensors.FromValue(all[rows[0]:][:len(rows)]) }
		return mltrain.Batch{Inputs: []*tensors.Tensor{part(make([]float32, 6))},
			Labels: []*tensors.Tensor{part(want), part(counts)}}
	})
	loss, _, err := trainer.Evaluate(batches)
	fmt.Println(loss, err) // (1+1+1+9)/4, where the mean of the two batches' means is (1+9)/2
	// Output: 3 <nil>
}
