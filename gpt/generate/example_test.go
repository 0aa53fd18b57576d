package generate_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"

	"gptbook/gpt"
	"gptbook/gpt/generate"
	"gptbook/internal/backend"
)

// How a token is drawn from logits: greedily, or at a temperature from the most probable few.
func ExampleSampler() {
	logits := []float32{0, 3, 2.9, -1}
	rng := rand.New(rand.NewPCG(1, 2))
	greedy, _ := must.M2(generate.Sampler{}.Draw(rng, logits, nil))
	fmt.Println("greedy:", greedy)
	counts := make([]int, len(logits))
	for range 1000 {
		id, _ := must.M2(generate.Sampler{Temperature: 1, TopK: 2}.Draw(rng, logits, nil))
		counts[id]++
	}
	fmt.Println("never drawn outside the top 2:", counts[0]+counts[3] == 0)
	// Output:
	// greedy: 1
	// never drawn outside the top 2: true
}

// Prompts of different lengths are continued together.
func ExampleGenerator() {
	cfg := gpt.Config{Name: "tiny", Vocab: 10, Context: 8, Layers: 1, Heads: 1, Width: 8}
	store := model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	generator := must.M1(generate.New(must.M1(backend.New("go")), store, cfg))
	results := must.M1(generator.Generate(context.Background(),
		generate.Request{Prompt: []int32{1, 2, 3}, MaxTokens: 2},
		generate.Request{Prompt: []int32{4}, MaxTokens: 5}))
	for _, r := range results {
		fmt.Println(len(r.Tokens), "tokens")
	}
	// Output:
	// 2 tokens
	// 5 tokens
}
