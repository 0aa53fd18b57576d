package corpus

import (
	"slices"
	"strings"
	"testing"
)

func TestSplitSentences(t *testing.T) {
	for text, want := range map[string][]string{
		"One. Two!  Three?\nFour":                      {"One.", "Two!", "Three?", "Four"},
		"A heading\n\nAnd a\nsentence.":                {"A heading", "And a sentence."},
		"See _Fig._ 3. and Mr. Newton, e.g. here.":     {"See _Fig._ 3. and Mr. Newton, e.g. here."},
		"PROP. IV. PROB. II. To shorten it.":           {"PROP. IV. PROB. II. To shorten it."},
		"It costs 3.14 at example.com. He paid.":       {"It costs 3.14 at example.com.", "He paid."},
		"He said, \"Stop.\" She did.":                  {"He said, \"Stop.\"", "She did."},
		"What?! No... Yes.":                            {"What?!", "No...", "Yes."},
		"枯藤老树。昏鸦！小桥？流水":                                {"枯藤老树。", "昏鸦！", "小桥？", "流水"},
		"他说：“走。”她走了。":                                  {"他说：“走。”", "她走了。"},
		"":                                             nil,
		" \n\n ":                                       nil,
		"...":                                          {"..."},
		"I. Newton wrote it. _The end._ Or not.":       {"I. Newton wrote it.", "_The end._", "Or not."},
		"Printf formats. It returns n. See fmt.Print.": {"Printf formats.", "It returns n.", "See fmt.Print."},
	} {
		if got := SplitSentences(text); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// On the real texts nothing is lost but blank space, and the sentences have a sensible length.
func TestSentences(t *testing.T) {
	for _, name := range []string{"opticks", "godoc"} {
		count, bytes := 0, 0
		for _, document := range sentences(load(t, name)) {
			for _, s := range document {
				count++
				bytes += len(s) + 1
			}
		}
		mean := bytes / count
		if mean < 40 || mean > 250 {
			t.Errorf("%s: sentences of %d bytes", name, mean)
		}
	}
	text := load(t, "opticks").Documents()[20]
	blind := func(s string) string { return strings.Join(strings.Fields(s), "") }
	if got := blind(strings.Join(SplitSentences(text), "")); got != blind(text) {
		t.Error("splitting lost text")
	}
}

// sentences splits all documents.
func sentences(c *Corpus) (all [][]string) {
	for _, d := range c.Documents() {
		all = append(all, SplitSentences(d))
	}
	return all
}

func FuzzSplitSentences(f *testing.F) {
	f.Add("One. Two.")
	f.Add("他说：“走。”. ' _")
	f.Add("\xff.\xff?。")
	f.Fuzz(func(t *testing.T, text string) {
		blind := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if got := blind(strings.Join(SplitSentences(text), "")); got != blind(text) {
			t.Errorf("%q became %q", text, SplitSentences(text))
		}
	})
}
