package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/gpt"
	"gptbook/gpt/generate"
)

// writer continues a batch of prompts that are almost empty until the context is full; a step is one such batch. Both
// sides have a KV cache, and both draw from the whole softmax at temperature 1.
func writer(name string, cfg gpt.Config, batch, steps int) subject {
	const prompt = 16
	return subject{
		name: name,
		torch: map[string]any{"model": "GPT", "vocab": cfg.Vocab, "context": cfg.Context,
			"layers": cfg.Layers, "heads": cfg.Heads, "width": cfg.Width, "prompt": prompt},
		params: cfg.Params(), batch: batch, steps: steps, tokens: batch * (cfg.Context - prompt),
		ours: func(engine compute.Backend) (side, error) {
			store := model.NewStore()
			if err := gpt.Init(store.RootScope(), cfg, 1); err != nil {
				return nil, err
			}
			gen, err := generate.New(engine, store, cfg)
			w := &ourWriter{gen: gen, requests: make([]generate.Request, batch), tokens: cfg.Context - prompt}
			for i := range w.requests {
				w.requests[i] = generate.Request{Prompt: make([]int32, prompt), MaxTokens: w.tokens,
					Sampler: generate.Sampler{Temperature: 1, Seed: int64(i)}}
			}
			w.requests[0].OnToken = w.watch
			return w, err
		},
	}
}

// ourWriter is the course's own generator.
type ourWriter struct {
	gen      *generate.Generator
	requests []generate.Request
	tokens   int // of each text

	drawn int
	since time.Time
	parts parts
}

func (w *ourWriter) run(ctx context.Context, steps int) error {
	for range steps {
		w.drawn, w.since = 0, time.Now()
		if _, err := w.gen.Generate(ctx, w.requests...); err != nil {
			return err
		}
	}
	return nil
}

// watch sees the tokens of the first text.
func (w *ourWriter) watch(int32) {
	w.drawn++
	if part := w.tokens / len(w.parts); w.drawn%part == 0 && w.drawn/part <= len(w.parts) {
		w.parts.note(w.drawn/part-1, 1000*time.Since(w.since).Seconds()/float64(part))
		w.since = time.Now()
	}
}

func (w *ourWriter) byLength() parts { return w.parts }

// parts is the shortest time for one token of each text of a batch, in milliseconds, in each quarter of the
// texts' length. The first quarter includes the reading of the prompt.
type parts [4]float64

func (p *parts) note(i int, ms float64) {
	if p[i] == 0 || ms < p[i] {
		p[i] = ms
	}
}

func (p parts) String() string {
	var quarters []string
	for _, ms := range p {
		quarters = append(quarters, fmt.Sprintf("%.2f", ms))
	}
	return strings.Join(quarters, " ")
}

// byLength is what a side that writes can tell beside its speed.
type byLength interface{ byLength() parts }

// reportByLength prints whether the time per token depends on the length of the text.
func reportByLength(sides []side, out io.Writer) {
	for i, side := range sides {
		if w, ok := side.(byLength); ok && w.byLength() != (parts{}) {
			fmt.Fprintf(out, "%14s ms per token, by quarters of the text: %s\n",
				[]string{"ours:", "torch:"}[i], w.byLength())
		}
	}
}
