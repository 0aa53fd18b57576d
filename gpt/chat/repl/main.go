// Command repl is a conversation with a model in the terminal:
//
//	go run ./gpt/chat/repl -model FOLDER
//
// The folder holds config.json and model.safetensors as transformers writes them, and the tokenizer's files.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"gptbook/datasets/dialog"
	"gptbook/datasets/tokenizer"
	"gptbook/gpt"
	"gptbook/gpt/chat"
	"gptbook/gpt/generate"
	"gptbook/internal/backend"
	"gptbook/internal/command"
)

// main is not [command.Main], whose Ctrl-C ends the program: here it ends an answer, and the program only where one
// types.
func main() { command.Exit(run(os.Args[1:], os.Stdin, os.Stdout)) }

const help = "/reset forgets the conversation, /exit ends it, Ctrl-C interrupts an answer."

func run(args []string, in io.Reader, out io.Writer) error {
	length := 100
	flags := flag.NewFlagSet("repl", flag.ContinueOnError)
	folder := flags.String("model", "", "`folder` of the model")
	temperature := flags.Float64("temperature", 0.7, "0 is greedy")
	flags.Var(command.AtLeast(1, &length), "tokens", "of an answer, at most")
	seed := flags.Int64("seed", 1, "of the draws")
	spec := flags.String("backend", "", "go, xla, xla:cuda, ...; XLA if it can be had, else Go, if empty")
	err := command.Parse(flags, args, out, "go run ./gpt/chat/repl -model FOLDER [flags]: talks to a model; "+help)
	sampler := generate.Sampler{Temperature: *temperature, Seed: *seed}
	switch {
	case err != nil:
		return err
	case *folder == "":
		return command.Usagef(flags, "-model is missing: the folder of the model to talk to")
	}
	if err := sampler.Validate(); err != nil {
		return command.Usagef(flags, "%w", err)
	}
	s, err := open(*folder, *spec)
	if err != nil {
		return err
	}
	s.MaxTokens, s.Sampler = min(length, s.Context/2), sampler
	return talk(chat.NewSession(s), in, out)
}

// open loads a model and its tokenizer.
func open(folder, spec string) (chat.Responder, error) {
	var s chat.Responder
	cfg, err := gpt.ReadConfig(folder)
	if err != nil {
		return s, err
	}
	tok, err := tokenizer.Load(folder)
	if err != nil {
		return s, err
	}
	s.Template, s.Context = dialog.NewTemplate(tok), cfg.Context
	if s.Template.VocabSize() != cfg.Vocab {
		return s, fmt.Errorf("repl: the model in %s has %d tokens, want the tokenizer's %d and the template's %d: "+
			"it was not trained to chat",
			folder, cfg.Vocab, tok.VocabSize(), s.Template.VocabSize()-tok.VocabSize())
	}
	store := model.NewStore()
	if err := gpt.Load(store.RootScope(), cfg, folder); err != nil {
		return s, err
	}
	engine, err := backend.New(spec)
	if err != nil {
		return s, err
	}
	s.Generator, err = generate.New(engine, store, cfg)
	return s, err
}

// talk reads a line, writes the answer, and so on until the input ends.
func talk(session *chat.Session, in io.Reader, out io.Writer) error {
	fmt.Fprintln(out, help)
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<24) // what is too long for the model is told as that
	for fmt.Fprint(out, "you> "); lines.Scan(); fmt.Fprint(out, "you> ") {
		switch text := strings.TrimSpace(lines.Text()); text {
		case "":
		case "/exit":
			return nil
		case "/reset":
			session.Reset()
			fmt.Fprintln(out, "(forgotten)")
		default:
			if strings.HasPrefix(text, "/") {
				fmt.Fprintln(out, help)
				continue
			}
			fmt.Fprint(out, "gpt> ")
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
			_, err := session.Say(ctx, text, func(piece string) { fmt.Fprint(out, piece) })
			stop()
			if err != nil {
				fmt.Fprintf(out, "(%v)", err) // an interrupted answer, or too long a text: the next may do
			}
			fmt.Fprintln(out)
		}
	}
	fmt.Fprintln(out)
	return lines.Err()
}
