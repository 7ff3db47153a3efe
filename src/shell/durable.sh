# shellcheck shell=sh disable=SC2154,SC2317,SC3043,SC3044,SC3045,SC3047
# durable.sh - shell functions as the commands of a durable workflow.
#
#	. durable.sh
#	charge_card() { curl -fsS "https://pay.example/charge/$1"; }
#	paid=$(durable step charge -- charge_card "$order")
#
# For any POSIX shell. A command that is no function of the script goes straight
# to the program. A function runs in a subshell, under set -e: so the run that
# calls it and a replay that does not call it leave the same variables. All that
# is done here for it is done in a subshell too; no variable and no option of the
# script is changed. A subshell ends with an exit: in an EXIT trap of zsh it has
# no other status. durable-functions(7) is the manual.

# The program, also when this file is read a second time.
_durable_program=$(unset -f durable 2>/dev/null || :; command -v durable) ||
	_durable_program=
case $_durable_program in
/*) ;;
*/*) _durable_program=$PWD/$_durable_program ;;
*)
	echo "durable.sh: the program 'durable' is not on PATH" >&2
	exit 127
	;;
esac

_durable_nl='
'

# Whether a word is the name of a function: asked without a fork where the shell
# has typeset -f.
if (_durable_f() { :; } && typeset -f _durable_f && ! typeset -f _durable_g) \
	>/dev/null 2>&1; then
	_durable_is_function() {
		typeset -f "$1" >/dev/null 2>&1
	}
else
	_durable_is_function() {
		case $(LC_ALL=C command type "$1" 2>/dev/null) in
		"$1 is a function"* | "$1 is a shell function"*) ;;
		*) return 1 ;;
		esac
	}
fi

# Whether the command behind the first -- is a function; typeset would take a
# word like -x for an option of its own.
_durable_in_command() {
	while [ $# -gt 1 ]; do
		if [ "$1" = -- ]; then
			case $2 in
			[-+]*) return 1 ;;
			esac
			_durable_is_function "$2"
			return
		fi
		shift
	done
	return 1
}

# Whether that of a --branch NAME -- CMD is one.
_durable_in_branches() {
	while [ $# -gt 3 ]; do
		if [ "$1" = --branch ] && [ "$3" = -- ] &&
			_durable_is_function "$4"; then
			return 0
		fi
		shift
	done
	return 1
}

# Whether the program needs this shell. In a journal, whose engine has no
# handler, it says that functions are refused; else branches may have been put
# down with functions, where only the program knows.
_durable_has_function() {
	case ${1-},${DURABLE_GROUPS:+y} in
	parallel,y | compensate,y) ;;
	branch,y) return 1 ;;
	parallel,*) _durable_in_branches "$@" ;;
	step,* | child,* | branch,* | map,* | undo,*) _durable_in_command "$@" ;;
	wait-for-condition,* | wait-for-callback,*) _durable_in_command "$@" ;;
	*) return 1 ;;
	esac
}

# Runs the program with the script's standard output; sets _durable_told to
# what it writes to descriptor 8. The program must be our own child, as the
# engine watches its parent: some shells need exec for that. In ksh93 a command
# substitution is no process, and exec in one would end the script.
case ${KSH_VERSION-} in
*' 93'*)
	_durable_call() {
		{ _durable_told=$("$_durable_program" "$@" \
			8>&1 >&9 9>&-); } 9>&1
	}
	;;
*)
	_durable_call() {
		{ _durable_told=$(exec "$_durable_program" "$@" \
			8>&1 >&9 9>&-); } 9>&1
	}
	;;
esac

# In a condition (if, while, &&, ||, !) the shell ignores -e, whoever sets it:
# then 9 comes of this. In an EXIT trap zsh heeds it and forgets the status, 0.
_durable_try_e() {
	(
		set -e
		false
		exit 9
	)
}

_durable_check_e() {
	_durable_try_e
	case $? in
	0 | 9) ;;
	*) return ;;
	esac
	# Once in an invocation, whose folder TMPDIR is.
	case ${TMPDIR-} in
	*/durable-*.tmp)
		(set -C && : >"$TMPDIR/durable-e"; exit "$?") 2>/dev/null ||
			return
		;;
	esac
	echo "durable: durable $1 with a function is called in a condition," \
		"or by zsh in a trap: the shell ignores set -e there, and a" \
		"command that fails does not end the function" >&2
}

# The function, with what a command would have in its environment.
_durable_body() {
	eval "$_durable_env"
	while [ "$1" != -- ]; do
		shift
	done
	shift
	eval "$_durable_err"
	set "$_durable_e"
	"$@"
}

