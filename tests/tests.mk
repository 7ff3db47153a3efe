# tests.mk - the tests, a line each; a part of Makefile.am.
#
# A unit test is one program from one source of the same name. A bats file
# needs nothing but its line. A fuzz target has two: here it is run on its
# corpus. See README.md beside this file.

unit_tests = \
	tests/unit/test_api \
	tests/unit/test_batch \
	tests/unit/test_buf \
	tests/unit/test_client \
	tests/unit/test_command \
	tests/unit/test_context \
	tests/unit/test_credentials \
	tests/unit/test_damage \
	tests/unit/test_endpoint \
	tests/unit/test_engine \
	tests/unit/test_err \
	tests/unit/test_family \
	tests/unit/test_fdio \
	tests/unit/test_functions \
	tests/unit/test_history \
	tests/unit/test_http \
	tests/unit/test_identity \
	tests/unit/test_json \
	tests/unit/test_msg \
	tests/unit/test_op \
	tests/unit/test_opid \
	tests/unit/test_options \
	tests/unit/test_payload \
	tests/unit/test_profile \
	tests/unit/test_proc \
	tests/unit/test_random \
	tests/unit/test_queue \
	tests/unit/test_record \
	tests/unit/test_remote \
	tests/unit/test_requests \
	tests/unit/test_retry \
	tests/unit/test_service \
	tests/unit/test_sign \
	tests/unit/test_socket \
	tests/unit/test_table \
	tests/unit/test_text \
	tests/unit/test_time \
	tests/unit/test_waiters \
	tests/unit/test_wire

# What speaks to AWS, and the libraries that this needs.
lambda_ldadd = liblambda.a $(LDADD) $(lambda_libs)
tests_unit_test_api_SOURCES = tests/unit/test_api.c tests/unit/web_server.c
tests_unit_test_api_LDADD = $(lambda_ldadd) -lpthread
tests_unit_test_credentials_SOURCES = \
	tests/unit/test_credentials.c tests/unit/web_server.c
tests_unit_test_credentials_LDADD = $(lambda_ldadd) -lpthread
tests_unit_test_endpoint_LDADD = $(lambda_ldadd)
tests_unit_test_http_SOURCES = tests/unit/test_http.c tests/unit/web_server.c
tests_unit_test_http_LDADD = $(lambda_ldadd) -lssl -lcrypto -lpthread
tests_unit_test_profile_LDADD = $(lambda_ldadd)
tests_unit_test_queue_LDADD = $(lambda_ldadd)
tests_unit_test_remote_SOURCES = \
	tests/unit/test_remote.c tests/unit/web_server.c
tests_unit_test_remote_LDADD = $(lambda_ldadd) -lpthread
tests_unit_test_sign_LDADD = $(lambda_ldadd)
tests_unit_test_wire_LDADD = $(lambda_ldadd)

# What tests of the engine share.
engine_story = tests/unit/story.c tests/unit/memory_backend.c
tests_unit_test_engine_SOURCES = tests/unit/test_engine.c $(engine_story)
tests_unit_test_functions_SOURCES = tests/unit/test_functions.c $(engine_story)
tests_unit_test_identity_SOURCES = tests/unit/test_identity.c $(engine_story)
tests_unit_test_requests_SOURCES = tests/unit/test_requests.c $(engine_story)
tests_unit_test_waiters_SOURCES = tests/unit/test_waiters.c $(engine_story)

fuzz_tests = \
	tests/fuzz/fuzz_answer \
	tests/fuzz/fuzz_duration \
	tests/fuzz/fuzz_engine \
	tests/fuzz/fuzz_events \
	tests/fuzz/fuzz_ini \
	tests/fuzz/fuzz_json \
	tests/fuzz/fuzz_msg \
	tests/fuzz/fuzz_options \
	tests/fuzz/fuzz_payload \
	tests/fuzz/fuzz_record \
	tests/fuzz/fuzz_state
tests_fuzz_fuzz_answer_SOURCES = tests/fuzz/fuzz_answer.c tests/fuzz/corpus.c
tests_fuzz_fuzz_answer_LDADD = $(lambda_ldadd)
tests_fuzz_fuzz_events_SOURCES = tests/fuzz/fuzz_events.c tests/fuzz/corpus.c
tests_fuzz_fuzz_events_LDADD = $(lambda_ldadd)
tests_fuzz_fuzz_ini_SOURCES = tests/fuzz/fuzz_ini.c tests/fuzz/corpus.c
tests_fuzz_fuzz_ini_LDADD = $(lambda_ldadd)
tests_fuzz_fuzz_duration_SOURCES = \
	tests/fuzz/fuzz_duration.c tests/fuzz/corpus.c
tests_fuzz_fuzz_engine_SOURCES = tests/fuzz/fuzz_engine.c \
	tests/fuzz/corpus.c tests/unit/memory_backend.c
tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c tests/fuzz/corpus.c
tests_fuzz_fuzz_msg_SOURCES = tests/fuzz/fuzz_msg.c tests/fuzz/corpus.c
tests_fuzz_fuzz_options_SOURCES = tests/fuzz/fuzz_options.c tests/fuzz/corpus.c
tests_fuzz_fuzz_payload_SOURCES = tests/fuzz/fuzz_payload.c tests/fuzz/corpus.c
tests_fuzz_fuzz_record_SOURCES = tests/fuzz/fuzz_record.c tests/fuzz/corpus.c
tests_fuzz_fuzz_state_SOURCES = tests/fuzz/fuzz_state.c tests/fuzz/corpus.c
tests_fuzz_fuzz_state_LDADD = $(lambda_ldadd)

