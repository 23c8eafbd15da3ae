// Uploads over TLS as Go's FTP clients do: writes, closes, and never reads.
// Arguments: address, TLS version (12 or 13), bytes.
package main

import (
	"crypto/tls"
	"fmt"
	"os"
	"strconv"
)

func main() {
	version := map[string]uint16{"12": tls.VersionTLS12, "13": tls.VersionTLS13}[os.Args[2]]
	bytes, _ := strconv.Atoi(os.Args[3])
	connection, err := tls.Dial("tcp", os.Args[1], &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version})
	if err == nil {
		_, err = connection.Write(make([]byte, bytes))
	}
	if err == nil {
		err = connection.Close()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
