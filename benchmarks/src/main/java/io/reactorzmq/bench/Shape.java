package io.reactorzmq.bench;

/** What the processes of a row do, which decides what is compared. */
enum Shape {
  /** Messages one way. */
  PUSH(Metric.RATE),
  /** Messages from one sender to several receivers, each to one of them. */
  FAN_OUT(Metric.RATE),
  /** Requests, so many at a time. */
  REQUESTS(Metric.RATE),
  /** One request at a time. */
  LATENCY(Metric.P50),
  /** Messages from one publisher to subscribers, each to all of them. */
  PUBSUB(Metric.RATE),
  /** One large value at a time, acknowledged. */
  TRANSFER(Metric.TRANSFER),
  /** Messages within a process. */
  INPROC_PUSH(Metric.RATE),
  /** One request at a time within a process. */
  INPROC_REQUEST(Metric.P50),
  /** Messages to one subscriber that has many subscriptions. */
  TOPICS(Metric.COST);

  private final Metric metric;

  Shape(Metric metric) {
    this.metric = metric;
  }

  /** What the contenders are compared by. */
  Metric metric() {
    return metric;
  }
}
