package nbformat

import (
	"maps"
	"strings"
)

// Normalise takes out of a notebook what changes from one run to the next without meaning:
// times, folded cells, the many writes of a progress bar. It sets the metadata that every notebook
// of the course shares; with pygments_lexer, exporters colour Go as Go.
func (nb *Notebook) Normalise() {
	metadata := map[string]any{
		"kernelspec": map[string]any{"display_name": "Go (gonb)", "language": "go", "name": "gonb"},
		"language_info": map[string]any{"file_extension": ".go", "mimetype": "text/x-go", "name": "go",
			"pygments_lexer": "go"},
	}
	if run, ok := nb.Metadata[runKey]; ok {
		metadata[runKey] = run
	}
	nb.Metadata, nb.Format, nb.Minor = metadata, 4, 5
	for i := range nb.Cells {
		c := &nb.Cells[i]
		c.Metadata = maps.Clone(c.Metadata)
		if c.Metadata == nil {
			c.Metadata = map[string]any{}
		}
		for _, noise := range []string{"execution", "ExecuteTime", "collapsed", "scrolled", "trusted", "jupyter"} {
			delete(c.Metadata, noise)
		}
		c.Outputs = coalesce(c.Outputs)
	}
}

// coalesce joins neighbouring texts of one stream and leaves of every line what a terminal
// would show after its carriage returns.
func coalesce(outputs []Output) []Output {
	var joined []Output
	for _, o := range outputs {
		o = maps.Clone(o)
		if last := len(joined) - 1; last >= 0 && o["output_type"] == "stream" && joined[last].IsStream(streamName(o)) {
			joined[last]["text"] = Text(joined[last].Text() + o.Text())
			continue
		}
		if o["output_type"] == "stream" {
			o["text"] = Text(o.Text())
		}
		joined = append(joined, o)
	}
	for _, o := range joined {
		if o["output_type"] == "stream" {
			o["text"] = Text(overwrite(o.Text()))
		}
	}
	return joined
}

func streamName(o Output) string {
	name, _ := o["name"].(string)
	return name
}

func overwrite(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i, line := range lines {
		line = strings.TrimRight(line, "\r")
		lines[i] = line[strings.LastIndex(line, "\r")+1:]
	}
	return strings.Join(lines, "\n")
}

// Run says which run the outputs of a notebook come from.
type Run struct {
	Code    string  // digest of the code that ran
	Size    string  // "full" or "small"
	Minutes float64 // wall time, to a tenth
}

const runKey = "gptbook"

// SetRun notes in the metadata where the outputs come from.
func (nb *Notebook) SetRun(r Run) {
	nb.Metadata[runKey] = map[string]any{"code": r.Code, "size": r.Size, "minutes": r.Minutes}
}

// Run returns what SetRun noted.
func (nb *Notebook) Run() (r Run, ok bool) {
	m, ok := nb.Metadata[runKey].(map[string]any)
	if !ok {
		return r, false
	}
	r.Code, _ = m["code"].(string)
	r.Size, _ = m["size"].(string)
	switch minutes := m["minutes"].(type) {
	case float64:
		r.Minutes = minutes
	case interface{ Float64() (float64, error) }: // json.Number, from a file
		r.Minutes, _ = minutes.Float64()
	}
	return r, true
}
