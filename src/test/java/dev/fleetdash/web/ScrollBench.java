package dev.fleetdash.web;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import dev.fleetdash.testing.Chromium;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Scrolls from end to end through the page of a thousand hosts in a real browser, a screen a frame
 * and back, while news of all of them come in. Prints what the page's thread was kept by.
 */
public final class ScrollBench {
  private static final int HOSTS = 1000;

  private ScrollBench() {}

  public static void main(String[] args) throws Exception {
    List<String> complaints = new ArrayList<>();
    try (FakeFleet fleet = new FakeFleet(HOSTS);
        Chromium chromium = new Chromium();
        Page page =
            chromium.newPage(new Browser.NewPageOptions().setViewportSize(1440, 900), complaints)) {
      page.navigate(fleet.uri("/"));
      page.waitForFunction("() => document.body.dataset.historyLoaded !== undefined");
      page.waitForFunction("() => document.body.dataset.liveTs !== ''");
      page.waitForTimeout(2000);
      Map<?, ?> seen = (Map<?, ?>) page.evaluate(SCROLL);
      if (!complaints.isEmpty()) {
        throw new IllegalStateException("the page complains: " + complaints);
      }
      System.out.printf(
          Locale.ROOT,
          "%.0f; %.0f; %.0f; %.1f%n",
          number(seen, "screens"),
          number(seen, "long"),
          number(seen, "longest"),
          number(seen, "frame"));
    }
  }

  private static double number(Map<?, ?> of, String name) {
    if (of.get(name) instanceof Number number) {
      return number.doubleValue();
    }
    throw new IllegalStateException("no " + name + " in " + of);
  }

  /** A long task is one of 50 ms or more, by the Long Tasks API of the W3C. */
  private static final String SCROLL =
      """
      async () => {
        const tasks = [];
        const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries()));
        observer.observe({ type: "longtask" });
        const frames = [];
        let screens = 0;
        let last = performance.now();
        for (let round = 0; round < 4; round++) {
          for (let i = 0; i * 720 < document.body.scrollHeight; i++, screens++) {
            const y = i * 720;
            scrollTo(0, round % 2 === 0 ? y : document.body.scrollHeight - y);
            await new Promise(requestAnimationFrame);
            const now = performance.now();
            frames.push(now - last);
            last = now;
          }
        }
        await new Promise((resolve) => setTimeout(resolve, 500));
        tasks.push(...observer.takeRecords());
        frames.sort((a, b) => a - b);
        return {
          screens,
          long: tasks.length,
          longest: Math.max(0, ...tasks.map((task) => task.duration)),
          frame: frames[Math.floor(frames.length * 0.95)],
        };
      }
      """;
}
