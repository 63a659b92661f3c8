package dev.handoff.bench;

import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;

import org.HdrHistogram.Histogram;

/** Nanoseconds, as a distribution. One thread. */
final class Latencies {

    private static final long HIGHEST_NS = TimeUnit.MINUTES.toNanos(5);

    private final Histogram histogram = new Histogram(HIGHEST_NS, 3);

    void add(long ns) {
        histogram.recordValue(Math.clamp(ns, 0, HIGHEST_NS));
    }

    long count() {
        return histogram.getTotalCount();
    }

    double percentileNs(double percentile) {
        return histogram.getValueAtPercentile(percentile);
    }

    double maxNs() {
        return histogram.getMaxValue();
    }

    /** With a budget for the median, in the unit. */
    Figure figure(String name, String unit, double budget) {
        double scale = switch (unit) {
            case "ns" -> 1;
            case "us" -> 1e3;
            case "ms" -> 1e6;
            default -> throw new IllegalArgumentException("no unit of time: " + unit);
        };
        double p50 = percentileNs(50) / scale;
        return new Figure(name, unit, p50, percentileNs(99) / scale, percentileNs(99.9) / scale, maxNs() / scale,
                OptionalDouble.of(budget), "", p50 <= budget, Map.of());
    }
}
