package train

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	mltrain "github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// AdamW is Adam (Kingma and Ba 2015) with decoupled weight decay (Loshchilov and Hutter 2019):
//
//	w ← w - lr·decay·w                                      matrices only, not biases or gains
//	w ← w - lr·m̂/(√v̂ + ε),   m̂ = m/(1-β₁ᵗ), v̂ = v/(1-β₂ᵗ)
//
// where m and v are running means of the clipped gradient and of its square.
type AdamW struct {
	LearningRate float64 // the peak of the [Schedule]
	Beta1, Beta2 float64 // memory of m and v
	Epsilon      float64 // keeps the division finite
	WeightDecay  float64 // share of a matrix that lr = 1 would take away per step
	Clip         float64 // largest global norm of the gradient; 0 for any
}

// GPT3AdamW has GPT-3's settings (Brown et al. 2020, appendix B) for a learning rate of the caller's.
func GPT3AdamW(learningRate float64) AdamW {
	return AdamW{LearningRate: learningRate, Beta1: 0.9, Beta2: 0.95, Epsilon: 1e-8, WeightDecay: 0.1, Clip: 1}
}

// graph returns the optimizer for GoMLX's trainer: the library's Adam, with what it lacks in front of it.
func (o AdamW) graph() *adamW {
	return &adamW{AdamW: o, adam: optimizer.Adam().LearningRate(o.LearningRate).
		Betas(o.Beta1, o.Beta2).Epsilon(o.Epsilon).Done()}
}

type adamW struct {
	AdamW
	adam optimizer.Interface
}

// UpdateGraph implements [optimizer.Interface].
func (o *adamW) UpdateGraph(scope *model.Scope, _ *Graph, loss *Node) {
	o.UpdateGraphWithGradients(scope, scope.BuildTrainableVariablesGradientsGraph(loss), loss.DType())
}

// UpdateGraphWithGradients implements [mltrain.OptimizeWithGradients], for accumulated gradients.
func (o *adamW) UpdateGraphWithGradients(scope *model.Scope, grads []*Node, dtype dtypes.DType) {
	norm := globalNorm(grads)
	scope.Store().VariableWithValue(normVariable, float32(0)).SetTrainable(false).SetNodeValue(
		ConvertDType(norm, dtypes.Float32))
	o.update(scope, grads, norm, dtype)
}

// update moves the weights that the graph has in use by grads, in the store's order. norm is the global norm of the
// whole gradient, of which grads may be a part.
func (o *adamW) update(scope *model.Scope, grads []*Node, norm *Node, dtype dtypes.DType) {
	g := norm.Graph()
	if o.Clip > 0 {
		scale := MinScalar(MulScalar(Inverse(AddScalar(norm, 1e-6)), o.Clip), 1)
		for i, grad := range grads {
			grads[i] = Mul(grad, scale)
		}
	}
	if o.WeightDecay > 0 {
		rate := optimizer.LearningRateVar(scope, dtype, o.LearningRate).NodeValue(g)
		keep := OneMinus(MulScalar(rate, o.WeightDecay))
		for v := range scope.IterVariables() {
			if v.Trainable && v.InUseByGraph(g) && v.Shape().Rank() >= 2 {
				v.SetNodeValue(Mul(v.NodeValue(g), keep))
			}
		}
	}
	o.adam.(mltrain.OptimizeWithGradients).UpdateGraphWithGradients(scope, grads, dtype)
}

// Clear implements [optimizer.Interface].
func (o *adamW) Clear(scope *model.Scope) error { return o.adam.Clear(scope) }

// globalNorm is the Euclidean length of all gradients taken as one vector.
func globalNorm(grads []*Node) *Node {
	sum := ReduceAllSum(Square(grads[0]))
	for _, grad := range grads[1:] {
		sum = Add(sum, ReduceAllSum(Square(grad)))
	}
	return Sqrt(sum)
}

// normVariable holds the global norm of the gradient at the last step, before clipping, for the log.
const normVariable = "/trainer/gradient_norm"

// forgetOptimizer removes what a former stage's optimizer left in the store.
func forgetOptimizer(store *model.Store) error {
	if err := store.DeleteVariablesInScope("/" + optimizer.AdamDefaultScope); err != nil {
		return err
	}
	if store.GetVariable("/"+optimizer.GlobalStepVariableName) == nil {
		return nil
	}
	return optimizer.DeleteGlobalStep(store)
}

// Schedule is the learning rate over the steps: a linear rise, then half a cosine (Radford et al. 2018,
// §4.1; Brown et al. 2020, appendix B). The zero value keeps the peak for ever.
type Schedule struct {
	Warmup int     // steps of the rise
	Steps  int     // steps until the floor is reached, the rise included; 0 for never
	Floor  float64 // final rate as a fraction of the peak; GPT-3 has 0.1
}

// Rate is the rate of the step-th update, counted from 1.
func (s Schedule) Rate(peak float64, step int) float64 {
	switch {
	case step < s.Warmup:
		return peak * float64(step) / float64(s.Warmup)
	case s.Steps == 0:
		return peak
	case step >= s.Steps:
		return peak * s.Floor
	}
	done := float64(step-s.Warmup) / float64(s.Steps-s.Warmup)
	return peak * (s.Floor + (1-s.Floor)*(1+math.Cos(math.Pi*done))/2)
}
