/*
 * story.c - the engine driven through a history, a scene for each request.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "base/xalloc.h"
#include "engine/engine.h"
#include "memory_backend.h"
#include "story.h"

enum { CLIENTS = 16, LABELS = 32, WORD_MAX = 256, PAYLOAD_MAX = 1000 };

struct label {
	char name[WORD_MAX];
	char id[OPID_LEN + 1];
};

struct actor {
	char name[8];
	struct engine_client *client;
	char opening[WORD_MAX]; /* the label of what it opened last */
};

struct stage {
	const struct story *story;
	struct backend *backend;
	struct engine *engine;
	struct actor actors[CLIENTS];
	size_t n_actors;
	struct label labels[LABELS];
	size_t n_labels;
	enum verdict verdict;
	int64_t now;
	struct buf said;
};

static const struct {
	const char *name;
	enum op_type type;
	enum op_subtype subtype;
} kinds[] = {
	{ "step", OP_STEP, SUB_STEP },
	{ "condition", OP_STEP, SUB_CONDITION },
	{ "wait", OP_WAIT, SUB_WAIT },
	{ "callback", OP_CALLBACK, SUB_CALLBACK },
	{ "invoke", OP_INVOKE, SUB_INVOKE },
	{ "child", OP_CONTEXT, SUB_CHILD },
	{ "parallel", OP_CONTEXT, SUB_PARALLEL },
	{ "branch", OP_CONTEXT, SUB_BRANCH },
	{ "map", OP_CONTEXT, SUB_MAP },
	{ "item", OP_CONTEXT, SUB_MAP_ITEM },
	{ "execution", OP_EXECUTION, SUB_NONE },
	{ "nonsense", OP_TYPES, SUB_STEP },
	{ "stepchild", OP_STEP, SUB_TYPES },
};

static const struct {
	const char *name;
	uint32_t flag;
} flags[] = {
	{ "once", FLAG_AT_MOST_ONCE },
	{ "nodigest", FLAG_NO_DIGEST },
	{ "virtual", FLAG_VIRTUAL },
	{ "decided", FLAG_DECIDED },
	{ "children", FLAG_REPLAY_CHILDREN },
	{ "inherit", FLAG_INHERIT },
	{ "finished", FLAG_ONLY_FINISHED },
	{ "function", FLAG_FUNCTION },
};

static const struct {
	const char *verb;
	enum msg_type type;
	uint8_t action;
	uint32_t number;
	bool is_update;
} verbs[] = {
	{ "ok", MSG_UPDATE, ACTION_SUCCEED, 0, true },
	{ "fail", MSG_UPDATE, ACTION_FAIL, 1, true },
	{ "retry", MSG_UPDATE, ACTION_RETRY, 0, true },
	{ "begin", MSG_UPDATE, ACTION_START, 0, true },
	{ "error", MSG_GET_ERROR, 0, 0, false },
	{ "name", MSG_NAME_ERROR, 0, 0, false },
	{ "put", MSG_PUT_DOWN, 0, PUT_BRANCH, false },
	{ "take", MSG_TAKE_UP, 0, PUT_BRANCH, false },
	{ "undo-put", MSG_PUT_DOWN, 0, PUT_UNDO, false },
	{ "undo-take", MSG_TAKE_UP, 0, PUT_UNDO, false },
	{ "await", MSG_AWAIT, 0, 0, false },
	{ "complete", MSG_COMPLETE, 0, STATUS_SUCCEEDED, false },
	{ "heartbeat", MSG_COMPLETE, 0, STATUS_STARTED, false },
	{ "log", MSG_LOG, 0, 0, false },
	{ "input", MSG_INPUT, 0, 0, false },
	{ "result", MSG_RESULT, 0, 0, false },
	{ "bye", MSG_BYE, 0, 0, false },
	{ "usage", MSG_USAGE, 0, 0, false },
	{ "abort", MSG_ABORT, 0, 0, false },
	{ "stop", MSG_STOP, 0, 0, false },
	{ "function", MSG_FUNCTION_END, 0, 0, false },
	{ "return", MSG_FUNCTION_END, 0, 0, true },
	{ "subshell", MSG_SHELL, 0, 0, true },
};

static void
say(struct stage *st, const char *text)
{
	if (st->said.len > 0)
		buf_put_str(&st->said, "; ");
	buf_put_str(&st->said, text);
}

static struct label *
find_label(struct stage *st, const char *name)
{
	struct label *l;

	for (size_t i = 0; i < st->n_labels; i++)
		if (strcmp(st->labels[i].name, name) == 0)
			return &st->labels[i];
	assert_true(st->n_labels < LABELS);
	l = &st->labels[st->n_labels++];
	snprintf(l->name, sizeof(l->name), "%s", name);
	return l;
}

