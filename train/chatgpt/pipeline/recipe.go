package pipeline

import (
	"gptbook/gpt"
	"gptbook/train/ppo"
)

// Recipe is all that can be chosen: what is learned from, the size of the model, and the settings of the stages.
type Recipe struct {
	Corpus    string // [World], or what [corpus.Load] knows: a name, a file or a folder
	Seed      int64  // of the world, the text, the weights, the batches and the samples
	People    int    // of the world
	TextWords int    // of the world's pretraining text

	Tokenizer string     // "bpe" or "char"
	Vocab     int        // most tokens that BPE may make
	GPT       gpt.Config // of all models; its Vocab is set by the tokenizer

	Pretrain, SFT, Reward Schedule
	Demonstrations        int
	TextWeight            float64 // of pretraining text in SFT
	RankedPrompts         int
	Answers               int  // K: sampled for each of them
	Memory                bool // of the reward model, see [reward.Config]

	PPO          ppo.Config
	Iterations   int
	LearningRate float64 // of PPO
	EvalEvery    int     // iterations of PPO between two measurements
	EvalPrompts  int     // held-out prompts for each measurement
}

// Schedule is how long a stage learns and how fast.
type Schedule struct {
	Batch        int     // rows: windows of text, conversations or rankings
	Accumulate   int     // batches of pretraining whose gradients make one step
	Steps        int     // of pretraining; the other stages count Epochs
	Epochs       int     // passes over the data
	LearningRate float64 // its peak
	Warmup       int     // steps of pretraining; the other stages take a twentieth of theirs
	Floor        float64 // of the learning rate at the end, as a part of the peak
	EvalEvery    int     // steps between two measurements
}

// World is the corpus whose truth the program knows, that of datasets/world.
const World = "world"

// Full takes about a quarter of an hour on two cores with XLA that do nothing else.
var Full = Recipe{
	Corpus: World, Seed: 1, People: 200, TextWords: 1_200_000,
	Tokenizer: "bpe", Vocab: 1600,
	GPT: gpt.Config{Name: "world", Context: 80, Layers: 4, Heads: 4, Width: 128},
	Pretrain: Schedule{Batch: 16, Accumulate: 1, Steps: 7000, LearningRate: 4e-3,
		Warmup: 50, Floor: 0.1, EvalEvery: 700},
	SFT:            Schedule{Batch: 16, Epochs: 3, LearningRate: 5e-4, Floor: 0.1},
	Reward:         Schedule{Batch: 8, Epochs: 1, LearningRate: 7e-4, Floor: 0.1},
	Demonstrations: 1000, TextWeight: 0.3,
	RankedPrompts: 8000, Answers: 4, Memory: true,
	PPO: ppo.Config{Episodes: 256, Minibatches: 4, Epochs: 2, Temperature: 0.7, MissingEOSScore: -3, KLCoefficient: 0.1,
		Lambda: 0.95, WhitenAdvantages: true, CriticWarmup: 5,
		Loss: ppo.LossWeights{Clip: 0.2, Value: 0.5, Pretraining: 0.5}},
	Iterations: 40, LearningRate: 3e-4, EvalEvery: 5,
	EvalPrompts: 600,
}

// Small is Full in little, to see that everything runs: what its models say makes no sense.
var Small = Recipe{
	Corpus: World, Seed: 1, People: 30, TextWords: 3000,
	Tokenizer: "bpe", Vocab: 800,
	GPT: gpt.Config{Name: "small world", Context: 80, Layers: 1, Heads: 2, Width: 16},
	Pretrain: Schedule{Batch: 8, Accumulate: 1, Steps: 20, LearningRate: 4e-3,
		Warmup: 2, Floor: 0.1, EvalEvery: 2},
	SFT:            Schedule{Batch: 8, Epochs: 1, LearningRate: 1e-3, Floor: 0.1},
	Reward:         Schedule{Batch: 8, Epochs: 1, LearningRate: 1e-3, Floor: 0.1},
	Demonstrations: 40, TextWeight: 0.3,
	RankedPrompts: 16, Answers: 4, Memory: true,
	PPO: ppo.Config{Episodes: 4, Minibatches: 2, Epochs: 2, Temperature: 0.7, MissingEOSScore: -3, KLCoefficient: 0.1,
		Lambda: 0.95, WhitenAdvantages: true, CriticWarmup: 1,
		Loss: ppo.LossWeights{Clip: 0.2, Value: 0.5, Pretraining: 0.5}},
	Iterations: 2, LearningRate: 5e-4, EvalEvery: 1,
	EvalPrompts: 10,
}

// Book is what chapter 4 trains: twelve layers on a text of some hundred thousand words. A book is small and read many
// times, so the model gets a little dropout.
var Book = Recipe{
	Seed: 1, Tokenizer: "bpe", Vocab: 1024,
	GPT:      gpt.Config{Name: "book", Context: 64, Layers: 12, Heads: 2, Width: 64, Dropout: 0.1},
	Pretrain: Schedule{Batch: 16, Accumulate: 1, Steps: 2400, LearningRate: 8e-3, Warmup: 120, EvalEvery: 150},
}

// SetSteps sets the length of pretraining and what goes with it, in the proportions of the recipe.
func (r *Recipe) SetSteps(steps int) {
	s := &r.Pretrain
	if r.Corpus == World {
		s.Warmup, s.EvalEvery = min(50, steps/10), max(1, steps/10)
	} else {
		s.Warmup, s.EvalEvery = min(max(steps/20, 100), steps/2), max(1, steps/16)
	}
	s.Steps = steps
}
