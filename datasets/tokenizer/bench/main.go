// Command bench is our side of bench.py, which measures it beside tiktoken and
// Hugging Face's tokenizers: it reads the name of a task per line and answers
// with the seconds that the task took.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"gptbook/datasets/tokenizer"
	"gptbook/datasets/tokenizer/gpt2"
	"gptbook/internal/command"
)

func main() { command.Main(run, "") }

// run reads the tasks from standard input.
func run(_ context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	args, err := command.ParseArgs(flags, args, out,
		"go run ./datasets/tokenizer/bench TEXT FOLDER: saves GPT-2's vocabulary in FOLDER, then reads tasks; "+
			"bench.py runs it")
	if err != nil {
		return err
	}
	if len(args) != 2 {
		return command.Usagef(flags, "%d arguments, want a file of text and a folder", len(args))
	}
	if err := bench(args[0], args[1], out); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	return nil
}

func bench(path, dir string, out io.Writer) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text := string(data)
	warm, err := gpt2.Tokenizer()
	if err != nil {
		return err
	}
	if err := warm.Save(dir); err != nil {
		return err
	}
	fmt.Fprintln(out, len(warm.Encode(text))) // ready
	for tasks := bufio.NewScanner(os.Stdin); tasks.Scan(); {
		cold, err := warm.WithSpecials() // a copy that has not met a word yet
		if err != nil {
			return err
		}
		start := time.Now()
		switch task := tasks.Text(); task {
		case "encode":
			cold.Encode(text)
		case "encode again":
			warm.Encode(text)
		case "train":
			_, err = tokenizer.Train(text, 4096)
		default:
			err = fmt.Errorf("no task %q", task)
		}
		if err != nil {
			return err
		}
		fmt.Fprintln(out, time.Since(start).Seconds())
	}
	return nil
}
