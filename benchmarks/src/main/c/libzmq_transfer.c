#include "libzmq.h"

/*
 * DEALER to DEALER: pieces one way and acknowledgements the other on one connection. One way it is
 * what PUSH and PULL are, peers in rotation and no envelope.
 */
struct transfer {
    void *socket;
    unsigned char *memory;
    size_t bytes;
    size_t piece;
};

/* Arguments: BYTES PIECE. Has the pieces as they come, each in memory of libzmq's own. */
void libzmq_transfer_listen(char **arguments, int n)
{
    if (n != 2)
        fail("transfer-listen BYTES PIECE");
    size_t bytes = argument(arguments[0], 1);
    size_t piece = argument(arguments[1], 1);
    end_with_parent();
    void *socket = new_socket(new_context(), ZMQ_DEALER, 0);
    bind_and_say(socket);
    zmq_msg_t message;
    zmq_msg_init(&message);
    for (;;) {
        size_t size;
        for (size_t received = 0; received < bytes; received += size) {
            receive_into(&message, socket);
            size = zmq_msg_size(&message);
            if (size != (piece < bytes - received ? piece : bytes - received))
                fail("a piece of %zu bytes behind %zu", size, received);
            pattern_check(zmq_msg_data(&message), received, size, bytes);
        }
        send_bytes(socket, "", 1);
    }
}

/* What is sent stays as it is, so libzmq need not copy even small pieces. */
static void transfer(void *argument)
{
    struct transfer *transfer = argument;
    for (size_t sent = 0; sent < transfer->bytes; sent += transfer->piece) {
        size_t left = transfer->bytes - sent;
        size_t size = left < transfer->piece ? left : transfer->piece;
        if (zmq_send_const(transfer->socket, transfer->memory + sent, size, 0) < 0)
            fail("send: %s", zmq_strerror(zmq_errno()));
    }
    char acknowledgement;
    if (zmq_recv(transfer->socket, &acknowledgement, 1, 0) != 1)
        fail("receive: %s", zmq_strerror(zmq_errno()));
}

/* Arguments: BYTES PIECE PORT. */
void libzmq_transfer_dial(char **arguments, int n)
{
    static struct transfer dialled;
    if (n != 3)
        fail("transfer-dial BYTES PIECE PORT");
    dialled.bytes = argument(arguments[0], 1);
    dialled.piece = argument(arguments[1], 1);
    dialled.memory = pattern_of(dialled.bytes);
    dialled.socket = new_socket(new_context(), ZMQ_DEALER, 0);
    connect_to(dialled.socket, arguments[2]);
    transfer_on_demand(transfer, &dialled);
}
