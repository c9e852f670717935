package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.fleetdash.testing.Chromium;
import dev.fleetdash.testing.RunningJar;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a person sees: the real page of the real jar in a real browser. Leaves pictures in {@code
 * target/screenshots}.
 */
class BrowserIT {
  @TempDir private static Path directory;
  private static RunningJar jar;
  private static Chromium chromium;

  private final List<String> complaints = new ArrayList<>();
  private final List<String> requests = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    jar = RunningJar.start(directory, Map.of()).sampling();
    chromium = new Chromium();
  }

  @AfterAll
  static void stop() throws Exception {
    chromium.close();
    jar.close();
  }

  @ParameterizedTest
  @CsvSource({"/,1440,LIGHT", "/,390,DARK", "/hosts/it-host,1440,DARK", "/hosts/it-host,390,LIGHT"})
  void showsLiveNumbersAndDrawnChartsAndComplainsOfNothing(
      String path, int width, ColorScheme scheme) throws Exception {
    try (Page page = open(path, width, scheme)) {
      page.waitForFunction("() => document.body.dataset.historyLoaded !== undefined");
      String first = page.evaluate("() => document.body.dataset.liveTs ?? ''").toString();
      page.waitForFunction(
          "before => Number(document.body.dataset.liveTs) >= Number(before) + 2", first);
      page.click("#ranges [data-range='900']");
      // A line has a colour; the grid and the labels are grey. Looked at in a copy: a browser
      // complains of a canvas that is read again and again, and it would be this test's doing.
      page.waitForFunction(
          """
          () => [...document.querySelectorAll('#chart-cpu canvas')].some(canvas => {
            const { width, height } = canvas;
            const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
            copy.drawImage(canvas, 0, 0);
            const { data } = copy.getImageData(0, 0, width, height);
            for (let i = 0; i < data.length; i += 4) {
              const [red, green, blue, alpha] = data.slice(i, i + 4);
              if (alpha > 100 && Math.max(red, green, blue) - Math.min(red, green, blue) > 60) {
                return true;
              }
            }
            return false;
          })
          """);
      page.screenshot(
          new Page.ScreenshotOptions()
              .setFullPage(true)
              .setPath(
                  Path.of(
                      "target",
                      "screenshots",
                      (path.equals("/") ? "fleet" : "host") + "-" + width + ".png")));

      assertThat(
              (Boolean)
                  page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth"))
          .as("no sideways scrolling")
          .isTrue();
      assertThat(page.textContent("[data-testid=tile-memory], [data-testid=total-memory]"))
          .containsPattern("\\d");
      assertThat(complaints).isEmpty();
      assertThat(requests)
          .isNotEmpty()
          .allMatch(url -> url.startsWith(jar.uri("/").toString()) || url.startsWith("data:"));
    }
  }

  @Test
  void showsRealNumbersBeforeAnyScriptRuns() throws Exception {
    String html = jar.get("/hosts/" + RunningJar.HOST).body();

    assertThat(html).containsPattern("(?s)data-testid=\"tile-memory\".*?\\d+(\\.\\d+)?\\hGiB");
  }

  @Test
  void aReloadNeverStartsEmpty() throws Exception {
    try (Page page = open("/hosts/" + RunningJar.HOST, 1440, ColorScheme.LIGHT)) {
      page.waitForFunction("() => document.body.dataset.historyLoaded !== undefined");
      page.reload();
      page.waitForFunction("() => document.body.dataset.historyLoaded !== undefined");

      assertThat(page.textContent("#chart-cpu")).containsPattern("\\d");
      assertThat(complaints).isEmpty();
    }
  }

  @Test
  void aChartsNumbersCanBeTakenAway() throws Exception {
    try (Page page = open("/hosts/" + RunningJar.HOST, 1440, ColorScheme.LIGHT)) {
      page.context().grantPermissions(List.of("clipboard-read", "clipboard-write"));
      page.waitForFunction("() => document.body.dataset.historyLoaded !== undefined");

      page.click("[data-testid=sql-cpu]");
      page.waitForFunction(
          "() => document.querySelector('[data-testid=sql-cpu]').textContent === 'copied'");
      Download csv = page.waitForDownload(() -> page.click("#chart-cpu [data-form=csv]"));

      assertThat(page.evaluate("() => navigator.clipboard.readText()").toString())
          .startsWith("-- cpu_user, cpu_nice, cpu_system, cpu_irq, cpu_steal, cpu_iowait\n")
          .contains("WITH newest AS (");
      assertThat(csv.suggestedFilename()).matches("fleetdash-it-host-\\d{8}T\\d{6}Z\\.csv");
      assertThat(csv.path())
          .content()
          .startsWith("host,metric,key,time,min,avg,max\r\n" + RunningJar.HOST + ",cpu_user,,");
      assertThat(complaints).isEmpty();
    }
  }

  private Page open(String path, int width, ColorScheme scheme) {
    Page page =
        chromium.newPage(
            new Browser.NewPageOptions().setViewportSize(width, 900).setColorScheme(scheme),
            complaints);
    page.onRequest(request -> requests.add(request.url()));
    page.navigate(jar.uri(path).toString());
    return page;
  }
}
