// Package reward learns from rankings what people like: a model that gives an answer one number (Ouyang et al.
// 2022, §3.5).
//
// Start with [Config.Score], the model, then read [RankingLoss]. [Config.Stage] is what the trainer learns, from
// rankings of package datasets/preference, and measure.go says how far to trust the result before a policy is let loose
// on it.
package reward

import (
	"fmt"
	"math"
	"math/rand/v2"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/gpt"
)

// Config is a reward model: a GPT whose output layer is one number instead of a word.
type Config struct {
	GPT gpt.Config

	// Memory lets the model also read how probable a frozen language model, the one that it starts from, finds each
	// token. What a small model knows shows in its probabilities: it finds "lives in Salem" likely of the right
	// person long before it can say whether that is true. Departure: InstructGPT's reward models read text alone.
	Memory bool
}

// Where the parts are, below the scope of the model. The trunk's weights have the names of package gpt.
const (
	headScope   = "reward" // weight [C], bias, offset, scale
	memoryScope = "memory" // the frozen language model, and the map [2, C] of what it says
)

// Init turns the language model in scope into a reward model: its blocks stay, and a head is drawn from
// N(0, 1/(C+1)) (Stiennon et al. 2020, code). With Memory the language model is also copied, to be frozen.
func (c Config) Init(scope *model.Scope, seed int64) error {
	if err := c.GPT.Validate(); err != nil {
		return err
	}
	C := c.GPT.Width
	if c.Memory {
		if err := c.freeze(scope); err != nil {
			return err
		}
	}
	rng := rand.New(rand.NewPCG(uint64(seed), 0x726577617264))
	normal := func(n int, std float64) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(std * rng.NormFloat64())
		}
		return x
	}
	for _, v := range []struct {
		at, name  string
		value     *tensors.Tensor
		trainable bool
	}{
		{memoryScope, "map", tensors.FromFlatDataAndDimensions(normal(2*C, 0.1), 2, C), true},
		{headScope, "weight", tensors.FromFlatDataAndDimensions(normal(C, 1/math.Sqrt(float64(C+1))), C), true},
		{headScope, "bias", tensors.FromScalar(float32(0)), true},
		{headScope, "offset", tensors.FromScalar(float32(0)), false},
		{headScope, "scale", tensors.FromScalar(float32(1)), false},
	} {
		if v.at == memoryScope && !c.Memory {
			continue
		}
		created, err := scope.At("%s", v.at).CreateVariable(v.name, v.value)
		if err != nil {
			return err
		}
		created.SetTrainable(v.trainable)
	}
	return nil
}

// freeze copies the language model in scope to the memory.
func (c Config) freeze(scope *model.Scope) error {
	for _, w := range c.GPT.Weights() {
		frozen, err := clone(scope.Store(), w.Path(scope), scope.Store(), w.Path(scope.At(memoryScope)))
		if err != nil {
			return err
		}
		frozen.SetTrainable(false)
	}
	return nil
}

// Copy copies the reward model in from to the scope to, which may be in another store: PPO's value model starts
// as the reward model (Ouyang et al. 2022, §3.5).
func (c Config) Copy(from, to *model.Scope) error {
	names := []string{"weight", "bias", "offset", "scale"}
	for i, name := range names {
		names[i] = model.JoinPath(headScope, name)
	}
	for _, w := range c.GPT.Weights() {
		path := w.Path(from)[len(from.Scope()):]
		names = append(names, path)
		if c.Memory {
			names = append(names, model.JoinPath(memoryScope, path))
		}
	}
	if c.Memory {
		names = append(names, model.JoinPath(memoryScope, "map"))
	}
	for _, name := range names {
		if _, err := clone(from.Store(), model.JoinPath(from.Scope(), name),
			to.Store(), model.JoinPath(to.Scope(), name)); err != nil {
			return err
		}
	}
	return nil
}

