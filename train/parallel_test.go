package train

import (
	"math"
	"strings"
	"testing"

	"github.com/janpfeifer/must"
)

// Twenty steps on two devices against one: the same losses and weights, and a checkpoint that one device goes on from.
func TestTwoDevicesEqualOne(t *testing.T) {
	if engine().NumDevices() < 2 {
		t.Skipf("%s has one device", engine().Name())
	}
	stage := line
	stage.Model = tower.Model
	opt := options("")
	opt.Validation = &lines{next: 1000, finite: 1002}
	one, two := towerStore(), towerStore()
	single := must.M1(New(engine(), one, stage, opt))
	must.M1(single.Run(t.Context(), &lines{}, 20))
	opt.Devices, opt.Dir = 2, t.TempDir()
	double := must.M1(New(engine(), two, stage, opt))
	must.M1(double.Run(t.Context(), &lines{}, 20))
	for _, column := range []string{TrainLoss, GradientNorm, ValidationLoss} {
		a, b := single.Metric(column).Points, double.Metric(column).Points
		if len(a) == 0 || len(a) != len(b) || column == TrainLoss && len(a) != 20 {
			t.Fatalf("%s: %d and %d points", column, len(a), len(b))
		}
		for i := range a {
			if math.Abs(a[i].Value-b[i].Value) > 1e-5 {
				t.Errorf("%s is %v on one device and %v on two", column, a[i], b[i])
			}
		}
	}
	if worst, path := differ(contents(one), contents(two)); worst > 1e-5 {
		t.Errorf("%s differs by %g", path, worst)
	}
	opt.Devices = 1
	if step := must.M1(New(engine(), towerStore(), stage, opt)).Step(); step != 20 {
		t.Errorf("one device goes on at step %d, want 20", step)
	}
}

func TestDevicesRefuses(t *testing.T) {
	opt := options("")
	for _, n := range []int{-1, 1 + int(engine().NumDevices())} {
		opt.Devices = n
		if _, err := New(engine(), lineStore(), line, opt); err == nil || !strings.Contains(err.Error(), "Devices is") {
			t.Errorf("%d devices: %v", n, err)
		}
	}
	opt.Backprop = LayerByLayer
	if _, err := New(engine(), towerStore(), tower, opt); err == nil {
		t.Error("layer by layer on several devices passes")
	}
	if engine().NumDevices() < 2 {
		t.Skipf("%s has one device", engine().Name())
	}
	opt = options("")
	opt.Devices = 3
	if _, err := must.M1(New(engine(), lineStore(), line, opt)).Run(t.Context(), &lines{}, 1); err == nil ||
		!strings.Contains(err.Error(), "cannot be shared by 3") {
		t.Errorf("four examples for three devices: %v", err)
	}
}
