/* SPDX-License-Identifier: GPL-2.0-or-later */
/* peak COMMAND...: runs it and prints the most memory that it had, in KiB, on stderr. */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct rusage usage;
    int status;
    pid_t child = argc > 1 ? vfork() : -1;

    if (child == 0) {
        execv(argv[1], argv + 1);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) < 0 || status)
        return 1;
    (void)fprintf(stderr, "%ld\n", usage.ru_maxrss);
    return 0;
}
