package pipeline

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/datasets/world"
	"gptbook/gpt"
)

// Skill measures a skill of the language model in store: the share of texts that it would go on with a right word. A
// word counts as preferred over another by its probability; without wrong words the right one must be the
// most probable of all. Judgment and doubt are at 0.5 by chance.
func (p *Pipeline) Skill(store *model.Store, skill world.Skill) (float64, error) {
	list, err := p.World.Clozes(skill, p.Recipe.EvalPrompts, p.Recipe.Seed)
	if err != nil {
		return 0, err
	}
	exec, err := model.NewExec(p.backend, store, func(scope *model.Scope, ids, last *Node) *Node {
		logits := gpt.Logits(scope, ids, p.Recipe.GPT)
		return Softmax(gpt.Pick(logits, last), -1)
	})
	if err != nil {
		return 0, err
	}
	T := p.Recipe.GPT.Context
	ids, last := make([]int32, len(list)*T), make([]int32, len(list))
	for i, c := range list {
		text := p.Template.Text(c.Text)
		if len(text) > T {
			return 0, fmt.Errorf("pipeline: %q does not fit the context of %d", c.Text, T)
		}
		copy(ids[i*T:], text)
		last[i] = int32(len(text) - 1)
	}
	out, err := exec.Exec1(tensors.FromFlatDataAndDimensions(ids, len(list), T),
		tensors.FromFlatDataAndDimensions(last, len(list)))
	if err != nil {
		return 0, err
	}
	right := 0.0
	for i, probabilities := range out.Value().([][]float32) {
		if p.prefers(probabilities, list[i]) {
			right++
		}
	}
	return right / float64(len(list)), nil
}

// prefers says whether a distribution of the next token prefers the right words.
func (p *Pipeline) prefers(probabilities []float32, c world.Cloze) bool {
	sum := func(words []string) (s float32) {
		for _, w := range words {
			s += probabilities[p.first(w)]
		}
		return s
	}
	switch {
	case c.Wrong == nil && len(c.Right) == 1:
		best := 0
		for id := range probabilities {
			if probabilities[id] > probabilities[best] {
				best = id
			}
		}
		return int32(best) == p.first(c.Right[0])
	case c.Wrong == nil:
		return sum(c.Right) > 0.5
	case c.Right == nil:
		return sum(c.Wrong) < 0.5
	}
	return sum(c.Right) > sum(c.Wrong)
}

// first is the token with which a word begins, or a mark, before which there is no blank.
func (p *Pipeline) first(word string) int32 {
	if word == "," || word == "." {
		return p.tokenizer.Encode(word)[0]
	}
	return p.Template.Text(word)[0]
}
