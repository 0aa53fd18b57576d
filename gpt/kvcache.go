package gpt

import (
	"math"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// KV is what one block keeps of tokens that it has read: their keys and their values, each
// [B, heads, S, headDim]. A later token needs nothing else of them, because no token sees a later one.
type KV struct{ Keys, Values *Node }

// Prefill runs ids, [B, T], through the blocks like [Hidden] and returns also what each block remembers of
// them, S = T.
func Prefill(scope *model.Scope, ids *Node, cfg Config) (x *Node, kvs []KV) {
	x = stack(scope, Embed(scope, ids, cfg), cfg, func(int) attention {
		return func(scope *model.Scope, x *Node, cfg Config) *Node {
			q, k, v := QKV(scope, x, cfg)
			kvs = append(kvs, KV{headsFirst(k), headsFirst(v)})
			return attend(scope, q, k, v, cfg)
		}
	})
	return x, kvs
}

// headsFirst turns [B, T, heads, headDim] into [B, heads, T, headDim].
func headsFirst(x *Node) *Node { return TransposeAllDims(x, 0, 2, 1, 3) }

// Cache is what a model remembers of a batch of texts (the "KV cache"). It is cut into pages, each with room for some
// tokens of every text: what is not yet needed is neither kept nor read (Kwon et al. 2023, §4.1). A graph
// changes no array, it returns a new one: so the pages stay as they are for many steps, and each step copies the short
// last part, Recent, only.
//
// Every text starts in slot 0 of the first page and so at position 0, whatever its length: the causal mask of a plain
// forward pass is right for all of them, and no padding stands before a text. Tokens that are read later stand
// in slots of their own, the same for all texts, from slot Start on. The gap that this leaves behind the
// shorter texts is masked: attention does not ask in which slot a key stands.
type Cache struct {
	Pages   [][]KV // of each page what every block keeps, [B, heads, P, headDim]
	Recent  []KV   // of each block, [B, heads, R, headDim]; R divides P
	Length  *Node  // int32 [B]: tokens of each text in front of Start
	Start   *Node  // int32 scalar, a multiple of R
	Flushed *Node  // int32 scalar, a multiple of R: tokens of each text in the pages behind Start
	Step    *Node  // int32 scalar: tokens of each text in Recent
}

// Decode reads one further token of each text, ids, [B, 1], at position Length+Flushed+Step. It returns what the head
// reads, [B, 1, C], and leaves the token in c.Recent.
func (c *Cache) Decode(scope *model.Scope, ids *Node, cfg Config) *Node {
	last := Scalar(ids.Graph(), dtypes.Int32, cfg.Context-1)
	positions := Min(Add(c.Length, Add(c.Flushed, c.Step)), last) // texts that have ended are fed on, to no effect
	table := weight(scope.In("wpe"), "weight", ids)
	x := embed(scope, ids, Gather(table, InsertAxes(positions, -1, -1)), cfg) // [B, 1, C]
	dense, banded := c.masks(cfg)
	return stack(scope, x, cfg, func(layer int) attention {
		return func(scope *model.Scope, x *Node, cfg Config) *Node {
			mask := dense
			if cfg.Window > 0 {
				mask = banded
			}
			return c.attend(scope, x, mask, layer, cfg)
		}
	})
}

// masks are true for the slots that a new token may look at, without and with a band: [B, 1, 1, S+R].
func (c *Cache) masks(cfg Config) (dense, banded *Node) {
	g, B := c.Length.Graph(), c.Length.Shape().Dim(0)
	S, R := len(c.Pages)*c.Pages[0][0].Keys.Shape().Dim(2), c.Recent[0].Keys.Shape().Dim(2)
	slots := Iota(g, shapes.Make(dtypes.Int32, B, S), 1)
	recent := Iota(g, shapes.Make(dtypes.Int32, B, R), 1)
	length := InsertAxes(c.Length, -1)
	first, flushed := LessThan(slots, length), LessThan(slots, Add(c.Start, c.Flushed))
	both := func(past, recent *Node) *Node { return InsertAxes(Concatenate([]*Node{past, recent}, -1), 1, 1) }
	past := Or(first, And(GreaterOrEqual(slots, c.Start), flushed))
	dense = both(past, LessOrEqual(recent, c.Step)) // itself included
	if cfg.Window == 0 {
		return dense, dense
	}
	position := both( // of the token in each slot
		Where(first, slots, Add(length, Sub(slots, c.Start))),
		Add(length, Add(c.Flushed, recent)))
	now := InsertAxes(Add(length, Add(c.Flushed, c.Step)), 1, 1)
	return dense, And(dense, LessThan(Sub(now, position), Scalar(g, dtypes.Int32, cfg.Window)))
}

// attend is [CausalAttention] for one new position per row: its keys are those of all pages and the recent ones.
func (c *Cache) attend(scope *model.Scope, x, mask *Node, layer int, cfg Config) *Node {
	q, k, v := QKV(scope, x, cfg) // [B, 1, heads, headDim]
	recent := &c.Recent[layer]
	recent.Keys = put(recent.Keys, headsFirst(k), c.Step)
	recent.Values = put(recent.Values, headsFirst(v), c.Step)
	var pages []KV
	for _, page := range append(slices.Clone(c.Pages), c.Recent) {
		pages = append(pages, page[layer])
	}

	q = MulScalar(headsFirst(q), 1/math.Sqrt(float64(cfg.HeadDim())))
	var scores []*Node
	for _, page := range pages {
		scores = append(scores, Einsum("bhqd,bhsd->bhqs", q, page.Keys))
	}
	weights := Concatenate(scores, -1) // [B, heads, 1, S+R]
	weights = MaskedSoftmax(weights, BroadcastToDims(mask, weights.Shape().Dimensions...), -1)
	y, from := ZerosLike(q), 0 // [B, heads, 1, headDim]
	for _, page := range pages {
		to := from + page.Values.Shape().Dim(2)
		y = Add(y, Einsum("bhqs,bhsd->bhqd", SliceAxis(weights, -1, AxisRange(from, to)), page.Values))
		from = to
	}
	return dense(scope.In("c_proj"), Reshape(y, x.Shape().Dimensions...), cfg)
}

// put replaces slot at of recent, [B, heads, R, headDim], by value, [B, heads, 1, headDim].
func put(recent, value, at *Node) *Node {
	slots := Iota(recent.Graph(), shapes.Make(dtypes.Int32, recent.Shape().Dimensions...), 2)
	return Where(Equal(slots, at), BroadcastToDims(value, recent.Shape().Dimensions...), recent)
}

// Flush returns page, [B, heads, P, headDim], with the slots from slot at on replaced by recent,
// [B, heads, R, headDim]. at, an int32 scalar, is a multiple of R: work on whole parts of R slots needs no operation
// that the pure Go backend lacks.
func Flush(page, recent, at *Node) *Node {
	B, heads, P, headDim := page.Shape().Dim(0), page.Shape().Dim(1), page.Shape().Dim(2), page.Shape().Dim(3)
	R := recent.Shape().Dim(2)
	parts := []int{B, heads, P / R, R, headDim}
	here := Equal(MulScalar(Iota(page.Graph(), shapes.Make(dtypes.Int32, parts...), 2), R), at)
	flushed := Where(here, BroadcastToDims(InsertAxes(recent, 2), parts...), Reshape(page, parts...))
	return Reshape(flushed, page.Shape().Dimensions...)
}
