package dev.fleetdash.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import dev.fleetdash.testing.Chromium;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the fleet's scripts reckon, in a real browser, without a page to show it on. */
final class FleetScriptsTest {
  private static Chromium chromium;
  private static Page page;
  private static final Assets ASSETS = new Assets();

  @BeforeAll
  static void openAnEmptyPage() {
    chromium = new Chromium();
    page = chromium.newPage(new Browser.NewPageOptions());
    page.route("**/*", FleetScriptsTest::answer);
    page.navigate("http://fleetdash.test/");
  }

  @AfterAll
  static void close() {
    chromium.close();
  }

  private static void answer(Route route) {
    String[] parts = route.request().url().split("/", -1);
    if (parts.length < 6) {
      route.fulfill(
          new Route.FulfillOptions().setContentType("text/html").setBody("<title>x</title>"));
      return;
    }
    Assets.Answer file = ASSETS.answer(parts[4], parts[5], null, null);
    route.fulfill(
        new Route.FulfillOptions()
            .setStatus(file.status())
            .setHeaders(file.headers())
            .setBodyBytes(file.body()));
  }

  /** What {@code body} returns, as JSON; {@code m} is the module, {@code x} the input. */
  private static Object reckon(String module, String body, Object input) {
    return page.evaluate(
        "async ([path, x]) => { const m = await import(path); return JSON.stringify(await (async ()"
            + " => {"
            + body
            + "})()); }",
        List.of(ASSETS.path(module), input));
  }

  @Test
  void aSpreadIsTheServers() {
    SplittableRandom random = new SplittableRandom(3);
    for (int size : List.of(1, 2, 19, 20, 21, 100, 999)) {
      List<Double> values =
          DoubleStream.generate(() -> random.nextInt(1000) / 8.0)
              .limit(size)
              .boxed()
              .collect(Collectors.toList());
      Spread expected = Spread.of(values.stream().mapToDouble(Double::doubleValue));

      assertThat(
              reckon(
                  "aggregate.js",
                  "const s = m.spread([NaN, ...x]); return [s.avg, s.p95, s.max, s.sum].map((v) =>"
                      + " v.toFixed(6));",
                  values))
          .isEqualTo(
              "[\"%.6f\",\"%.6f\",\"%.6f\",\"%.6f\"]"
                  .formatted(expected.avg(), expected.p95(), expected.max(), expected.sum()));
      long atMost = values.stream().filter(value -> value <= expected.p95()).count();
      long below = values.stream().filter(value -> value < expected.p95()).count();
      DoubleSummaryStatistics all = values.stream().mapToDouble(value -> value).summaryStatistics();
      assertThat(atMost).isGreaterThanOrEqualTo((long) Math.ceil(0.95 * size));
      assertThat(below).isLessThan((long) Math.ceil(0.95 * size));
      assertThat(expected.max()).isEqualTo(all.getMax());
    }
    assertThat(reckon("aggregate.js", "return m.spread([NaN]);", "")).isEqualTo("null");
  }

  @Test
  void hostsAreTakenTogetherBucketByBucketAndAGapStaysAGap() {
    Object columns =
        reckon(
            "aggregate.js",
            """
            const all = new m.Aggregates(["a", "b", "c"], { start: 100, step: 10, buckets: 3 }, 125);
            const series = (host, metric, avg) => ({ host, metric, key: "", avg });
            all.fill({ start: 100, step: 10, series: [
              series("a", "cpu_utilization", [0.25, null, 0.5]), series("b", "cpu_utilization", [0.75, null, null]),
              series("a", "disk_read_bytes_per_second", [1, null, null]), series("a", "disk_written_bytes_per_second", [2, null, null]),
              series("stranger", "cpu_utilization", [9, 9, 9])] });
            all.fill({ start: 100, step: 10, series: [series("c", "cpu_utilization", [0.5, null, null])] });
            await all.settle();
            all.add(124, [["cpu", [["a", 100]]]]);
            all.add(126, [["cpu", [["a", 0.25], ["b", 1]]]]);
            all.add(145, [["cpu", [["b", NaN], ["c", 0.5]]]]);
            const column = (name) => all.column(name).avg;
            return [all.times(), column("cpu.avg"), column("cpu.max"), column("cpu.p95"), column("cpu.sum"), column("disk.sum")];
            """,
            "");

    assertThat(columns)
        .isEqualTo(
            "[[100,110,120,130,140],[0.5,null,0.6875,null,0.5],[0.75,null,1,null,0.5],[0.75,null,1,null,0.5],[1.5,null,1.375,null,0.5],[3,null,null,null,null]]");
  }

