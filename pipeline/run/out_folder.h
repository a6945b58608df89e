/* out_folder.h - the output folder of runs as others may have left it: its lock, its folder runs/
 * and its link `current`.
 *
 * What is not a folder or file of its own is neither followed, written to nor removed.
 *
 * Errors: CTE_BUSY (another process has the lock), CTE_NO_PERMISSION, CTE_CANNOT_CREATE (a link or
 * something else stands in the place), CTE_NO_INPUT, CTE_BAD_INPUT, CTE_IO.
 */
#ifndef CTE_OUT_FOLDER_H
#define CTE_OUT_FOLDER_H

#include <stdbool.h>
#include <sys/stat.h>

#include "codetables/base/error.h"

/* What to do where a folder lacks what runs need of it. */
#define OUT_FOLDER_ADVICE "keep the runs on a local disk, or on a share that can do this"

enum current_state {
    CURRENT_NONE,
    CURRENT_LINK,
    CURRENT_ASTRAY,
    CURRENT_NO_LINK,
    CURRENT_UNREADABLE
};

/* Opens a file of the output folder by the flags of open(); -1 when it is not a file of its own.
 * `what` is its name in words. */
int open_own_file(const char *path, int flags, const char *what, struct cte_error *error);

/* A descriptor of the lock of the folder, which this process holds until it closes it; -1 when it
 * cannot be had. What the file holds is for people alone: who has it. */
int lock_out_folder(const char *out, struct cte_error *error);

/* The folder of runs, which is no link; -1 where there is none. */
int open_runs(const char *out, struct cte_error *error);

/* `about` is what the link leads to, for CURRENT_LINK; errno says why it is CURRENT_UNREADABLE. */
enum current_state find_current(const char *out, struct stat *about);

/* What is wrong with `current`, as an error. */
int refuse_current(const char *out_shown, enum current_state state, struct cte_error *error);

/* Removes a folder and what is in it, by descriptors: no link is followed, and no other file system
 * entered. False when it stays. */
bool remove_folder(int at, const char *name);

/* Removes the folders of runs that died. To be called under the lock. */
void remove_stale_runs(int runs);

#endif
