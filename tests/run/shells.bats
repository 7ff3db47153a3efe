#!/usr/bin/env bats
# shells.bats - handlers in any shell, and in programs that are none.
load ../lib/durable

# in_shell SHELL [ARG]: one flow with a suspension, in every construct.
in_shell() {
  command -v "$1" >/dev/null || skip "no $1 here"
  handler flow <<EOS
#!$(command -v "$1") ${2-}
trap 'echo trap >>effects' EXIT
x=\$(durable step a -- sh -c 'echo a >>effects; echo A')
if durable step b -- sh -c 'echo b >>effects; exit 3'; then x=\$x-no; else x=\$x-\$?; fi
durable wait w 1s || echo bad >>effects
echo piped | durable step -i c -- cat | { read -r y; echo "\$x-\$y" >line; }
durable step d -- sh -c 'echo d >>effects'
durable parallel -q p --branch l -- durable step s -- true --branch r -- durable wait s 1s
cat line
EOS
  run -0 --separate-stderr durable run ./flow
  assert_output A-3-piped
  assert_equal "$(tr '\n' ' ' <effects)" 'a b d trap '
}

@test "shells: sh" {
  in_shell sh
}

@test "shells: dash" {
  in_shell dash
}

@test "shells: bash" {
  in_shell bash
}

@test "shells: busybox sh" {
  in_shell busybox sh
}

@test "shells: zsh" {
  in_shell zsh
}

@test "shells: ksh" {
  in_shell ksh
}

@test "shells: mksh" {
  in_shell mksh
}

@test "shells: perl" {
  handler flow <<'EOS'
#!/usr/bin/perl
use strict;
chomp(my $x = `durable step a -- sh -c 'echo a >>effects; echo A'`);
system('durable', 'wait', 'w', '1s') == 0 or die;
my $s = system('durable', 'step', 'b', '--', 'sh', '-c', 'exit 3') >> 8;
open my $f, '>>', 'ends'; print $f "end\n";
print "$x $s\n";
EOS
  run -0 --separate-stderr durable run ./flow
  assert_output 'A 3'
  assert_equal "$(lines_of effects)" 1
  assert_equal "$(lines_of ends)" 1
}

@test "shells: awk" {
  handler flow <<'EOS'
#!/usr/bin/awk -f
BEGIN {
  "durable step a -- sh -c 'echo a >>effects; echo A'" | getline x
  system("durable wait w 1s")
  print x, system("durable step b -- sh -c 'exit 3'")
}
EOS
  run -0 --separate-stderr durable run ./flow
  assert_output 'A 3'
  assert_equal "$(lines_of effects)" 1
}
