package corpus_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/janpfeifer/must"

	"gptbook/datasets/corpus"
)

func ExampleLoad() {
	c := must.M1(corpus.Load("opticks"))
	fmt.Println(len(c.Text), "bytes in", len(c.Documents()), "sections")
	// Output:
	// 567198 bytes in 83 sections
}

// A folder of one's own, and what is said of the files in it.
func ExampleReadPath() {
	folder := must.M1(os.MkdirTemp("", "book"))
	defer os.RemoveAll(folder)
	for name, text := range map[string]string{
		"1.txt":      "Light is bent by glass.",
		"2.html":     "<h1>Colours</h1><p>Violet is bent <em>most</em>.</p>",
		"3.jsonl":    `{"text": "Red is bent least."}`,
		"copy.txt":   "Light is bent by glass.\r\n",
		"prism.jpeg": "\xff\xd8",
		".draft.txt": "Light is.",
	} {
		must.M(os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	c := must.M1(corpus.ReadPath(folder))
	for _, d := range c.Documents() {
		fmt.Printf("%q\n", d)
	}
	fmt.Println(strings.Join(c.Notes, "\n"))
	// Output:
	// "Light is bent by glass."
	// "Colours\n\nViolet is bent most."
	// "Red is bent least."
	// hidden, left out: .draft.txt
	// of another ending, left out: prism.jpeg
	// the text of another, counted once: copy.txt, as 1.txt
}

func ExampleCorpus_Split() {
	train, held := must.M2(must.M1(corpus.Load("opticks")).Split(0.1))
	fmt.Printf("%.2f is held out\n", float64(len(held.Text))/float64(len(train.Text)+len(held.Text)))
	fmt.Println("cut between lines:", strings.HasSuffix(train.Text, "\n"))
	// Output:
	// 0.10 is held out
	// cut between lines: true
}

func ExampleSplitSentences() {
	for _, s := range corpus.SplitSentences("Sir I. Newton says, in Prop. 2: \"Light is bent.\" But why? 3.5 inches!") {
		fmt.Println(s)
	}
	// Output:
	// Sir I. Newton says, in Prop. 2: "Light is bent."
	// But why?
	// 3.5 inches!
}

// Eight letters ask for seven; six of these fill two rows.
func ExampleSequential() {
	ds := must.M1(corpus.Sequential(letters("refracts"), 1, 3))
	for batch := range ds.Iter() {
		x, y := batch.Inputs[0].Value().([][]int32), batch.Labels[0].Value().([][]int32)
		fmt.Printf("%q -> %q\n", spell(x[0]), spell(y[0]))
	}
	// Output:
	// "ref" -> "efr"
	// "rac" -> "act"
}

// letters are the bytes of a text, as ids.
func letters(text string) (ids []int32) {
	for _, b := range []byte(text) {
		ids = append(ids, int32(b))
	}
	return ids
}

func spell(ids []int32) string {
	var b strings.Builder
	for _, id := range ids {
		b.WriteByte(byte(id))
	}
	return b.String()
}

// With bytes as tokens, each batch asks for the byte after each byte.
func ExampleNextToken() {
	ds := must.M1(corpus.NextToken(letters("light is bent by glass"), 2, 5, 42))
	batch := ds.At(0)
	x, y := batch.Inputs[0].Value().([][]int32), batch.Labels[0].Value().([][]int32)
	for row := range x {
		fmt.Printf("%q -> %q\n", spell(x[row]), spell(y[row]))
	}
	// Output:
	// "by gl" -> "y gla"
	// " glas" -> "glass"
}

// Two documents, of two sentences and of one. [ ] ? _ stand for [CLS], [SEP], [MASK] and padding.
func ExampleMaskedLM() {
	documents := corpus.EncodeSentences([][]string{{"light", "is bent"}, {"by glass"}}, letters)
	special := corpus.Special{Pad: '_', Unknown: '!', CLS: '[', SEP: ']', Mask: '?', Vocab: 128}
	ds := must.M1(corpus.MaskedLM(documents, special, 4, 16, 3))
	batch := ds.At(0)
	tokens, positions := batch.Inputs[0].Value().([][]int32), batch.Inputs[3].Value().([][]int32)
	targets, weights := batch.Labels[0].Value().([][]int32), batch.Labels[1].Value().([][]float32)
	next := batch.Labels[2].Value().([]int32)
	for row := range tokens {
		fmt.Printf("%q", spell(tokens[row]))
		for i, w := range weights[row] {
			if w == 1 {
				fmt.Printf(", at %d: %q", positions[row][i], targets[row][i])
			}
		}
		fmt.Println(", random:", next[row] == 1)
	}
	// Output:
	// "[l?ght]by glass]", at 2: 'i', at 10: 'g', random: true
	// "[lig?t]?s bent]_", at 4: 'h', at 7: 'i', random: false
	// "[lixht]by gla?s]", at 3: 'g', at 13: 's', random: true
	// "[?ight]is?bent]_", at 1: 'l', at 9: ' ', random: false
}
