package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What a receiver's demand allows a sender, and what it tells about consumption. */
class SendCreditTest {

  private final SendCredit credit = new SendCredit();

  @Test
  void nothingMayBeSentBeforeTheFirstDemand() {
    assertThat(credit.allowsControl()).isFalse();
    assertThat(credit.available()).isNegative();
    assertThat(credit.consumed()).isZero();
  }

  @Test
  void theFirstDemandIsOneForOpenAndFourForControl() {
    assertThat(SendCredit.INITIAL_DEMAND).isEqualTo(5);
    assertThat(SendCredit.CONTROL_RESERVE).isEqualTo(4);

    credit.demanded(5);

    assertThat(credit.available()).isZero();
    for (int i = 0; i < 4; i++) {
      assertThat(credit.allowsControl()).isTrue();
      credit.controlSent();
    }
    assertThat(credit.allowsControl()).isFalse();
  }

  @Test
  void aSingleDemandIsForOpenAlone() {
    credit.demanded(1);
    assertThat(credit.allowsControl()).isFalse();

    credit.demanded(1);
    assertThat(credit.allowsControl()).isTrue();
  }

  @Test
  void dataNeverEatsTheReserve() {
    open(3);

    assertThat(credit.available()).isEqualTo(3);
    frames(3);
    assertThat(credit.available()).isZero();
    for (int i = 0; i < 4; i++) {
      assertThat(credit.allowsControl()).isTrue();
      credit.controlSent();
    }
    assertThat(credit.allowsControl()).isFalse();
  }

  @Test
  void aControlPayloadTakesDataCreditUntilItIsReplaced() {
    open(2);

    credit.controlSent();
    assertThat(credit.available()).isEqualTo(1);
    credit.demanded(1);
    assertThat(credit.available()).isEqualTo(2);
  }

  @Test
  void aReplacedControlPayloadIsNoConsumption() {
    open(2);
    frames(2);

    credit.controlSent();
    assertThat(credit.consumed()).isZero();
    credit.demanded(1);
    assertThat(credit.consumed()).isZero();
    credit.demanded(1);
    assertThat(credit.consumed()).isEqualTo(1);
  }

  @Test
  void consumedIsTheDataDemandBeyondTheWindow() {
    open(3);
    frames(3);
    assertThat(credit.consumed()).isZero();

    credit.demanded(1);
    assertThat(credit.consumed()).isEqualTo(1);
    credit.demanded(2);
    assertThat(credit.consumed()).isEqualTo(3);
    assertThat(credit.available()).isEqualTo(3);
  }

  @Test
  void consumedIsNeverMoreThanWasSent() {
    open(2);
    frames(1);

    credit.demanded(10);
    assertThat(credit.consumed()).isEqualTo(1);
    frames(1);
    assertThat(credit.consumed()).isEqualTo(2);
  }

  @Test
  void consumedNeverDecreases() {
    open(2);
    frames(2);
    credit.demanded(2);
    assertThat(credit.consumed()).isEqualTo(2);

    credit.controlSent();
    assertThat(credit.consumed()).isEqualTo(2);
    credit.window(8);
    assertThat(credit.consumed()).isEqualTo(2);
  }

  @Test
  void aWindowIsAnnouncedBeforeTheDemandThatFillsIt() {
    open(1);
    frames(1);
    credit.demanded(1);
    assertThat(credit.consumed()).isEqualTo(1);

    credit.window(4);
    credit.demanded(3);
    assertThat(credit.consumed()).isEqualTo(1);
    assertThat(credit.available()).isEqualTo(4);

    frames(4);
    assertThat(credit.consumed()).isEqualTo(1);
    credit.demanded(4);
    assertThat(credit.consumed()).isEqualTo(5);
  }

  @Test
  void aReceiverThatLeavesReportsConsumptionByShrinkingItsWindow() {
    open(3);
    frames(3);

    credit.window(2);
    assertThat(credit.consumed()).isEqualTo(1);
    credit.window(1);
    assertThat(credit.consumed()).isEqualTo(2);
    credit.window(0);
    assertThat(credit.consumed()).isEqualTo(3);
    assertThat(credit.available()).isZero();
  }

  @Test
  void theControlPayloadsOfAPairCountOnceWhicheverWayTheyGo() {
    open(2);
    frames(2);

    // WINDOW{1} for one frame consumed, while this side's own WINDOW is on its way
    credit.controlSent();
    credit.window(1);
    assertThat(credit.consumed()).as("a lower bound").isZero();
    credit.demanded(1);
    assertThat(credit.consumed()).as("exact once the payload is replaced").isEqualTo(1);
  }

  @Test
  void aWindowOfNothingSaysThatAllIsConsumedWhateverCrossedIt() {
    open(2);
    frames(2);

    credit.controlSent(); // the receiver has closed before it reads this
    credit.window(1);
    assertThat(credit.consumed()).isZero();
    credit.window(0);
    assertThat(credit.consumed()).isEqualTo(2);
    credit.controlSent();
    assertThat(credit.consumed()).isEqualTo(2);
  }

  @Test
  void demandSaturates() {
    credit.window(8);
    credit.demanded(Long.MAX_VALUE);
    credit.demanded(1);
    credit.demanded(Long.MAX_VALUE);
    frames(3);
    credit.controlSent();

    assertThat(credit.available()).isGreaterThan(Long.MAX_VALUE - 20);
    assertThat(credit.allowsControl()).isTrue();
    assertThat(credit.consumed()).isEqualTo(3);
  }

  @Test
  void theLargestSumOfDemandIsNotCut() {
    credit.demanded(Long.MAX_VALUE - 3);
    credit.demanded(3);
    assertThat(credit.available()).isEqualTo(Long.MAX_VALUE - 5);
  }

  private void open(int window) {
    credit.demanded(SendCredit.INITIAL_DEMAND);
    credit.window(window);
    credit.demanded(window);
  }

  private void frames(int n) {
    for (int i = 0; i < n; i++) {
      credit.frameSent();
    }
  }
}
