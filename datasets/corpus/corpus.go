// Package corpus turns text into batches: built-in text that every Go toolchain carries, the
// reader's own files, and downloads with a known checksum; splits them into training and
// validation text; and cuts token ids into batches for GPT ([NextToken], [Sequential]) and
// BERT ([MaskedLM]).
//
// Start with [Load] and [Corpus.Split]. Tokenizers are not needed here: text leaves this
// package, token ids come back. The files in reading order:
//
//   - corpus.go: a text, its documents, its split
//   - folder.go, formats.go, html.go, encoding.go: the reader's own files
//   - builtin.go, downloads.go: the texts that have a name
//   - sentences.go: documents to sentences
//   - batches.go, prefetch.go: what the trainer reads; batches of token ids
//   - maskedlm.go, maskedlm_batch.go: batches for BERT
package corpus

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// Corpus is a text and the documents it consists of.
type Corpus struct {
	Name   string // what Load was asked for
	Source string // where the text came from: a file, a folder or an address
	Text   string // valid UTF-8, lines end in \n

	// Notes say, a line each, what was left out, counted once or converted when a folder or file was read.
	Notes []string

	starts []int // byte offsets in Text where documents begin, ascending; the first is 0
}

// Load returns a corpus by name, or else reads the file or folder of that name ([ReadPath]).
//
//   - "opticks": Isaac Newton, Opticks, 1730, 567 kB of English. From the Go source tree.
//   - "godoc": the doc comments of Go's standard library, about 1.5 MB. It depends on the
//     version of Go; [Corpus.SHA256] says which text it was.
//   - "tinyshakespeare": 1.1 MB, 40,000 lines of Shakespeare's plays (Karpathy 2015).
//   - "tinystories": 19 MB, the validation file of TinyStories (Eldan & Li 2023).
//   - "wikitext-2": 11 MB, the training part of WikiText-2, raw (Merity et al. 2016).
//   - "yuanqu": 3.5 MB, 10,900 songs of the Yuan dynasty in Chinese, for which 85 MB are fetched.
//
// The last four are fetched once into the user's cache and checked.
func Load(name string) (*Corpus, error) {
	switch name {
	case "":
		return nil, fmt.Errorf("corpus: no name given; have %s, or a file or folder", strings.Join(Names(), ", "))
	case "opticks":
		return opticks()
	case "godoc":
		return godoc()
	}
	for _, s := range sources {
		if s.name == name {
			return s.load()
		}
	}
	return ReadPath(name)
}

// Names lists what Load knows by name.
func Names() []string {
	names := []string{"opticks", "godoc"}
	for _, s := range sources {
		names = append(names, s.name)
	}
	return names
}

// fromDocuments joins documents.
func fromDocuments(name, source string, documents []string) (*Corpus, error) {
	var j joiner
	for i, d := range documents {
		d, err := clean(d)
		if err != nil {
			return nil, fmt.Errorf("corpus: %s: document %d: %w", source, i, err)
		}
		j.add(strings.TrimSpace(d))
	}
	if j.starts == nil {
		return nil, fmt.Errorf("corpus: %s has no document", source)
	}
	return &Corpus{Name: name, Source: source, Text: j.text.String(), starts: j.starts}, nil
}

// between stands between two documents.
const between = "\n\n\n"

// joiner makes one text of documents.
type joiner struct {
	text   strings.Builder
	starts []int
}

// add returns the document as it stands in the text.
func (j *joiner) add(document string) string {
	if j.starts != nil {
		j.text.WriteString(between)
	}
	start := j.text.Len()
	j.starts = append(j.starts, start)
	j.text.WriteString(document)
	return j.text.String()[start:]
}

// Documents returns the documents without the blank space around them: sections of Opticks,
// packages of godoc, files of a folder, articles, stories, songs. A document is text that hangs
// together: BERT's sentence pairs never cross its ends, and a GPT may get an end-of-text token
// after each.
func (c *Corpus) Documents() []string {
	var documents []string
	for i, start := range c.starts {
		end := len(c.Text)
		if i+1 < len(c.starts) {
			end = c.starts[i+1]
		}
		if d := strings.TrimSpace(c.Text[start:end]); d != "" {
			documents = append(documents, d)
		}
	}
	return documents
}

// Split cuts the text once: the end, about a fraction validation of the bytes, is held out. The
// cut is at the nearest boundary of documents, or where none is near (a fifth of the held-out
// part), of paragraphs, lines or characters. No byte is in both parts and the same text is
// always cut in the same place. One cut, not many: text near a training passage would
// otherwise be in the validation set, and the loss look better than it is.
func (c *Corpus) Split(validation float64) (train, held *Corpus, err error) {
	if !(validation > 0 && validation < 1) {
		return nil, nil, fmt.Errorf("corpus: cannot hold out a fraction %v of %s, want more than 0 and less than 1",
			validation, c.Name)
	}
	cut := c.cut(validation)
	if strings.TrimSpace(c.Text[:cut]) == "" || strings.TrimSpace(c.Text[cut:]) == "" {
		return nil, nil, fmt.Errorf("corpus: %s, %d bytes, is too short to hold out a fraction of %v",
			c.Source, len(c.Text), validation)
	}
	train = &Corpus{Name: c.Name + "/train", Source: c.Source, Text: c.Text[:cut]}
	held = &Corpus{Name: c.Name + "/validation", Source: c.Source, Text: c.Text[cut:], starts: []int{0}}
	for _, s := range c.starts {
		if s < cut {
			train.starts = append(train.starts, s)
		} else if s > cut {
			held.starts = append(held.starts, s-cut)
		}
	}
	return train, held, nil
}

// cut returns where Split cuts.
func (c *Corpus) cut(validation float64) int {
	target := len(c.Text) - int(math.Round(validation*float64(len(c.Text))))
	slack := validation * float64(len(c.Text)) / 5
	for _, bounds := range [][]int{c.starts, after(c.Text, "\n\n"), after(c.Text, "\n")} {
		if cut := nearest(bounds, target); cut > 0 && math.Abs(float64(cut-target)) <= slack {
			return cut
		}
	}
	for target < len(c.Text) && !utf8.RuneStart(c.Text[target]) {
		target++
	}
	return target
}

// SHA256 names the text for the record of a run, in hex.
func (c *Corpus) SHA256() string {
	sum := sha256.Sum256([]byte(c.Text))
	return hex.EncodeToString(sum[:])
}

// BitsPerByte makes losses comparable across tokenizers: how many bits the model needs on average
// for one byte of text. nats is the mean loss per token over a text of that many tokens and bytes.
func BitsPerByte(nats float64, tokens, bytes int) float64 {
	return nats * float64(tokens) / (float64(bytes) * math.Ln2)
}

// after returns 0 and the offset behind each run of newlines that begins with gap.
func after(text, gap string) []int {
	starts := []int{0}
	for at := 0; ; {
		i := strings.Index(text[at:], gap)
		if i < 0 {
			return starts
		}
		for at += i; at < len(text) && text[at] == '\n'; {
			at++
		}
		if at == len(text) {
			return starts
		}
		starts = append(starts, at)
	}
}

// nearest returns the bound closest to target, the earlier of two.
func nearest(bounds []int, target int) int {
	best := 0
	for _, b := range bounds {
		if math.Abs(float64(b-target)) < math.Abs(float64(best-target)) {
			best = b
		}
	}
	return best
}
