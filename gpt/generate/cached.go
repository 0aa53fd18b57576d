package generate

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/gpt"
)

// New returns the generator to use: it remembers the keys and values of the tokens so far ([gpt.Cache]), so that a new
// token costs one position, however long the text is. store holds the model's weights.
//
// It compiles three graphs for a number of prompts: one reads the prompts, for each power of two that their length
// needs; one reads one more token, for each number of pages, four at most; one makes room for more every 16 tokens.
func New(backend compute.Backend, store *model.Store, cfg gpt.Config) (*Generator, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	c := &cached{cfg: cfg}
	var err error
	for _, graph := range []struct {
		exec  **model.Exec
		build func(scope *model.Scope, inputs []*Node, cfg gpt.Config) []*Node
	}{{&c.prefill, prefill}, {&c.decode, decode}, {&c.flush, flush}} {
		*graph.exec, err = model.NewExec(backend, store, func(scope *model.Scope, inputs []*Node) []*Node {
			return graph.build(scope, inputs, cfg)
		})
		if err != nil {
			return nil, err
		}
		(*graph.exec).SetMaxCache(-1) // a graph for each number of texts: without this, GoMLX refuses the 33rd
	}
	return &Generator{cfg: cfg, decoder: c}, nil
}

// recentTokens is the size of the part of the cache that every step copies.
const recentTokens = 16

// pageTokens is the size of a page for a number of texts: a quarter of the context, or more, if less than a quarter as
// many numbers as the model has weights would be in a page. Each step reads all pages and all weights, and to be rid of
// so little would not be worth compiling one more graph.
func pageTokens(cfg gpt.Config, texts int) int {
	token := 2 * cfg.Layers * cfg.Width * texts // the numbers that one token of each text leaves
	return roundUp(min((max(cfg.Context, cfg.Params()/token)+3)/4, cfg.Context), recentTokens)
}

// roundUp returns the next multiple of unit.
func roundUp(n, unit int) int { return (n + unit - 1) / unit * unit }

// prefill starts the cache: the prompts [B, T] and their last positions [B] give logits [B, V] and the pages.
func prefill(scope *model.Scope, inputs []*Node, cfg gpt.Config) []*Node {
	ids, last := inputs[0], inputs[1]
	x, kvs := gpt.Prefill(scope, ids, cfg)
	outputs, T, P := []*Node{nextLogits(scope, x, last)}, ids.Shape().Dim(1), pageTokens(cfg, ids.Shape().Dim(0))
	for at := 0; at < T; at += P {
		for _, m := range flat(kvs) {
			page := SliceAxis(m, 2, AxisRange(at, min(at+P, T)))
			free := PadAxis{End: P - page.Shape().Dim(2)}
			outputs = append(outputs, Pad(page, ScalarZero(m.Graph(), m.DType()),
				PadAxis{}, PadAxis{}, free, PadAxis{}))
		}
	}
	return outputs
}

// decode reads one token per row, [B, 1], and gives logits [B, V] and the new recent part.
func decode(scope *model.Scope, inputs []*Node, cfg gpt.Config) []*Node {
	ids, cache := inputs[0], newCache(inputs[1:], cfg)
	x := cache.Decode(scope, ids, cfg)
	last := Zeros(ids.Graph(), shapes.Make(ids.DType(), ids.Shape().Dim(0)))
	return append([]*Node{nextLogits(scope, x, last)}, flat(cache.Recent)...)
}

// nextLogits reads x, the [B, T, C] that the blocks return, at position last[b] of each row: [B, V], float32.
func nextLogits(scope *model.Scope, x, last *Node) *Node {
	x = InsertAxes(gpt.Pick(x, last), 1)                                // [B, 1, C]
	return ConvertDType(Squeeze(gpt.Head(scope, x), 1), dtypes.Float32) // [B, V]
}

// flush gives the keys and values of one page with the recent ones in it, from slot inputs[0] on.
func flush(_ *model.Scope, inputs []*Node, _ gpt.Config) []*Node {
	at, page, recent := inputs[0], inputs[1:1+len(inputs)/2], inputs[1+len(inputs)/2:]
	for i := range page {
		page[i] = gpt.Flush(page[i], recent[i], at)
	}
	return page
}

// newCache makes a cache of its four numbers, its pages and its recent part.
func newCache(inputs []*Node, cfg gpt.Config) *gpt.Cache {
	c := &gpt.Cache{Length: inputs[0], Start: inputs[1], Flushed: inputs[2], Step: inputs[3]}
	for page := range slices.Chunk(inputs[4:], 2*cfg.Layers) {
		var kvs []gpt.KV
		for pair := range slices.Chunk(page, 2) {
			kvs = append(kvs, gpt.KV{Keys: pair[0], Values: pair[1]})
		}
		c.Pages = append(c.Pages, kvs)
	}
	last := len(c.Pages) - 1
	c.Pages, c.Recent = c.Pages[:last], c.Pages[last]
	return c
}

