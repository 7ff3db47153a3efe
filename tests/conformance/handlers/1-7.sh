#!/bin/sh
# A step that writes to the log.
set -eu
greet='
  durable log "Greeting step started for: $1"
  durable log "Greeting step completed with: Hello, $1!"
  echo "Hello, $1!"
'
name=$(durable input -r)
durable result "$(durable step greet -- sh -euc "$greet" greet "$name")"
