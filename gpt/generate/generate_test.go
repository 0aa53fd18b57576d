package generate

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"

	"gptbook/gpt"
	"gptbook/internal/backend"
)

// engine is the one backend of all tests, the best that the machine offers: CI runs them on both.
var engine = sync.OnceValue(func() compute.Backend { return must.M1(backend.New("")) })

var small = gpt.Config{Name: "small", Vocab: 11, Context: 8, Layers: 2, Heads: 2, Width: 8}

// restless is a model of that shape with weights far from their small start, so that its choices vary.
func restless(cfg gpt.Config) *model.Store {
	store, k := model.NewStore(), 0
	for _, w := range cfg.Weights() {
		n := 1
		for _, d := range w.Dims {
			n *= d
		}
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(0.7*math.Sin(float64(k*k)) + w.Fill)
			k++
		}
		must.M(gpt.SetWeight(store.RootScope(), w, values))
	}
	return store
}

// plain returns a function that gives the model's logits after a text by the plain forward pass. No position sees
// what follows it, so one graph of full length serves all.
func plain(store *model.Store, cfg gpt.Config) func(text []int32) []float32 {
	exec := must.M1(model.NewExec(engine(), store, func(scope *model.Scope, ids *graph.Node) *graph.Node {
		return gpt.Logits(scope, ids, cfg)
	}))
	return func(text []int32) []float32 {
		ids := make([]int32, cfg.Context)
		copy(ids, text)
		return must.M1(exec.Call1([][]int32{ids})).Value().([][][]float32)[0][len(text)-1]
	}
}

func argmax(v []float32) int32 { return int32(slices.Index(v, slices.Max(v))) }

// Greedy texts against a loop around gpt.Logits, for prompts of several lengths at once and past the context.
func TestGreedyFollowsTheLogits(t *testing.T) {
	for _, postLN := range []bool{false, true} {
		cfg := small
		cfg.PostLN = postLN
		store := restless(cfg)
		logitsAfter := plain(store, cfg)
		prompts := [][]int32{{3}, {1, 2, 3, 4}, {5, 4, 3, 2, 1, 0, 1, 2, 3, 4, 5}}
		var requests []Request
		for _, p := range prompts {
			requests = append(requests, Request{Prompt: p, MaxTokens: 12})
		}
		results := must.M1(must.M1(newUncached(engine(), store, cfg)).Generate(t.Context(), requests...))
		for i, p := range prompts {
			text := slices.Clone(p)
			for range 12 {
				text = append(text, argmax(logitsAfter(window(text, cfg.Context))))
			}
			if !slices.Equal(results[i].Tokens, text[len(p):]) {
				t.Errorf("post-norm %v, prompt %d: drew %v, want %v", postLN, i, results[i].Tokens, text[len(p):])
			}
		}
	}
}

func TestWindow(t *testing.T) {
	text := make([]int32, 30)
	for i := range text {
		text[i] = int32(i)
	}
	for length, start := range map[int]int32{1: 0, 8: 0, 9: 4, 12: 4, 13: 8, 16: 8, 17: 12} {
		got := window(text[:length], 8)
		if got[0] != start || int(got[len(got)-1]) != length-1 || len(got) > 8 {
			t.Errorf("window of %d tokens is %v, want it from %d", length, got, start)
		}
	}
	if got := window(text, 1); len(got) != 1 {
		t.Errorf("a context of 1 reads %v", got)
	}
}

