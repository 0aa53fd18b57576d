package pipeline

import (
	"fmt"
	"strings"

	"gptbook/datasets/world"
	"gptbook/train/reward"
)

// RewardReport says how far to trust a reward model, measured on prompts, and by labelers, that it has not seen.
type RewardReport struct {
	Accuracy, Bayes float64 // on the pairs of the held-out labelers: the model's, and the best possible
	Familiar        float64 // accuracy on the training labelers, same prompts
	Order           reward.Order
	Kinds           map[string]reward.Order
	Within          float64 // correlation with the gold reward within a prompt; 0 where that does not vary
	Calibration     []reward.Bin
}

// String writes the report as a table.
func (r RewardReport) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "accuracy %.3f on held-out labelers, %.3f on the training ones; the best possible is %.3f\n",
		r.Accuracy, r.Familiar, r.Bayes)
	fmt.Fprintf(&b, "right order where gold differs: %.3f of %d pairs; correlation within a prompt %.2f\n",
		r.Order.Share(), r.Order.Pairs, r.Within)
	for k := range world.Kinds {
		if o, ok := r.Kinds[k.String()]; ok && o.Pairs > 0 {
			fmt.Fprintf(&b, "  %-16s %.2f  (%d)\n", k, o.Share(), o.Pairs)
		}
	}
	return b.String()
}

// Gate says why PPO should not be let loose on the model, or nil: on held-out prompts it must put three of four pairs
// in the right order, and no kind of question may be near chance.
func (r RewardReport) Gate() error {
	if share := r.Order.Share(); !(share >= 0.75) {
		return fmt.Errorf("the reward model puts %.0f of 100 pairs of held-out answers in the right order, want 75",
			100*share)
	}
	for k := range world.Kinds {
		if o := r.Kinds[k.String()]; o.Pairs > 0 && o.Share() < 0.6 {
			return fmt.Errorf("the reward model puts only %.0f of 100 pairs in the right order "+
				"where the question is %q; chance is 50", 100*o.Share(), k)
		}
	}
	return nil
}
