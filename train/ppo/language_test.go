package ppo

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"

	"gptbook/datasets/dialog"
	"gptbook/datasets/tokenizer"
	"gptbook/gpt"
	"gptbook/gpt/chat"
	"gptbook/gpt/generate"
	"gptbook/train"
)

// A GPT, untrained, is paid for answers that end soon: it learns to, and everything that must fit does fit.
func TestPPOWithAGPT(t *testing.T) {
	template := dialog.NewTemplate(must.M1(tokenizer.Train("Where does Ada live?", 260)))
	cfg := gpt.Config{Name: "tiny", Vocab: template.VocabSize(), Context: 24,
		Layers: 1, Heads: 2, Width: 16, Dropout: 0.5}
	policy := model.NewStore()
	must.M(gpt.Init(policy.RootScope(), cfg, 1))
	reference := must.M1(policy.Clone())
	must.M1(policy.CreateVariable("/value/weight", tensors.FromValue(make([]float32, cfg.Width))))
	const temperature = 0.7
	responder := chat.Responder{Generator: must.M1(generate.New(engine(), policy, cfg)), Template: template,
		Sampler: generate.Sampler{Temperature: temperature}, Context: cfg.Context, MaxTokens: 10}
	end := template.End()
	var texts [][]int32
	models := Models{Policy: policy, Reference: reference, Sampler: Respond(responder),
		Logits: func(scope *model.Scope, ids *Node) *Node { return gpt.Logits(scope, ids, cfg) },
		Value: func(scope *model.Scope, ids *Node) *Node { // reads the frozen half of what the policy reads
			x := StopGradient(gpt.Embed(scope, ids, cfg))
			return ReduceSum(Mul(x, ExpandLeftToRank(scope.At("value").GetVariable("weight").NodeValue(ids), 3)), -1)
		},
		Scorer: ScorerFunc(func(_ context.Context, episodes []Episode) ([]float64, error) {
			scores := make([]float64, len(episodes))
			for i, e := range episodes {
				texts = append(texts, e.Text())
				scores[i] = 1
			}
			return scores, nil
		})}
	prompts := [][]int32{
		must.M1(template.Prompt([]dialog.Turn{{Role: dialog.User, Text: "Where?"}})),
		must.M1(template.Prompt([]dialog.Turn{{Role: dialog.User, Text: "Ada live?"}})),
	}
	ppo := Config{Episodes: 32, Minibatches: 1, Epochs: 1, Context: cfg.Context, Temperature: temperature,
		MissingEOSScore: -1, Lambda: .95, KLCoefficient: .02, WhitenAdvantages: true,
		Loss: LossWeights{Clip: .2, ClipValue: .2, Value: .1}, Seed: 2}
	opt := train.Options{Optimizer: train.AdamW{LearningRate: .01, Beta1: .9, Beta2: .95, Epsilon: 1e-5, Clip: 1}}
	loop := must.M1(New(engine(), models, prompts, ppo, opt))

	// The log-probabilities that PPO takes are those of the sampler, at the same temperature.
	episodes := must.M1(loop.rollout(t.Context(), []int{0, 1, 1, 0}, 5))
	asked := [][]int32{prompts[0], prompts[1], prompts[1], prompts[0]}
	var want []Episode
	for i, a := range must.M1(withSeed(responder, 5).Complete(t.Context(), asked)) {
		want = append(want, Episode{Prompt: asked[i],
			Sample: Sample{Tokens: a.Tokens, Ended: a.Ended}, LogProbs: a.LogProbs})
	}
	sortByLength(want)
	for i, a := range want {
		if e := episodes[i]; !slices.Equal(e.Tokens, a.Tokens) || e.Ended != a.Ended {
			t.Fatalf("episode %d is %v, want %v", i, e.Tokens, a.Tokens)
		}
		near(t, "log-probabilities", episodes[i].LogProbs, a.LogProbs, 1e-4)
		near(t, "of policy and reference", episodes[i].LogProbs, episodes[i].Reference, 1e-6)
		if h := episodes[i].Entropies[0]; h < 0 || h > math.Log(float64(cfg.Vocab))+1e-3 {
			t.Errorf("entropy %v", h)
		}
	}

	must.M(loop.Run(t.Context(), 1))
	near(t, "KL, approximate KL, clip fraction",
		[]float64{loop.Curve(KL1).Last(), loop.Curve(ApproxKLName).Last(), loop.Curve(ClipFractionName).Last()},
		[]float64{0, 0, 0}, 1e-4)
	must.M(loop.Run(t.Context(), 24))
	if first, last := loop.Curve(Ended).Points[0].Value, loop.Curve(Ended).Last(); first > .3 || last < .6 {
		t.Errorf("%.2f of the answers ended at first, %.2f at last", first, last)
	}
	if kl := loop.Curve(KL3).Last(); !(kl > 0) {
		t.Errorf("KL of a policy that has learned is %v", kl)
	}
	for _, text := range texts {
		if i := slices.Index(text[len(prompts[0])-1:], end); i >= 0 && len(text) > cfg.Context {
			t.Errorf("text of %d tokens", len(text))
		}
	}
	if _, err := Respond(responder).Sample(t.Context(), [][]int32{make([]int32, 24)}, 1); err == nil ||
		!strings.Contains(err.Error(), "no room") {
		t.Errorf("a prompt as long as the context: %v", err)
	}
}

func withSeed(s chat.Responder, seed int64) chat.Responder {
	s.Sampler.Seed = seed << 20
	return s
}
