package generate

import (
	"fmt"
	"testing"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"

	"gptbook/gpt"
)

// BenchmarkGenerate measures the tokens per second of the reference model of torch_bench.py, which does the same with
// PyTorch: run both in turn on a quiet machine. The texts start with 16 tokens and grow to 240.
func BenchmarkGenerate(b *testing.B) {
	cfg := gpt.Config{Name: "reference", Vocab: 65, Context: 256, Layers: 6, Heads: 6, Width: 384}
	store := model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	for _, batch := range []int{1, 16} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			gen := must.M1(New(engine(), store, cfg))
			requests := make([]Request, batch)
			for i := range requests {
				requests[i] = Request{Prompt: make([]int32, 16), MaxTokens: 224, Sampler: Sampler{Temperature: 1, Seed: int64(i)}}
			}
			must.M1(gen.Generate(b.Context(), requests...)) // compiles
			b.ResetTimer()
			for range b.N {
				must.M1(gen.Generate(b.Context(), requests...))
			}
			b.ReportMetric(float64(b.N*batch*224)/b.Elapsed().Seconds(), "tokens/s")
		})
	}
}
