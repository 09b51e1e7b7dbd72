#include "libzmq.h"

#include <stdio.h>
#include <string.h>

static void set(void *socket, int option, int value)
{
    if (zmq_setsockopt(socket, option, &value, sizeof value) != 0)
        fail("option %d: %s", option, zmq_strerror(zmq_errno()));
}

void *new_context(void)
{
    void *context = zmq_ctx_new();
    if (context == NULL)
        fail("zmq_ctx_new: %s", zmq_strerror(zmq_errno()));
    return context;
}

void *new_socket(void *context, int type, int at_least)
{
    void *socket = zmq_socket(context, type);
    if (socket == NULL)
        fail("zmq_socket: %s", zmq_strerror(zmq_errno()));
    int mark = at_least > HIGH_WATER_MARK ? at_least : HIGH_WATER_MARK;
    set(socket, ZMQ_SNDHWM, mark);
    set(socket, ZMQ_RCVHWM, mark);
    if (type == ZMQ_PUB)
        set(socket, ZMQ_XPUB_NODROP, 1); /* it waits where it would drop */
    if (type == ZMQ_ROUTER)
        set(socket, ZMQ_ROUTER_MANDATORY, 1); /* the same */
    return socket;
}

void bind_and_say(void *socket)
{
    char endpoint[64];
    size_t length = sizeof endpoint;
    if (zmq_bind(socket, "tcp://127.0.0.1:*") != 0
        || zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &length) != 0)
        fail("bind: %s", zmq_strerror(zmq_errno()));
    say("PORT %s", strrchr(endpoint, ':') + 1);
}

void connect_to(void *socket, const char *port)
{
    char endpoint[64];
    snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%s", port);
    if (zmq_connect(socket, endpoint) != 0)
        fail("connect: %s", zmq_strerror(zmq_errno()));
}
