/* called.h - the name of a system call that another process makes, and the file it is made on.
 *
 * For tests/faults/inject.c, which stops the process at the entry of the call. */
#ifndef TESTS_FAULTS_CALLED_H
#define TESTS_FAULTS_CALLED_H

#include <limits.h>
#include <sys/types.h>
#include <sys/user.h>

/* "openat" of its number, or "?". The caller frees it. Without memory it aborts. */
char *name_call(int call);

/* The path that the call names, or where its descriptor leads, or "?". */
void read_object(pid_t task, const char *call, const struct user_regs_struct *regs,
                 char text[static PATH_MAX]);

#endif
