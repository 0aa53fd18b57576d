// Package scale answers on paper what a GPT would cost: weights, operations, memory, days, and how to spread it over
// many devices; and it fits and reads scaling laws, which say what the cost would buy.
//
// Start with [FLOPs], then [Precision] and [Split]. Nothing here runs a model: every function is a published formula,
// named beside it, and the tests hold it against the published numbers. [FitPowerLaw] is the other half.
package scale

import (
	"fmt"
	"math"
	"time"

	"gptbook/gpt"
)

// Units in which papers count.
const (
	GB     = 1e9                 // bytes
	TFLOPs = 1e12                // operations per second, where it is a speed
	PFDay  = 1e15 * 24 * 60 * 60 // a petaFLOP/s-day, in operations
)

// NonEmbedding is N of the scaling laws, 12·L·C²: the weights of the matrices in the blocks, without tables, biases
// and gains (Kaplan et al. 2020, §2.1, eq. 2.1).
func NonEmbedding(cfg gpt.Config) float64 {
	return 12 * float64(cfg.Layers) * float64(cfg.Width) * float64(cfg.Width)
}

// FLOPs is the number of floating-point operations of a training on so many tokens, C = 6·N·D with N all weights: a
// multiplication and an addition for each weight on the way up, twice as many on the way down (Brown et al. 2020,
// appendix D, whose table counts so).
func FLOPs(cfg gpt.Config, tokens float64) float64 {
	return 6 * float64(cfg.Params()) * tokens
}

// ForwardFLOPs is the number of operations for one token with context tokens before it: 2N for the matrices of the
// blocks, 2·L·context·C for attention and 2·C·V for the head (Kaplan et al. 2020, table 1). The part of attention,
// which [FLOPs] leaves out, grows with the context alone.
func ForwardFLOPs(cfg gpt.Config, context int) float64 {
	attention := 2 * float64(cfg.Layers) * float64(context) * float64(cfg.Width)
	return 2*NonEmbedding(cfg) + attention + 2*float64(cfg.Width)*float64(cfg.Vocab)
}

// Duration is how long so many operations take on devices of that peak speed, in operations per second, of which they
// reach a share: the utilisation. It returns an error if any of them is not positive or the utilisation is above 1.
func Duration(flops float64, devices int, peak, utilisation float64) (time.Duration, error) {
	if !(flops > 0) || devices < 1 || !(peak > 0) || !(utilisation > 0) || utilisation > 1 {
		return 0, fmt.Errorf("scale: %g operations on %d devices of %g per second at a utilisation of %g: "+
			"want all positive and a utilisation up to 1", flops, devices, peak, utilisation)
	}
	seconds := flops / (float64(devices) * peak * utilisation)
	if seconds > math.MaxInt64/float64(time.Second) {
		return 0, fmt.Errorf("scale: %.3g operations on %d devices of %g per second take over 292 years: "+
			"use more devices", flops, devices, peak)
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

// Days is a duration as papers print it.
func Days(d time.Duration) float64 { return d.Hours() / 24 }
