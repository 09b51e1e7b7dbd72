#include "raw.h"

#include <string.h>

static const struct {
    const char *name;
    void (*run)(char **arguments, int n);
} ROLES[] = {
    {"receive", raw_receive},
    {"send", raw_send},
    {"reply", raw_reply},
    {"request", raw_request},
    {"transfer-listen", raw_transfer_listen},
    {"transfer-dial", raw_transfer_dial},
};

/* Arguments: [--spin] ROLE and those of the role. */
int main(int argc, char **argv)
{
    int at = 1;
    if (at < argc && strcmp(argv[at], "--spin") == 0) {
        spinning = true;
        at++;
    }
    for (size_t i = 0; at < argc && i < sizeof ROLES / sizeof *ROLES; i++) {
        if (strcmp(argv[at], ROLES[i].name) == 0) {
            ROLES[i].run(argv + at + 1, argc - at - 1);
            return 0;
        }
    }
    fail("usage: raw [--spin] receive|send|reply|request|transfer-listen|transfer-dial ARGUMENT...");
}
