/** Queues, credit and fairness; knows neither RSocket nor channels. */
@NullMarked
package io.reactorzmq.internal.flow;

import org.jspecify.annotations.NullMarked;
