package generate

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/gpt"
)

// New returns the generator to use: it remembers the keys and values of the tokens so far ([gpt.Cache]), so that each new
// token costs the same, however long the text is. store holds the model's weights.
//
// It compiles three graphs for a number of prompts: one reads the prompts, for each power of two that
// their length needs; one reads one more token; one makes room in the cache every 32 tokens.
func New(backend compute.Backend, store *model.Store, cfg gpt.Config) (*Generator, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	c := &cached{context: cfg.Context, slots: roundUp(cfg.Context)}
	var err error
	for _, graph := range []struct {
		exec  **model.Exec
		build func(scope *model.Scope, inputs []*Node, cfg gpt.Config) []*Node
	}{{&c.read, read}, {&c.step, step}, {&c.move, move}} {
		*graph.exec, err = model.NewExec(backend, store, func(scope *model.Scope, inputs []*Node) []*Node {
			return graph.build(scope, inputs, cfg)
		})
		if err != nil {
			return nil, err
		}
	}
	return &Generator{cfg: cfg, decoder: c}, nil
}

// recentTokens is the size of the part of the cache that every step copies.
const recentTokens = 32

// roundUp returns the next multiple of recentTokens.
func roundUp(n int) int { return (n + recentTokens - 1) / recentTokens * recentTokens }

// read starts the cache: the prompts [B, T] and their last positions [B] give logits [B, V] and the memories.
func read(scope *model.Scope, inputs []*Node, cfg gpt.Config) []*Node {
	ids, last := inputs[0], inputs[1]
	x, past := gpt.Read(scope, ids, cfg)
	grow := func(m *Node) *Node { // [B, heads, slots, headDim]
		free := PadAxis{End: roundUp(cfg.Context) - m.Shape().Dim(2)}
		return Pad(m, ScalarZero(m.Graph(), m.DType()), PadAxis{}, PadAxis{}, free, PadAxis{})
	}
	empty := past[0].Keys.Shape().Clone()
	empty.Dimensions[2] = recentTokens
	recent := make([]gpt.Memory, len(past))
	for i, m := range past {
		past[i] = gpt.Memory{Keys: grow(m.Keys), Values: grow(m.Values)}
		recent[i] = gpt.Memory{Keys: Zeros(ids.Graph(), empty), Values: Zeros(ids.Graph(), empty)}
	}
	return append(append([]*Node{nextLogits(scope, x, last)}, flat(past)...), flat(recent)...)
}

// step reads one token per row, [B, 1], and gives logits [B, V] and the new recent memories.
func step(scope *model.Scope, inputs []*Node, cfg gpt.Config) []*Node {
	ids, cache := inputs[0], newCache(inputs[1:], cfg)
	x := cache.Continue(scope, ids, cfg)
	last := Zeros(ids.Graph(), shapes.Make(ids.DType(), ids.Shape().Dim(0)))
	return append([]*Node{nextLogits(scope, x, last)}, flat(cache.Recent)...)
}

// move gives the past memories with the recent ones in them.
func move(_ *model.Scope, inputs []*Node, cfg gpt.Config) []*Node {
	cache := newCache(inputs, cfg)
	cache.Move()
	return flat(cache.Past)
}

// newCache makes a cache of what [cached.state] lists.
func newCache(inputs []*Node, cfg gpt.Config) *gpt.Cache {
	c := &gpt.Cache{Length: inputs[0], Start: inputs[1], Moved: inputs[2], Step: inputs[3]}
	for pair := range slices.Chunk(inputs[4:], 2) {
		m := gpt.Memory{Keys: pair[0], Values: pair[1]}
		if len(c.Past) < cfg.Layers {
			c.Past = append(c.Past, m)
		} else {
			c.Recent = append(c.Recent, m)
		}
	}
	return c
}

func flat(memories []gpt.Memory) (nodes []*Node) {
	for _, m := range memories {
		nodes = append(nodes, m.Keys, m.Values)
	}
	return nodes
}

// cached is the decoder with a memory.
type cached struct {
	read, step, move *model.Exec
	context, slots   int

	past, recent []*tensors.Tensor
	length       []int32 // the fields of [gpt.Cache]
	start, moved int
	fresh        int

	sizes  []int // of the texts at the last call
	starts []int // of their windows when the cache was started
}

// next implements [decoder].
func (c *cached) next(texts [][]int32, first bool) ([][]float32, error) {
	full := c.fresh == recentTokens
	if first || c.shifted(texts) || full && c.start+c.moved == c.slots {
		return c.begin(texts, first)
	}
	if full {
		if err := c.makeRoom(); err != nil {
			return nil, err
		}
	}
	ids := make([]int32, len(texts))
	for i, text := range texts {
		ids[i], c.sizes[i] = text[len(text)-1], len(text)
	}
	outputs, err := c.step.Call(append([]any{tensors.FromFlatDataAndDimensions(ids, len(ids), 1)}, c.state()...)...)
	if err != nil {
		return nil, err
	}
	release(c.recent)
	c.recent = outputs[1:]
	c.fresh++
	return take(outputs[0]), nil
}

// shifted says whether the window of a text no longer starts where it did when the cache was started.
func (c *cached) shifted(texts [][]int32) bool {
	for i, text := range texts {
		if len(text)-len(window(text, c.context)) != c.starts[i] {
			return true
		}
	}
	return false
}

// begin reads the windows of all texts anew. Of texts that have ended it reads one token, to keep their rows.
func (c *cached) begin(texts [][]int32, first bool) ([][]float32, error) {
	windows, longest := make([][]int32, len(texts)), 1
	c.length, c.starts = make([]int32, len(texts)), make([]int, len(texts))
	for i, text := range texts {
		windows[i] = window(text, c.context)
		c.starts[i] = len(text) - len(windows[i])
		if !first && len(text) == c.sizes[i] {
			windows[i] = text[:1]
		}
		c.length[i] = int32(len(windows[i]))
		longest = max(longest, len(windows[i]))
	}
	c.start, c.moved, c.fresh = roundUp(longest), 0, 0
	c.sizes = make([]int, len(texts))
	for i, text := range texts {
		c.sizes[i] = len(text)
	}
	width := 16
	for width < longest {
		width *= 2
	}
	ids, last := pad(windows, min(width, c.context))
	release(c.past)
	release(c.recent)
	c.past, c.recent = nil, nil
	outputs, err := c.read.Call(ids, last)
	if err != nil {
		return nil, err
	}
	half := 1 + (len(outputs)-1)/2
	c.past, c.recent = outputs[1:half], outputs[half:]
	return take(outputs[0]), nil
}

// makeRoom moves the recent memories to the past ones.
func (c *cached) makeRoom() error {
	outputs, err := c.move.Call(c.state()...)
	if err != nil {
		return err
	}
	release(c.past)
	c.past = outputs
	c.moved += c.fresh
	c.fresh = 0
	return nil
}

// state lists the inputs of [newCache].
func (c *cached) state() []any {
	inputs := []any{c.length, int32(c.start), int32(c.moved), int32(c.fresh)}
	for _, t := range slices.Concat(c.past, c.recent) {
		inputs = append(inputs, t)
	}
	return inputs
}
