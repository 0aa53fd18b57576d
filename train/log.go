package train

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"

	"gptbook/figures/curve"
)

// The columns of metrics.csv, beside one for each of the stage's own metrics.
const (
	TrainLoss       = "train_loss"
	ValidationLoss  = "val_loss"
	TokensPerSecond = "tokens_per_second" // ids of the first input, from the end of one step to the end of the next
	LearningRate    = "learning_rate"
	GradientNorm    = "gradient_norm" // before clipping

	ValidationPrefix = "val_" // of the column that holds a metric's mean over the validation set
)

// logFile is the name of the log in the stage's folder.
const logFile = "metrics.csv"

// runLog holds a curve for each measured quantity, by the name of its column.
type runLog []curve.Curve

func (l *runLog) add(name string, step int, value float64) {
	i := slices.IndexFunc(*l, func(c curve.Curve) bool { return c.Name == name })
	if i < 0 {
		i = len(*l)
		*l = append(*l, curve.Curve{Name: name})
	}
	(*l)[i].Points = append((*l)[i].Points, curve.Point{Step: step, Value: value})
}

// curve returns a column under another name.
func (l runLog) curve(column, name, unit string) curve.Curve {
	for _, c := range l {
		if c.Name == column {
			return curve.Curve{Name: name, Unit: unit, Points: c.Points}
		}
	}
	return curve.Curve{Name: name, Unit: unit}
}

func (l runLog) write(dir string) error { return curve.WriteCSV(filepath.Join(dir, logFile), l...) }

// readLog reads the log in dir up to step, where a resumed run goes on. A missing log is empty.
func readLog(dir string, step int) (runLog, error) {
	curves, err := curve.ReadCSV(filepath.Join(dir, logFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for i, c := range curves {
		curves[i].Points = slices.DeleteFunc(c.Points, func(p curve.Point) bool { return p.Step > step })
	}
	return curves, err
}

// Curves returns the loss on the training batches and, if there is a validation set, on that.
func (t *Trainer) Curves() []curve.Curve {
	curves := []curve.Curve{t.log.curve(TrainLoss, "train", t.stage.Unit)}
	if val := t.log.curve(ValidationLoss, "validation", t.stage.Unit); len(val.Points) > 0 {
		curves = append(curves, val)
	}
	return curves
}

// Metric returns the curve of a column of the log, such as [GradientNorm] or the name of a stage's metric.
func (t *Trainer) Metric(column string) curve.Curve { return t.log.curve(column, column, "") }
