#!/usr/bin/env bats
# What the documents show is run, and what they name exists. HACKING.md says
# how examples are marked.

load lib/durable

# manual_blocks PAGE: the literal blocks of its EXAMPLES, in files 1, 2 ...
# with the escapes of mdoc taken back.
manual_blocks() {
  sed 's/\\&//g; s/\\e/\\/g; s/\\-/-/g' "$1" | awk '
    /^\.Sh / { inside = $2 == "EXAMPLES" }
    inside && /^\.Ed/ { literal = 0 }
    literal { print > n }
    inside && /^\.Bd -literal/ { literal = 1; n++ }'
}

# run_block FILE KIND: a file that begins with #! is kept under the name in its
# second line; else it is the body of a workflow, or shell.
run_block() {
  local name
  case $(head -n 1 "$1") in
    '#!'*)
      name=$(sed -n '2s/^# //p' "$1")
      cp "$1" "$name" && chmod +x "$name"
      return
      ;;
  esac
  if [[ $2 == shell ]]; then
    bash -eu "$1"
    return
  fi
  handler "workflow-$1" <"$1"
  durable run --no-wait --input "$input" "./workflow-$1" || [[ $? == 75 ]]
}

# run_page PAGE: its blocks in order, in an empty folder.
run_page() {
  local block kind=shell command=${1##*/}
  command=${command%.[0-9]} command=${command#durable-}
  if [[ $inside == *" $command "* || $command == replay ]]; then
    kind=workflow
  fi
  mkdir "${1##*/}" && cd "${1##*/}" || return
  export XDG_STATE_HOME=$PWD/state
  manual_blocks "$1"
  for block in $(find . -name '[0-9]*' | sort -V); do
    run_block "${block#./}" "$kind" >"out-${block#./}" 2>&1 || {
      echo "$1, example ${block#./}:"
      cat "$block" "out-${block#./}"
      return 1
    }
  done
}

@test "manuals: every example in man/ works" {
  local page bad=0
  input='{"order":"A7","lines":[{"id":12345678901234567890}]}'
  inside=" $(durable help --table |
    awk -F '\t' '$1 == "command" && $3 == "inside" { printf "%s ", $2 }')"
  for page in "$DURABLE_ROOT"/man/*.[1-9]; do
    (run_page "$page") || bad=1
  done
  [[ $bad == 0 ]]
}

@test "manuals: every page that has an EXAMPLES section has an example" {
  local page
  for page in "$DURABLE_ROOT"/man/*.[1-9]; do
    grep -q '^\.Sh EXAMPLES' "$page" || {
      echo "$page has no EXAMPLES"
      return 1
    }
    rm -f [0-9]*
    manual_blocks "$page"
    assert_file_exist 1
  done
}

@test "manuals: the examples of README.md work when pasted" {
  awk '/^```/ { inside = $0 == "```sh run"; next } inside' \
    "$DURABLE_ROOT/README.md" >pasted
  assert_size_not_zero pasted
  run -0 sh -eu ./pasted
}

@test "manuals: the files that ARCHITECTURE.md and HACKING.md name exist" {
  local file bad=0
  while read -r file; do
    [[ $file == *NAME* || -e $DURABLE_ROOT/$file || -e $DURABLE_ROOT/$file.c ]] || {
      echo "there is no $file"
      bad=1
    }
  done < <(grep -ohE '(src|man|tests|scripts|doc)/[a-zA-Z0-9_./-]+[a-zA-Z0-9]' \
    "$DURABLE_ROOT/ARCHITECTURE.md" "$DURABLE_ROOT/HACKING.md")
  [[ $bad == 0 ]]
}

@test "manuals: every page is installed" {
  local page
  for page in "$DURABLE_ROOT"/man/*.[1-9]; do
    grep -q "man/${page##*/}\( \|$\)" "$DURABLE_ROOT/Makefile.am" || {
      echo "man_pages in Makefile.am has no man/${page##*/}"
      return 1
    }
  done
}

@test "help: commands for durable's own use are in no list" {
  run -0 durable help --list
  refute_line filter
  refute_line serve
  assert_line step
}

@test "manuals: code in running text is shown as it is written" {
  local page line
  for page in "$DURABLE_ROOT"/man/*.[1-9]; do
    mandoc -Tascii -O width=500 "$page" | sed 's/.\x08//g' >shown
    run -1 grep -nE '^\..*Ql .*Ql ' "$page" # one would be in the other's quotes
    while read -r line; do
      grep -qF -- "$line" shown || fail "${page##*/}: not shown as: $line"
    done < <(sed -nE 's/^\.(Dl|Ql) //p' "$page" | grep -vE ' (Ar|Fl|Ns|Cm|Pa|Ev) ' | sed -E 's/( [.,;:])+$//; /\(/!s/( [])])+$//; s/^"(.*)"$/\1/
      s/\\&//g; s/\\\(dq/"/g; s/\\-/-/g; s/\\e/\\/g')
  done
}
