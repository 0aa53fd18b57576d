package ppo

import "fmt"

// Config says how PPO learns. The zero value of a switch is off. See [InstructGPT] for a start.
type Config struct {
	Episodes        int     // answers sampled in each iteration
	Minibatches     int     // that they are cut into; each is one step of the optimizer
	Epochs          int     // times that each is used
	Context         int     // T: length of the rows, a prompt and its answer together, in tokens
	Temperature     float64 // of the sampler; all log-probabilities are taken at it too
	MissingEOSScore float64 // score of an answer that was cut off, in place of the scorer's

	KLCoefficient    float64 // β of the KL penalty, see [TokenRewards]
	Lambda           float64 // of [Advantages]; γ is 1, an answer's end is as good as its beginning
	WhitenAdvantages bool
	// CriticWarmup: iterations at the start in which the policy waits until the critic knows what answers are worth.
	CriticWarmup int
	Loss         LossWeights
	Seed         int64
}

// LossWeights says what a step minimises: PolicyLoss + Value·ValueLoss + Pretraining·CrossEntropy.
type LossWeights struct {
	Clip        float64 // ε of the policy's ratio
	ClipValue   float64 // ε of the value
	Value       float64 // weight of the value loss
	Pretraining float64 // weight γ of the loss on pretraining text ("PPO-ptx"); needs Models.Pretraining
}

// InstructGPT is the paper's way (Ouyang et al. 2022, appendix C.4: clip 0.2, β 0.02, one epoch of 8 minibatches,
// 512 episodes) with what it leaves open taken from its ancestor (Ziegler et al. 2019, code: λ 0.95, value clip 0.2
// and weight 0.1, advantages whitened, -1 for a missing end). Our models are a thousand times smaller and
// want a larger β and fewer episodes.
var InstructGPT = Config{Episodes: 512, Minibatches: 8, Epochs: 1, Temperature: 1, MissingEOSScore: -1, Lambda: 0.95,
	KLCoefficient: 0.02, WhitenAdvantages: true, Loss: LossWeights{Clip: 0.2, ClipValue: 0.2, Value: 0.1}}

// Validate says what PPO cannot run with.
func (c Config) Validate() error {
	switch {
	case c.Episodes < 1 || c.Minibatches < 1 || c.Episodes%c.Minibatches != 0:
		return fmt.Errorf("ppo: %d episodes do not make %d equal minibatches", c.Episodes, c.Minibatches)
	case c.Epochs < 1:
		return fmt.Errorf("ppo: Epochs is %d, want 1 or more", c.Epochs)
	case c.Context < 2:
		return fmt.Errorf("ppo: Context is %d, want at least 2: a prompt and an answer", c.Context)
	case !(c.Temperature > 0):
		return fmt.Errorf("ppo: Temperature is %g, want more than 0", c.Temperature)
	case !(c.Lambda >= 0 && c.Lambda <= 1):
		return fmt.Errorf("ppo: Lambda is %g, want 0 to 1", c.Lambda)
	case !(c.KLCoefficient >= 0):
		return fmt.Errorf("ppo: KLCoefficient is %g, want 0 or more", c.KLCoefficient)
	}
	return nil
}
