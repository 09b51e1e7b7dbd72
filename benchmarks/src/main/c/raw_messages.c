#include "raw.h"

#include <string.h>

struct receiver {
    struct frames frames;
    struct arrivals arrivals;
};

static void *receive(void *argument)
{
    struct receiver *receiver = argument;
    for (;;) {
        const unsigned char *message;
        size_t size;
        frames_read(&receiver->frames);
        while ((message = frames_next(&receiver->frames, &size)) != NULL)
            arrivals_count(&receiver->arrivals, message, size);
    }
    return NULL;
}

/* Arguments: SIZE WARMUP SECONDS [RECEIVERS]. */
void raw_receive(char **arguments, int n)
{
    static struct receiver receiver;
    if (n != 3 && n != 4)
        fail("receive SIZE WARMUP SECONDS [RECEIVERS]");
    size_t size = argument(arguments[0], 1);
    end_with_parent();
    arrivals_init(&receiver.arrivals, size, n == 4 ? argument(arguments[3], 1) : 1);
    frames_init(&receiver.frames, accept_one(), size);
    start_thread(receive, &receiver);
    measure(&receiver.arrivals.counter, 1, nanos_argument(arguments[1]), nanos_argument(arguments[2]), NULL);
    wait_for_end();
}

/* Small messages are copied behind each other, so many that a write has about a batch. */
static void send_small(const int *connections, size_t n, const struct ring *ring)
{
    unsigned char *batch = allocate(BATCH);
    size_t frame = HEADER + ring->size;
    size_t turn = 0;
    for (uint64_t number = 0;; turn++) {
        size_t filled = 0;
        for (; filled + frame <= BATCH; filled += frame) {
            put_header(batch + filled, ring->size);
            memcpy(batch + filled + HEADER, ring_at(ring, number++), ring->size);
        }
        write_all(connections[turn % n], batch, filled);
    }
}

static void send_large(const int *connections, size_t n, const struct ring *ring)
{
    for (uint64_t number = 0;; number++) {
        unsigned char header[HEADER];
        put_header(header, ring->size);
        int connection = connections[number % n];
        const unsigned char *message = ring_at(ring, number);
        struct iovec parts[] = {
            {.iov_base = header, .iov_len = HEADER},
            {.iov_base = (void *)message, .iov_len = ring->size},
        };
        size_t written = write_some(connection, parts, 2);
        if (written < HEADER) {
            write_all(connection, header + written, HEADER - written);
            written = HEADER;
        }
        write_all(connection, message + written - HEADER, ring->size - (written - HEADER));
    }
}

/* Arguments: SIZE PORT... */
void raw_send(char **arguments, int n)
{
    if (n < 2)
        fail("send SIZE PORT...");
    size_t connections = (size_t)n - 1;
    int *sockets = allocate(connections * sizeof *sockets);
    struct ring ring = ring_of(argument(arguments[0], 1));
    end_with_parent();
    for (size_t i = 0; i < connections; i++)
        sockets[i] = dial(arguments[1 + i]);
    if (HEADER + ring.size <= BATCH)
        send_small(sockets, connections, &ring);
    else
        send_large(sockets, connections, &ring);
}
