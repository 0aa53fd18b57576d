package nbformat

import (
	"html"
	"regexp"
	"strings"
)

var (
	died     = regexp.MustCompile(`(?m)(?:panic: |Must not error: |fatal error: )(.*)$`)
	compiler = regexp.MustCompile(`Cell\[\d+\]: Line (\d+)</span> ` +
		`<span class="gonb-err-location">[^<]*</span></span>([^<+]+)<div`)
)

// Failure says in one line why GoNB failed on the cell: what the compiler or the panic said.
// It is empty if the outputs, which must be normalised, do not tell.
func (c *Cell) Failure() string {
	for _, o := range c.Outputs {
		data, _ := o["data"].(map[string]any)
		page := Output{"text": data["text/html"]}.Text()
		if m := compiler.FindStringSubmatch(page); m != nil {
			return "line " + m[1] + ": " + html.UnescapeString(strings.TrimSpace(m[2]))
		}
	}
	for _, o := range c.Outputs {
		if m := died.FindStringSubmatch(o.Text()); m != nil && o.IsStream("stderr") {
			return strings.ToValidUTF8(m[1][:min(len(m[1]), 400)], "")
		}
	}
	return ""
}