  @Test
  void aFilterFindsWhatItSaysAndSurvivesTheAddress() {
    Object found =
        reckon(
            "filter.js",
            """
            const hosts = [
              { host: "web-1", zone: "eu-1a", type: "t4g.small", version: "1.2.0", state: "live" },
              { host: "web-2", zone: "eu-1b", type: "m7g.large", version: "1.1.9", state: "lost", address: "10.0.0.7" },
              { host: "db-1", zone: null, type: "m7g.large", version: "1.2.0", state: "live" }];
            return x.map((query) => {
              const filter = m.filterOf(new URLSearchParams(query));
              const again = m.filterOf(new URLSearchParams(m.toQuery(filter, new URLSearchParams("range=900")).toString()));
              if (JSON.stringify(filter) !== JSON.stringify(again)) throw new Error(query);
              return hosts.filter(m.matcher(again)).map(({ host }) => host).join();
            });
            """,
            List.of(
                "",
                "q=WEB",
                "q=web+1.2",
                "state=live",
                "zone=none",
                "q=zone:eu-1b",
                "q=10.0.0.7",
                "type=m7g.large&version=1.2.0",
                "q=%3Cscript%3E",
                "q=.*"));

    assertThat(found)
        .isEqualTo(
            "[\"web-1,web-2,db-1\",\"web-1,web-2\",\"web-1\",\"web-1,db-1\",\"db-1\",\"web-2\",\"web-2\",\"db-1\",\"\",\"\"]");
  }

  @Test
  void onlyTheLinesOnTheScreenAreInTheWindow() {
    assertThat(
            reckon(
                "rows.js",
                "return x.map(([top, count]) => Object.values(m.windowOf({ top, height: 900, line:"
                    + " 45, count, overscan: 2 })).join());",
                List.of(
                    List.of(0, 1000),
                    List.of(-2000, 1000),
                    List.of(45_000, 1000),
                    List.of(450, 1000),
                    List.of(90_000, 1000),
                    List.of(0, 3))))
        .isEqualTo("[\"0,22\",\"0,0\",\"998,1000\",\"8,32\",\"1000,1000\",\"0,3\"]");
  }

  @Test
  void unknownNumbersComeLastWhicheverWayAndThoseOfTheGoneAfterThem() {
    Object orders =
        reckon(
            "hosts.js",
            """
            const host = (host, state, cpu_utilization) => ({ host, state, row: { cpu_utilization } });
            const all = [host("b", "live", 0.5), host("a", "live", 0.5), host("c", "live"), host("d", "ended", 1), host("e", "lost", 0), host("f", "stale", 0.9)];
            const by = (key, down) => [...all].sort(m.comparator({ key, down })).map((one) => one.host).join("");
            return [by("state", false), by("host", true), by("cpu", true), by("cpu", false)];
            """,
            "");

    assertThat(orders).isEqualTo("[\"efabcd\",\"fedcba\",\"fabcde\",\"abfced\"]");
  }

  @Test
  void newerRowsStayWhenTheListIsReadAgain() {
    assertThat(
            reckon(
                "hosts.js",
                """
                const hosts = new m.Hosts();
                hosts.replace([{ host: "a", state: "live", row: { ts: 5, load1: 1 } }, { host: "gone", state: "live", row: null }]);
                hosts.merge([{ host: "a", state: "live", row: { ts: 7, load1: 2 } }, { host: "new", state: "live", row: null }]);
                hosts.merge([{ host: "a", state: "stale", reason: "slow", since: 7, row: { ts: 6, load1: 9 } }]);
                hosts.replace([{ host: "a", state: "stale", row: { ts: 6, load1: 3 } }]);
                return hosts.all().map(({ host, state, row }) => [host, state, row]);
                """,
                ""))
        .isEqualTo("[[\"a\",\"stale\",{\"ts\":7,\"load1\":2}]]");
  }

