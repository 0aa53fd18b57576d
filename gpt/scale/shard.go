package scale

import (
	"fmt"

	"gptbook/gpt"
)

// Cluster is the machines at hand.
type Cluster struct {
	Devices int     // in all
	PerNode int     // that share the fast links of one machine
	Memory  float64 // of each device, in bytes
}

// Plan spreads one training over Data·Tensor·Pipeline devices.
//
//   - Tensor devices share each matrix: heads and MLP columns are split. They talk in every block, so they share a
//     node.
//   - Pipeline groups each hold a run of consecutive blocks and pass activations on.
//   - Data copies of all that learn from different sequences and add up their gradients once a step.
type Plan struct {
	Data, Tensor, Pipeline int
	Layers                 int     // blocks per device
	Microbatches           int     // sequences that pass through one pipeline per step, one at a time
	Weights                float64 // bytes per device: weights, gradients, optimizer
	Activations            float64 // bytes per device, about
	// Bubble is the time that devices wait for the pipeline to fill and drain, as a share of the time they work.
	Bubble float64
}

// Split finds the plan with the fewest devices per copy of the model that fits into their memory, and among those
// the one with the most tensor parallelism that stays in a node: what Narayanan et al. 2021 found best (§3.2 and §3.3,
// takeaways 1 and 2). batch is the sequences per step. Blocks keep their inputs only, and one of them at a time is
// computed in full ([KeepInputs], [KeepAll]). The bubble is (p-1)/m for p groups and m microbatches (§2.2.1).
// A tenth of the memory stays free for the rest: tables, head, buffers.
//
// It returns an error if cfg or the cluster makes no sense, or nothing fits.
func Split(cfg gpt.Config, p Precision, c Cluster, batch int) (Plan, error) {
	if err := cfg.Validate(); err != nil {
		return Plan{}, fmt.Errorf("scale: %w", err)
	}
	if c.Devices < 1 || c.PerNode < 1 || !(c.Memory > 0) || batch < 1 {
		return Plan{}, fmt.Errorf("scale: a batch of %d on %d devices, %d per node, of %g bytes: want all positive",
			batch, c.Devices, c.PerNode, c.Memory)
	}
	best := Plan{}
	for tensor := 1; tensor <= min(c.PerNode, cfg.Heads); tensor++ {
		if cfg.Heads%tensor != 0 || c.PerNode%tensor != 0 {
			continue
		}
		for pipeline := 1; pipeline <= cfg.Layers; pipeline++ {
			plan, ok := try(cfg, p, c, batch, tensor, pipeline)
			if ok && (best.Data == 0 || plan.Data > best.Data || plan.Data == best.Data && plan.Tensor > best.Tensor) {
				best = plan
			}
		}
	}
	if best.Data == 0 {
		return best, fmt.Errorf("scale: %s does not fit: its weights alone take %.0f GB in %s, and %d devices of "+
			"%.0f GB hold %.0f GB; use more devices or a batch with more divisors than %d",
			cfg.Name, p.Memory(cfg)/GB, p.Name, c.Devices, c.Memory/GB, float64(c.Devices)*c.Memory/GB, batch)
	}
	return best, nil
}

// try returns the plan of that shape and whether it divides evenly and fits.
func try(cfg gpt.Config, p Precision, c Cluster, batch, tensor, pipeline int) (Plan, bool) {
	data := c.Devices / (tensor * pipeline)
	if cfg.Layers%pipeline != 0 || data*tensor*pipeline != c.Devices || batch%data != 0 {
		return Plan{}, false
	}
	one := cfg
	one.Layers = 1
	plan := Plan{Data: data, Tensor: tensor, Pipeline: pipeline, Layers: cfg.Layers / pipeline,
		Microbatches: batch / data}
	plan.Weights = p.Memory(cfg) / float64(tensor*pipeline)
	// The first group has up to one microbatch under way per group: the inputs of all L blocks together.
	inFlight := float64(min(pipeline, plan.Microbatches)) / float64(pipeline)
	plan.Activations = inFlight*Activations(cfg, 1, KeepInputs) + Activations(one, 1, KeepAll)/float64(tensor)
	plan.Bubble = float64(pipeline-1) / float64(plan.Microbatches)
	return plan, plan.Weights+plan.Activations <= 0.9*c.Memory
}
