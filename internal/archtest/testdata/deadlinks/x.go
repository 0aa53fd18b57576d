// Package x has links of all kinds, of which five lead nowhere: [Lost], [strings.Builder], [hidden].
package x

import "io"

// Kept is [B, T, C] or [B]; see [Kept.Method], [Kept.Gone], [io.Reader] and [io.Nothing]; rows[i].
type Kept struct{}

// Method reads [io.Reader.Read].
func (Kept) Method() {}

// hidden may be linked to from here: [hidden].
func hidden(io.Reader) {}
