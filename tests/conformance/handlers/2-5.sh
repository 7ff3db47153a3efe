#!/bin/sh
# A wait in hours.
set -eu
durable wait 1h
