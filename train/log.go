package train

import (
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

// Curves returns the loss on the training batches and, if there is a validation set, on that.
func (t *Trainer) Curves() []curve.Curve {
	named := func(column, name string) curve.Curve {
		return curve.Curve{Name: name, Unit: t.stage.Unit, Points: t.log.Curve(column).Points}
	}
	curves := []curve.Curve{named(TrainLoss, "train")}
	if val := named(ValidationLoss, "validation"); len(val.Points) > 0 {
		curves = append(curves, val)
	}
	return curves
}

// Metric returns the curve of a column of the log, such as [GradientNorm] or the name of a stage's metric.
func (t *Trainer) Metric(column string) curve.Curve { return t.log.Curve(column) }
