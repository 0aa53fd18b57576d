//go:build cgo && !noxla

package backend

import (
	"os"
	"strings"
	"syscall"
)

// HugePages starts the program over, once, with transparent huge pages for C's allocator. XLA maps
// its working memory anew in every step and would spend a third of the step on page faults.
// glibc reads the setting only when a process starts, so call it first thing in main.
// If it cannot help it returns and the program goes on as it is.
func HugePages() {
	const variable, setting = "GLIBC_TUNABLES", "glibc.malloc.hugetlb="
	// Large blocks come from the heap and are kept, not mapped anew: a tenth of a large step.
	const keep = ":glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=17179869184" +
		":glibc.malloc.arena_max=1"
	tunables := os.Getenv(variable)
	if strings.Contains(tunables, setting) {
		return // already started over, or the user's own choice
	}
	if tunables != "" {
		tunables += ":"
	}
	if os.Setenv(variable, tunables+setting+"1"+keep) != nil {
		return
	}
	// Exec keeps the process id, the terminal and the arguments; it returns only if it failed.
	_ = syscall.Exec("/proc/self/exe", os.Args, os.Environ())
}
