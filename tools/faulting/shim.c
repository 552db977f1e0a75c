/* Counts the calls of the C library that change the file system, and makes one of them the last one, or fail.
 *
 * Loaded with LD_PRELOAD. Python calls `faults_arm` through ctypes; until then everything passes uncounted.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { OFF, COUNT, KILL, FAIL_ONCE, FAIL_ON, SHORT };

static int mode = OFF;
static long at, seen;
static int error_number;
static char last[16];

void faults_arm(int new_mode, long new_at, int new_error)
{
	at = new_at;
	seen = 0;
	error_number = new_error;
	mode = new_mode;
}

long faults_seen(void) { return seen; }
const char *faults_last(void) { return last; }

/* 0: go on; 1: fail with errno set; 2: write a part, then fail. */
static int step(const char *name, int writes)
{
	if (mode == OFF)
		return 0;
	seen++;
	if (seen == at)
		strncpy(last, name, sizeof last - 1);
	if (mode == KILL && seen == at) {
		kill(getpid(), SIGKILL);
		pause();
	}
	if (mode == FAIL_ONCE && seen == at) {
		errno = error_number;
		return 1;
	}
	/* A full disk stays full, a dead one dead: what needs room fails from here on (on a dead one, syncing as well). */
	if ((mode == FAIL_ON || mode == SHORT) && seen >= at && (writes == 1 || (writes && error_number == EIO))) {
		errno = error_number;
		return mode == SHORT && seen == at ? 2 : 1;
	}
	return 0;
}

#define REAL(result, name, ...) \
	static result (*real)(__VA_ARGS__); \
	if (!real) \
		real = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

#define OPEN_WRITES(flags) ((flags) & (O_CREAT | O_TRUNC))

#define OPEN(name) \
	int name(const char *path, int flags, ...) \
	{ \
		va_list more; \
		va_start(more, flags); \
		mode_t bits = (flags & O_CREAT) ? va_arg(more, mode_t) : 0; \
		va_end(more); \
		REAL(int, name, const char *, int, ...); \
		if (OPEN_WRITES(flags) && step("open", 1)) \
			return -1; \
		return real(path, flags, bits); \
	}
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
	int name(int folder, const char *path, int flags, ...) \
	{ \
		va_list more; \
		va_start(more, flags); \
		mode_t bits = (flags & O_CREAT) ? va_arg(more, mode_t) : 0; \
		va_end(more); \
		REAL(int, name, int, const char *, int, ...); \
		if (OPEN_WRITES(flags) && step("openat", 1)) \
			return -1; \
		return real(folder, path, flags, bits); \
	}
OPENAT(openat)
OPENAT(openat64)

static int write_part(int how, size_t count) { return how == 2 && count > 1; }

ssize_t write(int fd, const void *data, size_t count)
{
	REAL(ssize_t, write, int, const void *, size_t);
	int how = step("write", 1);
	if (how)
		return write_part(how, count) ? real(fd, data, count / 2) : -1;
	return real(fd, data, count);
}

#define PWRITE(name, offset_type) \
	ssize_t name(int fd, const void *data, size_t count, offset_type offset) \
	{ \
		REAL(ssize_t, name, int, const void *, size_t, offset_type); \
		int how = step("pwrite", 1); \
		if (how) \
			return write_part(how, count) ? real(fd, data, count / 2, offset) : -1; \
		return real(fd, data, count, offset); \
	}
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define SIMPLE(name, writes, params, args) \
	int name params \
	{ \
		REAL(int, name, UNPACK params); \
		if (step(#name, writes)) \
			return -1; \
		return real args; \
	}
#define UNPACK(...) __VA_ARGS__

SIMPLE(rename, 0, (const char *from, const char *to), (from, to))
SIMPLE(renameat, 0, (int a, const char *from, int b, const char *to), (a, from, b, to))
SIMPLE(link, 1, (const char *from, const char *to), (from, to))
SIMPLE(linkat, 1, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
SIMPLE(symlink, 1, (const char *to, const char *path), (to, path))
SIMPLE(unlink, 0, (const char *path), (path))
SIMPLE(unlinkat, 0, (int folder, const char *path, int flags), (folder, path, flags))
SIMPLE(mkdir, 1, (const char *path, mode_t bits), (path, bits))
SIMPLE(mkdirat, 1, (int folder, const char *path, mode_t bits), (folder, path, bits))
SIMPLE(rmdir, 0, (const char *path), (path))
SIMPLE(fsync, 2, (int fd), (fd))
SIMPLE(fdatasync, 2, (int fd), (fd))
SIMPLE(chmod, 0, (const char *path, mode_t bits), (path, bits))
SIMPLE(fchmod, 0, (int fd, mode_t bits), (fd, bits))
SIMPLE(fchown, 0, (int fd, uid_t user, gid_t group), (fd, user, group))
SIMPLE(ftruncate, 0, (int fd, off_t size), (fd, size))
SIMPLE(ftruncate64, 0, (int fd, off64_t size), (fd, size))
SIMPLE(utimensat, 0, (int folder, const char *path, const struct timespec times[2], int flags), (folder, path, times, flags))
SIMPLE(futimens, 0, (int fd, const struct timespec times[2]), (fd, times))
SIMPLE(fsetxattr, 0, (int fd, const char *name, const void *value, size_t size, int flags), (fd, name, value, size, flags))