static const char *
label_of(const struct stage *st, const char *id)
{
	for (size_t i = 0; i < st->n_labels; i++)
		if (strcmp(st->labels[i].id, id) == 0)
			return st->labels[i].name;
	return id;
}

static const char *
reply_name(enum msg_type t)
{
	static const char *const names[] = { "RUN", "OUTCOME", "VALUE", "OK",
		"MISSING", "REFUSED", "NAMED" };

	return names[t - MSG_RUN];
}

/* What a reply's flags say, and its bytes. */
static void
say_rest(struct stage *st, const struct reply *rp)
{
	static const struct {
		uint32_t flag;
		const char *text;
	} shown[] = { { FLAG_INTERRUPTED, " interrupted" },
		{ FLAG_REPLAY_CHILDREN, " repeat" }, { FLAG_OWN, " own" },
		{ FLAG_REPLAYED, " replayed" },
		{ FLAG_REPLAYING, " replaying" },
		{ FLAG_NOT_PRESENT, " none" } };

	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++)
		if (rp->flags & shown[i].flag)
			buf_put_str(&st->said, shown[i].text);
	if (rp->payload.p) {
		buf_put_str(&st->said, " =");
		text_escape(rp->payload.p, rp->payload.n, &st->said);
	}
	if (rp->error.p)
		buf_printf(&st->said, " error=%.*s", (int)rp->error.n,
		    rp->error.p);
}

static void
on_reply(void *arg, struct engine_client *c, const struct reply *rp,
    bool needs_sync)
{
	struct stage *st = arg;
	struct actor *a = engine_client_user(c);
	char text[WORD_MAX];
	struct label *l;

	snprintf(text, sizeof(text), "%s %s%s", a->name, reply_name(rp->type),
	    needs_sync ? "!" : "");
	say(st, text);
	if (rp->type == MSG_RUN)
		buf_printf(&st->said, " %u", rp->number);
	if (rp->type == MSG_OUTCOME)
		buf_printf(&st->said, " %s",
		    op_status_name((enum op_status)rp->status));
	say_rest(st, rp);
	if (rp->id.n == OPID_LEN && a->opening[0] && rp->type != MSG_NAMED) {
		l = find_label(st, a->opening);
		memcpy(l->id, rp->id.p, OPID_LEN);
	}
}

static void
on_notice(void *arg, const char *line)
{
	char *text = xasprintf("notice %s", line);

	say(arg, text);
	free(text);
}

/* What is called "broken" cannot be started. */
static bool
on_invoke(void *arg, struct op *op, const struct request *rq, struct buf *error)
{
	(void)rq;
	say(arg, "invoke");
	if (!text_equal(op->name, text_of("broken")))
		return true;
	buf_put_str(error, "{\"ErrorType\":\"Invoke.NotFound\"}");
	return false;
}

static void
on_closed(void *arg, const struct op *op)
{
	char *text = xasprintf("closed %s", label_of(arg, op->id));

	say(arg, text);
	free(text);
}

static void
on_subshell_closed(void *arg, pid_t pid)
{
	char *text = xasprintf("end %d", (int)pid);

	say(arg, text);
	free(text);
}

static void
start_engine(struct stage *st)
{
	struct engine_options o = { .arn = "arn",
		.input = st->story->is_journal ? NULL : "{\"a\":1}",
		.strict = st->story->strict,
		.is_journal = st->story->is_journal,
		.payload_max = PAYLOAD_MAX };
	struct engine_host host = { .arg = st,
		.reply = on_reply,
		.notice = on_notice,
		.invoke = on_invoke,
		.closed = on_closed,
		.subshell_closed = on_subshell_closed };

	st->engine = engine_new(st->backend, &o, &host);
}

static void
stop_engine(struct stage *st)
{
	for (size_t i = 0; i < st->n_actors; i++)
		if (st->actors[i].client)
			engine_disconnect(st->engine, st->actors[i].client);
	st->n_actors = 0;
	st->verdict = VERDICT_NONE;
	engine_free(st->engine);
	st->engine = NULL;
}

static struct actor *
find_actor(struct stage *st, const char *name)
{
	struct actor *a;

	for (size_t i = 0; i < st->n_actors; i++)
		if (strcmp(st->actors[i].name, name) == 0)
			return &st->actors[i];
	assert_true(st->n_actors < CLIENTS);
	a = &st->actors[st->n_actors++];
	memset(a, 0, sizeof(*a));
	snprintf(a->name, sizeof(a->name), "%s", name);
	a->client = engine_connect(st->engine, 1, a);
	assert_int_equal(engine_client_pid(a->client), 1);
	return a;
}

/* The next word of *text into word; false at the end. =TEXT and error=TEXT go
 * to the end of the line. */
