package generate

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/gpt"
)

// newUncached returns a generator that runs the whole text through the model for each new token: the obvious way, which
// says what the one with the cache must write.
func newUncached(backend compute.Backend, store *model.Store, cfg gpt.Config) (*Generator, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	exec, err := model.NewExec(backend, store, func(scope *model.Scope, ids, last *graph.Node) *graph.Node {
		x := gpt.Hidden(scope, ids, cfg) // [B, T, C]
		return nextLogits(scope, x, last)
	})
	if err != nil {
		return nil, err
	}
	exec.SetMaxCache(-1) // see [New]
	return &Generator{cfg: cfg, decoder: &uncached{exec, cfg.Context}}, nil
}

// uncached is the decoder without memory.
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
