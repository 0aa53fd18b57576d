// Package dialog is the one format of a conversation from supervised fine-tuning to chat: turns, the
// template that writes them as token ids, the mask that says which ids are the assistant's, and the
// batches made of them.
//
// Start with [Template], then read [Example]: what a model is trained on.
//
//	<|user|> Where does Ada Brook live?<|end|><|assistant|> Ada Brook lives in Salem.<|end|>
package dialog

import (
	"fmt"
	"strings"
)

// Role says who speaks in a turn.
type Role string

// The roles. A tool's turn holds the result of a call; nobody learns to write it.
const (
	User      Role = "user"
	Assistant Role = "assistant"
	Tool      Role = "tool"
)

// Turn is one contribution to a conversation.
type Turn struct {
	Role Role   `json:"role"`
	Text string `json:"text"`
}

// String writes a conversation for a reader, one turn a line.
func String(turns []Turn) string {
	var b strings.Builder
	for _, t := range turns {
		fmt.Fprintf(&b, "%s: %s\n", t.Role, t.Text)
	}
	return b.String()
}

// Validate checks that the roles are known, that the user comes first, that nobody speaks twice in a row
// and that no turn is empty.
func Validate(turns []Turn) error {
	if len(turns) == 0 {
		return fmt.Errorf("dialog: no turns, want at least one")
	}
	for i, t := range turns {
		switch {
		case t.Role != User && t.Role != Assistant && t.Role != Tool:
			return fmt.Errorf("dialog: turn %d: role %q, want user, assistant or tool", i, t.Role)
		case i == 0 && t.Role != User:
			return fmt.Errorf("dialog: turn 0 is the %s's, want the user's", t.Role)
		case i > 0 && t.Role == turns[i-1].Role:
			return fmt.Errorf("dialog: turns %d and %d are both the %s's", i-1, i, t.Role)
		case strings.TrimSpace(t.Text) == "":
			return fmt.Errorf("dialog: turn %d is empty", i)
		}
	}
	return nil
}
