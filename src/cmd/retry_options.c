/*
 * retry_options.c - the retry options of step and of a submitter.
 */
#include "cmd/retry_options.h"

bool
retry_options_ask(const struct retry_options *o)
{
	return o->any || o->max_attempts >= 0 || o->delay_s > 0 ||
	    o->max_delay_s > 0 || o->rate != 0 || o->jitter || o->on ||
	    o->not_on || o->command;
}

int
retry_options_check(const struct retry_options *o, struct err *e)
{
	enum jitter ignored;

	if (o->none && retry_options_ask(o))
		return err_set(e, ERR_USAGE,
		    "--no-retry contradicts the other retry options");
	if (o->max_attempts == 0)
		return err_set(e, ERR_USAGE,
		    "--max-attempts 0: must be 1 or more");
	if (o->rate != 0 && o->rate < 1)
		return err_set(e, ERR_USAGE,
		    "--retry-rate %g: must be 1 or more", o->rate);
	if (o->on && retry_list_check(o->on, e) < 0)
		return err_wrap(e, "--retry-on");
	if (o->not_on && retry_list_check(o->not_on, e) < 0)
		return err_wrap(e, "--no-retry-on");
	if (o->jitter && jitter_parse(o->jitter, &ignored, e) < 0)
		return err_wrap(e, "--retry-jitter");
	return 0;
}

int
retry_options_apply(const struct retry_options *o, bool at_most_once,
    struct retry_policy *p, struct err *e)
{
	bool ask = retry_options_ask(o);

	if (retry_options_check(o, e) < 0)
		return -1;
	if (o->jitter && jitter_parse(o->jitter, &p->jitter, e) < 0)
		return -1;
	p->none = o->none || (at_most_once && !ask);
	p->any = o->any || (ask && !o->on);
	p->retry_on = o->on;
	p->no_retry_on = o->not_on;
	if (o->max_attempts > 0)
		p->max_attempts = o->max_attempts;
	if (o->delay_s > 0)
		p->delay_s = o->delay_s;
	if (o->max_delay_s > 0)
		p->max_delay_s = o->max_delay_s;
	else if (p->delay_s > p->max_delay_s)
		p->max_delay_s = p->delay_s;
	if (o->rate > 0)
		p->rate = o->rate;
	return 0;
}
