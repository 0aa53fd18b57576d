package train

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/distributed"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/core/tensors/dtensor"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"
)

// parallel computes a step on several devices ("data parallelism"): each holds all weights and takes its share of
// the batch, and XLA adds up what the gradients need of all shares. The graph is that of one device.
type parallel struct {
	*whole // evaluates, on the first device
	mesh   *distributed.DeviceMesh
}

func newParallel(backend compute.Backend, w *whole, opt Options) (*parallel, error) {
	switch have := int(backend.NumDevices()); {
	case opt.Devices > have:
		return nil, fmt.Errorf("Devices is %d, but %s has %d", opt.Devices, backend.Name(), have)
	case opt.Accumulate > 1:
		return nil, errors.New("GoMLX cannot accumulate batches on several devices")
	case opt.Backprop == LayerByLayer:
		return nil, errors.New("layer by layer works on one device only")
	}
	mesh, err := distributed.NewDeviceMesh([]int{opt.Devices}, []string{"data"})
	if err != nil {
		return nil, err
	}
	return &parallel{w, mesh}, adopt(w.Store())
}

// adopt makes all variables anew, in their order: GoMLX forgets to tell its generator's state, and what it clones,
// which store they are in, and only sharding asks.
func adopt(store *model.Store) error {
	for _, v := range slices.Collect(store.IterVariables()) {
		value, err := v.Value()
		if err != nil {
			return err
		}
		if value, err = value.LocalClone(); err != nil {
			return err
		}
		if err := store.DeleteVariable(v.Path()); err != nil {
			return err
		}
		again, err := store.CreateVariable(v.Path(), value)
		if err != nil {
			return err
		}
		again.SetTrainable(v.Trainable)
	}
	return nil
}

// TrainStep implements [runner].
func (p *parallel) TrainStep(batch mltrain.Batch) (m measured, err error) {
	defer free(batch.Inputs)
	defer free(batch.Labels)
	shares := mltrain.DistributedBatch{Spec: batch.Spec}
	if shares.Inputs, err = p.share(batch.Inputs); err != nil {
		return m, err
	}
	if shares.Labels, err = p.share(batch.Labels); err != nil {
		return m, err
	}
	values, err := p.DistributedTrainStep(distributed.AutoSharding, nil, shares)
	if err != nil {
		return m, err
	}
	return p.read(values)
}

// share cuts arrays along their first axis, the examples of the batch.
func (p *parallel) share(arrays []*tensors.Tensor) (shares []*dtensor.Tensor, err error) {
	spec, err := distributed.BuildSpec(p.mesh).S("data").Done()
	if err != nil {
		return nil, err
	}
	for _, t := range arrays {
		if n := p.mesh.NumDevices(); t.Shape().Rank() == 0 || t.Shape().Dim(0)%n != 0 {
			return nil, fmt.Errorf("a batch of shape %s cannot be shared by %d devices", t.Shape(), n)
		}
		share, err := dtensor.ShardTensor(spec, t)
		if err != nil {
			return nil, err
		}
		shares = append(shares, share)
	}
	return shares, nil
}
