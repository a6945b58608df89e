/* called.c - what a system call is, and what it is made on. */
#include "tests/faults/called.h"

#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

char *name_call(int call)
{
    char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call);
    name = name != NULL ? name : strdup("?");
    if (name == NULL)
        abort();
    return name;
}

static bool is_in(const char *word, const char *const *words)
{
    while (*words != NULL && strcmp(word, *words) != 0)
        words++;
    return *words != NULL;
}

static bool takes_path(const char *call, const struct user_regs_struct *regs,
                       unsigned long long *address)
{
    static const char *const first[] = {
        "open",  "stat",     "lstat", "access", "rename", "link",     "symlink", "unlink", "mkdir",
        "rmdir", "readlink", "chmod", "execve", "statfs", "truncate", "chdir",   NULL};
    static const char *const second[] = {"openat2", "renameat2", "statx", NULL};
    size_t length = strlen(call);
    bool is_second = is_in(call, second) ||
                     (length > 2 && strcmp(call + length - 2, "at") == 0 && !is_in(call, first));
    *address = is_second ? regs->rsi : regs->rdi;
    return is_second || is_in(call, first);
}

static bool takes_descriptor(const char *call)
{
    static const char *const calls[] = {"close",     "read",   "write", "pread64",    "pwrite64",
                                        "readv",     "writev", "lseek", "fsync",      "fdatasync",
                                        "ftruncate", "syncfs", "fstat", "newfstatat", "getdents64",
                                        "fcntl",     "flock",  "ioctl", "dup",        "dup2",
                                        "dup3",      "fchmod", NULL};
    return is_in(call, calls);
}

void read_object(pid_t task, const char *call, const struct user_regs_struct *regs,
                 char text[static PATH_MAX])
{
    unsigned long long address = 0;
    text[0] = '\0';
    if (takes_path(call, regs, &address)) {
        struct iovec here = {text, 0}, there = {(void *)(uintptr_t)address, 0};
        /* To the end of the page, for a string may end where the memory does. */
        size_t room = 4096 - (size_t)(address % 4096);
        here.iov_len = there.iov_len = room < PATH_MAX - 1 ? room : PATH_MAX - 1;
        ssize_t length = process_vm_readv(task, &here, 1, &there, 1, 0);
        text[length > 0 ? length : 0] = '\0';
    }
    if (text[0] == '\0' && takes_descriptor(call)) {
        char link[64];
        snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)task, (int)regs->rdi);
        ssize_t length = readlink(link, text, PATH_MAX - 1);
        text[length > 0 ? length : 0] = '\0';
    }
    if (text[0] == '\0')
        snprintf(text, PATH_MAX, "?");
}
