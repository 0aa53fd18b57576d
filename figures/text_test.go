package figures

import (
	"strings"
	"testing"
	"unicode/utf8"

	"gonum.org/v1/plot/vg"
)

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"loss (nats/token)":      "loss (nats/token)",
		"β = 0.1 → “±∞”, µ²":     "β = 0.1 → “±∞”, µ²",
		"a\nb\tc\r":              `a\nb\tc\r`,
		"\x00\x1b\x7f":           `\x00\x1b\x7f`,
		"\xff\xc3":               `\xff\xc3`,
		"\u200b\u202e\ufeff":     `\u200b\u202e\ufeff`,
		"\ufffe":                 `\ufffe`,
		"中":                      `\u4e2d`, // the font has no glyph: blank, if it were drawn
		`a\n`:                    `a\n`,
		strings.Repeat("x", 300): strings.Repeat("x", 199) + "…",
		strings.Repeat("ä", 200): strings.Repeat("ä", 200),
	} {
		if got := printable(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func FuzzPrintable(f *testing.F) {
	f.Add(strange)
	f.Fuzz(func(t *testing.T, s string) {
		got := printable(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, unseen) {
			t.Errorf("%q became %q", s, got)
		}
		if twice := printable(got); twice != got && len(got) <= maxText {
			t.Errorf("%q became %q, then %q", s, got, twice)
		}
		for _, room := range []vg.Length{-1, 0, 3, 50, 1e9} {
			style, short := fit(textStyle(titleSize), s, room)
			if w := style.Width(short); w > max(room, style.Width("…"))+1e-6 {
				t.Errorf("%q in a room of %v became %q, %v wide", s, room, short, w)
			}
		}
	})
}
