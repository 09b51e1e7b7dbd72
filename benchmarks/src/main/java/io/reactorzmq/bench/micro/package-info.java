/** What the stages of the data path cost for each message, without sockets, by JMH. */
@NullMarked
package io.reactorzmq.bench.micro;

import org.jspecify.annotations.NullMarked;
