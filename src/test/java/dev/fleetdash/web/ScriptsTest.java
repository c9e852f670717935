package dev.fleetdash.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import dev.fleetdash.fleet.State;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.testing.Chromium;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The scripts in a real browser, without a server: every request is answered by the test. */
final class ScriptsTest {
  private static final String ORIGIN = "http://fleetdash.test";
  static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src"
          + " 'self'; base-uri 'none'; form-action 'none'";

  private static Chromium chromium;

  private final Assets assets = new Assets();
  private final Pages pages = new Pages();
  private final List<String> faults = new ArrayList<>();
  private final List<String> asked = new ArrayList<>();

  @BeforeAll
  static void startBrowser() {
    chromium = new Chromium();
  }

  @AfterAll
  static void stopBrowser() {
    chromium.close();
  }

  @Test
  void theBrowserWritesEveryFigureAsTheServerDoes() {
    Page page = open(SampleHost.full(), "");

    for (FigureCases.Case one : FigureCases.all()) {
      Object figure =
          page.evaluate(
              "async ([path, name, input]) => (await import(path))[name](input === 'NaN' ? NaN :"
                  + " Number(input))",
              List.of(assets.path("format.js"), one.function(), Double.toString(one.input())));
      assertThat(figure).as(one.toString()).isEqualTo(one.expected());
    }
  }

  @Test
  void aLiveRowLeavesThePageAsTheServerWroteIt() {
    HostView host = SampleHost.full();
    Page silent = open(host, "");
    String before = numbers(silent);

    Page live = open(host, event(host.newest().orElseThrow()));
    live.waitForFunction(
        "() => document.querySelector('.who .state').textContent.includes('reconnecting')");

    assertThat(before).contains("47").contains("<script>");
    assertThat(numbers(live)).isEqualTo(before);
    assertThat(faults).isEmpty();
  }

  @Test
  void aLiveRowChangesTheNumbers() {
    HostView host = SampleHost.full();
    Row.Builder next = Row.at(SampleHost.NOON + 1, host.host(), 1);

    Page live = open(host, event(next.set(Metric.CPU_UTILIZATION, 0.81).build()));
    live.waitForFunction("() => document.body.dataset.liveTs === '" + (SampleHost.NOON + 1) + "'");

    assertThat(live.locator("[data-tile=cpu] .figure b").textContent()).isEqualTo("81");
    assertThat(live.locator("[data-tile=cpu]").getAttribute("class")).contains("tone-warn");
    assertThat(live.locator("[data-tile=memory] .figure b").textContent()).isEqualTo("–");
  }

  @Test
  void aHostWhoseClockIsPutBackIsFollowedAtOnce() {
    HostView host = SampleHost.full();
    Row before = up(SampleHost.NOON + 1, 500, 0.5);
    Row late = up(SampleHost.NOON - 2, 498, 0.7);
    Row after = up(SampleHost.NOON - 3600, 501, 0.81);

    Page live = open(host, event(before) + event(late) + event(after));
    live.waitForFunction(
        "() => document.body.dataset.liveTs === '" + (SampleHost.NOON - 3600) + "'");

    assertThat(live.locator("[data-tile=cpu] .figure b").textContent()).isEqualTo("81");
    assertThat(asked)
        .anyMatch(url ->
            url.contains("/api/history?") && url.contains("to=" + (SampleHost.NOON - 3599) + "&"));
    assertThat(faults).isEmpty();
  }

  @Test
  void aClockThatIsSetFortyYearsOnFillsNoForty() {
    HostView host = SampleHost.full();
    long then = SampleHost.NOON + 40L * 365 * 86_400;

    Page live = open(host, event(up(SampleHost.NOON + 1, 500, 0.5)) + event(up(then, 501, 0.81)));
    live.waitForFunction("() => document.body.dataset.liveTs === '" + then + "'");

    assertThat(live.locator("[data-tile=cpu] .figure b").textContent()).isEqualTo("81");
    assertThat(faults).isEmpty();
  }

  private static Row up(long ts, double uptime, double cpu) {
    return Row.at(ts, SampleHost.full().host(), 1)
        .set(Metric.UPTIME_SECONDS, uptime)
        .set(Metric.CPU_UTILIZATION, cpu)
        .build();
  }

  @Test
  void aGapInTheHistoryStaysAGap() {
    Page page = open(SampleHost.full(), "");

    Object columns =
        page.evaluate(
            """
            async (path) => {
              const { Columns } = await import(path);
              const columns = new Columns({start: 100, step: 10, buckets: 2, to: 120, series: [{metric: "m", key: "", avg: [1, null]}]}, ["m", "none"]);
              columns.add({ts: 119, m: 50});
              columns.add({ts: 145, m: 4});
              columns.add({ts: 146, m: 8});
              columns.add({ts: 147});
              columns.forgetBefore(115);
              const {avg, min, max} = columns.column("m");
              return JSON.stringify([columns.times(), avg, min, max, columns.column("none").avg]);
            }
            """,
            assets.path("columns.js"));

    assertThat(columns)
        .isEqualTo(
            "[[110,120,130,140],[null,null,null,6],[null,null,null,4],[null,null,null,8],[null,null,null,null]]");
  }

