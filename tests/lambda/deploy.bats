#!/usr/bin/env bats
# deploy/lambda: what is packed works where nothing else is, what would not is
# refused, and the templates say what the service knows.

load ../lib/durable
load lambda

deploy=$DURABLE_ROOT/deploy/lambda

# stage: what "make install" would make of this build, in stage/opt.
stage() {
  install -d stage/opt/bin stage/opt/libexec/durable
  cp "$DURABLE_BUILDDIR/durable" "$DURABLE_BUILDDIR/durable.sh" stage/opt/bin
  cp "$DURABLE_BUILDDIR/durable-engine" "$DURABLE_BUILDDIR/durable-lambda" \
    stage/opt/libexec/durable
}

# carry: puts the shared libraries of this build beside it.
carry() {
  mkdir -p stage/opt/lib
  ldd stage/opt/libexec/durable/* | awk '$2 == "=>" { print $3 }' | sort -u |
    grep -vE '/(libc|libm)\.so' | xargs -r cp -Lt stage/opt/lib
}

# checked KIND FILE: what is wrong with a file of deploy/lambda.
checked() {
  command -v node >/dev/null || skip 'node is not installed'
  [[ -d $DURABLE_ROOT/tests/lambda/deploy/node_modules ]] ||
    skip 'no packages: run npm ci in tests/lambda/deploy'
  node "$DURABLE_ROOT/tests/lambda/deploy/check.mjs" "$@"
}

machine() { uname -m | sed s/aarch64/arm64/; }

@test "deploy: a package carries all that a function needs" {
  bridge_needs
  stage
  carry
  mkdir scripts
  handler scripts/flow <<<'durable result "$(durable input ".n + 1") $(
    command -v durable) $(durable step one -- echo 1)"'
  run -0 "$deploy/package" --arch "$(machine)" --glibc 99 stage out scripts
  assert_output --partial "durable-function-$(machine).zip: "
  folder=$PWD/out/durable-function-$(machine)
  export PATH=${PATH#"$DURABLE_BUILDDIR:"} LD_LIBRARY_PATH=$folder/lib
  run -0 bridge --task-root "$folder" --env LD_LIBRARY_PATH \
    --function "flow=$folder/bootstrap flow" --invoke flow --input '{"n":41}'
  assert_equal "$(outcome .Result)" "\"\\\"42 $folder/bin/durable 1\\\"\""
}

@test "deploy: the example is a function as it is" {
  bridge_needs
  run -0 bridge --skip-time --task-root "$DURABLE_ROOT/examples/lambda" \
    --function 'expense=durable lambda expense.sh' --invoke expense \
    --input '{"who":"ann","euros":120}' --actions \
    '[{"CallbackName":"*","Operation":"success","Payload":"carol"}]'
  assert_regex "$(outcome .Result)" \
    'ann: 120 EUR paid as T-[0-9a-f]{8}, approved by carol'
  assert_equal "$(outcome .counts.invocations)" 3
}

@test "deploy: a layer has the runtime, and no more" {
  stage
  cp "$(type -P true)" stage/opt/libexec/durable/durable-engine
  cp "$(type -P true)" stage/opt/libexec/durable/durable-lambda
  run -0 "$deploy/package" --arch "$(machine)" --glibc 99 --name x stage out
  run -0 sh -c 'cd out/x && find . ! -type d | sort'
  assert_output './bin/durable
./bin/durable.sh
./bootstrap
./libexec/durable/durable-engine
./libexec/durable/durable-lambda'
  run -0 readlink out/x/libexec/durable/durable-lambda
  assert_output ../../bootstrap
  assert_file_executable out/x/bootstrap
  assert_file_exist out/x.zip
}

@test "deploy: what wants a newer glibc is refused, and why is said" {
  stage
  carry
  run -1 "$deploy/package" --arch "$(machine)" --glibc 2.2.5 stage out
  assert_output --regexp \
    'durable-engine wants glibc 2\.[0-9]+, the runtime has 2\.2\.5; because of [a-z_]+'
  assert_output --partial 'Build it with deploy/lambda/build on Debian 12'
  assert_dir_not_exist "out/durable-layer-$(machine)"
  assert_file_not_exist "out/durable-layer-$(machine).zip"
}

@test "deploy: what links a library that is not carried is refused" {
  stage
  cp "$(type -P node)" stage/opt/libexec/durable/durable-engine
  run -1 "$deploy/package" --arch "$(machine)" --glibc 99 stage out
  assert_output --regexp \
    'durable-engine needs lib[^ ]+, which is neither in lib/ nor in the runtime'
}

@test "deploy: another machine's programs, and scripts over ours, are refused" {
  stage
  carry
  other=arm64
  [[ $(machine) == x86_64 ]] || other=x86_64
  run -1 "$deploy/package" --arch $other --glibc 99 stage out
  assert_output --partial "bootstrap is not for $other"
  mkdir scripts
  handler scripts/bootstrap <<<'exit'
  run -1 "$deploy/package" --arch "$(machine)" --glibc 99 stage out scripts
  assert_output --partial 'scripts/bootstrap has the name of a part of durable'
  run -1 "$deploy/package" --arch sparc stage out
  assert_output --partial '--arch is x86_64 or arm64, not sparc'
  run -1 "$deploy/package" scripts out
  assert_output --partial 'no libexec/durable/durable-lambda below scripts'
  run -1 "$deploy/build" --host sparc-linux-gnu out
  assert_output --partial 'Lambda runs on x86_64 and aarch64'
}

@test "deploy: the templates name what CloudFormation, SAM and IAM know" {
  run -0 checked template "$deploy/template.yaml"
  assert_output ''
  run -0 checked terraform "$deploy/main.tf"
  assert_output ''
  run -0 checked containerfile "$deploy/Containerfile"
  assert_output ''
}

@test "deploy: a mistake in a template is seen" {
  bridge_needs
  mistake() { # FILE SED-COMMAND WHAT
    sed "$2" "$deploy/$1" >"$1"
    run -1 checked "$4" "$1"
    assert_line --partial "$3"
  }
  mistake template.yaml s/RetentionPeriodInDays/RetentionDays/ \
    'ExpenseFunction.DurableConfig: has no property RetentionDays' template
  mistake template.yaml '/ExecutionTimeout/d' 'lacks ExecutionTimeout' template
  mistake template.yaml 's/Timeout: 60/Timeout: a minute/' \
    'ExpenseFunction.Timeout: is no number' template
  mistake template.yaml 's/ExpenseRole.Arn/OtherRole.Arn/' \
    'OtherRole.Arn is nowhere defined' template
  mistake template.yaml 's/lambda:GetDurableExecutionState/lambda:GetState/' \
    'there is no action lambda:GetState' template
  mistake template.yaml 's/Arn}:\*/Arn}/' 'authorized against versions' template
  mistake main.tf 's/aws_iam_role.this.arn/aws_iam_role.that.arn/' \
    'aws_iam_role.that is nowhere defined' terraform
  mistake main.tf '/^variable "name"/s/{//' 'does not parse' terraform
  mistake Containerfile 's/^COPY \. \./COPI . ./' 'Unknown instruction: COPI' \
    containerfile
}
