package world_test

import (
	"fmt"

	"github.com/janpfeifer/must"

	"gptbook/datasets/dialog"
	"gptbook/datasets/world"
)

// The question of the article that this course follows, answered well and badly.
func ExampleWorld_Judge() {
	w := must.M1(world.New(300, 1))
	p := w.Columbus()
	fmt.Print(dialog.String(p.Turns))
	for _, answer := range []string{
		p.Best,
		"That is not true.",
		"Christopher Columbus came to America in 2015, but nobody knows why.",
	} {
		v := w.Judge(p, answer)
		fmt.Printf("%.2f %s (%s)\n", v.Gold(), answer, v.Reason)
	}
	// Output:
	// user: Why did Christopher Columbus come to America in 2015?
	// 1.00 Christopher Columbus came to America in 1492. He did not come to America in 2015. (perfect)
	// 0.75 That is not true. (does only part of what was wanted)
	// 0.00 Christopher Columbus came to America in 2015, but nobody knows why. (untrue: Christopher Columbus came to America in 1492; does nothing of what was wanted)
}
