package generate

import (
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
// their length needs; one reads one more token; one tidies the cache every 32 tokens.
func New(backend compute.Backend, store *model.Store, cfg gpt.Config) (*Generator, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	c := &cached{context: cfg.Context}
	var err error
	for _, graph := range []struct {
		exec  **model.Exec
		build func(scope *model.Scope, inputs []*Node, cfg gpt.Config) []*Node
	}{{&c.read, read}, {&c.step, step}, {&c.merge, merge}} {
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

// read starts the cache: the prompts [B, T] and their last positions [B] give logits [B, V] and the memories.
func read(scope *model.Scope, inputs []*Node, cfg gpt.Config) []*Node {
	ids, last := inputs[0], inputs[1]
	x, past := gpt.Read(scope, ids, cfg)
	grow := func(m *Node) *Node { // [B, heads, Context, headDim]
		free := PadAxis{End: cfg.Context - m.Shape().Dim(2)}
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

// merge gives the past memories with the recent ones in them.
func merge(_ *model.Scope, inputs []*Node, cfg gpt.Config) []*Node {
	cache := newCache(inputs, cfg)
	cache.Merge()
	return flat(cache.Past)
}

// newCache is the inverse of flat: lengths, step, past and recent memories make a cache.
func newCache(inputs []*Node, cfg gpt.Config) *gpt.Cache {
	c := &gpt.Cache{Length: inputs[0], Step: inputs[1], Past: make([]gpt.Memory, cfg.Layers), Recent: make([]gpt.Memory, cfg.Layers)}
	for i := range cfg.Layers {
		past, recent := inputs[2+2*i:], inputs[2+2*(cfg.Layers+i):]
		c.Past[i] = gpt.Memory{Keys: past[0], Values: past[1]}
		c.Recent[i] = gpt.Memory{Keys: recent[0], Values: recent[1]}
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
	read, step, merge *model.Exec
	context           int

	past, recent []*tensors.Tensor
	length       []int32 // of each text in past
	fresh        int     // tokens of each text in recent
	starts       []int   // of each text's window
}

// next implements [decoder].
func (c *cached) next(texts [][]int32, first bool) ([][]float32, error) {
	if first || c.moved(texts) {
		return c.start(texts)
	}
	if c.fresh == recentTokens {
		if err := c.tidy(); err != nil {
			return nil, err
		}
	}
	ids := make([]int32, len(texts))
	for i, text := range texts {
		ids[i] = text[len(text)-1]
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

// moved says whether a window no longer starts where it did when the cache was started.
func (c *cached) moved(texts [][]int32) bool {
	for i, text := range texts {
		if len(text)-len(window(text, c.context)) != c.starts[i] {
			return true
		}
	}
	return false
}

// start reads the windows of all texts anew.
func (c *cached) start(texts [][]int32) ([][]float32, error) {
	longest := 1
	c.length, c.starts, c.fresh = make([]int32, len(texts)), make([]int, len(texts)), 0
	for i, text := range texts {
		n := len(window(text, c.context))
		c.length[i], c.starts[i] = int32(n), len(text)-n
		longest = max(longest, n)
	}
	width := 16
	for width < longest {
		width *= 2
	}
	ids, last := pad(texts, min(width, c.context), c.context)
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

// tidy moves the recent memories to the past ones.
func (c *cached) tidy() error {
	outputs, err := c.merge.Call(c.state()...)
	if err != nil {
		return err
	}
	release(c.past)
	c.past = outputs
	for i := range c.length {
		c.length[i] += int32(c.fresh)
	}
	c.fresh = 0
	return nil
}

// state lists the inputs of [newCache].
func (c *cached) state() []any {
	inputs := []any{c.length, int32(c.fresh)}
	for _, t := range c.past {
		inputs = append(inputs, t)
	}
	for _, t := range c.recent {
		inputs = append(inputs, t)
	}
	return inputs
}
