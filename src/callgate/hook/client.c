/* The native client: asks the daemon about one hook call, or becomes the command that decides by itself.
 *
 * Started as `callgate-hook COMMAND...`, where `COMMAND...` is the in-process hook with `--daemon SOCKET` among its
 * options. The daemon's answer (daemon/protocol.py) is printed only when it is whole and came in time; whatever else
 * happens, the process becomes `COMMAND...` with what was read of stdin on its stdin: one answer always, never two,
 * never silence. `callgate-hook --build` prints what code it was compiled for.
 *
 * `install` compiles it (hook/native.py) and defines BUILD, SOURCE, VARIABLES, MAX_HEAD and MAX_BODY. */
#define _GNU_SOURCE      /* Linux: struct ucred */
#define _DARWIN_C_SOURCE /* macOS: getpeereid */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    CALL = 1, ANSWER = 129, OTHER_BUILD = 130, /* kinds of frames */
    MORE = 0, ENDED, FAILED,                   /* ends of a transfer: all moved or no time left, end of file, error */
    HEADER = 16, HEAD_LIMIT = HEADER + MAX_HEAD, FOREVER = -1,
    INPUT_MS = 1000, /* for the host to send the call; a slower host is the in-process hook's to wait for */
    ANSWER_MS = 250  /* for connecting, sending and receiving together */
};

static const char *const variables[][2] = {VARIABLES};
static const char magic[] = "CGT\1";
static char cannot[] =
    "{\"hookSpecificOutput\":{\"hookEventName\":\"PreToolUse\",\"permissionDecision\":\"ask\","
    "\"permissionDecisionReason\":\"callgate cannot start: the command that decides could not be run. "
    "Run `callgate doctor`.\"},\"suppressOutput\":true}\n";

/* Pages that are not touched cost nothing. One byte more than a body may have shows that it is too large. */
static unsigned char request[HEAD_LIMIT + MAX_BODY + 1], answer[MAX_HEAD + MAX_BODY];
static size_t head_end = HEADER, body_size;
static int daemon_fd = -1, ending; /* `ending`: how the last transfer ended */

static long long now(void) { /* milliseconds */
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * 1000LL + at.tv_nsec / 1000000;
}

/* Read (POLLIN) or write (POLLOUT) up to `size` bytes before `end`; return how many. */
static size_t move(int fd, void *data, size_t size, short direction, long long end) {
    size_t done = 0;
    for (ending = MORE; done < size && ending == MORE;) {
        struct pollfd one = {fd, direction, 0};
        char *rest = (char *)data + done;
        long long left = end == FOREVER ? FOREVER : end - now();
        int found = left > 0 || end == FOREVER ? poll(&one, 1, (int)left) : 0;
        if (found == 0)
            break;
        ssize_t part = -1;
        if (found > 0)
            part = direction == POLLIN ? read(fd, rest, size - done) : write(fd, rest, size - done);
        if (part > 0)
            done += (size_t)part;
        else if (part == 0 || (errno != EINTR && errno != EAGAIN))
            ending = part == 0 ? ENDED : FAILED;
    }
    return done;
}

static void leave(char *output, size_t size) { /* a part of an answer is none: exit code 2 blocks the call */
    _exit(move(STDOUT_FILENO, output, size, POLLOUT, FOREVER) == size ? 0 : 2);
}

static void add(const char *key, const char *value) { /* an entry; past the limit, only `head_end` grows */
    size_t at = head_end < HEAD_LIMIT ? head_end : HEAD_LIMIT;
    head_end += (size_t)snprintf((char *)request + at, HEAD_LIMIT - at, "%s%s", key, value) + 1;
}

static int write_head(char **options, char **daemon) { /* whether it is small enough */
    char cwd[4096] = "/"; /* where it is deleted, as the in-process hook has it */
    if (!getcwd(cwd, sizeof cwd) && errno == ERANGE)
        return 0;
    add("build=", BUILD);
    add("cwd=", cwd);
    for (; *options; options++)
        if (options != daemon && options != daemon + 1)
            add("arg=", *options);
    for (size_t at = 0; at < sizeof variables / sizeof *variables; at++)
        if (getenv(variables[at][0]))
            add(variables[at][1], getenv(variables[at][0]));
    return head_end <= HEAD_LIMIT;
}

