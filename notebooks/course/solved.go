//go:build solution

package course

// solved tells that the exercises are built with their solutions.
const solved = true
