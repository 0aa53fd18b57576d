// Package rlhf walks from text to ChatGPT in the small closed world of datasets/world: a base model, supervised fine-tuning,
// a reward model, PPO, and the scorecard of each.
//
// Start with [Road]: each of its stages leaves its model in a folder and finds there what the earlier ones left. A
// stage that was stopped goes on where it was; one that is done is loaded. [Plan] holds all that can be chosen.
package rlhf

import (
	"gptbook/gpt"
	"gptbook/train/ppo"
)

// Plan is the size of a road and the settings of its stages.
type Plan struct {
	People int        // of the world
	Seed   int64      // of the world, the text and everything up to the reward model
	Words  int        // of the pretraining text
	Tokens int        // most tokens in the vocabulary
	GPT    gpt.Config // of all models; its Vocab is set by the tokenizer

	Base, SFT, Reward Schedule
	Demonstrations    int
	TextWeight        float64 // of pretraining text in SFT
	Prompts           int     // whose answers are ranked
	Answers           int     // K: sampled for each
	Memory            bool    // of the reward model

	PPO        ppo.Config
	Iterations int
	Rate       float64 // learning rate of PPO
	Often      int     // iterations of PPO between two measurements
	Held       int     // held-out prompts for each measurement
}

// Schedule is how long a stage learns and how fast.
type Schedule struct {
	Batch  int
	Steps  int // of the base; the others count Epochs
	Epochs int
	Rate   float64
}

// Full takes about a quarter of an hour on two cores with XLA that do nothing else.
var Full = Plan{
	People: 200, Seed: 1, Words: 1_200_000, Tokens: 1600,
	GPT:            gpt.Config{Name: "world", Context: 80, Layers: 4, Heads: 4, Width: 128},
	Base:           Schedule{Batch: 16, Steps: 7000, Rate: 4e-3},
	SFT:            Schedule{Batch: 16, Epochs: 3, Rate: 5e-4},
	Reward:         Schedule{Batch: 8, Epochs: 1, Rate: 7e-4},
	Demonstrations: 1000, TextWeight: 0.3,
	Prompts: 8000, Answers: 4, Memory: true,
	PPO: ppo.Config{Episodes: 256, Minibatches: 4, Epochs: 2, Temperature: 0.7, NoEnd: -3, Lambda: 0.95, WhitenAdvantages: true, ValueOnly: 5,
		KL: ppo.KL{Coefficient: 0.1}, Loss: ppo.LossWeights{Clip: 0.2, Value: 0.5, Pretraining: 0.5}},
	Iterations: 40, Rate: 3e-4, Often: 5,
	Held: 600,
}

// Small is Full in little, to see that everything runs: what its models say makes no sense.
var Small = Plan{
	People: 30, Seed: 1, Words: 3000, Tokens: 800,
	GPT:            gpt.Config{Name: "small world", Context: 80, Layers: 1, Heads: 2, Width: 16},
	Base:           Schedule{Batch: 8, Steps: 20, Rate: 4e-3},
	SFT:            Schedule{Batch: 8, Epochs: 1, Rate: 1e-3},
	Reward:         Schedule{Batch: 8, Epochs: 1, Rate: 1e-3},
	Demonstrations: 40, TextWeight: 0.3,
	Prompts: 16, Answers: 4, Memory: true,
	PPO: ppo.Config{Episodes: 8, Minibatches: 2, Epochs: 2, Temperature: 0.7, NoEnd: -3, Lambda: 0.95, WhitenAdvantages: true, ValueOnly: 1,
		KL: ppo.KL{Coefficient: 0.1}, Loss: ppo.LossWeights{Clip: 0.2, Value: 0.5, Pretraining: 0.5}},
	Iterations: 2, Rate: 5e-4, Often: 1,
	Held: 16,
}
