#include "libzmq.h"

struct receiver {
    void *socket;
    struct arrivals arrivals;
};

static void *receive(void *argument)
{
    struct receiver *receiver = argument;
    zmq_msg_t message;
    zmq_msg_init(&message);
    for (;;) {
        receive_into(&message, receiver->socket);
        arrivals_count(&receiver->arrivals, zmq_msg_data(&message), zmq_msg_size(&message));
    }
    return NULL;
}

/* Arguments: SIZE WARMUP SECONDS [RECEIVERS]. */
void libzmq_receive(char **arguments, int n)
{
    static struct receiver receiver;
    if (n != 3 && n != 4)
        fail("receive SIZE WARMUP SECONDS [RECEIVERS]");
    end_with_parent();
    arrivals_init(&receiver.arrivals, argument(arguments[0], 1), n == 4 ? argument(arguments[3], 1) : 1);
    receiver.socket = new_socket(new_context(), ZMQ_PULL, 0);
    bind_and_say(receiver.socket);
    start_thread(receive, &receiver);
    measure(&receiver.arrivals.counter, 1, nanos_argument(arguments[1]), nanos_argument(arguments[2]), NULL);
    wait_for_end();
}

/* Arguments: SIZE PORT... */
void libzmq_send(char **arguments, int n)
{
    if (n < 2)
        fail("send SIZE PORT...");
    struct ring ring = ring_of(argument(arguments[0], 1));
    end_with_parent();
    void *socket = new_socket(new_context(), ZMQ_PUSH, 0);
    for (int i = 1; i < n; i++)
        connect_to(socket, arguments[i]);
    for (uint64_t number = 0;; number++)
        send_bytes(socket, ring_at(&ring, number), ring.size);
}
