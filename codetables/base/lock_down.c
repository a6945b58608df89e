#include "codetables/base/lock_down.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Rights that came after the headers of Debian 12; a kernel says by its version which it knows. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

/* AddressSanitizer keeps terabytes of shadow that are never touched. When the program ends it looks
 * for leaks: a task of the program's own traces it and reads /proc. */
#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

enum { REFER_SINCE = 2, TRUNCATE_SINCE = 3 };

#define READ_RIGHTS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FOLDER_RIGHTS                                                                              \
    (LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                              \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM |     \
     LANDLOCK_ACCESS_FS_MAKE_FIFO)
#define NEVER_RIGHTS                                                                               \
    (LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SOCK)

static long landlock_version(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

/* The errno, where it is of something that the system has and could not do now; 0 where it is
 * another. */
static int failed_now(int why)
{
    return why == EMFILE || why == ENFILE || why == ENOMEM || why == ENOSPC || why == EIO ||
                   why == EINTR
               ? why
               : 0;
}

static int allow(int rules, const char *path, uint64_t rights)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    struct stat facts;
    if (fd < 0)
        return failed_now(errno);
    int failed = fstat(fd, &facts) != 0 ? errno : 0;
    /* A file has no rights of a folder; asked for together the kernel grants neither. */
    if (failed == 0 && !S_ISDIR(facts.st_mode))
        rights &= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                  LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_TRUNCATE;
    struct landlock_path_beneath_attr beneath = {.allowed_access = rights, .parent_fd = fd};
    if (failed == 0 &&
        syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) != 0)
        failed = failed_now(errno);
    close(fd);
    return failed;
}

static int guard_files(const struct lock_down *wanted)
{
    long version = landlock_version();
    if (version < 1)
        return failed_now(errno);
    uint64_t write = LANDLOCK_ACCESS_FS_WRITE_FILE | FOLDER_RIGHTS;
    if (version >= REFER_SINCE)
        write |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= TRUNCATE_SINCE)
        write |= LANDLOCK_ACCESS_FS_TRUNCATE;
    struct landlock_ruleset_attr handled = {
        .handled_access_fs = READ_RIGHTS | LANDLOCK_ACCESS_FS_EXECUTE | write | NEVER_RIGHTS};
    int rules =
        (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled.handled_access_fs, 0);
    if (rules < 0)
        return failed_now(errno);
    int failed = 0;
    for (const char *const *path = wanted->read; failed == 0 && path != NULL && *path != NULL;
         path++)
        failed = allow(rules, *path, READ_RIGHTS);
    for (const char *const *path = wanted->write; failed == 0 && path != NULL && *path != NULL;
         path++)
        failed = allow(rules, *path, READ_RIGHTS | write);
    if (failed == 0 && IS_SANITIZED)
        failed = allow(rules, "/proc", READ_RIGHTS);
    if (failed == 0 && wanted->may_start)
        failed = allow(rules, "/", READ_RIGHTS | LANDLOCK_ACCESS_FS_EXECUTE);
    if (failed == 0)
        failed = allow(rules, "/dev/null", READ_RIGHTS | LANDLOCK_ACCESS_FS_WRITE_FILE);
    if (failed == 0 && syscall(SYS_landlock_restrict_self, rules, 0) != 0)
        failed = failed_now(errno);
    close(rules);
    return failed;
}

/* What only a sanitizer needs. */
static const int of_tracers[] = {SCMP_SYS(ptrace)};

/* What no program here has any use for. */
static const int never[] = {
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(reboot),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(acct),
    SCMP_SYS(quotactl),
    SCMP_SYS(personality),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
    SCMP_SYS(setuid),
    SCMP_SYS(setgid),
    SCMP_SYS(setreuid),
    SCMP_SYS(setregid),
    SCMP_SYS(setresuid),
    SCMP_SYS(setresgid),
    SCMP_SYS(setgroups),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
    SCMP_SYS(chown),
    SCMP_SYS(fchown),
    SCMP_SYS(lchown),
    SCMP_SYS(fchownat),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(adjtimex),
    SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname),
};

/* What only a program that starts others needs: they inherit the filter. */
static const int of_starters[] = {
    SCMP_SYS(execve),  SCMP_SYS(execveat),   SCMP_SYS(socket),  SCMP_SYS(socketpair),
    SCMP_SYS(connect), SCMP_SYS(bind),       SCMP_SYS(listen),  SCMP_SYS(accept),
    SCMP_SYS(accept4), SCMP_SYS(sendto),     SCMP_SYS(sendmsg), SCMP_SYS(kill),
    SCMP_SYS(tkill),   SCMP_SYS(pidfd_open),
};

/* What only a program that makes files needs. */
static const int of_writers[] = {
    SCMP_SYS(creat),     SCMP_SYS(mkdir),    SCMP_SYS(mkdirat),   SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),  SCMP_SYS(rmdir),    SCMP_SYS(rename),    SCMP_SYS(renameat),
    SCMP_SYS(renameat2), SCMP_SYS(link),     SCMP_SYS(linkat),    SCMP_SYS(symlink),
    SCMP_SYS(symlinkat), SCMP_SYS(truncate), SCMP_SYS(chmod),     SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),  SCMP_SYS(setxattr), SCMP_SYS(utimensat),
};

static void deny(scmp_filter_ctx filter, const int *calls, size_t count)
{
    /* A call that this architecture has not is none to deny. */
    for (size_t i = 0; i < count; i++)
        (void)seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), calls[i], 0);
}

/* Opening for anything but reading. */
static void deny_writing(scmp_filter_ctx filter)
{
    static const unsigned flags[] = {O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        (void)seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(open), 1,
                               SCMP_A1(SCMP_CMP_MASKED_EQ, flags[i], flags[i]));
        (void)seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(openat), 1,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, flags[i], flags[i]));
    }
    (void)seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(openat2), 0);
}

static int guard_calls(const struct lock_down *wanted)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (filter == NULL)
        return ENOMEM;
    deny(filter, never, sizeof never / sizeof *never);
    if (!IS_SANITIZED)
        deny(filter, of_tracers, sizeof of_tracers / sizeof *of_tracers);
    if (!wanted->may_start)
        deny(filter, of_starters, sizeof of_starters / sizeof *of_starters);
    if (wanted->write == NULL) {
        deny(filter, of_writers, sizeof of_writers / sizeof *of_writers);
        deny_writing(filter);
    }
    int failed = failed_now(-seccomp_load(filter));
    seccomp_release(filter);
    return failed;
}

static void bound(int what, uint64_t bytes)
{
    struct rlimit limit;
    if (bytes == 0 || getrlimit((__rlimit_resource_t)what, &limit) != 0)
        return;
    if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > bytes)
        limit.rlim_cur = bytes;
    if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > bytes)
        limit.rlim_max = bytes;
    (void)setrlimit((__rlimit_resource_t)what, &limit);
}

int lock_down(const struct lock_down *wanted)
{
    bound(RLIMIT_FSIZE, wanted->file_bytes);
    if (!IS_SANITIZED)
        bound(RLIMIT_DATA, wanted->memory);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    int failed = guard_files(wanted);
    return failed != 0 ? failed : guard_calls(wanted);
}

const char *lock_down_lacks(void)
{
    bool landlock = landlock_version() >= 1;
    bool seccomp = seccomp_api_get() >= 1 && prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
    if (landlock && seccomp)
        return NULL;
    return landlock ? "seccomp" : seccomp ? "Landlock" : "Landlock and seccomp";
}
