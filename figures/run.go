package figures

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"gptbook/figures/curve"
)

// Run says how the curve beside it was made. The folder gallery holds one for each chapter:
// run.json, loss.csv and loss.png.
type Run struct {
	Preset  string  `json:"preset"`      // name of the model's Config
	Seed    int64   `json:"seed"`        // of weights and batches
	Steps   int     `json:"steps"`       // optimizer steps
	Data    string  `json:"data_sha256"` // of the training text, in hex
	GoMLX   string  `json:"gomlx"`       // module version
	Device  string  `json:"device"`      // "2 CPU cores, XLA"
	Minutes float64 `json:"minutes"`     // wall time
}

// SaveRun writes the record, the curves and the chart of a run to dir. Curves of the chart
// become the columns of loss.csv.
func SaveRun(dir string, run Run, chart Chart) error {
	if err := run.validate(); err != nil {
		return fmt.Errorf("figures: run for %s: %w", dir, err)
	}
	data, err := json.MarshalIndent(run, "", "  ")
	if err != nil {
		return fmt.Errorf("figures: run for %s: %w", dir, err)
	}
	if err := chart.Save(filepath.Join(dir, "loss.png")); err != nil {
		return err
	}
	if err := curve.WriteCSV(filepath.Join(dir, "loss.csv"), chart.Curves...); err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, "run.json"), append(data, '\n'))
}

// LoadRun reads what SaveRun wrote.
func LoadRun(dir string) (Run, []curve.Curve, error) {
	path := filepath.Join(dir, "run.json")
	data, err := os.ReadFile(path)
	if err != nil {
		return Run{}, nil, fmt.Errorf("figures: %w", err)
	}
	var run Run
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	if err := d.Decode(&run); err != nil {
		return Run{}, nil, fmt.Errorf("figures: %s: %w", path, err)
	}
	if err := run.validate(); err != nil {
		return Run{}, nil, fmt.Errorf("figures: %s: %w", path, err)
	}
	curves, err := curve.ReadCSV(filepath.Join(dir, "loss.csv"))
	return run, curves, err
}

func (r Run) validate() error {
	switch {
	case r.Preset == "" || r.Data == "" || r.GoMLX == "" || r.Device == "":
		return fmt.Errorf("preset, data_sha256, gomlx and device must all be set, got %+v", r)
	case r.Steps <= 0 || !(r.Minutes >= 0) || !finite(r.Minutes):
		return fmt.Errorf("%d steps in %v minutes, want more than 0 and a time", r.Steps, r.Minutes)
	}
	return nil
}

// GoMLXVersion is the version of GoMLX that this program was built with, "" if it was built without.
func GoMLXVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, dep := range info.Deps {
		if dep.Path == "github.com/gomlx/gomlx" {
			return dep.Version
		}
	}
	return ""
}
