package io.reactorzmq.error;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.error.RemoteException.Code;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.util.retry.Retry;

class ZmqExceptionTest {

  static Stream<Class<?>> types() {
    return Stream.of(ZmqException.class.getPermittedSubclasses());
  }

  @ParameterizedTest
  @MethodSource("types")
  void aFailureSaysWhatHappened(Class<?> type) throws Exception {
    ZmqException failure = create(type, "42 messages, highWaterMark 42");

    assertThat(failure).hasMessage("42 messages, highWaterMark 42").hasNoCause();
    assertThat(Modifier.isFinal(type.getModifiers())).isTrue();
  }

  @ParameterizedTest
  @MethodSource("types")
  void aFailureWithACauseKeepsIt(Class<?> type) throws Exception {
    IOException cause = new IOException("reset");
    for (Constructor<?> constructor : type.getConstructors()) {
      if (Arrays.equals(
          constructor.getParameterTypes(), new Class<?>[] {String.class, Throwable.class})) {
        assertThat((ZmqException) constructor.newInstance("gone", cause))
            .hasMessage("gone")
            .hasCause(cause);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void aFailureCanBeSerialised(Class<?> type) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(create(type, "gone"));
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat((Throwable) in.readObject()).isExactlyInstanceOf(type).hasMessage("gone");
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void onlyOverflowIsTransient(Class<?> type) throws Exception {
    assertThat(ZmqException.isTransient(create(type, "x")))
        .isEqualTo(type == OverflowException.class);
  }

  @Test
  void foreignFailuresAreNotTransient() {
    assertThat(ZmqException.isTransient(new IOException("x"))).isFalse();
    assertThat(ZmqException.isTransient(new OutOfMemoryError("x"))).isFalse();
  }

  @Test
  void isTransientIsTheFilterOfARetry() {
    AtomicInteger attempts = new AtomicInteger();
    Mono<String> overflowsTwice =
        Mono.fromCallable(
            () -> {
              if (attempts.incrementAndGet() < 3) {
                throw new OverflowException("full");
              }
              return "sent";
            });
    Retry whileTransient =
        Retry.fixedDelay(5, Duration.ofMillis(1)).filter(ZmqException::isTransient);

    StepVerifier.create(overflowsTwice.retryWhen(whileTransient))
        .expectNext("sent")
        .verifyComplete();
    StepVerifier.create(Mono.error(new ClosedException("closed")).retryWhen(whileTransient))
        .verifyErrorMessage("closed");
  }

  @Test
  void whatThePeerNeverHadIsTransient() {
    assertThat(ZmqException.isTransient(new PeerUnavailableException("gone", true))).isFalse();
    assertThat(ZmqException.isTransient(new PeerUnavailableException("gone", false))).isTrue();
  }

  @Test
  void whatThePeerCallsTransientIs() {
    assertThat(ZmqException.isTransient(new RemoteException(Code.HANDLER, false, "no"))).isFalse();
    assertThat(ZmqException.isTransient(new RemoteException(Code.HANDLER, true, "later"))).isTrue();
  }

  @Test
  void theCodesOfTheWire() {
    for (Code code : Code.values()) {
      assertThat(Code.of(code.number())).isSameAs(code);
    }
    assertThat(Code.of(5)).isSameAs(Code.UNKNOWN);
    assertThat(Code.of(255)).isSameAs(Code.UNKNOWN);
    assertThat(Code.of(-1)).isSameAs(Code.UNKNOWN);
  }

  private static ZmqException create(Class<?> type, String message) throws Exception {
    if (type == PeerUnavailableException.class) {
      return new PeerUnavailableException(message, true);
    }
    if (type == RemoteException.class) {
      return new RemoteException(Code.HANDLER, false, message);
    }
    return (ZmqException) type.getConstructor(String.class).newInstance(message);
  }
}
