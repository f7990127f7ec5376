// A registry with the referrers API (OCI distribution-spec v1.1), kept in memory, on loopback.
// It prints its address and serves until its standard input ends.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr())
	quiet := registry.Logger(log.New(io.Discard, "", 0))
	go http.Serve(listener, registry.New(registry.WithReferrersSupport(true), quiet))
	io.Copy(io.Discard, os.Stdin)
}
