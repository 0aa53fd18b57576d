package paired

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gptbook/notebooks/internal/nbformat"
)

// In want, | stands for a line end that Sentences made, or left.
func TestSentences(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"One. Two!\nThree? Four", "One.|Two!|Three?|Four"},
		{"One goes\non here. Two\ndoes too.", "One goes on here.|Two does too."},
		{"First.\n\nSecond. Third.", "First.||Second.|Third."},
		{"Wait … Yes. \"Why?\" Because. (It is.) So. **Bold.** *It. Was.* Now",
			"Wait …|Yes.|\"Why?\"|Because.|(It is.)|So.|**Bold.**|*It.|Was.*|Now"},
		{"He asked \"why?\" and left. e.g. this, i.e. That, cf. Smith vs. Jones.",
			"He asked \"why?\" and left. e.g. this, i.e. That, cf. Smith vs. Jones."},
		{"Ouyang et al. 2022 wrote. Then (Gao et al. 2022). Next", "Ouyang et al. 2022 wrote.|Then (Gao et al. 2022).|Next"},
		{"See Fig. 3, eq. 2, pp. 4 and No. 5. It is the fig. Or not.",
			"See Fig. 3, eq. 2, pp. 4 and No. 5.|It is the fig.|Or not."},
		{"J. R. Firth said. Dr. Who too.", "J. R. Firth said.|Dr. Who too."},
		{"It costs 2.5 nats. 3 of 4 do. Version 1.26.5 is out.", "It costs 2.5 nats.|3 of 4 do.|Version 1.26.5 is out."},
		{"We need 3. 2. of them and 1) that. - Not a list. # no. > No",
			"We need 3. 2. of them and 1) that. - Not a list. # no. > No"},
		{"Call `f(a. B)`. `g` is next. $x$ too. $a. B$ not. [A. B](c. D). <b>Tag</b>.",
			"Call `f(a. B)`.|`g` is next.|$x$ too.|$a. B$ not.|[A. B](c. D). <b>Tag</b>."},
		{"``a`b. C`` it is. So", "``a`b. C`` it is.|So"},
		{"Hard break. One\\\nTwo. Three", "Hard break.|One\\|Two.|Three"},
		{"Break.<br>\nTwo", "Break.<br>|Two"},
		{"# A head. Of two.\nText one. Two.", "# A head. Of two.|Text one.|Two."},
		{"A head. Two.\n===\nText. Two.", "A head. Two.|===|Text.|Two."},
		{"- An item. Two\n  goes on. Here.\n\n  Its second. Paragraph.\n\nText. Two.",
			"- An item. Two|  goes on. Here.||  Its second. Paragraph.||Text.|Two."},
		{"Text. Two:\n- An item. Two\n- An item", "Text.|Two:|- An item. Two|- An item"},
		{"1. Item. One.\n2. Two. Three", "1. Item. One.|2. Two. Three"},
		{"| a. B | c |\n|---|---|\n| d. E | f |", "| a. B | c |" + "||---|---||" + "| d. E | f |"},
		{"a. B | c\n---|---\nd. E | f\n\nGin. Hut", "a. B | c|---|---|d. E | f||Gin.|Hut"},
		{"```\nA. B\n\nC. D\n```\nEve. Fin", "```|A. B||C. D|```|Eve.|Fin"},
		{"~~~ text\nA. B\n```\nC. D\n~~~", "~~~ text|A. B|```|C. D|~~~"},
		{"    code. In\n\ntext. And", "    code. In||text.|And"},
		{"$$\na. B\n\nc. D\n$$\nEve. Fin", "$$|a. B||c. D|$$|Eve.|Fin"},
		{"With\n$$ x. Y $$\nso. It is", "With|$$ x. Y $$|so.|It is"},
		{"> quoted. Text\nmore. Text\n\nPlain. Text", "> quoted. Text|more. Text||Plain.|Text"},
		{"<div>\nA. B\n</div>\n\nCue. Due", "<div>|A. B|</div>||Cue.|Due"},
		{"Ein Ü. Über. 日本。 Ende. Ægir. éa.", "Ein Ü. Über.|日本。 Ende.|Ægir. éa."},
		{"[a]: http://x. Y\n\n---\n\n", "[a]: http://x. Y||---||"},
		{"", ""},
	} {
		got := Sentences(test.text)
		if flat := strings.ReplaceAll(got, "\n", "|"); flat != test.want {
			t.Errorf("%q:\n got %s\nwant %s", test.text, flat, test.want)
		}
		if again := Sentences(got); again != got {
			t.Errorf("%q: once more gives %q, was %q", test.text, again, got)
		}
	}
}

// Words and their order stay, in all chapters too; what is formatted stays as it is.
func FuzzSentences(f *testing.F) {
	chapters, err := Chapters(filepath.Join("..", ".."))
	if err != nil || len(chapters) == 0 {
		f.Fatalf("%d chapters: %v", len(chapters), err)
	}
	for _, p := range chapters {
		nb, err := nbformat.Read(p.Notebook)
		if err != nil {
			f.Fatal(err)
		}
		for _, c := range nb.Cells {
			if c.Type == nbformat.Markdown {
				f.Add(string(c.Source))
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = trimLines(lineEnds.Replace(text), true)
		got := Sentences(text)
		if !slices.Equal(strings.Fields(got), strings.Fields(text)) {
			t.Errorf("other words: %q\nbecame %q", text, got)
		}
		if again := Sentences(got); again != got {
			t.Errorf("not stable: %q\nbecame %q\nthen %q", text, got, again)
		}
	})
}

func TestFormat(t *testing.T) {
	dir := t.TempDir()
	p := Pair{Name: "demo", Dir: dir, Go: filepath.Join(dir, "demo_test.go"), Notebook: filepath.Join(dir, "demo.ipynb")}
	write(t, p.Go, "// # Demo. It is.\n//\n// One. Two\n// goes on.\n\npackage demo_test\n\n"+
		"// f is. A doc.\nfunc f() {}\n\n"+
		"// Three. +build is a word.\n")
	if _, err := p.Sync(); err != nil {
		t.Fatal(err)
	}
	before, err := nbformat.Read(p.Notebook)
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := p.Format(); err != nil || len(changed) != 2 {
		t.Fatalf("changed %v, %v", changed, err)
	}
	want := "// # Demo. It is.\n//\n// One.\n// Two goes on.\n\npackage demo_test\n\n// f is. A doc.\nfunc f() {}\n\n" +
		"// Three. +build is a word.\n"
	if got, err := os.ReadFile(p.Go); err != nil || string(got) != want {
		t.Errorf("%v, got\n%s\nwant\n%s", err, got, want)
	}
	after, err := nbformat.Read(p.Notebook)
	if err != nil || after.Cells[0].ID != before.Cells[0].ID ||
		!strings.Contains(string(after.Cells[0].Source), "One.\nTwo goes on.") {
		t.Errorf("%v: the notebook has %+v", err, after.Cells[0])
	}
	if changed, err := p.Format(); err != nil || len(changed) > 0 {
		t.Errorf("once more changed %v, %v", changed, err)
	}
}
