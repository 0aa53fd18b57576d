package reward_test

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"

	"gptbook/gpt"
	"gptbook/internal/backend"
	"gptbook/train/reward"
)

// Two prompts with three answers and with two, ranked best first: one in the model's order, one against it.
func ExampleRankingLoss() {
	scores := [][]float32{{2, 1, 0}, {0, 1, 0}}
	present := [][]float32{{1, 1, 1}, {1, 1, 0}}
	out := must.M1(graph.CallOnceN(must.M1(backend.New("")), func(scores, present *graph.Node) []*graph.Node {
		labels, predictions := []*graph.Node{present}, []*graph.Node{scores}
		return []*graph.Node{reward.RankingLoss(labels, predictions), reward.RankingAccuracy(labels, predictions)}
	}, scores, present))
	fmt.Printf("loss of each prompt: %.3f\n", out[0].Value())
	fmt.Println("right order:", out[1].Value())
	// Output:
	// loss of each prompt: [0.251 1.313]
	// right order: 0.5
}

// A language model gets a head of one number. Score reads it at the last token of each text; what stands behind that is
// padding.
func ExampleConfig_Score() {
	cfg, store := reward.Config{GPT: gpt.Tiny}, model.NewStore()
	must.M(gpt.Init(store.RootScope(), cfg.GPT, 1))
	must.M(cfg.Init(store.RootScope(), 1))
	scores := must.M1(model.CallOnce(must.M1(backend.New("")), store, cfg.Score,
		[][]int32{{5, 6, 7, 0}, {5, 6, 7, 9}, {5, 6, 7, 9}}, []int32{2, 2, 3})).Value().([]float32)
	fmt.Println("padding changes nothing:", scores[0] == scores[1])
	fmt.Println("one token more does:", scores[1] != scores[2])
	// Output:
	// padding changes nothing: true
	// one token more does: true
}