static int reach(const char *path) { /* whether `daemon_fd` is connected to a process of the same user */
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    const struct timeval limit = {0, ANSWER_MS * 1000}; /* the queue of a busy daemon may be full */
    const char *slash = strrchr(path, '/');
    struct stat at;
    if (!slash || strlen(path) >= sizeof to.sun_path)
        return 0;
    memcpy(to.sun_path, path, (size_t)(slash - path));
    if (lstat(to.sun_path, &at) || (at.st_mode & (S_IFMT | 077)) != S_IFDIR || at.st_uid != geteuid())
        return 0;
    strcpy(to.sun_path, path);
    if ((daemon_fd = socket(AF_UNIX, SOCK_STREAM, 0)) < 0 || fcntl(daemon_fd, F_SETFD, FD_CLOEXEC) ||
        setsockopt(daemon_fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) ||
        connect(daemon_fd, (const struct sockaddr *)&to, sizeof to) || fcntl(daemon_fd, F_SETFL, O_NONBLOCK))
        return 0;
#ifdef __linux__
    struct ucred peer;
    socklen_t size = sizeof peer;
    return !getsockopt(daemon_fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) && peer.uid == geteuid();
#else
    uid_t user;
    gid_t group;
    return !getpeereid(daemon_fd, &user, &group) && user == geteuid();
#endif
}

/* Print the daemon's answer and end; where there is none, return the kind of what it said instead, or 0. */
static int ask(const char *path) {
    long long end = now() + ANSWER_MS;
    unsigned char header[HEADER];
    uint32_t sizes[] = {htonl((uint32_t)(head_end - HEADER)), htonl((uint32_t)body_size)};
    memcpy(request, magic, 4);
    request[4] = CALL;
    memcpy(request + 8, sizes, sizeof sizes);
    if (!reach(path) || move(daemon_fd, request, head_end + body_size, POLLOUT, end) < head_end + body_size ||
        move(daemon_fd, header, HEADER, POLLIN, end) < HEADER || memcmp(header, magic, 4))
        return 0;
    memcpy(sizes, header + 8, sizeof sizes);
    size_t skipped = ntohl(sizes[0]), size = ntohl(sizes[1]);
    if (skipped > MAX_HEAD || size > MAX_BODY || move(daemon_fd, answer, skipped + size, POLLIN, end) < skipped + size)
        return 0;
    if (header[4] == ANSWER)
        leave((char *)answer + skipped, size);
    return header[4];
}

/* Hand what was read, and the rest of stdin, to the command that takes our place; end when nobody reads it. */
static void feed(const int *ends, int input) {
    unsigned char *data = request + head_end;
    size_t size = body_size;
    close(ends[0]);
    close(STDOUT_FILENO), close(STDERR_FILENO); /* the host may wait for the end of both */
    while (move(ends[1], data, size, POLLOUT, FOREVER) == size && input == MORE) {
        struct pollfd both[] = {{STDIN_FILENO, POLLIN, 0}, {ends[1], 0, 0}};
        if (poll(both, 2, FOREVER) > 0 && both[1].revents)
            break;
        size = move(STDIN_FILENO, data = answer, sizeof answer, POLLIN, now() + 2);
        input = ending;
    }
    _exit(0);
}

static int is_hook(const char *before, const char *word) { /* `callgate`, by any path, and then `hook` */
    const char *slash = strrchr(before, '/');
    return !strcmp(word, "hook") && !strcmp(slash ? slash + 1 : before, "callgate");
}

int main(int argc, char **argv) {
    char **command = argv + 1, other_build[] = "--other-build";
    int hook = 2, daemon, low, other = 0, input = MORE, ends[2];
    if (argc == 2 && !strcmp(argv[1], "--build"))
        leave(BUILD "\n" SOURCE "\n", sizeof BUILD + sizeof SOURCE);
    signal(SIGINT, SIG_IGN); /* as the in-process hook, which answers all the same */
    signal(SIGPIPE, SIG_IGN);
    /* Where the host closed one of the first three, nothing else may take its number: reading finds an end, writing
       fails, and the command finds it closed again. */
    while ((low = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0 && low <= STDERR_FILENO) {}
    while (hook < argc && !is_hook(argv[hook - 1], argv[hook]))
        hook++;
    for (daemon = hook + 1; daemon < argc && strcmp(argv[daemon], "--daemon");)
        daemon++;
    if (low >= 0 && daemon + 1 < argc && write_head(argv + hook + 1, argv + daemon)) {
        body_size = move(STDIN_FILENO, request + head_end, MAX_BODY + 1, POLLIN, now() + INPUT_MS);
        input = ending;
        other = input == ENDED && ask(argv[daemon + 1]) == OTHER_BUILD;
        close(daemon_fd); /* so that the daemon sees that nobody waits */
    }
    if (other) { /* the word goes behind the socket; those before it move up to where our own name was */
        command = memmove(argv, argv + 1, (size_t)(daemon + 1) * sizeof *argv);
        command[daemon + 1] = other_build;
    }
    if (body_size > 0) {
        pid_t writer = pipe(ends) ? -1 : fork();
        if (writer == 0)
            feed(ends, input);
        if (writer < 0 || dup2(ends[0], STDIN_FILENO) < 0)
            leave(cannot, sizeof cannot - 1);
        close(ends[0]), close(ends[1]);
    }
    if (argc > 1)
        execv(*command, command);
    leave(cannot, sizeof cannot - 1);
}