// Stop tokens end a text and stay in it; every token is streamed; each row obeys its own request.
func TestStopStreamAndSeeds(t *testing.T) {
	gen := must.M1(newUncached(engine(), restless(small), small))
	var streamed []int32
	hot := Sampler{Temperature: 1, Seed: 4}
	free := must.M1(gen.Generate(t.Context(), Request{Prompt: []int32{1}, MaxTokens: 6, Sampler: hot,
		OnToken: func(id int32) { streamed = append(streamed, id) }}))[0]
	if !slices.Equal(free.Tokens, streamed) || len(free.Tokens) != 6 || free.Stopped {
		t.Fatalf("drew %v, streamed %v, stopped %v", free.Tokens, streamed, free.Stopped)
	}
	stop := free.Tokens[3]
	end := slices.Index(free.Tokens, stop) + 1
	other := hot
	other.Seed = 5
	got := must.M1(gen.Generate(t.Context(),
		Request{Prompt: []int32{1}, MaxTokens: 6, Sampler: hot, Stop: []int32{stop}},
		Request{Prompt: []int32{1}, MaxTokens: 6, Sampler: hot},
		Request{Prompt: []int32{1}, MaxTokens: 2, Sampler: other},
		Request{Prompt: []int32{1}, MaxTokens: 30, Sampler: other}))
	if !got[0].Stopped || !slices.Equal(got[0].Tokens, free.Tokens[:end]) || len(got[0].LogProbs) != end {
		t.Errorf("with stop token %d drew %v of %v", stop, got[0].Tokens, free.Tokens)
	}
	if !slices.Equal(got[1].Tokens, free.Tokens) {
		t.Errorf("the same request drew %v in a batch and %v alone", got[1].Tokens, free.Tokens)
	}
	if len(got[2].Tokens) != 2 || !slices.Equal(got[2].Tokens, got[3].Tokens[:2]) ||
		slices.Equal(got[3].Tokens[:6], free.Tokens) {
		t.Errorf("seed 5 drew %v and %v, seed 4 %v", got[2].Tokens, got[3].Tokens, free.Tokens)
	}
}

// The log-probabilities are those of the model at the sampling temperature.
func TestLogProbsAreTheModels(t *testing.T) {
	store := restless(small)
	r := Request{Prompt: []int32{1, 7}, MaxTokens: 5, Sampler: Sampler{Temperature: .7, Seed: 1}}
	got := must.M1(must.M1(newUncached(engine(), store, small)).Generate(t.Context(), r))[0]
	text, logitsAfter := slices.Clone(r.Prompt), plain(store, small)
	for i, id := range got.Tokens {
		logits, sum := logitsAfter(text), 0.0
		for _, l := range logits {
			sum += math.Exp(float64(l-logits[id]) / .7)
		}
		if math.Abs(got.LogProbs[i]+math.Log(sum)) > 1e-5 {
			t.Errorf("token %d has log-probability %g, want %g", i, got.LogProbs[i], -math.Log(sum))
		}
		text = append(text, id)
	}
}

func TestGenerateRefuses(t *testing.T) {
	gen := must.M1(newUncached(engine(), restless(small), small))
	for want, r := range map[string]Request{
		"empty":       {MaxTokens: 1},
		"vocabulary":  {Prompt: []int32{11}, MaxTokens: 1},
		"is -1":       {Prompt: []int32{-1}, MaxTokens: 1},
		"stop token":  {Prompt: []int32{1}, MaxTokens: 1, Stop: []int32{1, 11}},
		"MaxTokens":   {Prompt: []int32{1}},
		"Temperature": {Prompt: []int32{1}, MaxTokens: 1, Sampler: Sampler{Temperature: -1}},
	} {
		_, err := gen.Generate(t.Context(), Request{Prompt: []int32{1}, MaxTokens: 1}, r)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "request 1") {
			t.Errorf("%+v: %v", r, err)
		}
	}
	blank := must.M1(newUncached(engine(), model.NewStore(), small))
	if _, err := blank.Generate(t.Context(), Request{Prompt: []int32{1}, MaxTokens: 1}); err == nil ||
		!strings.Contains(err.Error(), "gpt.Init") {
		t.Errorf("no weights: %v", err)
	}
	if _, err := newUncached(engine(), model.NewStore(), gpt.Config{}); err == nil {
		t.Error("an empty config passes")
	}
	if got, err := gen.Generate(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("no requests: %v, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	got, err := gen.Generate(ctx, Request{Prompt: []int32{1}, MaxTokens: 100, OnToken: func(int32) { cancel() }})
	if !errors.Is(err, context.Canceled) || len(got[0].Tokens) != 1 {
		t.Errorf("canceled after one token: %v, %v", got, err)
	}
}
