package dev.handoff.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * One line of the table: a distribution in one unit, beside its budget and beside others.
 *
 * @param unit
 *            {@code ns}, {@code us}, {@code ms}, {@code MB}, {@code bytes} or {@code records/s}
 * @param budget
 *            what {@code p50} is to keep below, or above for a rate; empty where only the comparison counts
 * @param ok
 *            whether it does, as well as what else {@code budgetText} asks for
 * @param comparator
 *            what others take for the same, in the same unit
 */
public record Figure(String name, String unit, double p50, double p99, double p999, double max, OptionalDouble budget,
        String budgetText, boolean ok, Map<String, Double> comparator) {

    public Figure {
        comparator = new LinkedHashMap<>(comparator);
    }

    /** One number, such as a size. */
    static Figure single(String name, String unit, double value, double budget) {
        return new Figure(name, unit, value, value, value, value, OptionalDouble.of(budget), "", value <= budget,
                Map.of());
    }

    /** Without a budget: it is there to be known. */
    Figure unbudgeted() {
        return new Figure(name, unit, p50, p99, p999, max, OptionalDouble.empty(), budgetText, true, comparator);
    }

    Figure with(String other, double value) {
        Map<String, Double> more = new LinkedHashMap<>(comparator);
        more.put(other, value);
        return new Figure(name, unit, p50, p99, p999, max, budget, budgetText, ok, more);
    }

    Figure withAll(Map<String, Double> others) {
        Map<String, Double> more = new LinkedHashMap<>(comparator);
        more.putAll(others);
        return new Figure(name, unit, p50, p99, p999, max, budget, budgetText, ok, more);
    }

    /** With a further condition for {@code ok}. */
    Figure demanding(String text, boolean kept) {
        return new Figure(name, unit, p50, p99, p999, max, budget,
                budgetText.isEmpty() ? text : budgetText + ", " + text, ok && kept, comparator);
    }
}
