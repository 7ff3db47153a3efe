#!/usr/bin/env bats
# What is checked without running durable: the tree, the binaries, the pages.

bats_require_minimum_version 1.5.0

setup() {
  root=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
  builddir=${DURABLE_BUILDDIR:-$root/build}
}

@test "static: every file includes and calls only what its layer may" {
  "$root/scripts/check-layers"
}

@test "static: no file, function or test is over its budget" {
  "$root/scripts/check-length"
}

@test "static: no banned function, no // comment" {
  "$root/scripts/check-banned"
}

@test "static: each header compiles by itself" {
  "$root/scripts/check-headers" "$builddir"
}

@test "static: the manual pages are clean, and complete against the tables" {
  command -v mandoc >/dev/null || skip 'mandoc is not installed'
  "$root/scripts/check-manuals" "$builddir"
}

@test "static: the programs are hardened" {
  [[ ${HARDENING-yes} == yes ]] || skip 'built without hardening'
  command -v readelf >/dev/null || skip 'readelf is not installed'
  "$root/scripts/check-hardening" "${CLIENT_LINKAGE-static}" "$builddir"
}
