package dev.handoff.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The figures as a page that needs nothing else: a table, and for each figure its distribution, budget and comparators on one logarithmic scale. */
final class BenchPage {

    private static final int WIDTH = 560;
    private static final int ROW = 20;
    private static final int LABEL = 190;

    private BenchPage() {}

    static String of(String machine, boolean quick, List<Figure> figures) {
        StringBuilder page = new StringBuilder("""
                <!doctype html><html lang="en"><meta charset="utf-8"><title>handoff bench</title>
                <style>body{font:14px/1.4 sans-serif;margin:2em;max-width:70em}h2{font-size:15px;margin:1.6em 0 .2em}
                .no{color:#b00020}svg{display:block}text{font:12px sans-serif;fill:#222}</style>
                <h1>handoff bench</h1>
                """);
        page.append("<p>").append(escaped(machine)).append(quick ? " (quick run)" : "").append("</p>\n");
        for (Figure figure : figures) {
            page.append("<h2").append(figure.ok() ? "" : " class=\"no\"").append('>').append(escaped(figure.name()))
                    .append(" (").append(figure.unit()).append(figure.ok() ? ")" : "), over its budget")
                    .append(figure.budgetText().isEmpty() ? "" : ": " + escaped(figure.budgetText())).append("</h2>\n")
                    .append(plot(figure));
        }
        return page.append("</html>\n").toString();
    }

    private static String plot(Figure f) {
        Map<String, Double> bars = new LinkedHashMap<>();
        bars.put("p50", f.p50());
        if (f.max() != f.p50()) {
            bars.put("p99", f.p99());
            bars.put("p99.9", f.p999());
            bars.put("max", f.max());
        }
        f.budget().ifPresent(budget -> bars.put("budget", budget));
        bars.putAll(f.comparator());
        double highest = bars.values().stream().mapToDouble(Double::doubleValue).max().orElse(1);
        double lowest = bars.values().stream().mapToDouble(Double::doubleValue).filter(value -> value > 0).min()
                .orElse(1) / 2;
        double decades = Math.max(1e-9, Math.log10(Math.max(highest, lowest * 2) / lowest));
        StringBuilder svg = new StringBuilder(String.format(Locale.ROOT,
                "<svg width=\"%d\" height=\"%d\" role=\"img\">%n", WIDTH + LABEL + 120, bars.size() * ROW));
        int row = 0;
        for (Map.Entry<String, Double> bar : bars.entrySet()) {
            double share = bar.getValue() <= 0 ? 0 : Math.log10(bar.getValue() / lowest) / decades;
            String colour = bar.getKey().equals("budget")
                    ? "#f0b429"
                    : row < 4 && !f.comparator().containsKey(bar.getKey()) ? "#2f6fde" : "#9aa5b1";
            svg.append(String.format(Locale.ROOT,
                    "<text x=\"0\" y=\"%d\">%s</text><rect x=\"%d\" y=\"%d\" width=\"%.0f\" height=\"12\" fill=\"%s\"/>"
                            + "<text x=\"%.0f\" y=\"%d\">%s</text>%n",
                    row * ROW + 13, escaped(bar.getKey()), LABEL, row * ROW + 3, share * WIDTH, colour,
                    LABEL + share * WIDTH + 6, row * ROW + 13, Results.number(bar.getValue())));
            row++;
        }
        return svg.append("</svg>\n").toString();
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
    }
}
