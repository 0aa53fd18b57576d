// Package site renders the course as pages that can be read offline, from a folder, without
// scripts: Go is coloured, formulas are MathML, figures are inside the pages.
//
// Start with [Write].
package site

import (
	"bytes"
	_ "embed"
	"html/template"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"gptbook/internal/atomic"
)

// Render turns notebooks into the HTML of their cells, in order, and returns a style sheet for code.
type Render func(notebooks []string) (bodies []string, style string, err error)

// RenderScript is the Python program behind [Render]: it prints a JSON list of bodies, and the style.
//
//go:embed render.py
var RenderScript string

//go:embed page.html
var pageText string

//go:embed style.css
var styleText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// Chapter is one page.
type Chapter struct {
	Number, Title, Summary string
	Notebook               string // path of the .ipynb
}

// File returns the name of the page.
func (c *Chapter) File() string { return filepath.Base(filepath.Dir(c.Notebook)) + ".html" }

// page is what the template sees.
type page struct {
	Course     string
	Chapters   []Chapter
	Current    *Chapter // nil on the index
	Prev, Next *Chapter
	Body       template.HTML
	Contents   []section // headings of the second level
}

type section struct {
	ID    string
	Title template.HTML
}

// Write writes the site of a course into the folder dir: index.html, a page per chapter, and the files
// of the repository at root that the chapters link to.
func Write(dir, root, course string, chapters []Chapter, render Render) error {
	var notebooks []string
	for _, c := range chapters {
		notebooks = append(notebooks, c.Notebook)
	}
	bodies, colours, err := render(notebooks)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := atomic.WriteFile(filepath.Join(dir, "style.css"), []byte(styleText+colours+"\n")); err != nil {
		return err
	}
	if err := writePage(filepath.Join(dir, "index.html"), page{Course: course, Chapters: chapters}); err != nil {
		return err
	}
	for i := range chapters {
		c := &chapters[i]
		body, err := linkUp(bodies[i], c, dir, root)
		if err != nil {
			return err
		}
		p := page{Course: course, Chapters: chapters, Current: c, Body: template.HTML(body), Contents: contents(body)}
		if i > 0 {
			p.Prev = &chapters[i-1]
		}
		if i+1 < len(chapters) {
			p.Next = &chapters[i+1]
		}
		if err := writePage(filepath.Join(dir, c.File()), p); err != nil {
			return err
		}
	}
	return nil
}

func writePage(file string, p page) error {
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		return err
	}
	return atomic.WriteFile(file, b.Bytes())
}

var heading = regexp.MustCompile(`(?s)<h2[^>]*id="([^"]*)"[^>]*>(.*?)<a class="anchor-link"`)

func contents(body string) (sections []section) {
	for _, m := range heading.FindAllStringSubmatch(body, -1) {
		sections = append(sections, section{m[1], template.HTML(m[2])})
	}
	return sections
}

var link = regexp.MustCompile(`(?s)<a href="([^"#:]+)(#[^"]*)?"([^>]*)>(.*?)</a>`)

// linkUp points the links of a page to where their targets are in the site: to other pages, or
// to copies of files in the folder source. Links to what is not there become plain text.
func linkUp(body string, c *Chapter, dir, root string) (string, error) {
	var failed error
	out := link.ReplaceAllStringFunc(body, func(match string) string {
		m := link.FindStringSubmatch(match)
		target := filepath.Join(filepath.Dir(c.Notebook), filepath.FromSlash(m[1]))
		short, err := filepath.Rel(root, target)
		if err != nil || !filepath.IsLocal(short) {
			return m[4]
		}
		if strings.HasSuffix(target, ".ipynb") {
			if _, err := os.Stat(target); err != nil {
				return m[4]
			}
			other := Chapter{Notebook: target}
			return `<a href="` + other.File() + m[2] + `"` + m[3] + `>` + m[4] + `</a>`
		}
		data, err := os.ReadFile(target)
		if err != nil {
			return m[4] // A folder, or nothing.
		}
		copied := path.Join("source", filepath.ToSlash(short)+".txt") // Browsers show .txt, and save .go.
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(copied)), 0o755); err != nil {
			failed = err
		} else if err := atomic.WriteFile(filepath.Join(dir, copied), data); err != nil {
			failed = err
		}
		return `<a href="` + copied + `"` + m[3] + `>` + m[4] + `</a>`
	})
	return out, failed
}