static bool
next_word(const char **text, char *word)
{
	const char *p = *text;
	size_t n;

	while (*p == ' ')
		p++;
	if (!*p)
		return false;
	n = *p == '=' || strncmp(p, "error=", 6) == 0 ? strlen(p)
						      : strcspn(p, " ");
	assert_true(n < WORD_MAX);
	memcpy(word, p, n);
	word[n] = '\0';
	*text = p + n;
	return true;
}

/* One request under construction; its spans point into the other members. */
struct asked {
	struct request rq;
	char name[WORD_MAX], payload[WORD_MAX], error[WORD_MAX], cmd[WORD_MAX];
	char parent[OPID_LEN + 1], id[OPID_LEN + 1];
	bool has_name;
};

static bool
set_flag(struct asked *q, const char *word)
{
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		if (strcmp(flags[i].name, word) == 0) {
			q->rq.flags |= flags[i].flag;
			return true;
		}
	}
	return false;
}

static struct span
keep_text(char *room, const char *text)
{
	snprintf(room, WORD_MAX, "%s", text);
	return (struct span){ room, strlen(room) };
}

/* A word behind the verb and its name. */
static void
take_word(struct stage *st, struct asked *q, const char *word,
    const char **rest)
{
	char next[WORD_MAX];

	if (word[0] == '=') {
		q->rq.payload = keep_text(q->payload, word + 1);
	} else if (strncmp(word, "error=", 6) == 0) {
		q->rq.error = keep_text(q->error, word + 6);
	} else if (strncmp(word, "cmd=", 4) == 0) {
		q->rq.digest_of = keep_text(q->cmd, word + 4);
	} else if (strncmp(word, "n=", 2) == 0) {
		q->rq.number = (uint32_t)strtoul(word + 2, NULL, 10);
	} else if (strncmp(word, "status=", 7) == 0) {
		q->rq.number = (uint32_t)strtoul(word + 7, NULL, 10);
	} else if (strncmp(word, "seconds=", 8) == 0) {
		q->rq.seconds = strtoll(word + 8, NULL, 10);
	} else if (strcmp(word, "in") == 0) {
		assert_true(next_word(rest, next));
		memcpy(q->parent, find_label(st, next)->id, OPID_LEN + 1);
		q->rq.parent = (struct span){ q->parent, OPID_LEN };
	} else if (!set_flag(q, word)) {
		assert_false(q->has_name);
		q->has_name = true;
		q->rq.name = keep_text(q->name, word);
	}
}

static void
begin_open(struct asked *q, const char **rest)
{
	char kind[WORD_MAX];

	assert_true(next_word(rest, kind));
	q->rq.type = MSG_OPEN;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(kinds[i].name, kind) == 0) {
			q->rq.op_type = (uint8_t)kinds[i].type;
			q->rq.subtype = (uint8_t)kinds[i].subtype;
			return;
		}
	}
	fail_msg("no kind %s", kind);
}

static void
begin_verb(struct stage *st, struct asked *q, const char *verb,
    const char **rest)
{
	char word[WORD_MAX];
	size_t i = 0;

	while (i < sizeof(verbs) / sizeof(*verbs) &&
	    strcmp(verbs[i].verb, verb) != 0)
		i++;
	if (i == sizeof(verbs) / sizeof(*verbs))
		fail_msg("no verb %s", verb);
	q->rq.type = verbs[i].type;
	q->rq.action = verbs[i].action;
	q->rq.number = verbs[i].number;
	if (q->rq.type == MSG_COMPLETE) {
		q->rq.op_type = OP_CALLBACK;
		q->rq.id = (struct span){ "callback-id", 11 };
	}
	if (!verbs[i].is_update)
		return;
	assert_true(next_word(rest, word));
	memcpy(q->id, find_label(st, word)->id, OPID_LEN + 1);
	q->rq.id = (struct span){ q->id, OPID_LEN };
}

static void
ask(struct stage *st, struct actor *a, const char *verb, const char *rest)
{
	struct asked q = { 0 };
	char word[WORD_MAX];
	bool opens = strcmp(verb, "open") == 0;
	struct err e;

	if (opens)
		begin_open(&q, &rest);
	else
		begin_verb(st, &q, verb, &rest);
	while (next_word(&rest, word))
		take_word(st, &q, word, &rest);
	if (opens)
		snprintf(a->opening, sizeof(a->opening), "%s",
		    q.has_name ? q.name : a->name);
	if (engine_request(st->engine, a->client, &q.rq, st->now, &e) < 0)
		say(st, e.text);
}

static void
count_open(void *arg, const struct op *op)
{
	struct stage *st = arg;

	buf_printf(&st->said, " %s", label_of(st, op->id));
}

