package gpt_test

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"

	"gptbook/gpt"
	"gptbook/internal/backend"
)

// A preset is a value: a copy of it may differ.
func ExampleConfig() {
	cfg := gpt.GPT2Small
	fmt.Println(cfg.Name, "has", cfg.Params(), "weights")
	cfg.Layers = 4
	fmt.Println("of them with four layers:", cfg.Params())
	cfg.Heads = 7
	fmt.Println(cfg.Validate())
	// Output:
	// gpt2-small has 124439808 weights
	// of them with four layers: 67736832
	// gpt: config "gpt2-small": a width of 768 does not divide into 7 heads; try 770
}

// The logits of the token after each of two texts, and what a model that has learned nothing pays for them: ln V.
func ExampleLogits() {
	cfg, store := gpt.Tiny, model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	out := model.MustCallOnceN(must.M1(backend.New("")), store,
		func(scope *model.Scope, ids, next *graph.Node) []*graph.Node {
			logits := gpt.Logits(scope, ids, cfg)
			return []*graph.Node{logits, gpt.CrossEntropy([]*graph.Node{next}, []*graph.Node{logits})}
		}, [][]int32{{1, 2, 3}, {4, 5, 6}}, [][]int32{{2, 3, 4}, {5, 6, 7}})
	fmt.Println("logits:", out[0].Shape())
	fmt.Printf("loss near ln 256 = 5.55: %v\n", math.Abs(float64(out[1].Value().(float32))-math.Log(256)) < 0.1)
	// Output:
	// logits: (Float32)[2, 3, 256]
	// loss near ln 256 = 5.55: true
}

// A block takes the residual stream and gives it back in the same shape, so that blocks can be piled up.
func ExampleBlock() {
	cfg, store := gpt.Tiny, model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	out := must.M1(model.CallOnce(must.M1(backend.New("")), store,
		func(scope *model.Scope, ids *graph.Node) *graph.Node {
			x, blocks := gpt.Embed(scope, ids, cfg), scope.In("h") // [B, T, C]
			for i := range cfg.Layers {
				x = gpt.Block(blocks.In("%d", i), x, cfg.At(i))
			}
			return gpt.LastNorm(scope, x, cfg) // what gpt.Hidden returns
		}, [][]int32{{1, 2, 3}}))
	fmt.Println(out.Shape())
	// Output: (Float32)[1, 3, 32]
}
