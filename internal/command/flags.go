package command

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// usageError says that a program was called wrongly.
type usageError struct{ error }

// Usagef returns the error of a wrong command line: one line with the program's name in front and the way to its help.
func Usagef(flags *flag.FlagSet, format string, args ...any) error {
	return usageError{fmt.Errorf("%s: %w; see -help", flags.Name(), fmt.Errorf(format, args...))}
}

// Parse reads a command line that is all flags. For -help it prints the synopsis, which says how to call the program
// and what that does, and the flags to out, and returns [flag.ErrHelp]. Other errors are as of [Usagef]. flags must
// be made with [flag.ContinueOnError].
func Parse(flags *flag.FlagSet, args []string, out io.Writer, synopsis string) error {
	rest, err := ParseArgs(flags, args, out, synopsis)
	if err == nil && len(rest) > 0 {
		return Usagef(flags, "unexpected argument %q", rest[0])
	}
	return err
}

// ParseArgs is [Parse] for a program that takes arguments too, which it returns. Flags may stand before and behind
// them; after "--" all are arguments.
func ParseArgs(flags *flag.FlagSet, args []string, out io.Writer, synopsis string) (rest []string, err error) {
	flags.SetOutput(io.Discard)
	var behind []string
	if i := slices.Index(args, "--"); i >= 0 {
		args, behind = args[:i], args[i+1:]
	}
	for {
		switch err := flags.Parse(args); {
		case errors.Is(err, flag.ErrHelp):
			fmt.Fprintln(out, synopsis)
			flags.SetOutput(out)
			flags.PrintDefaults()
			return nil, err
		case err != nil:
			return nil, Usagef(flags, "%w", err)
		case flags.NArg() == 0:
			return append(rest, behind...), nil
		}
		rest, args = append(rest, flags.Arg(0)), flags.Args()[1:]
	}
}

// AtLeast is the value of a flag, for [flag.FlagSet.Var], that sets n to a whole number, least or more. What n holds
// before is the default, here and below.
func AtLeast(least int, n *int) flag.Value {
	return value[int]{n, strconv.Itoa, func(text string) (int, error) {
		n, err := strconv.Atoi(text)
		if err != nil || n < least {
			return 0, fmt.Errorf("want a whole number, %d or more", least)
		}
		return n, nil
	}}
}

// OneOf is the value of a flag that sets word to one of those in have.
func OneOf(have []string, word *string) flag.Value {
	return value[string]{word, func(word string) string { return word }, func(text string) (string, error) {
		return text, known([]string{text}, have)
	}}
}

// Some is the value of a flag that sets words to some of those in have; on the command line commas stand between them.
func Some(have []string, words *[]string) flag.Value {
	join := func(words []string) string { return strings.Join(words, ",") }
	return value[[]string]{words, join, func(text string) ([]string, error) {
		words := strings.Split(text, ",")
		return words, known(words, have)
	}}
}

func known(words, have []string) error {
	for _, word := range words {
		if !slices.Contains(have, word) {
			return fmt.Errorf("no %q; have %s", word, strings.Join(have, ", "))
		}
	}
	return nil
}

// value is a flag's: where it is kept, how it is written and read.
type value[T any] struct {
	at    *T
	show  func(T) string
	parse func(string) (T, error)
}

func (v value[T]) String() string {
	if v.at == nil { // PrintDefaults asks the zero value, to leave out defaults like it.
		return ""
	}
	return v.show(*v.at)
}

func (v value[T]) Set(text string) error {
	got, err := v.parse(text)
	if err == nil {
		*v.at = got
	}
	return err
}
