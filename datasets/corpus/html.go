package corpus

import (
	"bytes"
	"io"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// layout says what the elements of HTML are to plain text; the others, such as <b> and <a>, stand within a line.
var layout = map[string]rendering{}

type rendering int

const (
	paragraph rendering = iota + 1 // stands between blank lines
	lineBreak                      // begins a line
	cell                           // stands apart by a blank
	unseen                         // its text is not shown
)

func init() {
	for r, names := range map[rendering]string{
		paragraph: "address article aside blockquote body dd details div dl dt fieldset figcaption figure " +
			"footer form h1 h2 h3 h4 h5 h6 head header hr html legend main nav ol p pre section summary table ul",
		lineBreak: "br caption li option tr",
		cell:      "td th",
		unseen:    "iframe noembed noframes script style title",
	} {
		for _, name := range strings.Fields(names) {
			layout[name] = r
		}
	}
}

var space = regexp.MustCompile(`\s+`)

// pageText returns the text between the tags of an HTML page. Blank space becomes one blank, except in <pre>.
func pageText(page io.Reader) (string, error) {
	tokens := html.NewTokenizer(page)
	var out []byte
	last, pre := rendering(0), 0 // of the tag before, and how deep in <pre>
	for {
		kind := tokens.Next()
		switch kind {
		case html.ErrorToken:
			if tokens.Err() != io.EOF {
				return "", tokens.Err()
			}
			return clean(string(bytes.TrimSpace(out)))
		case html.TextToken:
			text := tokens.Text()
			switch {
			case last == unseen:
			case pre == 0:
				out = appendText(out, space.ReplaceAll(text, []byte(" ")))
			case last == paragraph: // a line may end right behind <pre>
				out = append(out, bytes.TrimPrefix(text, []byte("\n"))...)
			default:
				out = append(out, text...)
			}
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			name, _ := tokens.TagName()
			last = layout[string(name)]
			switch {
			case string(name) == "pre" && kind == html.StartTagToken:
				pre++
			case string(name) == "pre":
				pre = max(0, pre-1)
			}
			switch last {
			case paragraph:
				out = breakLine(out, "\n\n")
			case lineBreak:
				out = breakLine(out, "\n")
			case cell:
				out = appendText(out, []byte(" "))
			}
		}
	}
}

// appendText leaves out the blank with which a text begins where a line or a blank comes before it.
func appendText(out, text []byte) []byte {
	if len(out) == 0 || bytes.HasSuffix(out, []byte(" ")) || bytes.HasSuffix(out, []byte("\n")) {
		text = bytes.TrimPrefix(text, []byte(" "))
	}
	return append(out, text...)
}

// breakLine makes out, if there is anything in it, end in newlines.
func breakLine(out []byte, newlines string) []byte {
	if out = bytes.TrimRight(out, " "); len(out) == 0 {
		return out
	}
	for !bytes.HasSuffix(out, []byte(newlines)) {
		out = append(out, '\n')
	}
	return out
}
