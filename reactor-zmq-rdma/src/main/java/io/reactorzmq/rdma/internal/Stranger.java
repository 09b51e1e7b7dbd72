package io.reactorzmq.rdma.internal;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whoever has dialled UCX and not said yet what for. Its first message claims the endpoint for a
 * connection; an endpoint that nobody has claimed in time is closed.
 */
final class Stranger implements UcxEndpoint.Owner {

  private static final Logger LOG = LoggerFactory.getLogger(Stranger.class);

  /** How long it may take to say what for. */
  private static final long LIMIT_MILLIS = 10_000;

  private @Nullable UcxEndpoint endpoint;

  private Stranger() {}

  /** Lets somebody in; when UCX has returned. */
  static void admit(UcxLoop loop, long request) {
    Stranger stranger = new Stranger();
    try {
      stranger.endpoint = loop.accept(request, stranger);
      loop.schedule(stranger::dropUnlessClaimed, LIMIT_MILLIS);
    } catch (IOException e) {
      // who has dialled is gone already
      LOG.debug("A connection could not be accepted", e);
    }
  }

  private void dropUnlessClaimed() {
    if (endpoint != null && endpoint.owner() == this) {
      endpoint.close();
    }
  }

  @Override
  public void failed(int status) {
    if (endpoint != null) {
      endpoint.close();
    }
  }

  @Override
  public void sent() {}

  @Override
  public void closed() {}
}
