package figures

import (
	"sync"
	"time"

	"gptbook/figures/curve"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// Live is a chart that grows below the running notebook cell while training goes on. It redraws
// about once a second; what Close draws last stays in the saved notebook. Outside a notebook it
// collects the curves and draws nothing. Its methods may be called from several goroutines.
type Live struct {
	mu      sync.Mutex
	chart   Chart
	index   map[string]int // of each curve of chart, by name
	drawn   time.Time
	now     func() time.Time
	display func(mime protocol.MIMEType, content any) // nil outside a notebook
}

// NewLive starts from chart: its title, axes, references and the curves it already has.
func NewLive(chart Chart) *Live {
	l := &Live{chart: chart, index: map[string]int{}, now: time.Now}
	l.chart.Curves = nil
	for _, c := range chart.Curves {
		l.curve(c.Name).Unit = c.Unit
		l.curve(c.Name).Points = append(l.curve(c.Name).Points, c.Points...)
	}
	if gonbui.IsNotebook {
		id := gonbui.UniqueId()
		l.display = func(mime protocol.MIMEType, content any) {
			gonbui.SendData(&protocol.DisplayData{Data: map[protocol.MIMEType]any{mime: content}, DisplayID: id})
		}
	}
	return l
}

// Add appends one point to the curve of that name, which it starts if need be.
func (l *Live) Add(name string, step int, value float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.curve(name)
	c.Points = append(c.Points, curve.Point{Step: step, Value: value})
	if l.display == nil || l.now().Sub(l.drawn) < time.Second {
		return
	}
	l.drawn = l.now()
	// A chart without a drawable point yet is no error here: the next may have one.
	if data, err := svg(l.chart); err == nil {
		l.display(protocol.MIMETextHTML, string(data))
	}
}

// Chart returns what has been collected so far, to save or to show again.
func (l *Live) Chart() Chart {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.chart
	out.Curves = nil
	for _, c := range l.chart.Curves {
		c.Points = append([]curve.Point(nil), c.Points...)
		out.Curves = append(out.Curves, c)
	}
	return out
}

// Close draws the final state, as PNG because that survives every viewer of notebooks.
func (l *Live) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.display == nil {
		return nil
	}
	data, err := png(l.chart)
	if err != nil {
		return err
	}
	l.display(protocol.MIMEImagePNG, data)
	gonbui.Sync() // else a cell that ends now may lose it
	return nil
}

func (l *Live) curve(name string) *curve.Curve {
	i, ok := l.index[name]
	if !ok {
		i = len(l.chart.Curves)
		l.index[name] = i
		l.chart.Curves = append(l.chart.Curves, curve.Curve{Name: name})
	}
	return &l.chart.Curves[i]
}
