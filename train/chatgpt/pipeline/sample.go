package pipeline

import (
	"context"
	"fmt"
	"strings"

	"gptbook/gpt/generate"
	"gptbook/internal/atomic"
)

// reportSamples lets the base model go on from three places of the text that it has not seen, and asks it the questions
// of the world, in the form of a dialogue, which it has never seen.
func (p *Pipeline) reportSamples(ctx context.Context) error {
	store, err := p.Base(ctx)
	if err != nil {
		return err
	}
	generator, err := p.generator(store)
	if err != nil {
		return err
	}
	var requests []generate.Request
	prompts := p.beginnings(3)
	for i, prompt := range prompts {
		requests = append(requests, generate.Request{Prompt: p.encodePrompt(prompt), MaxTokens: 120,
			Sampler: generate.Sampler{Temperature: 0.7, TopK: 40, Seed: p.Recipe.Seed + int64(i)}})
	}
	results, err := generator.Generate(ctx, requests...)
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "After %d steps the model goes on from three beginnings that it has not seen.\n",
		p.Recipe.Pretrain.Steps)
	for i, result := range results {
		fmt.Fprintf(&text, "\n«%s»%s\n", prompts[i], p.decode(result.Tokens))
	}
	p.say("%s", strings.TrimRight(text.String(), "\n"))
	if err := atomic.WriteFile(p.path("sample", "samples.txt"), []byte(text.String())); err != nil {
		return fmt.Errorf("pipeline: %w", err)
	}
	if p.World == nil {
		return nil
	}
	return p.ask(ctx, "base", store)
}

// beginnings returns the first words of n paragraphs spread over the held-out text.
func (p *Pipeline) beginnings(n int) (prompts []string) {
	text := p.paragraphs()
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