// clone copies one weight.
func clone(from *model.Store, path string, to *model.Store, target string) (*model.Variable, error) {
	v := from.GetVariable(path)
	if v == nil {
		return nil, fmt.Errorf("reward: no weight %q to start from: load a model first", path)
	}
	value, err := v.Value()
	if err != nil {
		return nil, err
	}
	if value, err = value.LocalClone(); err != nil {
		return nil, err
	}
	copied, err := to.CreateVariable(target, value)
	if err == nil {
		copied.SetTrainable(v.Trainable)
	}
	return copied, err
}

// Values gives each position of a text a number, [N, T] for ids [N, T]: the score if the text ended there. It is
// the reward model, and also the value model that PPO starts from.
func (c Config) Values(scope *model.Scope, ids *Node) *Node {
	x := gpt.Embed(scope, ids, c.GPT) // [N, T, C]
	if c.Memory {
		x = Add(x, c.recall(scope, ids))
	}
	x = gpt.Blocks(scope, x, c.GPT) // [N, T, C]
	head := scope.In(headScope)
	variable := func(name string) *Node { return head.GetVariable(name).NodeValue(ids) }
	raw := Add(ReduceSum(Mul(x, ExpandLeftToRank(variable("weight"), 3)), -1), variable("bias"))
	return Mul(Sub(raw, variable("offset")), variable("scale"))
}

// recall turns what the frozen model thinks of each token into C channels, [N, T, C]: the token's log-probability, and
// how far it is below that of the token it would have preferred. The first token has none.
func (c Config) recall(scope *model.Scope, ids *Node) *Node {
	memory := scope.In(memoryScope)
	logp := LogSoftmax(StopGradient(gpt.Logits(memory, ids, c.GPT)), -1) // [N, T, V]
	next := OneHot(SliceAxis(ids, 1, AxisRange(1)), c.GPT.Vocab, logp.DType())
	logp = SliceAxis(logp, 1, AxisRange(0, -1))            // of the tokens from the second on
	own := ReduceSum(Mul(logp, next), -1)                  // [N, T-1]
	below := Sub(own, ReduceMax(logp, -1))                 // 0 where it is the favourite
	both := MaxScalar(Stack([]*Node{own, below}, -1), -12) // [N, T-1, 2]
	both = Pad(both, ScalarZero(both.Graph(), both.DType()), PadAxis{}, PadAxis{Start: 1}, PadAxis{})
	return Einsum("ntf,fc->ntc", MulScalar(both, 0.25), memory.GetVariable("map").NodeValue(ids))
}

// Score reads the answers' numbers at their last tokens: [N] for ids [N, T] and last [N].
func (c Config) Score(scope *model.Scope, ids, last *Node) *Node {
	return gpt.Pick(c.Values(scope, ids), last)
}

// Normalize shifts and scales the scores of a trained model. The answers whose present scores are zero get the mean 0:
// the demonstrations (Ouyang et al. 2022, §3.5). Those whose scores are unit get the standard deviation 1: samples of
// the policy that PPO starts from (Ziegler et al. 2019, §2.2). The loss fixes neither; β and the value model's learning
// depend on both.
func (c Config) Normalize(scope *model.Scope, zero, unit []float64) error {
	center, deviation := mean(unit), 0.0
	for _, v := range unit {
		deviation += (v - center) * (v - center) / float64(len(unit))
	}
	if deviation = math.Sqrt(deviation); !(deviation > 0) || len(zero) == 0 {
		return fmt.Errorf("reward: cannot normalise by %d scores of deviation %g around %d others",
			len(unit), deviation, len(zero))
	}
	get := func(name string) (*model.Variable, float64) {
		v := scope.At(headScope).GetVariable(name)
		return v, float64(v.MustValue().Value().(float32))
	}
	offset, o := get("offset")
	scale, s := get("scale")
	if err := offset.SetValue(tensors.FromScalar(float32(o + mean(zero)/s))); err != nil {
		return err
	}
	return scale.SetValue(tensors.FromScalar(float32(s / deviation)))
}
