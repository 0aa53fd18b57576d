package train_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"

	"gptbook/datasets/corpus"
	"gptbook/gpt"
	"gptbook/internal/backend"
	"gptbook/train"
	"gptbook/train/pretrain"
)

// inChild is set in the process that only trains and prints.
const inChild = "GPTBOOK_TEST_CHILD"

// trained is a checksum of all weights, and all losses, of a GPT with dropout that is large enough for work to be
// shared by processors.
func trained(t *testing.T, how train.Backprop) string {
	cfg := gpt.Config{Name: "seeded", Vocab: 64, Context: 32, Layers: 2, Heads: 2, Width: 64, Dropout: 0.1}
	ids := make([]int32, 5000)
	for i := range ids {
		ids[i] = int32((i*i + i/7) % 64)
	}
	store := model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg, 1))
	trainer := must.M1(train.New(must.M1(backend.New("")), store, pretrain.CausalLM(cfg),
		train.Options{Optimizer: train.GPT3AdamW(1e-3), Seed: 1, Backprop: how}))
	curves := must.M1(trainer.Run(t.Context(), must.M1(corpus.NextToken(ids, 4, cfg.Context, 1)), 3))
	sum := sha256.New()
	for _, w := range cfg.Weights() {
		must.M(binary.Write(sum, binary.LittleEndian, tensors.MustCopyFlatData[float32](
			store.GetVariable(w.Path(store.RootScope())).MustValue())))
	}
	return fmt.Sprintf("%x %v", sum.Sum(nil), curves[0].Points)
}

// The same seed gives the same bits on the same machine and backend: in another store, and in another process, be it
// with fewer processors.
func TestSameSeedSameBits(t *testing.T) {
	if os.Getenv(inChild) != "" {
		fmt.Println("trained:", trained(t, train.WholeModel))
		return
	}
	for _, how := range []train.Backprop{train.WholeModel, train.LayerByLayer} {
		if a, b := trained(t, how), trained(t, how); a != b {
			t.Errorf("backprop %d: two stores\n%s\n%s", how, a, b)
		}
	}
	child := exec.Command(must.M1(os.Executable()), "-test.run=^TestSameSeedSameBits$", "-test.count=1")
	child.Env = append(os.Environ(), inChild+"=1", "GOMAXPROCS=1")
	out := must.M1(child.Output())
	if want := "trained: " + trained(t, train.WholeModel) + "\n"; !strings.Contains(string(out), want) {
		t.Errorf("another process says\n%swant\n%s", out, want)
	}
}