static void
say_handler_error(struct stage *st, const char *rest)
{
	struct buf out;

	buf_init(&out, BUF_NO_MAX);
	engine_handler_error(st->engine,
	    (int)strtol(strchr(rest, '=') + 1, NULL, 10), &out);
	say(st, buf_str(&out));
	buf_clear(&out);
}

static void
restart(struct stage *st)
{
	stop_engine(st);
	st->backend = memory_backend_reload(st->backend);
	start_engine(st);
}

/* Whose deaths would be crashes. */
static void
say_shells(struct stage *st)
{
	const struct engine_client *c = NULL;
	char pid[32];

	while ((c = engine_next_shell(st->engine, c))) {
		snprintf(pid, sizeof(pid), "%ld%s",
		    (long)engine_client_shell(c),
		    engine_client_user(c) ? "" : "!");
		say(st, pid);
	}
}

/* What is no request of a client's. */
static bool
direct(struct stage *st, const char *verb, const char *rest)
{
	struct err e;
	int64_t due;
	char word[WORD_MAX];

	if (strcmp(verb, "restart") == 0) {
		restart(st);
	} else if (strcmp(verb, "tick") == 0) {
		if (engine_tick(st->engine, st->now, &e) < 0)
			say(st, e.text);
	} else if (strcmp(verb, "blocked") == 0) {
		say(st, engine_is_blocked(st->engine) ? "yes" : "no");
	} else if (strcmp(verb, "due") == 0) {
		due = engine_next_due(st->engine);
		say(st, due == TIME_NEVER ? "never" : "");
		if (due != TIME_NEVER)
			buf_printf(&st->said, "%d", (int)(due / 1000));
	} else if (strcmp(verb, "unmet") == 0) {
		if (engine_check_unmet(st->engine, &e) < 0)
			say(st, e.text);
	} else if (strcmp(verb, "open?") == 0) {
		say(st, "open:");
		(void)engine_each_open(st->engine, count_open, st);
	} else if (strcmp(verb, "shells") == 0) {
		say_shells(st);
	} else if (strcmp(verb, "recorded") == 0) {
		say(st, memory_backend_log(st->backend));
	} else if (strcmp(verb, "handler") == 0) {
		say_handler_error(st, rest);
	} else if (strcmp(verb, "settle") == 0) {
		assert_true(next_word(&rest, word));
		assert_int_equal(memory_backend_settle(st->backend, word,
				     strchr(rest, '=') + 1, st->now),
		    0);
	} else {
		return false;
	}
	return true;
}

static void
perform(struct stage *st, const struct scene *l)
{
	const char *rest = l->asks;
	char verb[WORD_MAX];
	struct actor *a;

	assert_true(next_word(&rest, verb));
	if (verb[0] == '@') {
		st->now = strtoll(verb + 1, NULL, 10) * 1000;
		assert_true(next_word(&rest, verb));
	}
	if (direct(st, verb, rest))
		return;
	a = find_actor(st, l->who);
	if (strcmp(verb, "gone") == 0) {
		if (engine_disconnect(st->engine, a->client))
			say(st, "crash");
		a->client = NULL;
		a->name[0] = '\0';
	} else if (strcmp(verb, "hold") == 0) {
		engine_hold(a->client, true);
	} else if (strcmp(verb, "release") == 0) {
		engine_hold(a->client, false);
	} else {
		ask(st, a, verb, rest);
	}
}

/* A verdict that was not there before is told like an answer. */
static void
say_verdict(struct stage *st)
{
	static const char *const names[] = { "", "REFUSED", "USAGE", "STOPPED",
		"FAILED" };
	const char *message;
	enum verdict v = engine_verdict(st->engine, &message);

	if (v == st->verdict)
		return;
	st->verdict = v;
	say(st, names[v]);
	if (*message)
		buf_printf(&st->said, " %s", message);
}

void
story_run(const struct story *s)
{
	struct stage st = { .story = s };
	int number = 0;

	st.backend = memory_backend_new(
	    s->fail_after > 0 ? s->fail_after - 1 : -1);
	buf_init(&st.said, BUF_NO_MAX);
	start_engine(&st);
	for (const struct scene *l = s->scenes; l->asks; l++) {
		const char *wanted = l->answer ? l->answer : "";

		number++;
		buf_reset(&st.said);
		perform(&st, l);
		say_verdict(&st);
		if (fnmatch(wanted, buf_str(&st.said), FNM_NOESCAPE) != 0)
			fail_msg("scene %d, %s %s: wanted\n%s\nbut it said\n%s",
			    number, l->who, l->asks, wanted, buf_str(&st.said));
	}
	stop_engine(&st);
	st.backend->ops->close(st.backend);
	buf_clear(&st.said);
}

void
story_tell(const struct scene *scenes)
{
	story_run(&(struct story){ .scenes = scenes });
}
