package tokenizer

import (
	"strings"
	"testing"

	"github.com/janpfeifer/must"
)

// Tokens that take space along are found in time that grows with the text, not with its square: that would take hours.
func TestAddedTokensLongSpace(t *testing.T) {
	blank := addedToken{Content: " ", LStrip: true, RStrip: true, id: 1}
	mark := addedToken{Content: "<x>", LStrip: true, RStrip: true, SingleWord: true, id: 2}
	a := must.M1(newAddedTokens([]addedToken{blank, mark}, nil))
	for part, times := range map[string]int{" ": 1 << 20, "a ": 1 << 20, "<x> ": 1 << 18} {
		text := strings.Repeat(part, times)
		rest := 0
		ids := a.split(nil, text, true, func(ids []int32, text string) []int32 {
			rest += len(text)
			return ids
		})
		if found := len(ids); found < len(text)/4 || rest > len(text)/2 {
			t.Errorf("%.8q…: %d tokens, %d bytes between them", text, found, rest)
		}
	}
}

// A byte that is not UTF-8 is not U+FFFD, which a special token may contain.
func TestAddedTokensInvalidUTF8(t *testing.T) {
	c := must.M1(NewChar("ab", "\ufffda"))
	if got := c.Decode(c.EncodeWithSpecials("\xffa \ufffda")); got != "\ufffda\ufffd\ufffda" {
		t.Errorf("decodes to %q", got)
	}
	if ids := c.EncodeWithSpecials("\xffa\ufffda"); len(ids) != 3 || ids[2] != must.M1(c.Special("\ufffda")) {
		t.Errorf("ids %v", ids)
	}
}
