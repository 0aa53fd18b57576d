package main

import (
	"fmt"
	"slices"

	"github.com/janpfeifer/must"

	"gptbook/datasets/dialog"
	"gptbook/datasets/tokenizer"
	"gptbook/datasets/world"
)

func main() {
	w := must.M1(world.New(300, 1))
	tk := must.M1(tokenizer.LoadBPE("/tmp/w1/tokenizer"))
	t := dialog.NewTemplate(tk)
	ds := must.M1(w.Demonstrations(world.Train, 2000, 5))
	var tot, pl, al []int
	for _, d := range ds {
		e := must.M1(t.Pair(d.Prompt.Turns, d.Answer))
		p := must.M1(t.Prompt(d.Prompt.Turns))
		tot = append(tot, len(e.IDs))
		pl = append(pl, len(p))
		al = append(al, len(e.IDs)-len(p))
	}
	for _, x := range [][]int{tot, pl, al} {
		slices.Sort(x)
		fmt.Println(x[0], x[len(x)/4], x[len(x)/2], x[len(x)*3/4], x[len(x)*9/10], x[len(x)*99/100], x[len(x)-1])
	}
	for i := range 12 {
		fmt.Println(ds[i].Prompt.Kind, "|", dialog.String(ds[i].Prompt.Turns), "->", ds[i].Answer, "||", ds[i].Prompt.Best)
	}
	for _, d := range w.Text(400, 3) {
		fmt.Println("*", d)
	}
}
