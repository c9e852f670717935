package dev.fleetdash.collect;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Temperatures in degrees Celsius by sensor. A host without sensors has no items. */
final class TemperatureCollector implements Collector {
  private final Supplier<Map<String, Double>> sensors;

  TemperatureCollector(Supplier<Map<String, Double>> sensors) {
    this.sensors = sensors;
  }

  @Override
  public String name() {
    return "temperatures";
  }

  @Override
  public boolean due(Due due) {
    return due.has(Family.TEMPERATURES);
  }

  @Override
  public Reading collect(Due due) {
    List<Item> items = new ArrayList<>();
    sensors
        .get()
        .forEach(
            (sensor, celsius) ->
                items.add(
                    Item.of(Family.TEMPERATURES, sensor)
                        .set(Metric.TEMPERATURE_CELSIUS, celsius)
                        .build()));
    return new Reading().add(Family.TEMPERATURES, items);
  }
}
