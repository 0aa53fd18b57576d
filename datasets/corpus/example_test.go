package corpus_test

import (
	"fmt"
	"strings"

	"gptbook/datasets/corpus"
)

func ExampleLoad() {
	c, err := corpus.Load("opticks")
	if err != nil {
		fmt.Println(err)
		return
	}
	train, validation, err := c.Split(0.1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(c.Text), "bytes in", len(c.Documents()), "sections")
	fmt.Println("validation holds whole lines:", strings.HasSuffix(train.Text, "\n"), "and", len(validation.Documents()) > 0)
	// Output:
	// 567198 bytes in 83 sections
	// validation holds whole lines: true and true
}

// With bytes as tokens, each batch asks for the byte after each byte.
func ExampleNextToken() {
	var ids []int32
	for _, b := range []byte("light is bent by glass") {
		ids = append(ids, int32(b))
	}
	ds, err := corpus.NextToken(ids, 2, 5, 42)
	if err != nil {
		fmt.Println(err)
		return
	}
	batch := ds.At(0)
	x, y := batch.Inputs[0].Value().([][]int32), batch.Labels[0].Value().([][]int32)
	for row := range x {
		fmt.Printf("%q -> %q\n", text(x[row]), text(y[row]))
	}
	// Output:
	// "by gl" -> "y gla"
	// " glas" -> "glass"
}

func text(ids []int32) string {
	var b strings.Builder
	for _, id := range ids {
		b.WriteByte(byte(id))
	}
	return b.String()
}