  @Test
  void aHostThatSamplesOnceAMinuteCountsBetweenItsRowsToo() {
    assertThat(
            reckon(
                "hosts.js",
                """
                const host = (sample, ts) => ({ host: "a", state: "live", sample, row: { ts } });
                return [host(60, 1000), host(60, 980), host(1, 1055), host(1, 1000), host(undefined, 1055)].map((one) => m.isCurrent(one, 1059));
                """,
                ""))
        .isEqualTo("[true,false,true,false,true]");
  }

  @Test
  void aStreamThatComesOnceAMinuteIsNotGivenUpInBetween() {
    assertThat(
            reckon(
                "stream.js",
                """
                let now = 0;
                const timers = [];
                const opened = [];
                const was = { interval: globalThis.setInterval, source: globalThis.EventSource, perf: performance.now };
                globalThis.setInterval = (look) => timers.push(look);
                performance.now = () => now;
                globalThis.EventSource = class { constructor() { opened.push(now); this.readyState = 1; } close() {} };
                try {
                  return [150000, 5000].map((silence) => {
                    now = 0;
                    timers.length = opened.length = 0;
                    new m.Stream(() => "/x", { event() {}, state() {} }, silence).open();
                    for (now = 1000; now <= 140000; now += 1000) timers.at(-1)();
                    return opened.length;
                  });
                } finally {
                  globalThis.setInterval = was.interval;
                  globalThis.EventSource = was.source;
                  performance.now = was.perf;
                }
                """,
                ""))
        .isEqualTo("[1,7]");
  }

  @Test
  void aNodesTimeIsFollowedBackWhereAllThatComesIsLateAndNotForOneThingThatIs() {
    assertThat(
            reckon(
                "clock.js",
                """
                const was = performance.now;
                let ms = 0;
                performance.now = () => ms;
                try {
                  let jumps = 0;
                  const clock = new m.Clock(10000, () => jumps++);
                  const told = [];
                  const after = (seconds, ts) => { ms += seconds * 1000; clock.take(ts); told.push([Math.round(clock.now()), jumps]); };
                  after(1, 10001);
                  after(1, 9000);
                  after(1, 10003);
                  after(1, 6404);
                  after(1, 6405);
                  after(1, 6406);
                  after(1, 99999);
                  return told;
                } finally {
                  performance.now = was;
                }
                """,
                ""))
        .isEqualTo("[[10001,0],[10002,0],[10003,0],[10004,0],[10005,0],[6406,1],[99999,2]]");
  }

  @Test
  void aRowAfterTheClockWasPutBackIsTheNewerOne() {
    assertThat(
            reckon(
                "hosts.js",
                """
                const hosts = new m.Hosts();
                const row = (ts, run, uptime_seconds) => ({ ts, run, uptime_seconds });
                const then = (next) => { hosts.merge([{ host: "a", state: "live", row: next }]); return hosts.get("a").row.ts; };
                return [then(row(9000, 1, 50)), then(row(5400, 1, 51)), then(row(8999, 1, 49)), then(row(5401, 2, 3)), then(row(9001, 1, 52))];
                """,
                ""))
        .isEqualTo("[9000,5400,5400,5401,5401]");
  }

  @Test
  void aStateReadsAsOnTheServersPage() {
    for (StateCases.Case one : StateCases.all()) {
      List<Object> input =
          List.of(
              one.status().state().text(),
              one.status().reason().orElse(""),
              (double) one.status().since(),
              one.status().latest().map(latest -> (double) latest.row().ts()).orElse(0.0),
              (double) one.now());

      assertThat(
              reckon(
                  "state.js",
                  "return m.stateText(m.stateOf({ state: x[0], reason: x[1] || null, since: x[2] },"
                      + " x[3], x[4]));",
                  input))
          .isEqualTo("\"" + one.text() + "\"");
    }
  }

  @Test
  void eventsThatAreTooCloseShareALine() {
    assertThat(
            reckon(
                "marks.js",
                """
                const event = (ts, kind, detail = "") => ({ ts, kind, detail });
                const groups = m.group([event(0, "launched"), event(5, "launched"), event(13, "ended"), event(20, "version", "1 → 2"), event(60, "lost")], ({ ts }) => ts, 14);
                return groups.map((one) => `${one.x}: ${m.labelOf(one.events)}`);
                """,
                ""))
        .isEqualTo("[\"0: 2 launched, 1 ended\",\"20: 1 → 2\",\"60: lost\"]");
  }
}
