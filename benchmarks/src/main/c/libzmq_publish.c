#include "libzmq.h"

#include <errno.h>
#include <string.h>

/* Messages begin with the topic and end with their number. */
static const char TOPIC[] = "bench.";
enum { TOPIC_SIZE = sizeof TOPIC - 1, NUMBER_SIZE = 8 };

/* What one socket may give before the next one is asked. */
enum { TURN = 1000 };

/* Arguments: SIZE SUBSCRIBERS, of which the second makes no difference here. */
void libzmq_publish(char **arguments, int n)
{
    if (n != 2)
        fail("publish SIZE SUBSCRIBERS");
    size_t size = argument(arguments[0], TOPIC_SIZE + NUMBER_SIZE);
    argument(arguments[1], 1);
    end_with_parent();
    void *socket = new_socket(new_context(), ZMQ_PUB, 0);
    bind_and_say(socket);
    unsigned char *message = allocate(size);
    memset(message, 0, size);
    memcpy(message, TOPIC, TOPIC_SIZE);
    for (uint64_t number = 0;; number++) {
        memcpy(message + size - NUMBER_SIZE, &number, NUMBER_SIZE);
        /* Copied whatever the size, since every message is another one; all subscribers share the copy. */
        if (zmq_send(socket, message, size, 0) < 0)
            fail("send: %s", zmq_strerror(zmq_errno()));
    }
}

struct subscriber {
    void *socket;
    uint64_t next;
};

struct subscribers {
    struct subscriber *each;
    struct counter *counters;
    size_t n;
    size_t size;
};

static void count(struct subscribers *all, size_t i, zmq_msg_t *message)
{
    struct subscriber *subscriber = &all->each[i];
    uint64_t number;
    if (zmq_msg_size(message) != all->size)
        fail("subscriber %zu was given %zu bytes instead of %zu", i, zmq_msg_size(message), all->size);
    const unsigned char *bytes = zmq_msg_data(message);
    memcpy(&number, bytes + all->size - NUMBER_SIZE, NUMBER_SIZE);
    if (atomic_load_explicit(&all->counters[i].count, memory_order_relaxed) == 0)
        subscriber->next = number; /* whoever subscribes late begins late */
    if (number != subscriber->next || memcmp(bytes, TOPIC, TOPIC_SIZE) != 0)
        fail("subscriber %zu was given number %llu, not %llu", i, (unsigned long long)number,
            (unsigned long long)subscriber->next);
    subscriber->next++;
    counter_add(&all->counters[i]);
}

/* One thread for all sockets: asks each in turn without waiting, and polls only when none has anything. */
static void *receive(void *argument)
{
    struct subscribers *all = argument;
    zmq_pollitem_t *items = allocate(all->n * sizeof *items);
    zmq_msg_t message;
    zmq_msg_init(&message);
    for (size_t i = 0; i < all->n; i++)
        items[i] = (zmq_pollitem_t){.socket = all->each[i].socket, .events = ZMQ_POLLIN};
    for (;;) {
        bool any = false;
        for (size_t i = 0; i < all->n; i++) {
            int turn = 0;
            for (; turn < TURN && zmq_msg_recv(&message, all->each[i].socket, ZMQ_DONTWAIT) >= 0; turn++)
                count(all, i, &message);
            if (turn < TURN && zmq_errno() != EAGAIN)
                fail("receive: %s", zmq_strerror(zmq_errno()));
            any |= turn > 0;
        }
        if (!any && zmq_poll(items, (int)all->n, -1) < 0)
            fail("poll: %s", zmq_strerror(zmq_errno()));
    }
    return NULL;
}

/* Arguments: SIZE SUBSCRIBERS WARMUP SECONDS PORT. */
void libzmq_subscribe(char **arguments, int n)
{
    static struct subscribers all;
    if (n != 5)
        fail("subscribe SIZE SUBSCRIBERS WARMUP SECONDS PORT");
    all.size = argument(arguments[0], TOPIC_SIZE + NUMBER_SIZE);
    all.n = argument(arguments[1], 1);
    all.each = allocate(all.n * sizeof *all.each);
    all.counters = allocate(all.n * sizeof *all.counters);
    end_with_parent();
    void *context = new_context();
    for (size_t i = 0; i < all.n; i++) {
        atomic_init(&all.counters[i].count, 0);
        all.each[i].socket = new_socket(context, ZMQ_SUB, 0);
        if (zmq_setsockopt(all.each[i].socket, ZMQ_SUBSCRIBE, TOPIC, TOPIC_SIZE) != 0)
            fail("subscribe: %s", zmq_strerror(zmq_errno()));
        connect_to(all.each[i].socket, arguments[4]);
    }
    start_thread(receive, &all);
    measure(all.counters, all.n, nanos_argument(arguments[2]), nanos_argument(arguments[3]), NULL);
    wait_for_end();
}
