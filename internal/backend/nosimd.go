//go:build !goexperiment.simd && amd64

package backend

const (
	simd     = false
	simdHint = "; about 4 times faster if built with GOEXPERIMENT=simd"
)
