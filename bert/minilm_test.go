package bert

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"
)

// A published encoder gives the published embedding: mean over the tokens, length 1.
func TestMiniLMEmbedding(t *testing.T) {
	folder, present := MiniLMFolder()
	if !present {
		t.Skip("all-MiniLM-L6-v2 is not here; go run ./bert/minilm fetches it (83 MB)")
	}
	cfg := must.M1(ReadConfig(folder))
	if cfg.Name = MiniLM.Name; cfg != MiniLM {
		t.Errorf("config is %+v, want the preset %+v", cfg, MiniLM)
	}
	store := model.NewStore()
	must.M(Load(store.RootScope(), cfg, folder, Encoder, Pooler))
	sentence := model.MustNewExec(engine(), store, func(scope *model.Scope, ids, mask *graph.Node) *graph.Node {
		return Sentence(Encode(scope, Input{IDs: ids, Mask: mask}, cfg), mask)
	})
	// "The cat sits outside.", then padding
	ids, mask := [][]int32{{101, 1996, 4937, 7719, 2648, 1012, 102, 0, 0}}, [][]int32{{1, 1, 1, 1, 1, 1, 1, 0, 0}}
	got := tensors.MustCopyFlatData[float32](must.M1(sentence.Call1(ids, mask)))
	near(t, "embedding", got[:4], []float32{.138842, .000126, .042634, .045752}, 1e-5)
	var squares float32
	for _, v := range got {
		squares += v * v
	}
	near(t, "squared length", []float32{squares}, []float32{1}, 1e-5)
}
