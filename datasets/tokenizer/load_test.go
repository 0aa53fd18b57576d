package tokenizer

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/janpfeifer/must"
)

func TestSaveLoadBPE(t *testing.T) {
	b := must.M1(Train(opticks(t)+" 你好 你好 \t\t # # # #", 900, endOfText, "<|user|>"))
	dir := filepath.Join(t.TempDir(), "new", "folder")
	must.M(b.Save(dir))
	back := must.M1(LoadBPE(dir))
	if !slices.Equal(back.tokens, b.tokens) || !slices.Equal(back.merges, b.merges) ||
		!reflect.DeepEqual(back.ids, b.ids) || back.byteIDs != b.byteIDs || !reflect.DeepEqual(back.ranks, b.ranks) {
		t.Error("the loaded vocabulary is another one")
	}
	// OpenAI's names for the same files.
	must.M(os.Rename(filepath.Join(dir, vocabFile), filepath.Join(dir, "encoder.json")))
	must.M(os.Rename(filepath.Join(dir, mergesFile), filepath.Join(dir, "vocab.bpe")))
	if back := must.M1(LoadBPE(dir)); !slices.Equal(back.merges, b.merges) {
		t.Error("encoder.json and vocab.bpe give another vocabulary")
	}
	if left := must.M1(os.ReadDir(dir)); len(left) != 2 {
		t.Errorf("Save left %v", left)
	}
}

// Hugging Face's trainer gives special tokens the first ids.
func TestLoadSpecialsFirst(t *testing.T) {
	b := must.M1(Train("low low lower", 258))
	dir := t.TempDir()
	must.M(b.Save(dir))
	texts := []string{"[PAD]", endOfText}
	for _, token := range b.tokens {
		texts = append(texts, printable(token))
	}
	must.M(writeVocab(filepath.Join(dir, vocabFile), texts))
	back := must.M1(LoadBPE(dir))
	want := b.Encode("slow lower")
	for i := range want {
		want[i] += 2
	}
	if got := back.Encode("slow lower"); !slices.Equal(got, want) {
		t.Errorf("ids %v, want %v", got, want)
	}
	if id := must.M1(back.Special(endOfText)); id != 1 {
		t.Errorf("%s has id %d, want 1", endOfText, id)
	}
}

