//go:build !linux || !cgo || noxla

package backend

// HugePages does something only on Linux with XLA.
func HugePages() {}
