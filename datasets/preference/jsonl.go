package preference

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"gptbook/datasets/corpus"
	"gptbook/datasets/dialog"
	"gptbook/internal/atomic"
)

// maxLine is the longest line that Read accepts, in bytes.
const maxLine = 1 << 20

// line is what a line may hold: a ranking, or a pair as other collections write it.
type line struct {
	Prompt   []dialog.Turn `json:"prompt"`
	Answers  []string      `json:"answers"`
	Chosen   string        `json:"chosen"`
	Rejected string        `json:"rejected"`
}

// Read reads a file of JSON lines, each
//
//	{"prompt": [{"role": "user", "text": "…"}], "answers": ["best", "second", …]}
//
// or a pair, {"prompt": […], "chosen": "…", "rejected": "…"}. Empty lines are skipped. An error names the file and
// the line. Text is read by [corpus.UTF8].
func Read(path string) ([]Ranking, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("preference: %w", err)
	}
	defer f.Close()
	var rankings []Ranking
	lines := bufio.NewReader(corpus.UTF8(f))
	for n := 1; ; n++ {
		text, err := lines.ReadBytes('\n')
		last := err == io.EOF
		if last {
			err = nil
		}
		if err == nil && len(bytes.TrimSpace(text)) > 0 {
			var r Ranking
			r, err = parse(text)
			rankings = append(rankings, r)
		}
		if err != nil {
			return nil, fmt.Errorf("preference: %s:%d: %w", path, n, err)
		}
		if last {
			return rankings, nil
		}
	}
}

func parse(text []byte) (Ranking, error) {
	if len(text) > maxLine {
		return Ranking{}, fmt.Errorf("the line is longer than %d bytes", maxLine)
	}
	var l line
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&l); err != nil {
		return Ranking{}, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return Ranking{}, errors.New("more than one value on the line")
	}
	r := Ranking{Prompt: l.Prompt, Answers: l.Answers}
	if l.Chosen != "" || l.Rejected != "" {
		if r.Answers != nil {
			return Ranking{}, errors.New(`both "answers" and "chosen" or "rejected", want one of the two forms`)
		}
		if strings.TrimSpace(l.Chosen) == strings.TrimSpace(l.Rejected) {
			return Ranking{}, errors.New("chosen equals rejected once encoded")
		}
		r.Answers = []string{l.Chosen, l.Rejected}
	}
	return r, r.Validate()
}

// Write writes rankings as JSON lines. The file appears whole or not at all.
func Write(path string, rankings []Ranking) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	for i, r := range rankings {
		if err := r.Validate(); err != nil {
			return fmt.Errorf("preference: ranking %d: %w", i, err)
		}
		if err := encoder.Encode(r); err != nil {
			return fmt.Errorf("preference: ranking %d: %w", i, err)
		}
	}
	if err := atomic.WriteFile(path, text.Bytes()); err != nil {
		return fmt.Errorf("preference: %w", err)
	}
	return nil
}
