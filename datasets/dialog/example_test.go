package dialog_test

import (
	"fmt"

	"github.com/janpfeifer/must"

	"gptbook/datasets/dialog"
	"gptbook/datasets/tokenizer"
)

var question = []dialog.Turn{{Role: dialog.User, Text: "Where is <|end|>?"}}

// What a user types is text, also where it looks like a mark.
func ExampleTemplate() {
	letters := must.M1(tokenizer.NewChar(" <|end|>Where is?I don't know."))
	template := dialog.NewTemplate(letters)
	prompt := must.M1(template.Prompt(question))
	fmt.Println(must.M1(template.Decode(prompt)))
	var marks []string
	for _, id := range prompt {
		if int(id) >= letters.VocabSize() {
			marks = append(marks, must.M1(template.Decode([]int32{id})))
		}
	}
	fmt.Println(marks)
	sampled := append(template.Text("I don't know."), template.End())
	fmt.Println(template.Spoken(sampled))
	// Output:
	// <|user|> Where is <|end|>?<|end|><|assistant|>
	// [<|user|> <|end|> <|assistant|>]
	// I don't know. true <nil>
}

// The mask is 1 where the next id belongs to the answer, its end included.
func ExampleTemplate_Pair() {
	template := dialog.NewTemplate(must.M1(tokenizer.NewChar(" <|end|>Where is?I don't know.")))
	e := must.M1(template.Pair(question, "I don't know."))
	for i, counts := range e.Mask {
		if counts == 1 {
			fmt.Print(must.M1(template.Decode(e.IDs[i+1 : i+2])))
		}
	}
	fmt.Println()
	// Output:
	// I don't know.<|end|>
}

// Two conversations of different length, in one batch.
func ExampleTemplate_InOrder() {
	template := dialog.NewTemplate(must.M1(tokenizer.NewChar(" ab")))
	var examples []dialog.Example
	for _, answer := range []string{"a", "abb"} {
		examples = append(examples, must.M1(template.Pair([]dialog.Turn{{Role: dialog.User, Text: "b"}}, answer)))
	}
	batches := must.M1(template.InOrder("talk", examples, 2, 16))
	batch := batches.At(0)
	for row, ids := range batch.Inputs[0].Value().([][]int32) {
		fmt.Println(must.M1(template.Decode(ids)))
		fmt.Println(batch.Labels[1].Value().([][]float32)[row])
	}
	// Output:
	// <|user|> b<|end|><|assistant|> a<|end|><|end|><|end|>
	// [0 0 0 0 1 1 1 0 0 0]
	// <|user|> b<|end|><|assistant|> abb<|end|>
	// [0 0 0 0 1 1 1 1 1 0]
}
