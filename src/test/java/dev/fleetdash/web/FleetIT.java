package dev.fleetdash.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.fleetdash.fleet.State;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The fleet's page over a thousand hosts in a real browser. Leaves pictures in {@code
 * target/screenshots}.
 */
@Timeout(120)
final class FleetIT {
  private static final int SIZE = 1000;

  private static FakeFleet fleet;
  private static TestBrowser browser;

  private final List<String> complaints = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    fleet = new FakeFleet(SIZE);
    browser = new TestBrowser();
  }

  @AfterAll
  static void stop() {
    browser.close();
    fleet.close();
  }

  @ParameterizedTest
  @CsvSource({"1440,LIGHT", "1440,DARK", "390,LIGHT", "390,DARK"})
  void aThousandHostsAreShownWithoutComplaint(int width, ColorScheme scheme) {
    try (Page page = open("/", width, scheme)) {
      drawn(page);
      page.evaluate("() => document.getElementById('hosts-title').scrollIntoView()");
      page.waitForFunction("() => document.querySelectorAll('.sparkline path').length > 5");
      page.screenshot(
          new Page.ScreenshotOptions()
              .setPath(
                  Path.of(
                      "target",
                      "screenshots",
                      "thousand-%d-%s-table.png".formatted(width, scheme))));
      page.evaluate("() => scrollTo(0, 0)");
      for (boolean whole : List.of(false, true)) {
        page.screenshot(
            new Page.ScreenshotOptions()
                .setClip(0, 0, width, whole ? 2600 : 900)
                .setFullPage(whole)
                .setPath(
                    Path.of(
                        "target",
                        "screenshots",
                        "thousand-%d-%s%s.png".formatted(width, scheme, whole ? "-long" : ""))));
      }

      assertThat(page.locator("#states").textContent())
          .contains("1,000 hosts", "10 ended", "2 lost");
      assertThat(page.locator("#lanes .cells a").count()).isEqualTo(SIZE);
      assertThat(page.locator("#hosts tbody tr[data-host]").count()).isLessThan(60);
      assertThat(page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"))
          .as("no sideways scrolling")
          .isEqualTo(true);
      assertThat(complaints).isEmpty();
    }
  }

  @Test
  void scrollingSortingAndTicksLeaveTheBrowserFree() {
    try (Page page = open("/", 1440, ColorScheme.LIGHT)) {
      drawn(page);
      page.waitForTimeout(3000);
      Map<?, ?> measured =
          (Map<?, ?>)
              page.evaluate(
                  """
                  async () => {
                    const long = [];
                    const watch = new PerformanceObserver((list) => long.push(...list.getEntries().map((one) => Math.round(one.duration))));
                    watch.observe({ type: "longtask" });
                    const frames = [];
                    for (let i = 1; i <= 150; i++) {
                      const before = performance.now();
                      scrollTo(0, i * 290);
                      await new Promise(requestAnimationFrame);
                      frames.push(performance.now() - before);
                    }
                    await new Promise((done) => setTimeout(done, 5000));
                    watch.disconnect();
                    frames.sort((a, b) => a - b);
                    return { long, p95: frames[142], y: scrollY, shown: document.querySelectorAll("#hosts tbody tr[data-host]").length };
                  }
                  """);
      System.out.println("scrolled: " + measured);

      assertThat(measured.get("shown")).asString().matches("[1-5]?\\d");
      assertThat((List<?>) measured.get("long"))
          .as("tasks over 50 ms, with room for a busy machine")
          .allMatch(ms -> ((Number) ms).intValue() < 250);
      String last = page.locator("#hosts tbody tr[data-host]").last().getAttribute("data-host");
      assertThat(fleet.names(State.ENDED)).contains(last);
      assertThat(complaints).isEmpty();
    }
  }

  private static void drawn(Page page) {
    page.waitForFunction("() => document.body.dataset.historyLoaded !== undefined");
    page.waitForFunction("() => document.body.dataset.liveTs !== ''");
  }

  private Page open(String path, int width, ColorScheme scheme) {
    Page page =
        browser
            .get()
            .newPage(
                new Browser.NewPageOptions().setViewportSize(width, 900).setColorScheme(scheme));
    page.onConsoleMessage(message -> {
      if (List.of("error", "warning").contains(message.type())) {
        complaints.add(message.text());
      }
    });
    page.onPageError(complaints::add);
    page.navigate(fleet.uri(path));
    return page;
  }
}
