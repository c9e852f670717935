package dev.fleetdash.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.fleetdash.fleet.State;
import dev.fleetdash.testing.Chromium;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
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
                  "() => [...document.querySelectorAll('#hosts tr[data-host] [data-cell=space] span')].slice(0, 10).map((one) => parseFloat(one.textContent))");
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
  void aStreamThatEndsIsBackWithinSecondsAndTheHistoryIsReadAgain() {
    try (Page page = open("/", 1440, ColorScheme.LIGHT)) {
      drawn(page);
      page.waitForTimeout(1000);
      page.waitForRequest(
          request -> request.url().contains("memory_used_bytes"),
          () -> {
            fleet.hangUp();
            page.waitForFunction("() => !document.getElementById('stream').hidden");
            page.waitForFunction(
                "() => document.getElementById('stream').hidden",
                null,
                new Page.WaitForFunctionOptions().setTimeout(5000));
          });
      assertThat(page.locator("#lanes .cells a").count()).isEqualTo(SIZE);
    }
  }

  /** CPU time of the page's own thread, because a machine that builds has little to spare. */
  @Test
  void aTickAndAStepOfScrollingCostLittle() {
    try (Page page = open("/", 1440, ColorScheme.LIGHT)) {
      CDPSession devtools = page.context().newCDPSession(page);
      JsonObject cpu = new JsonObject();
      cpu.addProperty("timeDomain", "threadTicks");
      devtools.send("Performance.enable", cpu);
      drawn(page);
      page.waitForTimeout(1500);

      double before = seconds(devtools);
      page.waitForTimeout(4000);
      double ticks = seconds(devtools);
      page.evaluate(
          """
          async () => {
            for (let i = 1; i <= 24; i++) {
              scrollTo(0, i * 720);
              await new Promise(requestAnimationFrame);
            }
            scrollTo(0, document.body.scrollHeight);
            await new Promise(requestAnimationFrame);
            await new Promise(requestAnimationFrame);
          }
          """);
      double scrolled = seconds(devtools);

      assertThat(lines(page)).hasSizeBetween(15, 60);
      assertThat(fleet.names(State.ENDED)).contains(lines(page).getLast());
      assertThat((ticks - before) / 4).as("seconds a tick").isLessThan(0.15);
      assertThat((scrolled - ticks) / 25).as("seconds a screen").isLessThan(0.25);
      assertThat(complaints).isEmpty();
    }
  }

  private static double seconds(CDPSession devtools) {
    for (JsonElement metric : devtools.send("Performance.getMetrics").getAsJsonArray("metrics")) {
      if (metric.getAsJsonObject().get("name").getAsString().equals("TaskDuration")) {
        return metric.getAsJsonObject().get("value").getAsDouble();
      }
    }
    throw new AssertionError("the browser does not tell what its tasks take");
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
