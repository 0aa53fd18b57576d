package corpus

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

var errEmpty = errors.New("is empty")

// UTF8 reads r as text. What comes out is valid UTF-8 without a byte order mark and without zero bytes, and its lines
// end in \n. UTF-16 is converted where it begins with a byte order mark. Anything else is an error at the first wrong
// byte, which names its offset and what r may hold instead.
func UTF8(r io.Reader) io.Reader { return newText(r) }

// textReader is what UTF8 returns.
type textReader struct {
	io.Reader
	utf16 bool // is what it reads
}

func newText(r io.Reader) textReader {
	in := bufio.NewReader(r)
	start, _ := in.Peek(3) // an error comes again with the first read
	switch {
	case bytes.Equal(start, []byte("\xef\xbb\xbf")):
		_, _ = in.Discard(len(start))
		return textReader{Reader: transform.NewReader(in, &validator{at: len(start)})}
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
		decoded := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Reader(in)
		return textReader{Reader: transform.NewReader(decoded, &validator{utf16: true}), utf16: true}
	}
	return textReader{Reader: transform.NewReader(in, &validator{})}
}

// validator passes UTF-8 on, with \n for \r\n, and stops at what is not text.
type validator struct {
	transform.NopResetter
	at    int  // offset of the bytes that come next
	utf16 bool // they come from a decoder that writes U+FFFD for what is wrong
}

// Transform implements [transform.Transformer].
func (v *validator) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	defer func() { v.at += nSrc }()
	for nSrc < len(src) {
		rest := src[nSrc:]
		if !atEOF && (!utf8.FullRune(rest) || string(rest) == "\r") {
			return nDst, nSrc, transform.ErrShortSrc
		}
		r, size := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && v.utf16:
			return nDst, nSrc, errors.New("is damaged UTF-16: half a character, or U+FFFD itself")
		case r == utf8.RuneError && size == 1:
			return nDst, nSrc, fmt.Errorf("invalid UTF-8 at offset %d, byte 0x%X: perhaps Latin-1 or Windows-1252; "+
				"convert it, for example with iconv -f WINDOWS-1252 -t UTF-8", v.at+nSrc, rest[0])
		case r == 0:
			return nDst, nSrc, fmt.Errorf("holds a zero byte at offset %d: binary, UTF-32, or UTF-16 without "+
				"byte order mark; want UTF-8 text", v.at+nSrc)
		case bytes.HasPrefix(rest, []byte("\r\n")):
			nSrc++
			continue
		case nDst+size > len(dst):
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += copy(dst[nDst:], rest[:size])
		nSrc += size
	}
	return nDst, nSrc, nil
}

// readAll returns what r holds, about size bytes.
func readAll(r io.Reader, size int64) (string, error) {
	var b strings.Builder
	b.Grow(int(size))
	_, err := io.Copy(&b, r)
	return b.String(), err
}

// clean returns a text at hand as [UTF8] does. It returns an error if there is none.
func clean(text string) (string, error) {
	text, err := readAll(UTF8(strings.NewReader(text)), int64(len(text)))
	if err == nil && strings.TrimSpace(text) == "" {
		err = errEmpty
	}
	return text, err
}
