package dev.handoff.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The figures of a run, and what they are written to. One thread. */
final class Results {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final List<Figure> figures = new ArrayList<>();
    private final boolean quick;

    Results(boolean quick) {
        this.quick = quick;
    }

    void add(Figure figure) {
        figures.add(figure);
        System.err.println("  " + line(figure));
    }

    /** Drops what was measured along with what was asked for. */
    void keep(String only) {
        figures.removeIf(figure -> !figure.name().startsWith(only));
    }

    void print(PrintStream out) {
        out.println(machine() + (quick ? " (quick run)" : ""));
        out.printf("%-32s %11s %11s %11s %11s  %-9s %12s %-4s%n", "figure", "p50", "p99", "p99.9", "max", "unit",
                "budget", "ok");
        figures.forEach(figure -> out.println(line(figure)));
    }

    private static String line(Figure f) {
        return String.format(Locale.ROOT, "%-32s %11s %11s %11s %11s  %-9s %12s %-3s%s", f.name(), number(f.p50()),
                number(f.p99()), number(f.p999()), number(f.max()), f.unit(),
                f.budget().isPresent() ? number(f.budget().getAsDouble()) : "-", f.ok() ? "yes" : "NO",
                beside(f));
    }

    /** What else the budget asks for, and each comparator with its ratio to the median, a line each. */
    private static String beside(Figure f) {
        return (f.budgetText().isEmpty() ? "" : "\n    budget also: " + f.budgetText())
                + f.comparator().entrySet().stream()
                        .map(other -> String.format(Locale.ROOT, "%n    %-40s %11s %s", other.getKey(),
                                number(other.getValue()),
                                f.p50() > 0 ? "(" + number(other.getValue() / f.p50()) + " x)" : ""))
                        .collect(Collectors.joining());
    }

    static String number(double value) {
        if ((value == Math.rint(value) && Math.abs(value) < 1e6) || Math.abs(value) >= 1000) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        return String.format(Locale.ROOT, Math.abs(value) >= 10 ? "%.1f" : "%.2f", value);
    }

    void write(Path json) throws IOException {
        ObjectNode root = JSON.createObjectNode();
        root.put("machine", machine());
        root.put("quick", quick);
        ArrayNode list = root.putArray("figures");
        for (Figure f : figures) {
            ObjectNode node = list.addObject().put("name", f.name()).put("unit", f.unit()).put("p50", f.p50())
                    .put("p99", f.p99()).put("p999", f.p999()).put("max", f.max());
            OptionalDouble budget = f.budget();
            if (budget.isPresent()) {
                node.put("budget", budget.getAsDouble());
            } else {
                node.putNull("budget");
            }
            node.put("budget_text", f.budgetText()).put("ok", f.ok());
            ObjectNode others = node.putObject("comparator");
            for (Map.Entry<String, Double> other : f.comparator().entrySet()) {
                others.put(other.getKey(), other.getValue());
            }
        }
        Files.writeString(json, JSON.writeValueAsString(root) + "\n");
        Path page = json.resolveSibling(json.getFileName().toString().replaceFirst("\\.json$", "") + ".html");
        Files.writeString(page, BenchPage.of(machine(), quick, figures));
    }

    static String machine() {
        try {
            String cpu = Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                    .filter(line -> line.startsWith("model name")).map(line -> line.substring(line.indexOf(':') + 2))
                    .findFirst().orElse(System.getProperty("os.arch"));
            String load = Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0];
            return Runtime.getRuntime().availableProcessors() + " x " + cpu + ", Linux "
                    + System.getProperty("os.version") + ", Java " + Runtime.version() + ", load " + load;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read /proc", e);
        }
    }
}
