package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"gptbook/gpt/generate"
	"gptbook/internal/atomic"
	"gptbook/train"
)

// sample lets the model go on from three places of the text that it has not seen.
func (r *road) sample(ctx context.Context) error {
	if r.world != nil {
		return r.questionBase(ctx)
	}
	if err := r.needTokens(); err != nil {
		return err
	}
	cfg, store := r.model(r.tokens.VocabSize()), model.NewStore()
	step, err := train.Load(store, r.path("pretrain"))
	if err != nil {
		return fmt.Errorf("chatgpt: the pretrain stage must come first: %w", err)
	}
	generator, err := generate.New(r.engine, store, cfg)
	if err != nil {
		return err
	}
	var requests []generate.Request
	prompts := r.prompts(3)
	for i, prompt := range prompts {
		requests = append(requests, generate.Request{Prompt: r.tokens.Encode(prompt), MaxTokens: 120,
			Sampler: generate.Sampler{Temperature: 0.7, TopK: 40, Seed: r.seed + int64(i)}})
	}
	results, err := generator.Generate(ctx, requests...)
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "After %d steps the model goes on from three beginnings that it has not seen.\n", step)
	for i, result := range results {
		fmt.Fprintf(&text, "\n«%s»%s\n", prompts[i], r.tokens.Decode(result.Tokens))
	}
	r.say("%s", strings.TrimRight(text.String(), "\n"))
	if err := os.MkdirAll(r.path("sample"), 0o755); err != nil {
		return fmt.Errorf("chatgpt: %w", err)
	}
	return atomic.WriteFile(r.path("sample", "samples.txt"), []byte(text.String()))
}

// prompts returns the first words of n paragraphs spread over the held-out text.
func (r *road) prompts(n int) (prompts []string) {
	text := r.held.Text
	for i := range n {
		rest := text[len(text)*i/n:]
		if at := strings.Index(rest, "\n\n"); i > 0 && at >= 0 {
			rest = rest[at:]
		}
		words := []rune(strings.TrimSpace(strings.ToValidUTF8(rest, "")))
		words = words[:min(len(words), 40)]
		prompt := string(words)
		if at := strings.LastIndex(prompt, " "); at > 0 {
			prompt = prompt[:at]
		}
		if prompt == "" {
			prompt = "\n"
		}
		prompts = append(prompts, prompt)
	}
	return prompts
}
