package dev.fleetdash.history;

/** Asks a question for those who do not write the answer but look at it. */
public final class Asked {
  private Asked() {}

  public static Range of(History history, RangeQuery query) throws Exception {
    try (Answer answer = history.query(query)) {
      return answer.range();
    }
  }
}
