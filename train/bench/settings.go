package main

import (
	"fmt"
	"math"

	"github.com/gomlx/compute"

	"gptbook/datasets/corpus"
	"gptbook/figures/curve"
	"gptbook/gpt"
	"gptbook/train"
)

// setting races one of our settings against the plain one (float32, one device): the same weights at the start, the
// same batches of a book whose bytes are the tokens.
func setting(name string, cfg gpt.Config, batch, steps int, change func(cfg *gpt.Config, opt *train.Options)) subject {
	cfg.Vocab = 256
	changed, opt := cfg, plain
	change(&changed, &opt)
	reads := func(cfg gpt.Config, opt train.Options) func(compute.Backend) (side, error) {
		return func(engine compute.Backend) (side, error) {
			book, err := corpus.Load("opticks")
			if err != nil {
				return nil, err
			}
			ids := make([]int32, len(book.Text))
			for i := range ids {
				ids[i] = int32(book.Text[i])
			}
			data, err := corpus.NextToken(ids, batch, cfg.Context, 1)
			if err != nil {
				return nil, err
			}
			return pretrains(name, data, cfg, opt)(engine)
		}
	}
	s := decoder(name, cfg, batch, steps)
	s.torch, s.devices, s.ours, s.other = nil, opt.Devices, reads(changed, opt), reads(cfg, plain)
	return s
}

func bf16(cfg *gpt.Config, _ *train.Options) { cfg.BF16 = true }

func twoDevices(_ *gpt.Config, opt *train.Options) { opt.Devices = 2 }

// losses compares what two trainees have learned, in nats per token.
type losses struct {
	steps       int
	ours, other float64 // means of the last [compared] steps
	apart       float64 // the largest difference within the first [compared] steps
}

// compared is the number of steps at either end of a run that are compared: later, what rounding does to one step has
// gone through too many others to say anything about it.
const compared = 20

// compareLosses is for two sides that made the same steps.
func compareLosses(ours, other curve.Curve) losses {
	l := losses{steps: len(ours.Points)}
	n := min(compared, l.steps)
	for i := range n {
		l.apart = max(l.apart, math.Abs(ours.Points[i].Value-other.Points[i].Value))
		l.ours += ours.Points[l.steps-n+i].Value / float64(n)
		l.other += other.Points[l.steps-n+i].Value / float64(n)
	}
	return l
}

func (l losses) String() string {
	return fmt.Sprintf("loss of the last %d of %d steps %.4f, the plain setting's %.4f nats/token; within the first %d "+
		"at most %.1e apart",
		min(compared, l.steps), l.steps, l.ours, l.other, min(compared, l.steps), l.apart)
}

// sideLosses compares two sides; nil if they are not two trainees.
func sideLosses(sides []side) *losses {
	if len(sides) < 2 {
		return nil
	}
	ours, _ := sides[0].(*trainee)
	other, ok := sides[1].(*trainee)
	if !ok {
		return nil
	}
	l := compareLosses(ours.trainer.Metric(train.TrainLoss), other.trainer.Metric(train.TrainLoss))
	return &l
}
