/* SPDX-License-Identifier: GPL-2.0-or-later */
/* main: the program's own descriptors, then its words. */
#include "app/dispatch.h"

#include <fcntl.h>
#include <unistd.h>

/* A socket must never become descriptor 0, 1 or 2: what is printed would go to the VM. */
static void open_standard_descriptors(void)
{
    int fd;

    /* Read-only even for 1 and 2, so that writing to a closed stdout is noticed. */
    do
        fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    close_fd(&fd);
}

int main(int argc, char **argv)
{
    open_standard_descriptors();
    return argc < 1 ? 2 : dispatch(argc, argv, NULL);
}
