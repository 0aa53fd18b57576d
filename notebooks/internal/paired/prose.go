package paired

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Format writes each sentence of the chapter's texts on a line of its own, in both files. It reports which files it
// changed.
func (p Pair) Format() (changed []string, err error) {
	return p.sync(func(c *Chapter) {
		for i := range c.Cells {
			if c.Cells[i].Kind == Text {
				c.Cells[i].Source = Sentences(c.Cells[i].Source)
			}
		}
	})
}

// Sentences puts each sentence of the paragraphs of a Markdown text on a line of its own, which renders as before.
// What is no paragraph stays as it is: headings, lists, tables, quotations, code, formulas, HTML.
func Sentences(markdown string) string {
	lines := strings.Split(markdown, "\n")
	code := fenced(lines)
	var out, paragraph []string
	flush := func() {
		out = append(out, sentences(strings.Join(paragraph, " "))...)
		paragraph = nil
	}
	formula, block := false, false // whether one goes on: a formula up to $$, another block up to an empty line
	for i, line := range lines {
		below := ""
		if i+1 < len(lines) {
			below = lines[i+1]
		}
		single := heading.MatchString(line) || underline.MatchString(line) || underline.MatchString(below)
		starts := blockStart.MatchString(line) || len(paragraph) == 0 && indented.MatchString(line) ||
			tableRule.MatchString(below)
		switch {
		case code[i] || formula || block || single || starts || line == "" || strings.Contains(line, "$$"):
			flush()
			out = append(out, line)
			formula = formula != (!code[i] && strings.Count(line, "$$")%2 == 1)
			block = (block || starts && !single) && line != "" && !code[i]
		default:
			if paragraph = append(paragraph, strings.TrimSpace(line)); hardBreak.MatchString(line) {
				flush()
			}
		}
	}
	flush()
	return strings.Join(out, "\n")
}

var (
	blockStart = regexp.MustCompile(`^ {0,3}(#{1,6}( |$)|([-+*]|\d{1,9}[.)])( |$)|[>|]|</?[a-zA-Z!]|` +
		`\[[^\]]+\]:|([-*_] *){3,}$)`)
	heading   = regexp.MustCompile(`^ {0,3}(#{1,6}( |$)|([-*_] *){3,}$)`) // or a line across the page
	underline = regexp.MustCompile(`^ {0,3}(=+|-+) *$`)                   // of a heading
	tableRule = regexp.MustCompile(`^ {0,3}[ :|-]*-\|[ :|-]* *$`)         // below the head of a table
	indented  = regexp.MustCompile(`^[ \t]`)                              // code, or the next paragraph of a list
	hardBreak = regexp.MustCompile(`(\\|<br ?/?>)$`)
)

var (
	sentenceEnd = regexp.MustCompile(`[.!?…]+[)\]"'*_”’»]* +`)
	// inseparable holds what has stops of its own: code, formulas, links, tags.
	inseparable = regexp.MustCompile("``[^`]+(`[^`]+)*``|`[^`]+`" + `|\$[^$]+\$|!?\[[^\]]*\]\([^)]*\)|<[^>]+>`)
	opening     = `*_"'([“‘«¿¡~`
)

// Abbreviations that end no sentence: the first at all, the second before a number.
var (
	abbreviations = strings.Fields("e.g i.e al cf vs resp incl Dr Mr Mrs Ms Prof St")
	beforeNumbers = strings.Fields("fig figs eq eqs sec secs tab ch chap no nos vol p pp ca approx art")
)

// sentences cuts a paragraph, which is one line.
func sentences(paragraph string) (list []string) {
	if paragraph == "" {
		return nil
	}
	whole := inseparable.FindAllStringIndex(paragraph, -1)
	begin := 0
	for _, m := range sentenceEnd.FindAllStringIndex(paragraph, -1) {
		if slices.ContainsFunc(whole, func(w []int) bool { return w[0] <= m[0] && m[0] < w[1] }) {
			continue
		}
		before, stop, after := paragraph[begin:m[0]], paragraph[m[0]:m[1]], paragraph[m[1]:]
		if begins(after) && !abbreviates(before, stop, after) {
			list = append(list, strings.TrimRight(paragraph[begin:m[1]], " "))
			begin = m[1]
		}
	}
	return append(list, paragraph[begin:])
}

// begins tells whether text can begin a sentence, and would not begin another block at the start of a line.
func begins(text string) bool {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(text, opening))
	letter := unicode.IsLetter(first) && !unicode.IsLower(first)
	return (letter || unicode.IsDigit(first) || strings.ContainsRune("`$[<!", first)) && !blockStart.MatchString(text)
}

// abbreviates tells whether the stop behind before is that of an abbreviation or of an initial.
func abbreviates(before, stop, after string) bool {
	word := strings.TrimLeft(before[strings.LastIndex(before, " ")+1:], opening)
	if strings.TrimRight(stop, " ") != "." {
		return false
	}
	first, _ := utf8.DecodeRuneInString(after)
	initial := utf8.RuneCountInString(word) == 1 && unicode.IsUpper([]rune(word)[0]) && unicode.IsLetter(first)
	return slices.Contains(abbreviations, word) || initial ||
		slices.Contains(beforeNumbers, strings.ToLower(word)) && unicode.IsDigit(first)
}
