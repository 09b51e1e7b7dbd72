#include "libzmq.h"

#include <errno.h>
#include <string.h>

/* Arguments: OUTSTANDING. */
void libzmq_reply(char **arguments, int n)
{
    if (n != 1)
        fail("reply OUTSTANDING");
    end_with_parent();
    void *socket = new_socket(new_context(), ZMQ_ROUTER, (int)argument(arguments[0], 1));
    bind_and_say(socket);
    zmq_msg_t peer, request;
    zmq_msg_init(&peer);
    zmq_msg_init(&request);
    for (;;) {
        receive_into(&peer, socket);
        receive_into(&request, socket);
        /* What was received is what is sent, without a copy. */
        if (zmq_msg_send(&peer, socket, ZMQ_SNDMORE) < 0) {
            if (zmq_errno() != EHOSTUNREACH)
                fail("send: %s", zmq_strerror(zmq_errno()));
            continue; /* the requester has ended */
        }
        if (zmq_msg_send(&request, socket, 0) < 0)
            fail("send: %s", zmq_strerror(zmq_errno()));
    }
}

struct requester {
    void *socket;
    struct answers answers;
    unsigned char *requests;
};

/* Each of the requests that may be under way has memory of its own, which its next one takes over. */
static void send_request(struct requester *requester, uint64_t number)
{
    struct answers *answers = &requester->answers;
    unsigned char *request = requester->requests + number % answers->outstanding * answers->size;
    answers_begin(answers, request, number);
    send_bytes(requester->socket, request, answers->size);
}

static void *request(void *argument)
{
    struct requester *requester = argument;
    zmq_msg_t answer;
    zmq_msg_init(&answer);
    uint64_t number = 0;
    for (; number < requester->answers.outstanding; number++)
        send_request(requester, number);
    for (;; number++) {
        receive_into(&answer, requester->socket);
        answers_count(&requester->answers, zmq_msg_data(&answer), zmq_msg_size(&answer));
        send_request(requester, number);
    }
    return NULL;
}

/* Arguments: SIZE OUTSTANDING TIMED WARMUP SECONDS PORT. */
void libzmq_request(char **arguments, int n)
{
    static struct requester requester;
    if (n != 6)
        fail("request SIZE OUTSTANDING TIMED WARMUP SECONDS PORT");
    size_t size = argument(arguments[0], 8);
    size_t outstanding = argument(arguments[1], 1);
    end_with_parent();
    answers_init(&requester.answers, size, outstanding, strcmp(arguments[2], "true") == 0);
    requester.requests = allocate(outstanding * size);
    memset(requester.requests, 0, outstanding * size);
    requester.socket = new_socket(new_context(), ZMQ_DEALER, (int)outstanding);
    connect_to(requester.socket, arguments[5]);
    start_thread(request, &requester);
    measure(&requester.answers.counter, 1, nanos_argument(arguments[3]), nanos_argument(arguments[4]),
        requester.answers.times);
    wait_for_end();
}
