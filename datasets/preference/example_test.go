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
	"gptbook/datasets/tokenizer"
)

var prompt = []dialog.Turn{{Role: dialog.User, Text: "Where does Ada Brook live?"}}

// Two answers that differ in blank space alone are one: a model could not tell them apart.
func ExampleRanking() {
	r := preference.Ranking{Prompt: prompt, Answers: []string{"In Salem.", "I don't know.", "In Omaha."}}
	fmt.Println(r.Validate())
	r.Answers[2] = " In Salem.\n"
	fmt.Println(r.Validate())
	// Output:
	// <nil>
	// answers 0 and 2 are equal once encoded
}

func ExampleRanking_Pairs() {
	r := preference.Ranking{Prompt: prompt, Answers: []string{"In Salem.", "I don't know.", "In Omaha."}}
	for _, pair := range r.Pairs() {
		fmt.Printf("%s > %s\n", pair.Chosen, pair.Rejected)
	}
	// Output:
	// In Salem. > I don't know.
	// In Salem. > In Omaha.
	// I don't know. > In Omaha.
}

// One batch of two rankings, of three answers and of two: the last place of the second is empty.
func ExampleInOrder() {
	template := dialog.NewTemplate(must.M1(tokenizer.NewChar(" ?abc")))
	ask := []dialog.Turn{{Role: dialog.User, Text: "?"}}
	rankings := []preference.Ranking{{ask, []string{"a", "b", "c"}}, {ask, []string{"abc", "cab"}}}
	batch := must.M1(preference.InOrder("rankings", template, rankings, 2, 16)).At(0)
	fmt.Println(batch.Inputs[0].Shape(), "ids: rankings, answers, tokens")
	fmt.Println(batch.Inputs[1].Value(), "where each answer ends")
	fmt.Println(batch.Labels[0].Value(), "which are there")
	// Output:
	// (Int32)[2, 3, 10] ids: rankings, answers, tokens
	// [[7 7 7] [9 9 0]] where each answer ends
	// [[1 1 1] [1 1 0]] which are there
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
