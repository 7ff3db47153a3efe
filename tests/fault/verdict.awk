# verdict.awk - what the records and the log in a fault's folder say, in one
# process: a fault is a few runs of a workflow, and a dozen pipes to judge it
# cost more than these. campaign.bash says which files it is given:
#
#   phase=records   context files: "NAME ACTION" for each operation, in order,
#                   and "NAME CallbackSucceeded" for what came from outside
#   phase=broken    context files, log: when the fault has ended the run. The
#                   first line says how many lines the log has and what is
#                   recorded as finished, the second what is wrong, if anything
#   phase=end       context files, log, and the log and the records of an
#                   undisturbed run: prints what is wrong, or nothing
#
# role is whose call was spoiled; finished and lines are what broken has said;
# is_unseen=1: only starts are counted.

function field(key) {
	if (!match($0, "\"" key "\":\"[^\"]*\""))
		return ""
	return substr($0, RSTART + length(key) + 4, RLENGTH - length(key) - 5)
}

function add(text) {
	recorded[++n_recorded] = text
}

function bad(text) {
	print text
	exit
}

function dashed(text) {
	gsub(/ /, "-", text)
	return text
}

# Where a file is looked at depends on its name alone.
FNR == 1 {
	split("", name)
	kind = FILENAME
	sub(/.*\//, "", kind)
	if (kind ~ /\.jsonl$/)
		kind = "context"
	else if (FILENAME ~ /reference/)
		kind = "reference " kind
}

# A line without its end is none.
kind == "context" && /}$/ {
	if (field("Name") != "")
		name[field("Id")] = field("Name")
	if (field("Action") != "")
		add(field("Name") " " field("Action"))
	if (field("Event") ~ /^(Callback|ChainedInvoke)[SFT]/)
		add(name[field("Id")] " " field("Event"))
}

kind == "log" {
	log_line[++n_log] = $0
}

kind == "reference log" {
	if (/^start /)
		usual[substr($0, 7)]++
	if (/^after [^ ]* /)
		has_value[$2] = 1
}

kind == "reference records" {
	wanted[$0]++
}

# Names of steps whose outcome is recorded.
function find_finished(  i, text) {
	for (i = 1; i <= n_recorded; i++) {
		text = recorded[i]
		if (sub(/ (SUCCEED|FAIL|[A-Z][A-Za-z]*(Succeeded|Failed))$/, "", text))
			is_finished[dashed(text)] = 1
	}
}

# What the script did before it was run again: nothing on what is not
# recorded. The shell of a killed client goes on until the engine ends it.
function check_broken(  i, step) {
	find_finished()
	printf "%d ", n_log
	for (step in is_finished)
		printf " %s", step
	print ""
	if (role == "client")
		return
	for (i = 1; i <= n_log; i++) {
		if (log_line[i] ~ /WRONG/)
			bad("before the resume: " log_line[i])
		if (log_line[i] !~ /^after [^ ]* /)
			continue
		split(log_line[i], word, " ")
		if (!(word[2] in is_finished))
			bad("went on after " word[2] ", which is not recorded")
	}
}

# The at-most-once step m may have been cut off before or behind its start.
function check_starts(step, n) {
	if (n == usual[step])
		return
	if (n == usual[step] + 1 && step != "m")
		return
	if (n == 0 && (step == "m" || is_unseen))
		return
	bad(step " was started " n + 0 " times")
}

# What a killed client's shell made of it is no value: "", 137.
function count_values(  i, step, value) {
	for (i = 1; i <= n_log; i++) {
		if (log_line[i] !~ /^after [^ ]* /)
			continue
		value = substr(log_line[i], 7)
		step = value
		sub(/ .*/, "", step)
		value = substr(value, length(step) + 2)
		if (value ~ /[^7]$/ && !seen[step, value]++)
			n_values[step]++
	}
}

# The same records of each operation as an undisturbed run has; but the
# at-most-once step may have been cut off.
function compare_records(  i, text, other) {
	for (i = 1; i <= n_recorded; i++) {
		text = recorded[i]
		sub(/^m FAIL$/, "m SUCCEED", text)
		wanted[text]--
	}
	for (text in wanted)
		if (wanted[text] != 0)
			other = other " " (wanted[text] > 0 ? "-" : "+") text
	if (other != "")
		bad("other records:" other)
}

function check_end(  i, step, word, n_done) {
	n_done = split(finished, word, " ")
	for (i = lines + 1; i <= n_log; i++)
		for (step = 1; step <= n_done; step++)
			if (log_line[i] == "start " word[step])
				bad(word[step] " was recorded and has been started again")
	for (i = 1; i <= n_log; i++)
		if (log_line[i] ~ /^start /)
			started[substr(log_line[i], 7)]++
	count_values()
	for (step in usual) {
		check_starts(step, started[step])
		if (!is_unseen && has_value[step] && n_values[step] != 1)
			bad(step " was handed back with " n_values[step] + 0 " values")
	}
	if (!is_unseen)
		compare_records()
}

END {
	if (phase == "records")
		for (i = 1; i <= n_recorded; i++)
			print recorded[i]
	else if (phase == "broken")
		check_broken()
	else
		check_end()
}
