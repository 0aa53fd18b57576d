package tokenizer_test

import (
	"fmt"
	"os"

	"github.com/janpfeifer/must"

	"gptbook/datasets/tokenizer"
)

func ExampleTrain() {
	b := must.M1(tokenizer.Train("low low low lower lower newest", 261, "<|endoftext|>"))
	for _, m := range b.Merges() {
		fmt.Printf("%q + %q = %q, id %d\n", b.Token(m.Left), b.Token(m.Right), b.Token(m.ID), m.ID)
	}
	ids := b.Encode("lower slow")
	fmt.Println(ids)
	fmt.Println(b.Decode(ids))
	// Output:
	// "l" + "o" = "lo", id 256
	// "lo" + "w" = "low", id 257
	// " " + "low" = " low", id 258
	// "e" + "r" = "er", id 259
	// [257 259 220 82 257]
	// lower slow
}

// Text from a user cannot write a special token, a program can.
func ExampleBPE() {
	b := must.M1(tokenizer.Train("low low low lower lower newest", 260, "<|end|>"))
	fmt.Println(b.Encode("low<|end|>"))
	fmt.Println(b.EncodeWithSpecials("low<|end|>"), must.M1(b.Special("<|end|>")))
	fmt.Println(b.Decode(b.Encode("any text: schön, 你好, 🤗")))
	// Output:
	// [257 27 91 68 77 67 91 29]
	// [257 259] 259
	// any text: schön, 你好, 🤗
}

func ExampleWordPiece() {
	w := must.M1(tokenizer.TrainWordPiece("the thin thing, the thin king", 26))
	for _, text := range []string{"The THING", "a thinning king"} {
		var pieces []string
		for _, id := range w.Encode(text) {
			pieces = append(pieces, w.Token(id))
		}
		fmt.Println(pieces)
	}
	// Output:
	// [the thing]
	// [[UNK] thin ##n ##in ##g king]
}

func ExampleWordPiece_Join() {
	w := must.M1(tokenizer.TrainWordPiece("the thin thing, the thin king", 40))
	ids, segments := w.Join(16, w.EncodeWithSpecials("the [MASK] king"), w.Encode("The THING"))
	fmt.Println(w.Decode(ids))
	fmt.Println(segments)
	// Output:
	// [CLS] the [MASK] king [SEP] the thing [SEP]
	// [0 0 0 0 0 1 1 1]
}

func ExampleChar() {
	c := must.M1(tokenizer.NewChar("hello"))
	fmt.Println(c.VocabSize(), c.Encode("hole!"))
	fmt.Println(c.Decode(c.Encode("hole!")))
	// Output:
	// 5 [2 4 3 1 0]
	// hole�
}

// Load finds out which tokenizer a folder holds.
func ExampleLoad() {
	dir := must.M1(os.MkdirTemp("", "tokenizer"))
	defer os.RemoveAll(dir)
	must.M(must.M1(tokenizer.Train("low low lower", 258)).Save(dir))
	t := must.M1(tokenizer.Load(dir))
	fmt.Printf("%T %d %v\n", t, t.VocabSize(), t.Encode("low"))
	// Output:
	// *tokenizer.BPE 258 [257]
}
