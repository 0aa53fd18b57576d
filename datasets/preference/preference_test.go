package preference

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/janpfeifer/must"

	"gptbook/datasets/corpus"
	"gptbook/datasets/dialog"
	"gptbook/datasets/tokenizer"
)

func ask(text string) []dialog.Turn { return []dialog.Turn{{Role: dialog.User, Text: text}} }

var rankings = []Ranking{
	{ask("Where does Ada Brook live?"), []string{"In Salem.", "I don't know <where>.", "In Omaha,\n\"maybe\"."}},
	{ask("Who?"), []string{"Ada.", "Emil."}},
}

func TestPairs(t *testing.T) {
	pairs := rankings[0].Pairs()
	var got []string
	for _, p := range pairs {
		got = append(got, p.Chosen+">"+p.Rejected)
	}
	a := rankings[0].Answers
	if want := []string{a[0] + ">" + a[1], a[0] + ">" + a[2], a[1] + ">" + a[2]}; !slices.Equal(got, want) {
		t.Errorf("pairs %q, want %q", got, want)
	}
}

func TestRankedDropsWhatCannotBeRanked(t *testing.T) {
	backwards := func(answers []string) []int {
		order := make([]int, len(answers))
		for i := range order {
			order[i] = len(answers) - 1 - i
		}
		return order
	}
	r, ok := Ranked(ask("?"), []string{"a", "b", "a", " ", "c"}, backwards)
	if !ok || !slices.Equal(r.Answers, []string{"c", "b", "a"}) {
		t.Errorf("got %q, %v", r.Answers, ok)
	}
	if _, ok := Ranked(ask("?"), []string{"a", "a", ""}, backwards); ok {
		t.Error("one answer was ranked")
	}
}

func TestReadWhatWasWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rankings.jsonl")
	must.M(Write(path, rankings))
	if got := must.M1(Read(path)); !reflect.DeepEqual(got, rankings) {
		t.Errorf("read %+v", got)
	}
	if text := string(must.M1(os.ReadFile(path))); !strings.Contains(text, "<where>") || strings.Count(text, "\n") != 2 {
		t.Errorf("not readable, or not one ranking a line:\n%s", text)
	}
	must.M(os.WriteFile(path, []byte("\n"+`{"prompt":[{"role":"user","text":"Who?"}],"chosen":"Ada.","rejected":"Emil."}`+"\n"), 0o644))
	if got := must.M1(Read(path)); !reflect.DeepEqual(got, rankings[1:]) {
		t.Errorf("read %+v", got)
	}
}

func TestReadNamesTheLine(t *testing.T) {
	const good = `{"prompt":[{"role":"user","text":"Who?"}],"answers":["Ada.","Emil."]}`
	path := filepath.Join(t.TempDir(), "pairs.jsonl")
	for bad, want := range map[string]string{
		strings.ReplaceAll(good, "Emil", "Ada"):                                                      "answers 0 and 1 are equal",
		strings.ReplaceAll(good, `,"Emil."`, ""):                                                     "1 answers, want at least 2",
		strings.ReplaceAll(good, `"Emil."`, `" "`):                                                   "answer 1 is empty",
		strings.ReplaceAll(good, `"user"`, `"king"`):                                                 `role "king"`,
		strings.ReplaceAll(good, `"answers"`, `"replies"`):                                           `unknown field "replies"`,
		strings.ReplaceAll(good, `}]`, `},{"role":"assistant","text":"I."}]`):                        "ends with the assistant's turn",
		`{"prompt":[{"role":"user","text":"Who?"}],"chosen":"a","rejected":"a"}`:                     "chosen equals rejected",
		`{"prompt":[{"role":"user","text":"Who?"}],"chosen":"a"}`:                                    "answer 1 is empty",
		`{"prompt":[{"role":"user","text":"Who?"}],"answers":["x","y"],"chosen":"a","rejected":"b"}`: "one of the two forms",
		good + good:                      "more than one value",
		"{":                              "unexpected EOF",
		strings.Repeat("x", maxLine+100): "longer than",
	} {
		must.M(os.WriteFile(path, []byte(good+"\n\n"+bad+"\n"), 0o644))
		_, err := Read(path)
		if err == nil || !strings.HasPrefix(err.Error(), "preference: "+path+":3: ") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.60s: got error %v, want %q", bad, err, want)
		}
	}
	if _, err := Read(path + "x"); err == nil || !strings.Contains(err.Error(), path+"x") {
		t.Errorf("no file: %v", err)
	}
	other := filepath.Join(t.TempDir(), "out.jsonl")
	if err := Write(other, []Ranking{rankings[0], {}}); err == nil || !strings.Contains(err.Error(), "ranking 1: ") {
		t.Errorf("writing an empty ranking: %v", err)
	}
	if _, err := os.Stat(other); err == nil {
		t.Error("half a file was written")
	}
}

func TestBatchesHoldWholeRankings(t *testing.T) {
	template := dialog.NewTemplate(must.M1(tokenizer.Train("Where does Ada Brook live? In Salem.", 270)))
	ds := must.M1(InOrder("rankings", template, rankings, 2, 200))
	for batch, err := range ds.Iter() {
		must.M(err)
		ids, last := batch.Inputs[0].Value().([][][]int32), batch.Inputs[1].Value().([][]int32)
		present := batch.Labels[0].Value().([][]float32)
		if !reflect.DeepEqual(present, [][]float32{{1, 1, 1}, {1, 1, 0}}) {
			t.Errorf("present: %v", present)
		}
		for b, r := range rankings {
			for k, answer := range r.Answers {
				want := must.M1(template.Pair(r.Prompt, answer)).IDs
				row := ids[b][k]
				if !slices.Equal(row[:len(want)], want) || int(last[b][k]) != len(want)-1 || row[last[b][k]] != template.End() {
					t.Errorf("ranking %d, answer %d: %v ending at %d, want %v", b, k, row, last[b][k], want)
				}
				for _, id := range row[len(want):] {
					if id != template.End() {
						t.Errorf("ranking %d, answer %d is filled up with %d", b, k, id)
					}
				}
			}
		}
	}
	first := func(ds *corpus.Batches) [][]int32 {
		for batch := range ds.Iter() {
			return batch.Inputs[0].Value().([][][]int32)[0]
		}
		return nil
	}
	run, resumed := must.M1(Shuffled("r", template, rankings, 1, 200, 1)), must.M1(Shuffled("r", template, rankings, 1, 200, 1))
	n := 0
	for batch := range run.Iter() {
		if resumed.Seek(n); !reflect.DeepEqual(first(resumed), batch.Inputs[0].Value().([][][]int32)[0]) {
			t.Errorf("batch %d differs after Seek", n)
		}
		if n++; n == 6 {
			break
		}
	}
	for want, err := range map[string]error{
		"the context is 10": second(InOrder("x", template, rankings, 1, 10)),
		"want at least 1":   second(Shuffled("x", template, nil, 1, 10, 1)),
		"ranking 0: ":       second(InOrder("x", template, []Ranking{{}}, 1, 10)),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), `preference: "x": `) || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q", err, want)
		}
	}
}

func second[T any](_ T, err error) error { return err }
