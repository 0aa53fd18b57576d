package download_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/janpfeifer/must"

	"gptbook/datasets/download"
)

// What has arrived once is not asked for again.
func ExampleFile_Fetch() {
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests++
		fmt.Fprintln(w, "hello")
	}))
	defer server.Close()
	folder := must.M1(os.MkdirTemp("", "download"))
	defer os.RemoveAll(folder)
	file := download.File{Name: "hello.txt", Size: 6,
		Sum: "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"}
	for range 2 {
		path := must.M1(file.Fetch(context.Background(), folder, server.URL, io.Discard))
		fmt.Println(filepath.Base(path), "after", requests, "request")
	}
	// Output:
	// hello.txt after 1 request
	// hello.txt after 1 request
}
