/* The program that stands behind every name in the sandbox: writes down how it was called, and does nothing.
 *
 * One record per call is appended to /log/records in a single write: path, directory, number of words, words, number
 * of environment variables, variables; each ends with NUL. What it prints and its exit status are picked by a hash of
 * its words and of /log/seed, so that conditions, loops and substitutions see some of everything, repeatably.
 *
 * Programs that start another one (`env`, `timeout`, `time`, `xargs`, shells) are then run for real from /real, because what
 * they run must have been predicted, too. A shell is run only when its script is among its words or on its standard
 * input: what a script file holds is nothing that an analysis of the command promises. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static char record[1 << 18];
static size_t used;

static void put(const char *text) {
    size_t length = strlen(text) + 1;
    if (used + length > sizeof record) _exit(126);
    memcpy(record + used, text, length);
    used += length;
}

static void put_number(long number) {
    char text[24];
    snprintf(text, sizeof text, "%ld", number);
    put(text);
}

static unsigned long hash(unsigned long value, const char *text) {
    for (; *text; text++) value = (value ^ (unsigned char)*text) * 1099511628211UL;
    return value ^ (value >> 29);
}

static unsigned long seed(void) {
    char text[32] = "";
    int file = open("/log/seed", O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        if (read(file, text, sizeof text - 1) < 0) text[0] = 0;
        close(file);
    }
    return strtoul(text, NULL, 10);
}

/* Whether a shell that is called with these words reads a script file. */
static int has_script_file(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-' && argv[i][0] != '+') return 1;
        if (argv[i][1] == '-' && argv[i][2] == 0) return i + 1 < argc;
        if (argv[i][0] == '-' && argv[i][1] != '-' && strpbrk(argv[i], "cs")) return 0;
        if (strchr(argv[i], 'o') && argv[i][1] != '-') i++;
    }
    return 0;
}

static void run_for_real(const char *name, int argc, char **argv) {
    static const char *const others[] = {"env", "nohup", "timeout", "nice", "ionice", "setsid", "xargs"};
    if (!strcmp(name, "time")) {
        int first = 1;
        while (first < argc && argv[first][0] == '-') first++;
        if (first < argc) execvp(argv[first], argv + first);
        return;
    }
    int shell = !strcmp(name, "sh") || !strcmp(name, "bash") || !strcmp(name, "dash");
    int known = shell && !has_script_file(argc, argv);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) known |= !strcmp(name, others[i]);
    if (!known) return;
    char path[64];
    snprintf(path, sizeof path, "/real/%s", name);
    execv(path, argv);
    if (errno != ENOENT) _exit(127);
}

/* Read standard input when it is a file or a pipe, as most programs would; the file's access time tells. */
static void drain(void) {
    struct stat status;
    if (fstat(0, &status) || !(S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode))) return;
    char buffer[4096];
    for (int i = 0; i < 16 && read(0, buffer, sizeof buffer) > 0; i++) {}
}

int main(int argc, char **argv) {
    static const char *const outputs[] = {
        "", "out\n", "a b\n", "*\n", "-rf\n", "/etc/x y\n", "git status\n", "a.txt\nsub\n", "1\n", "a[$(rm hidden)]\n",
    };
    const char *path = (const char *)getauxval(AT_EXECFN);
    char directory[4096];
    put(path ? path : argv[0]);
    put(getcwd(directory, sizeof directory) ? directory : "");
    put_number(argc);
    unsigned long picked = hash(14695981039346656037UL, "");
    for (int i = 0; i < argc; i++) put(argv[i]), picked = hash(picked, argv[i]);
    long variables = 0;
    while (environ[variables]) variables++;
    put_number(variables);
    for (long i = 0; i < variables; i++) put(environ[i]);
    int log = open("/log/records", O_WRONLY | O_APPEND | O_CLOEXEC);
    if (log < 0 || write(log, record, used) != (ssize_t)used) _exit(126);
    close(log);
    const char *slash = path ? strrchr(path, '/') : NULL;
    run_for_real(slash ? slash + 1 : argv[0], argc, argv);
    drain();
    unsigned long mode = seed();
    picked ^= mode * 0x9e3779b97f4a7c15UL;
    picked ^= picked >> 31;
    const char *text = outputs[(picked >> 8) % (sizeof outputs / sizeof *outputs)];
    if (mode % 3 && write(1, text, strlen(text)) < 0) return 1;
    return mode % 3 == 0 ? 0 : (int)((picked >> 20) % (mode % 3 == 1 ? 2 : 4) == 0);
}
