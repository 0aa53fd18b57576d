package chat

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"gptbook/datasets/dialog"
)

// Session is one conversation that goes on.
type Session struct {
	responder Responder
	turns     []dialog.Turn
	said      int // answers so far: each gets a seed of its own
}

// NewSession starts a conversation.
func NewSession(r Responder) *Session { return &Session{responder: r} }

// Turns returns the conversation so far.
func (s *Session) Turns() []dialog.Turn { return s.turns }

// Reset forgets the conversation.
func (s *Session) Reset() { s.turns = nil }

// Say adds the user's turn and returns the assistant's. stream is called with each new piece of the answer as soon as
// it is there, and may be nil. Where the conversation outgrows the model's context its oldest exchanges are forgotten.
// If Say fails, the conversation is as it was.
func (s *Session) Say(ctx context.Context, text string, stream func(piece string)) (string, error) {
	turns := append(s.turns[:len(s.turns):len(s.turns)], dialog.Turn{Role: dialog.User, Text: text})
	prompt, err := s.responder.Template.Prompt(turns)
	for err == nil && len(prompt)+s.responder.MaxTokens > s.responder.Context && len(turns) > 2 {
		turns = turns[2:]
		prompt, err = s.responder.Template.Prompt(turns)
	}
	if err != nil {
		return "", fmt.Errorf("chat: %w", err)
	}
	if len(prompt) >= s.responder.Context {
		return "", fmt.Errorf("chat: a text of %d tokens does not fit the model's context of %d; say it in fewer words",
			len(prompt), s.responder.Context)
	}
	request := s.responder.request(prompt, s.said)
	var ids []int32
	shown := ""
	request.OnToken = func(id int32) {
		ids = append(ids, id)
		if text, _, err := s.responder.Template.Spoken(ids); err == nil && stream != nil && complete(text) {
			stream(strings.TrimPrefix(text, shown))
			shown = text
		}
	}
	results, err := s.responder.Generator.Generate(ctx, request)
	if err != nil {
		return "", fmt.Errorf("chat: %w", err)
	}
	answer, _, err := s.responder.Template.Spoken(results[0].Tokens)
	if err != nil {
		return "", err
	}
	s.said++
	if strings.TrimSpace(answer) != "" { // an empty turn would have no place in the template
		s.turns = append(turns, dialog.Turn{Role: dialog.Assistant, Text: answer})
	}
	return answer, nil
}

// complete says whether text ends with a whole character: a token may hold part of one.
func complete(text string) bool {
	last, _ := utf8.DecodeLastRuneInString(text)
	return last != utf8.RuneError
}
