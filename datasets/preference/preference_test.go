package preference

import (
	"fmt"
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

// pair is rankings[1] in the other form.
const pair = `{"prompt":[{"role":"user","text":"Who?"}],"chosen":"Ada.","rejected":"Emil."}`

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
	for _, answers := range [][]string{{"a", "a", ""}, {"a", " a", "a\n"}, {"a"}, nil} {
		if r, ok := Ranked(ask("?"), answers, backwards); ok {
			t.Errorf("one answer was ranked: %q", r.Answers)
		}
	}
}

func TestReadWhatWasWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rankings.jsonl")
	must.M(Write(path, rankings))
	if got := must.M1(Read(path)); !reflect.DeepEqual(got, rankings) {
		t.Errorf("read %+v", got)
	}
	if text := string(must.M1(os.ReadFile(path))); !strings.Contains(text, "<where>") ||
		strings.Count(text, "\n") != 2 {
		t.Errorf("not readable, or not one ranking a line:\n%s", text)
	}
	must.M(os.WriteFile(path, []byte("\n"+pair+"\n"), 0o644))
	if got := must.M1(Read(path)); !reflect.DeepEqual(got, rankings[1:]) {
		t.Errorf("read %+v", got)
	}
}

func TestReadNamesTheLine(t *testing.T) {
	const good = `{"prompt":[{"role":"user","text":"Who?"}],"answers":["Ada.","Emil."]}`
	with := func(old, new string) string { return strings.ReplaceAll(good, old, new) }
	pair := func(chosen, rejected string) string {
		return with(`"answers":["Ada.","Emil."]`, fmt.Sprintf(`"chosen":"%s","rejected":"%s"`, chosen, rejected))
	}
	path := filepath.Join(t.TempDir(), "pairs.jsonl")
	for bad, want := range map[string]string{
		with("Emil", "Ada"):                               "answers 0 and 1 are equal once encoded",
		with(`Emil."`, `Bo.","\tAda.\n"`):                 "answers 0 and 2 are equal once encoded",
		with(`,"Emil."`, ""):                              "1 answers, want at least 2",
		with(`"Emil."`, `" "`):                            "answer 1 is empty",
		with(`"user"`, `"king"`):                          `role "king"`,
		with(`"answers"`, `"replies"`):                    `unknown field "replies"`,
		with(`}]`, `},{"role":"assistant","text":"I."}]`): "ends with the assistant's turn",
		with(`"answers"`, `"chosen":"a","answers"`):       "one of the two forms",
		pair("a", "a"):                                    "chosen equals rejected once encoded",
		pair("In Jena.", "In Jena. "):                     "chosen equals rejected once encoded",
		pair("a", ""):                                     "answer 1 is empty",
		pair("\xe9", "\xe8"):                              "invalid UTF-8 at offset",
		good + good:                                       "more than one value",
		"{":                                               "unexpected EOF",
		strings.Repeat("x", maxLine+100):                  "longer than",
	} {
		must.M(os.WriteFile(path, []byte(good+"\n\n"+bad+"\n"), 0o644))
		_, err := Read(path)
		if err == nil || !strings.HasPrefix(err.Error(), "preference: "+path+":3: ") ||
			!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
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
				if !slices.Equal(row[:len(want)], want) || int(last[b][k]) != len(want)-1 ||
					row[last[b][k]] != template.End() {
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
	run := must.M1(Shuffled("r", template, rankings, 1, 200, 1))
	resumed := must.M1(Shuffled("r", template, rankings, 1, 200, 1))
	n := 0
	for batch := range run.Iter() {
		if resumed.Seek(n); !reflect.DeepEqual(first(resumed), batch.Inputs[0].Value().([][][]int32)[0]) {
			t.Errorf("batch %d differs after Seek", n)
		}
		if n++; n == 6 {
			break
		}
	}
	// Three rankings in batches of two: none is left out.
	three, seen := must.M1(InOrder("three", template, append(rankings, rankings[0]), 2, 200)), 0
	for batch, err := range three.Iter() {
		must.M(err)
		seen += batch.Labels[0].Shape().Dim(0)
	}
	if seen != 3 {
		t.Errorf("%d of 3 rankings were seen", seen)
	}
	capitals := dialog.NewTemplate(upper{must.M1(tokenizer.NewChar("ABC?"))})
	of := func(question string, answers ...string) []Ranking { return []Ranking{{ask(question), answers}} }
	for want, err := range map[string]error{
		"ranking 0: answers 0 and 2 are equal once encoded": second(
			InOrder("x", capitals, of("?", "a", "b", "A"), 1, 99)),
		`ranking 0: answer 1, "!", is empty once encoded`: second(InOrder("x", capitals, of("?", "a", "!"), 1, 99)),
		`ranking 0: dialog: turn 0, "!", is empty once`:   second(InOrder("x", capitals, of("!", "a", "b"), 1, 99)),
		"the context is 10": second(InOrder("x", template, rankings, 1, 10)),
		"want at least 1":   second(Shuffled("x", template, nil, 1, 10, 1)),
		"ranking 0: ":       second(InOrder("x", template, []Ranking{{}}, 1, 10)),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), `preference: "x": `) || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q", err, want)
		}
	}
}

// upper is a tokenizer that knows capital letters only, and leaves out exclamation marks.
type upper struct{ *tokenizer.Char }

func (u upper) Encode(text string) []int32 {
	return u.Char.Encode(strings.ToUpper(strings.ReplaceAll(text, "!", "")))
}

// What Windows writes is read: a byte order mark, UTF-16, \r\n.
func TestReadOtherEncodings(t *testing.T) {
	utf16 := "\xff\xfe"
	for _, b := range []byte(pair + "\r\n") {
		utf16 += string([]byte{b, 0})
	}
	for _, text := range []string{"\ufeff" + pair, pair + "\r\n\r\n", utf16, "\n \t\n" + pair + "\n"} {
		path := filepath.Join(t.TempDir(), "pairs.jsonl")
		must.M(os.WriteFile(path, []byte(text), 0o644))
		if got := must.M1(Read(path)); !reflect.DeepEqual(got, rankings[1:]) {
			t.Errorf("%q: read %+v", text, got)
		}
	}
}

// Whatever a file holds, it is refused by name and line, or its rankings are valid and can be written and read again.
func FuzzRead(f *testing.F) {
	f.Add(`{"prompt":[{"role":"user","text":"Who?"}],"answers":["Ada.","Emil."]}` + "\n")
	f.Add(`{"prompt":[{"role":"user","text":"Wo?"}],"chosen":"In Jena.","rejected":"In Jena. "}`)
	f.Add("\n{\"prompt\":[{\"role\":\"user\",\"text\":\"\\ud800\"}],\"chosen\":\"\\u00a0a\",\"rejected\":\"\\u2028\"}")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "rankings.jsonl")
		must.M(os.WriteFile(path, []byte(text), 0o644))
		read, err := Read(path)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "preference: "+path+":") {
				t.Error(err)
			}
			return
		}
		if err := Write(path, read); err != nil {
			t.Fatal(err)
		}
		if again, err := Read(path); err != nil || !reflect.DeepEqual(again, read) {
			t.Errorf("%+v became %+v: %v", read, again, err)
		}
	})
}

func second[T any](_ T, err error) error { return err }
