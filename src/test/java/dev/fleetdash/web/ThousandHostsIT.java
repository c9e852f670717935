package dev.fleetdash.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.fleetdash.fleet.State;
import dev.fleetdash.testing.Chromium;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The fleet's page over a thousand hosts in a real browser. Leaves pictures in {@code
 * target/screenshots}.
 */
final class ThousandHostsIT {
  private static final int SIZE = 1000;

  /** Of the nodes that the lines of all hosts would have, which are some 80 a line. */
  private static final double A_TENTH = 8_000;

  private static FakeFleet fleet;
  private static Chromium chromium;

  private final List<String> complaints = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    fleet = new FakeFleet(SIZE);
    chromium = new Chromium();
  }

  @AfterAll
  static void stop() {
    chromium.close();
    fleet.close();
  }

  @ParameterizedTest
  @CsvSource({"1440,LIGHT", "390,DARK"})
  void aThousandHostsAreShownWithoutComplaint(int width, ColorScheme scheme) {
    try (Page page = open("/", width, scheme)) {
      drawn(page);
      picture(page, "thousand-" + width);
      page.evaluate("() => document.getElementById('hosts-title').scrollIntoView()");
      page.waitForFunction("() => document.querySelectorAll('.sparkline path').length > 3");
      picture(page, "thousand-" + width + "-table");

      assertThat(page.locator("#states").textContent())
          .contains("1,000 hosts", "10 ended", "2 lost");
      assertThat(page.locator("#lanes .cells a").count()).isEqualTo(SIZE);
      assertThat(lines(page).size()).isBetween(4, 60);
      assertThat(page.locator("#events-summary").textContent()).contains("10 ended", "2 lost");
      assertThat(page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"))
          .as("no sideways scrolling")
          .isEqualTo(true);
      assertThat(complaints).isEmpty();
    }
  }

  @Test
  void theTableIsSortedWithTheKeyboardAndTheAddressRemembers() {
    try (Page page = open("/", 1440, ColorScheme.LIGHT)) {
      drawn(page);
      page.locator("th[data-sort=space] button").focus();
      page.keyboard().press("Enter");

      assertThat(page.locator("th[data-sort=space]").getAttribute("aria-sort"))
          .isEqualTo("descending");
      page.reload();
      drawn(page);
      page.evaluate("() => document.getElementById('hosts-title').scrollIntoView()");
      page.waitForFunction("() => document.querySelectorAll('#hosts tr[data-host]').length > 15");
      List<?> spaces =
          (List<?>)
              page.evaluate(
                  "() => [...document.querySelectorAll('#hosts tr[data-host] [data-cell=space]"
                      + " span')].slice(0, 10).map((one) => parseFloat(one.textContent))");
      assertThat(spaces)
          .extracting(one -> ((Number) one).doubleValue())
          .isSortedAccordingTo(Comparator.reverseOrder());
      assertThat(page.url()).contains("sort=-space");
      assertThat(complaints).isEmpty();
    }
  }

  @Test
  void aFilterIsInTheAddressAndChoosesWhatIsDrawn() {
    try (Page page = open("/?state=ended", 1440, ColorScheme.LIGHT)) {
      drawn(page);

      assertThat(page.locator("#scope").textContent()).isEqualTo("10 of 1,000 hosts");
      assertThat(page.locator("#charts-title").textContent()).isEqualTo("10 hosts that match");
      assertThat(lines(page)).hasSizeLessThanOrEqualTo(10);
      assertThat(fleet.names(State.ENDED)).containsAll(lines(page));
      page.locator("#filter input").fill("zone:eu-central-1b");
      page.waitForURL("**/?*q=zone*");
      page.waitForFunction("() => document.getElementById('scope').textContent.startsWith('4 of')");
      page.evaluate("() => document.getElementById('hosts-title').scrollIntoView()");
      page.locator("#hosts tr[data-host] input").first().check();
      page.waitForFunction("() => document.getElementById('scope').textContent === '1 selected'");
      page.locator("#clear").click();
      page.waitForFunction("() => document.getElementById('scope').textContent === '1,000 hosts'");
      assertThat(page.url()).isEqualTo(fleet.uri("/"));
      assertThat(complaints).isEmpty();
    }
  }

  @Test
  void aHostThatEndsIsSaidSoAtOnceAndTheScreenIsWatched() {
    String name = fleet.names(State.LIVE).getFirst();
    try (Page page = open("/?q=" + name, 1440, ColorScheme.LIGHT)) {
      drawn(page);
      page.evaluate("() => document.getElementById('hosts-title').scrollIntoView()");
      fleet.turn(name, State.ENDED, "scale_in");
      page.waitForFunction(
          "() => document.querySelector('#hosts .state-ended + .why')?.textContent === 'scale_in'");

      assertThat(page.locator("#hosts .state").first().textContent()).startsWith("ended");
      assertThat(fleet.watched).contains(name);
      assertThat(complaints).isEmpty();
    } finally {
      fleet.turn(name, State.LIVE, "");
    }
  }

  @Test
  void aStreamThatEndsIsSaidSoAndComesBackAndTheHistoryIsReadAgain() {
    try (Page page = open("/", 1440, ColorScheme.LIGHT)) {
      drawn(page);
      // It is back in a second, which a browser that is busy may not look at.
      page.evaluate(
          """
          () => {
            const said = document.getElementById('stream');
            new MutationObserver(() => { window.ended ||= !said.hidden; }).observe(said, { attributes: true });
          }
          """);
      page.waitForRequest(
          request -> request.url().contains("memory_used_bytes"),
          () -> {
            fleet.hangUp();
            page.waitForFunction("() => window.ended && document.getElementById('stream').hidden");
          });
      assertThat(page.locator("#lanes .cells a").count()).isEqualTo(SIZE);
    }
  }

  /** How long that takes is measured by {@code make bench}. */
  @Test
  void aTickAndAStepOfScrollingChangeLittle() {
    try (Page page = open("/", 1440, ColorScheme.LIGHT)) {
      drawn(page);

      Map<?, ?> changed = (Map<?, ?>) page.evaluate(CHANGED);

      assertThat(lines(page)).hasSizeBetween(15, 60);
      assertThat(fleet.names(State.ENDED)).contains(lines(page).getLast());
      assertThat(number(changed, "tick")).as("nodes changed by a tick").isBetween(1.0, A_TENTH);
      assertThat(number(changed, "screen")).as("nodes changed by a step").isBetween(1.0, A_TENTH);
      assertThat(complaints).isEmpty();
    }
  }

  /** Nodes that were made or changed, by a second's news of all hosts, and by a screen of lines. */
  private static final String CHANGED =
      """
      async () => {
        let nodes = 0;
        let ticks = 0;
        new MutationObserver((records) => {
          for (const record of records) {
            nodes++;
            for (const added of record.addedNodes) nodes += added.querySelectorAll?.('*').length ?? 0;
            if (record.target === document.body && record.attributeName === 'data-live-ts') ticks++;
          }
        }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
        const begun = () => ticks;
        while (begun() < 4) await new Promise((resolve) => setTimeout(resolve, 20));
        const tick = nodes / ticks;
        nodes = 0;
        ticks = 0;
        for (let i = 1; i <= 24; i++) {
          scrollTo(0, i * 720);
          await new Promise(requestAnimationFrame);
        }
        scrollTo(0, document.body.scrollHeight);
        await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
        return { tick, screen: (nodes - ticks * tick) / 25 };
      }
      """;

  private static double number(Map<?, ?> of, String name) {
    if (of.get(name) instanceof Number number) {
      return number.doubleValue();
    }
    throw new AssertionError("no " + name + " in " + of);
  }

  private static List<String> lines(Page page) {
    return page.locator("#hosts tr[data-host]").all().stream()
        .map(line -> line.getAttribute("data-host"))
        .toList();
  }

  private static void picture(Page page, String name) {
    page.screenshot(
        new Page.ScreenshotOptions().setPath(Path.of("target", "screenshots", name + ".png")));
  }

  private static void drawn(Page page) {
    page.waitForFunction("() => document.body.dataset.historyLoaded !== undefined");
    page.waitForFunction("() => document.body.dataset.liveTs !== ''");
  }

  private Page open(String path, int width, ColorScheme scheme) {
    Page page =
        chromium.newPage(
            new Browser.NewPageOptions().setViewportSize(width, 900).setColorScheme(scheme),
            complaints);
    page.navigate(fleet.uri(path));
    return page;
  }
}
