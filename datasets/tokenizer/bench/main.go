// Command bench is our side of bench.py, which measures it beside tiktoken and
// Hugging Face's tokenizers: it reads the name of a task per line and answers
// with the seconds that the task took.
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"time"

	"gptbook/datasets/tokenizer"
	"gptbook/datasets/tokenizer/gpt2"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: bench TEXT FOLDER: saves GPT-2's vocabulary into FOLDER, then reads tasks")
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func run(path, dir string) error {
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
	fmt.Println(len(warm.Encode(text))) // ready
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
		fmt.Println(time.Since(start).Seconds())
	}
	return nil
}
