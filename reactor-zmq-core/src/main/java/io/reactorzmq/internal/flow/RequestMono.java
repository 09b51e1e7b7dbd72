package io.reactorzmq.internal.flow;

import io.netty.util.ReferenceCounted;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/** One {@code request}: each subscription is an {@link Exchange} of its own. */
final class RequestMono<Q, R> extends Mono<R> {

  private final RequestFlow<Q, R> flow;
  private final Q value;
  private final AtomicBoolean used = new AtomicBoolean();

  RequestMono(RequestFlow<Q, R> flow, Q value) {
    this.flow = flow;
    this.value = value;
  }

  @Override
  public void subscribe(CoreSubscriber<? super R> actual) {
    if (value instanceof ReferenceCounted && !used.compareAndSet(false, true)) {
      Operators.error(actual, Submission.usedTwice("request"));
      return;
    }
    actual.onSubscribe(new Exchange<>(actual, flow, value));
  }
}