func flat(kvs []gpt.KV) (nodes []*Node) {
	for _, m := range kvs {
		nodes = append(nodes, m.Keys, m.Values)
	}
	return nodes
}

// cached is the decoder with a KV cache.
type cached struct {
	cfg                    gpt.Config
	prefill, decode, flush *model.Exec

	pages                 [][]*tensors.Tensor // the fields of [gpt.Cache]
	recent                []*tensors.Tensor
	length                []int32
	start, flushed, fresh int

	sizes  []int // of the texts at the last call
	starts []int // of their windows when the cache was started
}

// next implements [decoder].
func (c *cached) next(texts [][]int32, first bool) ([][]float32, error) {
	full := c.fresh == recentTokens
	if first || c.shifted(texts) || full && c.start+c.flushed == roundUp(c.cfg.Context, pageTokens(c.cfg, len(texts))) {
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
	inputs := []any{tensors.FromFlatDataAndDimensions(ids, len(ids), 1),
		c.length, int32(c.start), int32(c.flushed), int32(c.fresh)}
	outputs, err := c.decode.Call(slices.Concat(inputs, anys(slices.Concat(c.pages...)), anys(c.recent))...)
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
		if len(text)-len(window(text, c.cfg.Context)) != c.starts[i] {
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
		windows[i] = window(text, c.cfg.Context)
		c.starts[i] = len(text) - len(windows[i])
		if !first && len(text) == c.sizes[i] {
			windows[i] = text[:1]
		}
		c.length[i] = int32(len(windows[i]))
		longest = max(longest, len(windows[i]))
	}
	c.start, c.flushed, c.fresh = roundUp(longest, recentTokens), 0, 0
	c.sizes = make([]int, len(texts))
	for i, text := range texts {
		c.sizes[i] = len(text)
	}
	width := 16
	for width < longest {
		width *= 2
	}
	ids, last := pad(windows, min(width, c.cfg.Context))
	release(slices.Concat(append(c.pages, c.recent)...))
	c.pages, c.recent = nil, nil
	outputs, err := c.prefill.Call(ids, last)
	if err != nil {
		return nil, err
	}
	c.pages = slices.Collect(slices.Chunk(outputs[1:], 2*c.cfg.Layers))
	size := pageTokens(c.cfg, len(texts))
	used := roundUp(c.start, size) / size
	release(slices.Concat(c.pages[used:]...))
	c.pages = c.pages[:used]
	c.recent = c.empty(len(texts), recentTokens)
	return take(outputs[0]), nil
}

// makeRoom flushes the recent part to the last page, which is a new one if those there are full.
func (c *cached) makeRoom() error {
	size := pageTokens(c.cfg, len(c.length))
	if c.start+c.flushed == len(c.pages)*size {
		c.pages = append(c.pages, c.empty(len(c.length), size))
	}
	page := &c.pages[len(c.pages)-1]
	at := int32((c.start + c.flushed) % size)
	outputs, err := c.flush.Call(slices.Concat([]any{at}, anys(*page), anys(c.recent))...)
	if err != nil {
		return err
	}
	release(*page)
	*page = outputs
	c.flushed += c.fresh
	c.fresh = 0
	return nil
}

// empty is room for that many tokens of each text.
func (c *cached) empty(texts, tokens int) []*tensors.Tensor {
	page := make([]*tensors.Tensor, 2*c.cfg.Layers)
	for i := range page {
		page[i] = tensors.FromShape(shapes.Make(dtypes.Float32, texts, c.cfg.Heads, tokens, c.cfg.HeadDim()))
	}
	return page
}

func anys(arrays []*tensors.Tensor) (out []any) {
	for _, t := range arrays {
		out = append(out, t)
	}
	return out
}

// take copies a matrix to the host and frees it on the device, where the garbage collector does not see its size.
func take(t *tensors.Tensor) [][]float32 {
	defer release([]*tensors.Tensor{t})
	return t.Value().([][]float32)
}

// release frees arrays now.
func release(arrays []*tensors.Tensor) {
	for _, t := range arrays {
		_ = t.FinalizeAll() // what cannot be freed now is freed with the backend
	}
}

// pad puts each text at the start of a row of width tokens and returns the rows, int32 [B, width], and the
// position of each text's last token, [B].
func pad(texts [][]int32, width int) (ids, last *tensors.Tensor) {
	flat, ends := make([]int32, len(texts)*width), make([]int32, len(texts))
	for i, text := range texts {
		ends[i] = int32(copy(flat[i*width:(i+1)*width], text)) - 1
	}
	return tensors.FromFlatDataAndDimensions(flat, len(texts), width),
		tensors.FromFlatDataAndDimensions(ends, len(texts))
}
