# flags.m4 - which flags a compiler takes, and which functions both have.
#
# The two programs may have two compilers (CC, and CLIENT_CC for the thin
# client), so every macro that asks a compiler takes its command first.

# DURABLE_WITH_CC(COMPILER, FLAGS, ACTION)
# Runs ACTION with CC, CFLAGS and LDFLAGS set to ask COMPILER, then restores.
AC_DEFUN([DURABLE_WITH_CC], [
durable_saved_cc=$CC durable_saved_cflags=$CFLAGS
durable_saved_ldflags=$LDFLAGS
CC=$1
CFLAGS="$CFLAGS $2"
$3
CC=$durable_saved_cc CFLAGS=$durable_saved_cflags
LDFLAGS=$durable_saved_ldflags])

# DURABLE_TRY_CFLAGS(VARIABLE, COMPILER, FLAGS)
# Appends to VARIABLE those of FLAGS that COMPILER takes without a warning.
AC_DEFUN([DURABLE_TRY_CFLAGS], [
for durable_flag in $3; do
	AC_MSG_CHECKING([whether $2 takes $durable_flag])
	DURABLE_WITH_CC([$2], [-Werror $durable_flag],
	    [AC_COMPILE_IFELSE([AC_LANG_SOURCE([int durable_unit;])],
	    [durable_taken=yes], [durable_taken=no])])
	AC_MSG_RESULT([$durable_taken])
	AS_IF([test $durable_taken = yes], [$1="$$1 $durable_flag"])
done])

# DURABLE_TRY_LDFLAGS(VARIABLE, COMPILER, FLAGS)
# The same for the linker; asked together with what VARIABLE holds already.
AC_DEFUN([DURABLE_TRY_LDFLAGS], [
for durable_flag in $3; do
	AC_MSG_CHECKING([whether $2 links with $durable_flag])
	DURABLE_WITH_CC([$2], [-Werror],
	    [LDFLAGS="$LDFLAGS $$1 $durable_flag"
	    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
	    [durable_taken=yes], [durable_taken=no])])
	AC_MSG_RESULT([$durable_taken])
	AS_IF([test $durable_taken = yes], [$1="$$1 $durable_flag"])
done])

# DURABLE_IF_STATIC(COMPILER, IF-TRUE, IF-FALSE)
# Whether COMPILER -static makes a program without an interpreter that runs.
# Asked of the file, as Debian's musl-gcc -static-pie ends well and makes a
# dynamic one.
AC_DEFUN([DURABLE_IF_STATIC], [
AC_MSG_CHECKING([whether $1 makes static programs])
DURABLE_WITH_CC([$1], [-fno-pie],
    [LDFLAGS="$LDFLAGS -static"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([#include <stdio.h>],
	[return puts("") < 0;])],
    [durable_static=yes
    AS_IF([readelf -lW conftest$EXEEXT 2>&AS_MESSAGE_LOG_FD |
	grep INTERP >&AS_MESSAGE_LOG_FD],
	[durable_static=no])
    AS_IF([test "$cross_compiling" != yes && ! ./conftest$EXEEXT >/dev/null],
	[durable_static=no])],
    [durable_static=no])])
AC_MSG_RESULT([$durable_static])
AS_IF([test $durable_static = yes], [$2], [$3])])

# DURABLE_FEATURE(NAME, DESCRIPTION, INCLUDES, BODY)
# Defines HAVE_NAME in config.h when both compilers link BODY.
AC_DEFUN([DURABLE_FEATURE], [
AC_MSG_CHECKING([for $2])
durable_has=yes
for durable_cc in "$CC" "$CLIENT_CC"; do
	DURABLE_WITH_CC([$durable_cc], [],
	    [AC_LINK_IFELSE([AC_LANG_PROGRAM([#include <stddef.h>
	$3], [$4])], [],
	    [durable_has=no])])
	test "$CC" != "$CLIENT_CC" || break
done
AC_MSG_RESULT([$durable_has])
AS_IF([test $durable_has = yes],
    [AC_DEFINE([HAVE_$1], [1], [Define to 1 if there is $2.])])])
