package ppo_test

import (
	"context"
	"fmt"

	"github.com/janpfeifer/must"

	"gptbook/internal/backend"
	"gptbook/train"
	"gptbook/train/ppo"
)

// A slot machine of three arms that pay 0, 1 and 2. PPO starts from a policy that pulls all alike, and must stop where
// more reward is not worth the KL penalty: at π*, which [ppo.Optimum] knows.
func ExampleLoop() {
	machine := ppo.Table{Tokens: 3, Length: 1}
	scores, beta := []float64{0, 1, 2}, 1.0
	policy := must.M1(machine.Store(make([]float32, machine.Size())))
	reference := must.M1(machine.Store(make([]float32, machine.Size())))
	cfg := ppo.Config{Episodes: 256, Minibatches: 2, Epochs: 2, Context: 2, Temperature: 1, KLCoefficient: beta, Lambda: 1,
		Loss: ppo.LossWeights{Clip: 0.2, Value: 1}}
	const iterations = 60
	loop := must.M1(ppo.New(must.M1(backend.New("go")), machine.Models(policy, reference, scores), [][]int32{{0}}, cfg,
		train.Options{
			Optimizer: train.AdamW{LearningRate: 0.05, Beta1: 0.9, Beta2: 0.95, Epsilon: 1e-5, Clip: 1},
			Schedule:  train.Schedule{Steps: iterations * cfg.Epochs * cfg.Minibatches},
		}))
	must.M(loop.Run(context.Background(), iterations))

	_, p := must.M2(machine.Answers(policy))
	optimum, _ := ppo.Optimum([]float64{1. / 3, 1. / 3, 1. / 3}, scores, beta)
	fmt.Printf("optimum %.2f\n", optimum)
	fmt.Println("within 0.03 of it:", ppo.TotalVariation(p, optimum) < 0.03)
	// Output:
	// optimum [0.09 0.24 0.67]
	// within 0.03 of it: true
}

// The KL penalty is paid token by token; the score comes with the last.
func ExampleTokenRewards() {
	policy, reference := []float64{-0.5, -1, -0.2}, []float64{-1, -1, -0.1} // log-probabilities
	fmt.Printf("%.2f\n", ppo.TokenRewards(policy, reference, 2, 0.1))
	// Output: [-0.05 -0.00 2.01]
}

func ExampleAdvantages() {
	rewards, values := []float64{0, 0, 1}, []float64{0.5, 0.5, 0.8}
	for _, lambda := range []float64{0, 1} {
		advantages, _ := ppo.Advantages(rewards, values, 1, lambda)
		fmt.Printf("λ = %g: %.1f\n", lambda, advantages)
	}
	// Output:
	// λ = 0: [0.0 0.3 0.2]
	// λ = 1: [0.5 0.5 0.2]
}
