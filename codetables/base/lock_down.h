/* lock_down.h - gives up what a program does not need, before it reads the bytes of strangers.
 *
 *     static const char *const tables[] = {folder, NULL};
 *     lock_down(&(struct lock_down){.read = tables});   // from now on it reads the tables and its
 *       descriptors
 *     while (read_record(...))                          // a fault in here can open, send and start
 *       nothing
 *
 * What was open stays open. Then a program may open for reading what lies at or beneath `read`,
 * make and change files beneath `write`, and start programs only where `may_start` is set. It has
 * no sockets, traces nobody, mounts nothing and gains no rights. Children inherit all of it.
 *
 * Files are guarded by Landlock (Linux 5.13 and later), system calls by seccomp. Where the kernel
 * has one of them not, the rest holds, and lock_down_lacks() says so; nothing fails for it, for the
 * program is as right without. Memory and the size of a file it writes are bounded by the limits of
 * the process.
 */
#ifndef CTE_LOCK_DOWN_H
#define CTE_LOCK_DOWN_H

#include <stdbool.h>
#include <stdint.h>

struct lock_down {
    const char *const *read;  /* paths, ended by NULL; one that does not exist is passed over */
    const char *const *write; /* folders, likewise; NULL: no file is made or opened for writing */
    bool may_start;           /* it starts other programs, and may read whatever its user may */
    uint64_t memory;          /* bytes of its own; 0: no bound */
    uint64_t file_bytes;      /* of any file it writes; 0: no bound */
};

/* To be called once. The errno of what this system has but could not do now, when not all of it
 * holds; else 0. */
int lock_down(const struct lock_down *wanted);

/* What this kernel does not have, for the log: "Landlock", "seccomp", "Landlock and seccomp"; NULL
 * where all is there. */
const char *lock_down_lacks(void);

#endif