# In the subshell that the program is called from.
_durable_prepare() {
	set +e
	# An ERR trap is not for what fails here; in bash the function has it.
	_durable_err=
	case ${BASH_VERSION-},${ZSH_VERSION-},$- in
	[!,]*,,*E*)
		_durable_err=$(trap -p ERR)
		trap - ERR
		;;
	,[!,]*) trap - ERR ;;
	esac
	_durable_e=-e
	case ${ZSH_VERSION-} in
	?*)
		_durable_try_e
		case $? in
		0) _durable_e=+e ;;
		esac
		;;
	esac
	# A standard output that is closed would look like a failure.
	{ :; } 2>/dev/null 9>&1 || exec >/dev/null
}

# In a subshell: VERB [OPTION...] [NAME] -- FUNCTION [ARG...]
_durable_function() {
	_durable_prepare
	_durable_call function-begin "$@"
	_durable_status=$?
	while [ -n "$_durable_told" ]; do
		eval "$_durable_told"
		_durable_check_e "$1"
		if [ -n "$_durable_merged" ]; then
			(_durable_body "$@"; exit "$?") <"$_durable_in" \
				>|"$_durable_out" 2>&1
		else
			(_durable_body "$@"; exit "$?") <"$_durable_in" \
				>|"$_durable_out"
		fi
		_durable_status=$?
		_durable_call function-end "$_durable_id" "$_durable_status" \
			"$_durable_out" "$@"
		_durable_status=$?
	done
	exit "$_durable_status"
}

# In a subshell in the background: INPUT OUTPUT MERGED EXPORTS FUNCTION [ARG...]
_durable_subshell() {
	case $_durable_last in
	'') _durable_check_e "$_durable_verb" ;; # one of them is enough
	esac
	if [ -n "$3" ]; then
		exec 2>&1
	fi
	_durable_env=$4
	shift 4
	(_durable_body -- "$@"; exit "$?") 9>&-
	_durable_echo "s$?" >&9
}

# What the program tells when a branch is to begin; client/subshell.h has the
# rest. FIFO INPUT OUTPUT MERGED EXPORTS COMMAND [ARG...]
_durable_branch() {
	_durable_fifo=$1
	shift
	{
		if [ "$5" = "$_durable_last" ] || _durable_is_function "$5"; then
			(_durable_subshell "$@") <"$1" >|"$2" &
			_durable_echo "p$!" >&9
			_durable_last=$5
			# Of one that is killed bash would say so.
			case ${BASH_VERSION-} in
			?*) command disown ;;
			esac
		else
			_durable_echo n >&9
		fi
	} 9>"$_durable_fifo"
}

# In a subshell: parallel or map, which tells us by lines what to do. They come
# from a pipe, so that nobody waits for one who has died.
_durable_batch() {
	_durable_prepare
	_durable_verb=$1
	_durable_last=
	{
		{
			exec "$_durable_program" function-begin "$@" \
				8>&1 >&9 9>&-
		} | {
			_durable_status=
			while IFS= read -r _durable_line; do
				eval "$_durable_line"
			done
			# mksh would name branches that the engine has ended.
			exec 2>/dev/null
			# Without a status the program was killed, which is no
			# outcome: the script must not see one.
			case $_durable_status in
			'') kill -KILL "$$" ;;
			esac
			exit "$_durable_status"
		} 9>&-
	} 9>&1
}

_durable_either() {
	if ! _durable_has_function "$@"; then
		"$_durable_program" "$@"
		return
	fi
	case $1 in
	parallel | map)
		(_durable_batch "$@")
		set -- "$?"
		# What ksh93 has of a subshell that was killed, for which the
		# program did not wait: no outcome either.
		if [ "$1" -gt 256 ]; then
			kill -KILL "$$"
		fi
		return "$1"
		;;
	*) (_durable_function "$@") ;;
	esac
}

# The shell's own, whatever functions the script has.
case ${ZSH_VERSION-} in
?*)
	_durable_echo() {
		builtin echo "$1"
	}
	;;
*)
	_durable_echo() {
		command echo "$1"
	}
	;;
esac

case ${ZSH_VERSION-} in
?*)
	# When set -e ends the script inside of a function, zsh runs no EXIT
	# trap; when exit does, it does. Only where -e is not ignored, and not
	# in a subshell, as that of a child's function is: a trap which a
	# function has set for itself sees 0 after an exit.
	durable() {
		local _durable_flags=$-
		setopt localoptions noerrexit nobgnice
		_durable_either "$@"
		set -- "$?" "$_durable_flags"
		case $1,$2,$ZSH_SUBSHELL in
		0,*) ;;
		*,*e*,0)
			(
				set -e
				false
				:
			)
			case $? in
			0) ;;
			*) exit "$1" ;;
			esac
			;;
		esac
		return "$1"
	}
	;;
*)
	durable() {
		_durable_either "$@"
	}
	;;
esac
