package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/janpfeifer/must"

	"gptbook/datasets/world"
	"gptbook/train/backend"
	"gptbook/train/chatgpt/rlhf"
)

func main() {
	backend.HugePages()
	dir := flag.String("out", "/tmp/w1", "")
	steps := flag.Int("steps", 2000, "")
	rate := flag.Float64("rate", 4e-3, "")
	to := flag.String("to", "base", "")
	batch := flag.Int("batch", 32, "")
	people := flag.Int("people", 300, "")
	flag.Parse()
	plan := rlhf.Full
	plan.Base.Steps, plan.Base.Rate, plan.Base.Batch, plan.People = *steps, *rate, *batch, *people
	ctx := context.Background()
	road := must.M1(rlhf.Open(must.M1(backend.New("")), *dir, plan, os.Stdout))
	fmt.Println("vocab", road.Plan.GPT.Vocab, "params", road.Plan.GPT.Params())
	t := time.Now()
	base := must.M1(road.Base(ctx))
	fmt.Println("base", time.Since(t))
	for skill := range world.Skills {
		fmt.Printf("base: %s %.3f\n", skill, must.M1(road.Knowledge(base, skill)))
	}
	if *to == "base" {
		return
	}
	t = time.Now()
	tuned := must.M1(road.SFT(ctx, base))
	fmt.Println("sft", time.Since(t))
	for _, temp := range []float64{.7, 0} {
		fmt.Println(temp, must.M1(road.Scorecard(ctx, tuned, world.Validation, temp)))
	}
	if *to == "sft" {
		return
	}
	t = time.Now()
	m := must.M1(road.Reward(ctx, tuned))
	fmt.Println("reward", time.Since(t), m.Report)
}