cmd_tests = \
	tests/cmd/branch.bats \
	tests/cmd/callback.bats \
	tests/cmd/checkpoint.bats \
	tests/cmd/child.bats \
	tests/cmd/compensate.bats \
	tests/cmd/cost.bats \
	tests/cmd/completion.bats \
	tests/cmd/error.bats \
	tests/cmd/fail.bats \
	tests/cmd/help.bats \
	tests/cmd/history.bats \
	tests/cmd/input.bats \
	tests/cmd/invoke.bats \
	tests/cmd/list.bats \
	tests/cmd/log.bats \
	tests/cmd/map.bats \
	tests/cmd/parallel.bats \
	tests/cmd/purge.bats \
	tests/cmd/result.bats \
	tests/cmd/resume.bats \
	tests/cmd/retry.bats \
	tests/cmd/run.bats \
	tests/cmd/status.bats \
	tests/cmd/step.bats \
	tests/cmd/stop.bats \
	tests/cmd/undo.bats \
	tests/cmd/wait-for-callback.bats \
	tests/cmd/wait-for-condition.bats \
	tests/cmd/wait.bats

run_tests = \
	tests/run/badinput.bats \
	tests/run/encode.bats \
	tests/run/formats.bats \
	tests/run/function-branches.bats \
	tests/run/functions.bats \
	tests/run/identity.bats \
	tests/run/journal.bats \
	tests/run/parallel.bats \
	tests/run/replay-children.bats \
	tests/run/replay.bats \
	tests/run/retry.bats \
	tests/run/saga.bats \
	tests/run/sequences.bats \
	tests/run/shells.bats \
	tests/run/signals.bats \
	tests/run/skip-time.bats \
	tests/run/suspension.bats

fault_tests = \
	tests/fault/crash.bats \
	tests/fault/damage.bats \
	tests/fault/disk.bats \
	tests/fault/functions.bats \
	tests/fault/invariants.bats \
	tests/fault/operations.bats \
	tests/fault/outside.bats \
	tests/fault/owner.bats \
	tests/fault/power.bats \
	tests/fault/verdict.bats

# Programs that the fault tests are run with; no part of durable is in them.
fault_tools = \
	tests/fault/age \
	tests/fault/inject \
	tests/fault/shutdown \
	tests/fault/spoil
tests_fault_inject_LDADD =
tests_fault_shutdown_LDADD =
tests_fault_spoil_LDADD =

static_tests = tests/static.bats tests/manuals.bats

example_tests = tests/examples.bats tests/bench.bats

# AWS's local engine on the other side; needs node and the bridge's packages.
# Two are about that engine and the bridge, with no durable; one about
# deploy/lambda.
lambda_fault_tests = tests/lambda/faults.bats tests/lambda/kill.bats
lambda_run_tests = \
	tests/lambda/badinput.bats \
	tests/lambda/careless.bats \
	tests/lambda/cost.bats \
	tests/lambda/deadline.bats \
	tests/lambda/manage.bats \
	tests/lambda/refusals.bats \
	tests/lambda/runtime.bats \
	tests/lambda/same.bats
lambda_bridge_tests = \
	tests/lambda/bridge.bats \
	tests/lambda/deploy.bats \
	tests/lambda/engine.bats
lambda_tests = $(lambda_fault_tests) $(lambda_run_tests) \
	$(lambda_bridge_tests)

# Requirements that others wrote; skipped where they are not at hand.
conformance_tests = tests/conformance/run tests/conformance/lambda

LDADD = libclient.a $(layers) $(CMOCKA_LIBS) $(JQ_LIBS) $(XXHASH_LIBS)

# The long ones first, so that nothing waits for a single one at the end. What
# has deadlines in real time comes behind what needs the processor most.
TESTS = $(fault_tests) $(conformance_tests) $(lambda_fault_tests) \
	$(lambda_run_tests) $(lambda_bridge_tests) $(run_tests) \
	$(cmd_tests) $(example_tests) $(fuzz_tests) $(unit_tests) \
	$(static_tests)

# Every case of every file is a line of its own, as both speak TAP.
TEST_EXTENSIONS = .bats
TAP_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) \
	$(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER = $(TAP_DRIVER) --merge
BATS_LOG_DRIVER = $(TAP_DRIVER) --merge
BATS_LOG_COMPILER = $(BATS)
AM_BATS_LOG_FLAGS = --formatter tap
AM_TESTS_ENVIRONMENT = \
	DURABLE_BUILDDIR='$(abs_builddir)'; export DURABLE_BUILDDIR; \
	CLIENT_LINKAGE='$(client_linkage)'; \
	export CLIENT_LINKAGE; \
	HARDENING='$(hardening)'; export HARDENING; \
	CC='$(CC)'; export CC; \
	CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT;
if HARDENING
hardening = yes
else
hardening = no
endif

# The tests are built only where what they need is there.
if HAVE_CMOCKA
check_PROGRAMS = $(unit_tests) $(fuzz_tests) $(fault_tools)
endif
check_DATA = check-needs
check-needs:
if !HAVE_CMOCKA
	@echo "make check needs cmocka, which configure did not find:" \
		"install libcmocka-dev and run configure again" >&2; false
endif
	@test -n "$(BATS)" || { echo "make check needs bats, which configure" \
		"did not find: install bats, bats-assert, bats-support and" \
		"bats-file and run configure again" >&2; false; }

# Parts of make check, as in: make check-cmd, make check-unit.
check-unit:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(unit_tests)'
check-cmd:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(cmd_tests)'
check-lambda:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(lambda_tests)'
check-conformance:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(conformance_tests)'
