//go:build tools

// Package tools pins what generates the code of the API: see tools/generate_go at the top of the tree.
package tools

import _ "google.golang.org/protobuf/cmd/protoc-gen-go"
