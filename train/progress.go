package train

import (
	"fmt"
	"html"
	"os"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"gptbook/figures/curve"
)

// LiveChart is a chart that grows while a stage is trained.
type LiveChart interface {
	Add(curve string, step int, value float64) // a point; a new name starts a curve
	Close() error                              // draws the final state
}

// NewLiveChart makes the chart that a notebook shows below its cell, with the curves of earlier steps. It is nil, and
// there is none, unless someone who draws sets it, as package notebooks/course does for the chapters: drawing takes a
// dozen packages, and a program for the terminal that trains should link none of them.
var NewLiveChart func(title, unit string, curves []curve.Curve) LiveChart

// progress shows a run while it goes on: a bar in a terminal, a live curve and a line of text below the
// cell in a notebook, nothing where nobody watches.
type progress struct {
	t     *Trainer
	last  int // the step at which the run ends
	first int // the step after which time is taken: the first of a run compiles
	start time.Time
	shown time.Time

	bar  *progressbar.ProgressBar
	live LiveChart
	line string // id of the line of text in the notebook
}

func newProgress(t *Trainer, last int) *progress {
	p := &progress{t: t, last: last, first: -1}
	switch {
	case t.opt.Quiet:
	case gonbui.IsNotebook:
		if t.line == "" {
			t.line = gonbui.UniqueId()
			if NewLiveChart != nil {
				t.live = NewLiveChart(t.stage.Name, t.stage.Unit, t.Curves())
			}
		}
		p.live, p.line = t.live, t.line
	case term.IsTerminal(int(os.Stderr.Fd())):
		p.bar = progressbar.NewOptions(last, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionFullWidth(),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetPredictTime(false))
	}
	return p
}

// show is called after each step has been logged.
func (p *progress) show(step int) {
	if p.first < 0 {
		p.first, p.start = step, time.Now()
	}
	if p.bar != nil {
		p.bar.Describe(p.status(step))
		_ = p.bar.Set(step) // what the terminal does with it must not stop a training
	}
	if p.line == "" {
		return
	}
	for _, c := range p.t.Curves() {
		if n := len(c.Points); p.live != nil && n > 0 && c.Points[n-1].Step == step {
			p.live.Add(c.Name, step, c.Points[n-1].Value)
		}
	}
	if step == p.last || time.Since(p.shown) > time.Second {
		p.shown = time.Now()
		gonbui.UpdateHTML(p.line, "<pre>"+html.EscapeString(p.status(step))+"</pre>")
	}
}

// status is the run in one line: step, loss, speed, time left.
func (p *progress) status(step int) string {
	s := fmt.Sprintf("%s %d/%d  loss %.3f", p.t.stage.Name, step, p.last, p.t.log.Curve(TrainLoss).Last())
	if val := p.t.log.Curve(ValidationLoss); len(val.Points) > 0 {
		s += fmt.Sprintf("  validation %.3f", val.Last())
	}
	s += fmt.Sprintf("  %.0f tokens/s", p.t.log.Curve(TokensPerSecond).Last())
	if done := step - p.first; done > 0 {
		left := time.Since(p.start) / time.Duration(done) * time.Duration(p.last-step)
		s += fmt.Sprintf("  %s left", left.Round(time.Second))
	}
	return s
}

func (p *progress) close() {
	if p.bar != nil {
		_ = p.bar.Exit()
		fmt.Fprintln(os.Stderr)
	}
	if p.live != nil {
		_ = p.live.Close()
	}
}
