package preference_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/janpfeifer/must"

	"gptbook/datasets/dialog"
	"gptbook/datasets/preference"
)

var prompt = []dialog.Turn{{Role: dialog.User, Text: "Where does Ada Brook live?"}}

func ExampleRanking() {
	r := preference.Ranking{Prompt: prompt, Answers: []string{"In Salem.", "I don't know.", "In Omaha."}}
	for _, pair := range r.Pairs() {
		fmt.Printf("%s > %s\n", pair.Chosen, pair.Rejected)
	}
	r.Answers[2] = " In Salem.\n"
	fmt.Println(r.Validate())
	// Output:
	// In Salem. > I don't know.
	// In Salem. > In Omaha.
	// I don't know. > In Omaha.
	// answers 0 and 2 are equal once encoded
}

// Four answers, two of them the same, ranked by somebody who likes them short.
func ExampleRanked() {
	byLength := func(answers []string) []int {
		order := make([]int, len(answers))
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(i, j int) int { return len(answers[i]) - len(answers[j]) })
		return order
	}
	r, ok := preference.Ranked(prompt, []string{"I do not know.", "In Salem.", "In Salem. ", "Salem."}, byLength)
	fmt.Printf("%q %v\n", r.Answers, ok)
	// Output:
	// ["Salem." "In Salem." "I do not know."] true
}

func ExampleRead() {
	path := filepath.Join(must.M1(os.MkdirTemp("", "")), "pairs.jsonl")
	defer os.RemoveAll(filepath.Dir(path))
	must.M(os.WriteFile(path, []byte(`{"prompt":[{"role":"user","text":"Wo?"}],"chosen":"In Jena.","rejected":"In Ulm."}
{"prompt":[{"role":"user","text":"Wo?"}],"chosen":"In Jena.","rejected":"In Jena. "}
`), 0o600))
	_, err := preference.Read(path)
	fmt.Println(strings.ReplaceAll(err.Error(), filepath.Dir(path), "…"))
	// Output:
	// preference: …/pairs.jsonl:2: chosen equals rejected once encoded
}