  @Test
  void aHostThatIsGoneIsDrawnToItsLastSecond() {
    long end = SampleHost.NOON + 1;
    Page page =
        open(
            new HostView(
                SampleHost.status(
                    "web-1", State.ENDED, "scale_in", end, SampleHost.full().newest())),
            "");
    page.waitForFunction("() => document.body.dataset.historyLoaded !== undefined");
    page.waitForFunction("() => document.querySelectorAll('#events li').length > 0");

    assertThat(asked)
        .anyMatch(url -> url.contains("/api/history?") && url.contains("to=" + end + "&"))
        .noneMatch(url -> url.contains("/api/stream?"));
    assertThat(page.locator(".who .state").textContent()).matches("ended \\d+\\h.+ ago: scale_in");
    assertThat(page.locator("#window").textContent()).contains("its last second");
    assertThat(page.locator("#events").textContent())
        .contains("<b>scale_in")
        .doesNotContain("web-2");
    assertThat(page.locator("#pause").isHidden()).isTrue();
    page.locator("#chart-cpu .plot").focus();
    page.keyboard().press("+");
    assertThat(page.locator("#pause").textContent()).isEqualTo("To its last second");
    page.locator("#pause").click();
    assertThat(page.locator("#pause").isHidden()).isTrue();
    assertThat(faults).isEmpty();
  }

  /** Opens the host's page; the stream sends {@code events} and ends. */
  private Page open(HostView host, String events) {
    Page page = chromium.newPage(new Browser.NewPageOptions());
    page.onPageError(faults::add);
    page.onConsoleMessage(message -> faultOf(message.type(), message.text()));
    page.onRequest(request -> asked.add(request.url()));
    page.route("**/*", route -> answer(route, host, events));
    page.navigate(ORIGIN + "/hosts/" + host.host());
    return page;
  }

  private void faultOf(String type, String text) {
    if (type.equals("error")) {
      faults.add(text);
    }
  }

  private void answer(Route route, HostView host, String events) {
    String path = URI.create(route.request().url()).getPath();
    Route.FulfillOptions answer = new Route.FulfillOptions().setStatus(200);
    if (path.startsWith("/assets/")) {
      String[] parts = path.split("/", -1);
      Assets.Answer file = assets.answer(parts[2], parts[3], null, null);
      route.fulfill(
          answer.setStatus(file.status()).setHeaders(file.headers()).setBodyBytes(file.body()));
      return;
    }
    switch (path) {
      case "/api/events" ->
          route.fulfill(
              answer
                  .setContentType("application/json")
                  .setBody(
                      "{\"events\":[{\"ts\":1795521601,\"host\":\"web-1\",\"kind\":\"ended\",\"detail\":\"<b>scale_in\"},{\"ts\":1795521000,\"host\":\"web-2\",\"kind\":\"lost\",\"detail\":\"\"}]}"));
      case "/api/stream", "/api/stream/fleet" ->
          route.fulfill(
              answer.setContentType("text/event-stream").setBody("retry: 60000\n\n" + events));
      case "/api/history" ->
          route.fulfill(
              answer
                  .setContentType("application/json")
                  .setBody(
                      "{\"start\":1795518000,\"step\":10,\"buckets\":1,\"to\":1795518010,\"tier\":\"1s\",\"series\":[],\"completeness\":{},\"problems\":[]}"));
      case "/health/details" ->
          route.fulfill(answer.setContentType("application/json").setBody("{\"parts\":[]}"));
      default ->
          route.fulfill(
              answer
                  .setHeaders(
                      Map.of(
                          "Content-Security-Policy",
                          POLICY,
                          "Content-Type",
                          "text/html; charset=utf-8"))
                  .setBodyBytes(pages.host(HostPage.of(host, SampleHost.node(), assets))));
    }
  }

  private static String event(Row row) {
    return "id: " + row.ts() + "\ndata: " + new String(row.json(), StandardCharsets.UTF_8) + "\n\n";
  }

  /**
   * Every number the page shows, with its bar and its tone; where both agree the scripts add and
   * take nothing.
   */
  private static String numbers(Page page) {
    return (String)
        page.evaluate(
            """
            () => [...document.querySelectorAll("[data-tile], [data-table] tbody, .legend, #uptime")].map((node) => {
              const bars = [...node.querySelectorAll("rect")].map((bar) => `${bar.getAttribute("class")} ${bar.getAttribute("x")} ${bar.getAttribute("width")}`);
              const tones = [node, ...node.querySelectorAll("*")].flatMap((one) => [...one.classList]).filter((name) => name.startsWith("tone-"));
              return [node.innerText.replace(/\\s*\\n\\s*/g, "|"), ...bars, ...tones].join("\\n");
            }).join("\\n\\n")
            """);
  }
}