func TestLoadBPERefuses(t *testing.T) {
	good := t.TempDir()
	must.M(must.M1(Train("low low lower", 259, endOfText)).Save(good))
	vocab := string(must.M1(os.ReadFile(filepath.Join(good, vocabFile))))
	merges := string(must.M1(os.ReadFile(filepath.Join(good, mergesFile)))) // l o, lo w
	instead := func(entry string) string { return strings.Replace(vocab, `"#": 2`, entry, 1) }
	for _, c := range []struct{ name, vocab, merges, want string }{
		{"not JSON", "hello", merges, `vocab.json:1: want a JSON object {"token": id, …}`},
		{"empty", "", merges, `vocab.json:1: want a JSON object`},
		{"list", "[1]", merges, `vocab.json:1: want a JSON object`},
		{"cut off", vocab[:len(vocab)/2], merges, `vocab.json:141: unexpected EOF`},
		{"text after", vocab + "x", merges, `vocab.json:262: text after the end of the JSON object`},
		{"id of text", instead(`"#": "x"`), merges, `vocab.json:4: id of token "#": `},
		{"fraction", instead(`"#": 2.5`), merges, `vocab.json:4: id of token "#": `},
		{"negative id", instead(`"#": -2`), merges, `vocab.json:4: token "#" cannot have id -2`},
		{"id twice", instead(`"#": 1`), merges,
			`vocab.json:4: token "#" cannot have id 1; it is negative or that of "\""`},
		{"token twice", instead(`"\"": 2`), merges, `vocab.json:4: token "\"" appears twice`},
		{"gap", instead(`"#": 999`), merges, `vocab.json: no token has id 2, want ids 0 to 258`},
		{"huge id", instead(`"#": 99999999999`), merges, `vocab.json:4: id of token "#": `},
		{"byte missing", instead(`"<|x|>": 2`), merges, `vocab.json: no token '#', which stands for byte 35`},
		{"merges cut off", vocab, "#version: 0.2\nl o\n",
			`vocab.json:259: token "low" (id 257) is neither a byte, nor the result of a merge, nor a special token`},
		{"one part", vocab, "l\n", `merges.txt:1: want two tokens with one blank between them, got "l"`},
		{"three parts", vocab, "#version: 0.2\nl o w\n", `merges.txt:2: want two tokens`},
		{"empty line", vocab, "l o\n\nlo w\n", `merges.txt:2: want two tokens`},
		{"unknown left", vocab, "l o\nlo w\nlot s\n", `merges.txt:3: the left token "lot" is not in the vocabulary`},
		{"unknown right", vocab, "l o\nlo w\nl os\n", `merges.txt:3: the right token "os" is not in the vocabulary`},
		{"special part", vocab, "l o\nlo w\nl <|endoftext|>\n",
			`merges.txt:3: the merged token "l<|endoftext|>" is not in the vocabulary`},
		{"unknown result", vocab, "l o\nlo w\nlow e\n",
			`merges.txt:3: the merged token "lowe" is not in the vocabulary`},
		{"merge twice", vocab, "l o\nl o\n", `merges.txt:2: the merged token "lo" was made by an earlier line`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			must.M(os.WriteFile(filepath.Join(dir, vocabFile), []byte(c.vocab), 0o666))
			must.M(os.WriteFile(filepath.Join(dir, mergesFile), []byte(c.merges), 0o666))
			_, err := LoadBPE(dir)
			if err == nil || !strings.HasPrefix(err.Error(), "tokenizer: "+dir) ||
				!strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v\nwant one with %s", err, c.want)
			}
		})
	}
	dir := t.TempDir()
	if _, err := LoadBPE(dir); err == nil || !strings.Contains(err.Error(), vocabFile) {
		t.Errorf("an empty folder gives the error %v", err)
	}
	must.M(os.WriteFile(filepath.Join(dir, vocabFile), []byte(vocab), 0o666))
	if _, err := LoadBPE(dir); err == nil || !strings.Contains(err.Error(), mergesFile) {
		t.Errorf("without merges the error is %v", err)
	}
	must.M(os.WriteFile(filepath.Join(dir, mergesFile), []byte(strings.ReplaceAll(merges, "\n", "\r\n")), 0o666))
	if _, err := LoadBPE(dir); err != nil {
		t.Errorf("Windows line ends give the error %v", err)
	}
	file := filepath.Join(dir, "file")
	must.M(os.WriteFile(file, nil, 0o666))
	if err := must.M1(Train("a", 256)).Save(file); err == nil {
		t.Error("Save into a file instead of a folder gives no error")
	}
}

// Two merges may give one token, and a merge may stand before those that make its parts.
func TestLoadConvertedMerges(t *testing.T) {
	dir := t.TempDir()
	texts := make([]string, 256)
	for c, r := range byteRunes {
		texts[c] = string(r)
	}
	must.M(writeVocab(filepath.Join(dir, vocabFile), append(texts, "ab", "bc", "abc")))
	for _, merges := range []string{"a b\nb c\nab c\na bc\n", "a bc\nab c\nb c\na b\n"} {
		must.M(os.WriteFile(filepath.Join(dir, mergesFile), []byte(merges), 0o666))
		b := must.M1(LoadBPE(dir))
		if got := b.Encode("abc"); !slices.Equal(got, []int32{258}) {
			t.Errorf("%q: abc has the ids %v, want 258", merges, got)
		}
		if got := joined(b, b.Encode("abcab")); got != "abcab" {
			t.Errorf("%q: abcab comes back as %q", merges, got)
		}
	}
}

func TestFromRanks(t *testing.T) {
	b := must.M1(Train(opticks(t), 3000, endOfText))
	back := must.M1(FromRanks(b.tokens[:2999], endOfText))
	if !slices.Equal(back.merges, b.merges) || !slices.Equal(back.tokens, b.tokens) {
		t.Error("the merges recovered from the tokens are others")
	}
	bytes := b.tokens[:256:256]
	for want, tokens := range map[string][]string{
		"255 tokens cannot hold the 256 bytes":                          bytes[:255],
		`token "!" of rank 256 appears twice`:                           append(bytes, "!"),
		`rank 255 is "ab", want one of the 256 bytes`:                   append(bytes[:255:255], "ab"),
		`token "abc" of rank 256 has 3 parts before its own merge`:      append(bytes, "abc"),
		`token "" of rank 256 has 0 parts before its own merge, want 2`: append(bytes, ""),
	} {
		if _, err := FromRanks(tokens); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %s", err, want)
		}
	}
}
