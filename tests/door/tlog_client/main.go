// A client of C2SP tlog-tiles that shares nothing with the server: the checkpoint is opened by golang.org/x/mod/sumdb/note with the verifier key, and inclusion and
// consistency are proved and checked by golang.org/x/mod/sumdb/tlog from the tiles that it asks for itself. Tiles are checked against the signed root before they are used.
//
//	tlogclient VKEY OLD-SIZE OLD-ROOT
//
// asks for each path on a line of standard output, and reads the body's length on a line of standard input, then the body (so it needs no HTTP of its own); at last prints "= size root" of
// the checkpoint when all that is asked for holds. OLD-SIZE 0: no consistency is asked for.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type reader struct{ in *bufio.Reader }

func (r reader) get(path string) ([]byte, error) {
	fmt.Println(path)
	line, err := r.in.ReadString('\n')
	if err != nil {
		return nil, err
	}
	length, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		return nil, err
	}
	body := make([]byte, length)
	_, err = io.ReadFull(r.in, body)
	return body, err
}

// Of golang.org/x/mod the path is tile/<height>/<level>/<n>; C2SP's has no height.
func path(t tlog.Tile) string { return strings.Replace(t.Path(), "tile/8/", "tile/", 1) }

func (r reader) Height() int { return 8 }
func (r reader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, t := range tiles {
		data, err := r.get(path(t))
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}
func (r reader) SaveTiles([]tlog.Tile, [][]byte) {}

func entries(r reader, size int64) [][]byte {
	var out [][]byte
	for n := int64(0); n*256 < size; n++ {
		t := tlog.Tile{H: 8, L: 0, N: n, W: 256}
		if size < (n+1)*256 {
			t.W = int(size - n*256)
		}
		data, err := r.get(strings.Replace(path(t), "tile/0/", "tile/entries/", 1))
		must(err)
		for len(data) > 0 {
			length := int(binary.BigEndian.Uint16(data))
			out = append(out, data[2:2+length])
			data = data[2+length:]
		}
	}
	return out
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	r := reader{bufio.NewReader(os.Stdin)}
	verifier, err := note.NewVerifier(os.Args[1])
	must(err)
	signed, err := r.get("checkpoint")
	must(err)
	opened, err := note.Open(signed, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || len(opened.UnverifiedSigs) != 0 {
		must(fmt.Errorf("no checkpoint of %s: %q", verifier.Name(), opened.Text))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	bytesOfRoot, err := base64.StdEncoding.DecodeString(lines[2])
	must(err)
	var root tlog.Hash
	copy(root[:], bytesOfRoot)
	hashes := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, r)
	leaves := entries(r, size)
	if int64(len(leaves)) != size {
		must(fmt.Errorf("%d entries of %d", len(leaves), size))
	}
	for n := int64(0); n < size; n += 1 + size/40 {
		proof, err := tlog.ProveRecord(size, n, hashes)
		must(err)
		must(tlog.CheckRecord(proof, size, root, n, tlog.RecordHash(leaves[n])))
		if tlog.CheckRecord(proof, size, root, n, tlog.RecordHash(append([]byte("x"), leaves[n]...))) == nil {
			must(fmt.Errorf("a proof of what is not there"))
		}
	}
	old, err := strconv.ParseInt(os.Args[2], 10, 64)
	must(err)
	if old > 0 {
		var oldRoot tlog.Hash
		data, err := base64.StdEncoding.DecodeString(os.Args[3])
		must(err)
		copy(oldRoot[:], data)
		proof, err := tlog.ProveTree(size, old, hashes)
		must(err)
		must(tlog.CheckTree(proof, size, root, old, oldRoot))
		computed, err := tlog.TreeHash(old, hashes)
		must(err)
		if !bytes.Equal(computed[:], oldRoot[:]) {
			must(fmt.Errorf("another tree of size %d", old))
		}
	}
	fmt.Println("=", size, lines[2])
}
