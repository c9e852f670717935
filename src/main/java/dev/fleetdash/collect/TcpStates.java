package dev.fleetdash.collect;

/**
 * Counts the states in the text of /proc/net/tcp, which may come in pieces cut anywhere. Not
 * thread-safe.
 *
 * <p>A line is {@code sl local_address rem_address st …}; the state is two hexadecimal digits.
 */
final class TcpStates {
  static final int ESTABLISHED = 1;
  static final int SYN_SENT = 2;
  static final int SYN_RECEIVED = 3;
  static final int FIN_WAIT1 = 4;
  static final int FIN_WAIT2 = 5;
  static final int TIME_WAIT = 6;
  static final int CLOSE_WAIT = 8;
  static final int LAST_ACK = 9;
  static final int LISTEN = 10;
  static final int CLOSING = 11;
  static final int NEW_SYN_RECEIVED = 12;

  private static final int STATES = 16;
  private static final int STATE_WORD = 4;

  private final long[] counts = new long[STATES];
  private boolean header = true;
  private boolean blank = true;
  private int word;
  private int state;

  /** Takes the next piece of the table. */
  void add(byte[] piece, int length) {
    for (int i = 0; i < length; i++) {
      byte c = piece[i];
      if (c == '\n') {
        endOfLine();
      } else if (c == ' ') {
        blank = true;
      } else {
        word += blank ? 1 : 0;
        blank = false;
        if (word == STATE_WORD) {
          state = state * STATES + Character.digit(c, STATES);
        }
      }
    }
  }

  /** Says that what comes next is another table, with a heading of its own. */
  void endOfTable() {
    endOfLine();
    header = true;
  }

  /** How many connections are in one of those states. */
  double count(int... states) {
    double sum = 0;
    for (int one : states) {
      sum += counts[one];
    }
    return sum;
  }

  private void endOfLine() {
    if (!header && word >= STATE_WORD && state > 0 && state < STATES) {
      counts[state]++;
    }
    header = false;
    blank = true;
    word = 0;
    state = 0;
  }
}
