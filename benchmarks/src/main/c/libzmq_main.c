#include "libzmq.h"

#include <string.h>

static const struct {
    const char *name;
    void (*run)(char **arguments, int n);
} ROLES[] = {
    {"receive", libzmq_receive},
    {"send", libzmq_send},
    {"reply", libzmq_reply},
    {"request", libzmq_request},
    {"publish", libzmq_publish},
    {"subscribe", libzmq_subscribe},
    {"transfer-listen", libzmq_transfer_listen},
    {"transfer-dial", libzmq_transfer_dial},
};

/* Arguments: ROLE and those of the role; or --version. */
int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        int major, minor, patch;
        zmq_version(&major, &minor, &patch);
        say("libzmq %d.%d.%d", major, minor, patch);
        return 0;
    }
    for (size_t i = 0; argc > 1 && i < sizeof ROLES / sizeof *ROLES; i++) {
        if (strcmp(argv[1], ROLES[i].name) == 0) {
            ROLES[i].run(argv + 2, argc - 2);
            return 0;
        }
    }
    fail("usage: libzmq receive|send|reply|request|publish|subscribe|transfer-listen|transfer-dial ARGUMENT...");
}
