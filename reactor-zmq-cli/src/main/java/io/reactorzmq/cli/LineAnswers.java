package io.reactorzmq.cli;

import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.cli.line.LineInput;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.error.RemoteException;
import io.reactorzmq.message.Message;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * The lines of stdin as answers: the n-th line is for the n-th request and for no other one, also
 * if that has been given up meanwhile. Works on the session's printing thread.
 */
final class LineAnswers extends BaseSubscriber<byte[]> implements Answers<Request, Message> {

  private final Session session;
  private final LineInput input;
  private final Map<Long, MonoSink<Message>> waiting = new HashMap<>();
  private long requests;
  private long lines;
  private long available = Long.MAX_VALUE;
  private long unanswered;
  private boolean failed;

  LineAnswers(Session session) {
    this.session = session;
    this.input = Sending.stdin(session, new SendOptions());
  }

  /** Begins to read, as far ahead as the input does. */
  @Override
  public void begin() {
    input.values().publishOn(session.printing()).subscribe(this);
    input.ended().publishOn(session.printing()).subscribe(null, null, this::inputEnded);
  }

  /** Whether stdin is known to have no line for a further request. */
  @Override
  public boolean areUsedUp() {
    return requests >= available;
  }

  /** Its line is asked for at once and used by nothing else. */
  @Override
  public Mono<Message> answer(Request request, Consumer<byte[]> printing) {
    printing.accept(request.line());
    long number = ++requests;
    request(1);
    return Mono.create(
        sink -> {
          if (number > available) {
            fail(sink);
            return;
          }
          waiting.put(number, sink);
          sink.onDispose(() -> waiting.remove(number));
        });
  }

  @Override
  protected void hookOnSubscribe(Subscription subscription) {
    // each request asks for its line
  }

  @Override
  protected void hookOnNext(byte[] line) {
    MonoSink<Message> sink = waiting.remove(++lines);
    if (sink == null) {
      session.say("line " + lines + " is not used: whoever asked has given up or is gone");
    } else {
      answer(sink, line);
    }
    leaveIfUsedUp();
  }

  private void answer(MonoSink<Message> sink, byte[] line) {
    Message message;
    try {
      message = session.codec().encode(line, ByteBufAllocator.DEFAULT);
    } catch (CodecException e) {
      failed = true;
      session.say("line " + lines + ": " + Failures.sentence(e));
      sink.error(
          new RemoteException(
              RemoteException.Code.CODEC, false, "the answer is not of the format"));
      return;
    }
    sink.success(message);
  }

  /** It is known how many lines there are, though they may not have been asked for. */
  private void inputEnded() {
    end(input.read());
  }

  @Override
  protected void hookOnComplete() {
    end(lines);
  }

  @Override
  protected void hookOnError(Throwable cause) {
    failed = true;
    session.say(Failures.sentence(cause));
    end(lines);
  }

  private void end(long allLines) {
    if (allLines == 0 && available > 0 && !failed && !session.isStopped()) {
      session.say("stdin has no line to answer with; --echo answers each request with itself");
    }
    available = Math.min(available, allLines);
    List.copyOf(waiting.entrySet()).stream()
        .filter(entry -> entry.getKey() > available)
        .forEach(entry -> fail(entry.getValue()));
    leaveIfUsedUp();
  }

  /** It was printed, so somebody may have begun to make an answer: not to be sent again lightly. */
  private void fail(MonoSink<Message> sink) {
    unanswered++;
    sink.error(
        new RemoteException(RemoteException.Code.HANDLER, false, "stdin ended before the answer"));
  }

  private void leaveIfUsedUp() {
    if (lines >= available) {
      session.stop();
    }
  }

  /** Requests that were printed and got no line. */
  @Override
  public long unanswered() {
    return unanswered;
  }

  @Override
  public boolean hasFailed() {
    return failed;
  }

  @Override
  public void close() {
    dispose();
    input.dispose();
  }
}
