package generate

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"

	"gptbook/gpt"
	"gptbook/internal/backend"
)

// Logits with the cache against logits without, at every step: texts of several lengths, through many tidyings of
// the cache and past the context. Some texts end early.
func TestCachedEqualsUncached(t *testing.T) {
	for _, c := range []struct {
		cfg     gpt.Config
		longest int // prompt
	}{
		{gpt.Config{Name: "long", Vocab: 11, Context: 120, Layers: 2, Heads: 2, Width: 8}, 7}, // from one page to four
		{gpt.Config{Name: "banded", Vocab: 11, Context: 70, Layers: 3, Heads: 2, Width: 8, Window: 5}, 79},
		{gpt.Config{Name: "post-norm", Vocab: 11, Context: 45, Layers: 1, Heads: 1, Width: 8, PostLN: true}, 54},
	} {
		cfg := c.cfg
		store := restless(cfg)
		cached := must.M1(New(engine(), store, cfg)).decoder
		uncached := must.M1(newUncached(engine(), store, cfg)).decoder
		texts := [][]int32{{3}, make([]int32, 20), make([]int32, c.longest)}
		for i, text := range texts {
			for j := range text {
				text[j] = int32((i + j*j) % cfg.Vocab)
			}
		}
		ends := []int{1000, 50, 1000} // text 1 stops growing
		worst := 0.0
		for n := range cfg.Context + 20 {
			got, want := must.M1(cached.next(texts, n == 0)), must.M1(uncached.next(texts, n == 0))
			for i := range texts {
				if n > 0 && len(texts[i]) == ends[i] {
					continue
				}
				for j := range want[i] {
					worst = math.Max(worst, math.Abs(float64(got[i][j]-want[i][j])))
				}
				texts[i] = append(texts[i], int32((n*n+3*n+i)%cfg.Vocab))
			}
			if worst > 1e-5 {
				t.Fatalf("%s, step %d: logits differ by %g", cfg.Name, n, worst)
			}
		}
		t.Logf("%s: largest difference %g", cfg.Name, worst)
	}
}

// A second batch must not see the first, and prompts of another length in the same power of two do not compile: with
// room for no further graph they would be an error.
func TestCacheStartsAnew(t *testing.T) {
	store := restless(small)
	gen := must.M1(New(engine(), store, small))
	ask := func(prompt ...int32) Result {
		return must.M1(gen.Generate(t.Context(),
			Request{Prompt: prompt, MaxTokens: 10, Sampler: Sampler{Temperature: 1}}))[0]
	}
	first := ask(1, 2, 3)
	for _, exec := range execs(gen) {
		exec.SetMaxCache(1)
	}
	ask(9, 9, 9, 9, 9)
	if again := ask(1, 2, 3); !slices.Equal(first.Tokens, again.Tokens) {
		t.Errorf("the same request drew %v, then %v", first.Tokens, again.Tokens)
	}
	plain := must.M1(must.M1(newUncached(engine(), store, small)).Generate(t.Context(),
		Request{Prompt: []int32{1, 2, 3}, MaxTokens: 10, Sampler: Sampler{Temperature: 1}}))[0]
	if !slices.Equal(first.Tokens, plain.Tokens) {
		t.Errorf("drew %v with the cache and %v without", first.Tokens, plain.Tokens)
	}
}

func execs(gen *Generator) []*model.Exec {
	c := gen.decoder.(*cached)
	return []*model.Exec{c.prefill, c.decode, c.flush}
}

// A server sees batches of all sizes.
func TestManyBatchSizes(t *testing.T) {
	cfg := gpt.Config{Name: "smallest", Vocab: 3, Context: 4, Layers: 1, Heads: 1, Width: 2}
	for _, build := range []func(compute.Backend, *model.Store, gpt.Config) (*Generator, error){New, newUncached} {
		gen := must.M1(build(must.M1(backend.New("go")), restless(cfg), cfg))
		for n := 1; n <= 40; n++ {
			requests := slices.Repeat([]Request{{Prompt: []int32{1}, MaxTokens: 2}}, n)
			if _, err := gen.Generate(t.Context(), requests...); err != nil {
				t.Fatalf("%d texts: %v", n, err)
			}
		}
	}
}

// A quarter of the context where the cache of a batch is large beside the weights, all of it where it is small.
func TestPageTokens(t *testing.T) {
	cfg := gpt.Config{Name: "bench", Vocab: 65, Context: 256, Layers: 6, Heads: 6, Width: 384}
	for texts, want := range map[int]int{1: 256, 4: 160, 16: 64, 128: 64} {
		if got := pageTokens(cfg, texts); got != want {
			t.Errorf("%d texts have pages of %d tokens, want %d", texts, got, want)
		}
	}
	if got := pageTokens(small, 1); got != recentTokens {
		t.Errorf("a context of %d has pages of %d tokens, want %d", small.Context, got, recentTokens)
	}
}
