package generate

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/gpt"
)

// NewUncached returns a generator that runs the whole text through the model for each new token: the obvious way, at a
// price per token that is that of a full context. store holds the model's weights.
func NewUncached(backend compute.Backend, store *model.Store, cfg gpt.Config) (*Generator, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	exec, err := model.NewExec(backend, store, func(scope *model.Scope, ids, last *Node) *Node {
		x := gpt.Hidden(scope, ids, cfg) // [B, T, C]
		return nextLogits(scope, x, last)
	})
	if err != nil {
		return nil, err
	}
	exec.SetMaxCache(-1) // see [New]
	return &Generator{cfg: cfg, decoder: &uncached{exec, cfg.Context}}, nil
}

// nextLogits reads x, the [B, T, C] that the blocks return, at position last[b] of each row: [B, V], float32.
func nextLogits(scope *model.Scope, x, last *Node) *Node {
	here := OneHot(last, x.Shape().Dim(1), x.DType())                   // [B, T]
	x = InsertAxes(Einsum("bt,btc->bc", here, x), 1)                    // [B, 1, C]
	return ConvertDType(Squeeze(gpt.Head(scope, x), 1), dtypes.Float32) // [B, V]
}

// uncached is the decoder without a cache.
type uncached struct {
	exec    *model.Exec
	context int
}

// next implements [decoder]. All texts sit in a buffer of the size of the context, so that one compiled graph serves
// every length; no position sees the filling behind its text.
func (u *uncached) next(texts [][]int32, _ bool) ([][]float32, error) {
	windows := make([][]int32, len(texts))
	for i, text := range texts {
		windows[i] = window(text, u.context)
	}
	logits, err := u.exec.Call1(pad(windows, u.context))
	if err != nil {
		return nil, err
	}
	return take(logits), nil
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
	return tensors.FromFlatDataAndDimensions(flat, len(texts), width), tensors.FromFlatDataAndDimensions(ends, len(texts))
}
