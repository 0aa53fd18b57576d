package scale

import "gptbook/gpt"

// Precision is how many bytes a weight takes in each of its roles.
type Precision struct {
	Name     string
	Weight   int // as the forward pass reads it
	Gradient int
	Master   int // a copy in float32 that the optimizer changes, where Weight is shorter
	Moments  int // the two running means of Adam
}

// Ways to keep weights. Mixed is the common one for training: 16 bytes per weight (Rajbhandari et al. 2020, "ZeRO",
// §3.1). Half and Int8 are for use only.
var (
	Float32 = Precision{Name: "float32", Weight: 4, Gradient: 4, Moments: 8}
	Mixed   = Precision{Name: "mixed 16/32 bit", Weight: 2, Gradient: 2, Master: 4, Moments: 8}
	Half    = Precision{Name: "16 bit, no training", Weight: 2}
	Int8    = Precision{Name: "int8, no training", Weight: 1}
)

// PerWeight is the sum of all roles, in bytes.
func (p Precision) PerWeight() int { return p.Weight + p.Gradient + p.Master + p.Moments }

// Memory is what the model's weights take in all their roles, in bytes. Activations come on top, see [Activations].
func (p Precision) Memory(cfg gpt.Config) float64 {
	return float64(p.PerWeight()) * float64(cfg.Params())
}

// Keep says what the way up of a training step leaves in memory for the way down.
type Keep int

const (
	KeepAll    Keep = iota // everything that the gradient reads
	KeepLinear             // without the T×T scores, which are computed once more ("selective recomputation")
	KeepInputs             // the input of each block alone: gradient checkpointing, one more way up
)

// Activations is about what the blocks keep for a batch of so many sequences of cfg.Context tokens, in bytes, where
// numbers take 2 bytes and dropout masks 1:
//
//	all      L·T·B·C·(34 + 5·heads·T/C)
//	linear   L·T·B·C·34
//	inputs   L·T·B·C·2
//
// (Korthikanti et al. 2022, eq. 1 and table 2). Tables and head are left out: small, where the model is large.
func Activations(cfg gpt.Config, batch int, keep Keep) float64 {
	T, C := float64(cfg.Context), float64(cfg.Width)
	perNumber := [...]float64{KeepAll: 34 + 5*float64(cfg.Heads)*T/C, KeepLinear: 34, KeepInputs: 2}[keep]
	return float64(cfg.Layers) * T * float64(batch) * C * perNumber
}

// KVCache is what generation keeps of each token, in bytes: a key and a value of C numbers in every block.
func KVCache(cfg gpt.Config, bytesPerNumber int) int {
	return 2 * cfg.Layers * cfg.Width * bytesPerNumber
}
