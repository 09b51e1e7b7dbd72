/*
 * Sockets of libzmq, each used as serves libzmq best. What is not said here is as it is by default.
 */
#ifndef LIBZMQ_H
#define LIBZMQ_H

#include "bench.h"

#include <zmq.h>

/* Where copying a message becomes dearer than what it takes to lend it to libzmq. */
enum { LEND_FROM = 64 << 10 };

void *new_context(void);

/* A socket with high-water marks, or with larger ones if `at_least` says so. */
void *new_socket(void *context, int type, int at_least);

/* Binds to a free port of the loopback interface and says PORT. */
void bind_and_say(void *socket);

void connect_to(void *socket, const char *port);

/* Sends bytes that never change while libzmq may have them: copied if they are few, otherwise lent. */
static inline void send_bytes(void *socket, const void *bytes, size_t size)
{
    int sent = size < LEND_FROM ? zmq_send(socket, bytes, size, 0) : zmq_send_const(socket, bytes, size, 0);
    if (sent < 0)
        fail("send: %s", zmq_strerror(zmq_errno()));
}

/* Receives into a message that is used again. */
static inline void receive_into(zmq_msg_t *message, void *socket)
{
    if (zmq_msg_recv(message, socket, 0) < 0)
        fail("receive: %s", zmq_strerror(zmq_errno()));
}

/* The roles: their arguments as on the command line, from behind the role's name on. */
void libzmq_receive(char **arguments, int n);
void libzmq_send(char **arguments, int n);
void libzmq_reply(char **arguments, int n);
void libzmq_request(char **arguments, int n);
void libzmq_publish(char **arguments, int n);
void libzmq_subscribe(char **arguments, int n);
void libzmq_transfer_listen(char **arguments, int n);
void libzmq_transfer_dial(char **arguments, int n);

#endif
