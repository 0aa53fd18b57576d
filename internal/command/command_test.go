package command

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestBounded(t *testing.T) {
	broken := errors.New("broken")
	if err := Bounded(t.Context(), time.Minute, func() error { return broken }); err != broken {
		t.Errorf("of f: %v", err)
	}
	forever := make(chan bool)
	defer close(forever)
	wait := func() error { <-forever; return nil }
	if err := Bounded(t.Context(), time.Millisecond, wait); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after the limit: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Bounded(ctx, time.Minute, wait); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
