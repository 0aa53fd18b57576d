// Package generate writes text with a GPT: it asks the model for the logits of the next token, draws one, appends it
// and asks again.
//
// Start with [Request] and [Generator.Generate]; [Sampler] says how a token is drawn. The logits come from a decoder:
// that of [New] keeps what the blocks computed for the earlier tokens, and the tests hold it to one that runs the whole
// text through the model for each token.
package generate

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"

	"gptbook/gpt"
)

// Request asks for the continuation of one prompt.
type Request struct {
	Prompt    []int32 // at least one token
	MaxTokens int     // how many to draw at most
	Stop      []int32 // tokens that end the text once drawn, such as the end-of-text token; may be empty
	Sampler   Sampler
	OnToken   func(id int32) // called with each token as soon as it is drawn; may be nil
}

// Result is what was drawn for a [Request].
type Result struct {
	Tokens   []int32   // without the prompt; the stop token, if one was drawn, is the last
	LogProbs []float64 // of each token in nats, under the distribution it was drawn from
	Stopped  bool      // a stop token was drawn
}

// Generator writes with one model. It reads the weights from the model's store at each token, so it follows a
// training that goes on between two calls. It is not safe for concurrent use.
type Generator struct {
	cfg     gpt.Config
	decoder decoder
}

// decoder says what the model expects after each of the texts.
type decoder interface {
	// next returns the logits of the token that follows each text, [len(texts)][V]. Between two calls
	// with first false a text may grow by one token or stay, but not change.
	next(texts [][]int32, first bool) ([][]float32, error)
}

// Generate continues all prompts together, as one batch: their lengths may differ, and so may all the rest
// of the requests. Asked again for as many prompts it does not recompile, however long they are.
//
// A text may outgrow the model's context: the model then reads the end of it, see [window]. When ctx ends,
// Generate returns what was drawn so far and ctx.Err().
func (g *Generator) Generate(ctx context.Context, requests ...Request) ([]Result, error) {
	texts := make([][]int32, len(requests)) // prompts and what was drawn
	rngs := make([]*rand.Rand, len(requests))
	results := make([]Result, len(requests))
	for i, r := range requests {
		if err := g.check(r); err != nil {
			return nil, fmt.Errorf("generate: request %d: %w", i, err)
		}
		texts[i], rngs[i] = slices.Clone(r.Prompt), r.Sampler.rng()
	}
	for first := true; !allDone(requests, results); first = false {
		if ctx.Err() != nil {
			return results, ctx.Err()
		}
		logits, err := g.decoder.next(texts, first)
		if err != nil {
			return results, fmt.Errorf("generate: %w", err)
		}
		draws := make([]draw, len(requests))
		var rows sync.WaitGroup // they need nothing of each other: all processors draw
		for i, r := range requests {
			if !results[i].done(r) {
				rows.Go(func() {
					d := &draws[i]
					d.id, d.logProb, d.err = r.Sampler.Draw(rngs[i], logits[i], texts[i])
				})
			}
		}
		rows.Wait()
		for i, r := range requests {
			if results[i].done(r) {
				continue
			}
			if draws[i].err != nil {
				return results, fmt.Errorf("%w (request %d)", draws[i].err, i)
			}
			texts[i] = append(texts[i], draws[i].id)
			results[i].add(r, draws[i])
		}
	}
	return results, nil
}

// draw is what [Sampler.Draw] returns.
type draw struct {
	id      int32
	logProb float64
	err     error
}

// add notes a drawn token and shows it to whoever watches.
func (res *Result) add(r Request, d draw) {
	res.Tokens = append(res.Tokens, d.id)
	res.LogProbs = append(res.LogProbs, d.logProb)
	res.Stopped = slices.Contains(r.Stop, d.id)
	if r.OnToken != nil {
		r.OnToken(d.id)
	}
}

func (res Result) done(r Request) bool { return res.Stopped || len(res.Tokens) >= r.MaxTokens }

func allDone(requests []Request, results []Result) bool {
	for i, r := range requests {
		if !results[i].done(r) {
			return false
		}
	}
	return true
}

// check says what is wrong with a request.
func (g *Generator) check(r Request) error {
	if len(r.Prompt) == 0 {
		return errors.New("the prompt is empty; begin with the end-of-text token")
	}
	outside := func(id int32) bool { return id < 0 || int(id) >= g.cfg.Vocab }
	if i := slices.IndexFunc(r.Prompt, outside); i >= 0 {
		return fmt.Errorf("token %d of the prompt is %d, outside the vocabulary of %d", i, r.Prompt[i], g.cfg.Vocab)
	}
	if i := slices.IndexFunc(r.Stop, outside); i >= 0 {
		return fmt.Errorf("stop token %d is outside the vocabulary of %d: no text would end", r.Stop[i], g.cfg.Vocab)
	}
	if r.MaxTokens < 1 {
		return fmt.Errorf("MaxTokens is %d, want at least 1", r.MaxTokens)
	}
	return r.Sampler.Validate()
}

// window returns the part of a text that the model reads. A text that fits the context is read whole. One that does not
// loses its first half context at once, then again each time it has grown by as much, and what is left is
// renumbered from position 0: learned positions leave no other way, and a step of one token would move all
// positions at every token, so that nothing of a cache could be kept.
func window(text []int32, context int) []int32 {
	over := len(text) - context
	if over <= 0 {
		return text
	}
	half := (context + 1) / 2
	return text[(over+half-1)/half*half:]
}
