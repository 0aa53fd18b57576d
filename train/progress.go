package train

import (
	"fmt"
	"html"
	"os"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"gptbook/figures"
)

// progress shows a run while it goes on: a bar in a terminal, a live curve and a line of text below the
// cell in a notebook, nothing where nobody watches.
type progress struct {
	t     *Trainer
	last  int // the step at which the run ends
	first int // the step after which time is taken: the first of a run compiles
	start time.Time
	shown time.Time

	bar  *progressbar.ProgressBar
	live *figures.Live
	line string // id of the line of text in the notebook
}

func newProgress(t *Trainer, last int) *progress {
	p := &progress{t: t, last: last, first: -1}
	switch {
	case t.opt.Quiet:
	case gonbui.IsNotebook:
		if t.live == nil {
			t.line = gonbui.UniqueId()
			t.live = figures.NewLive(figures.Chart{Title: t.stage.Name, YLabel: t.stage.Unit, Curves: t.Curves(), Smooth: 20})
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
	if p.live == nil {
		return
	}
	for _, c := range p.t.Curves() {
		if n := len(c.Points); n > 0 && c.Points[n-1].Step == step {
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
	s := fmt.Sprintf("%s %d/%d  loss %.3f", p.t.stage.Name, step, p.last, p.t.log.curve(TrainLoss, "", "").Last())
	if val := p.t.log.curve(ValidationLoss, "", ""); len(val.Points) > 0 {
		s += fmt.Sprintf("  validation %.3f", val.Last())
	}
	s += fmt.Sprintf("  %.0f tokens/s", p.t.log.curve(TokensPerSecond, "", "").Last())
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
