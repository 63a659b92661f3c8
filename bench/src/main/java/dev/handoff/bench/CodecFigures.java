package dev.handoff.bench;

import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

import dev.handoff.codec.MessageKind;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;

/** JMH's figures for the three messages of the hot path, ours beside three other codecs. */
final class CodecFigures {

    private static final Map<MessageKind, Double> BUDGET_NS = Map.of(MessageKind.HEARTBEAT, 20.0, MessageKind.HELLO,
            50.0, MessageKind.SEAL_COMPLETE, 100.0);

    /** What the JIT makes of the same code differs between two JVMs by a third at times. */
    private static final int FORKS = 3;

    private final Results results;
    private final boolean quick;

    CodecFigures(Results results, boolean quick) {
        this.results = results;
        this.quick = quick;
    }

    static String name(MessageKind kind, String direction) {
        return "codec."
                + (kind == MessageKind.SEAL_COMPLETE ? "seal_complete_16" : kind.name().toLowerCase(Locale.ROOT))
                + "." + direction;
    }

    void run() throws IOException {
        for (MessageKind kind : List.of(MessageKind.HEARTBEAT, MessageKind.HELLO, MessageKind.SEAL_COMPLETE)) {
            Map<String, Statistics> ours = measure("FlyweightCodecBenchmark.(encode|decode)$", kind);
            Map<String, Statistics> others = measure("OtherCodecsBenchmark", kind);
            for (String direction : List.of("encode", "decode")) {
                Statistics of = ours.get(direction);
                double p50 = of.getPercentile(50);
                double budget = BUDGET_NS.get(kind);
                Map<String, Double> beside = new LinkedHashMap<>();
                others.forEach((key, other) -> {
                    if (key.startsWith(direction)) {
                        beside.put(key.substring(direction.length() + 1), other.getPercentile(50));
                    }
                });
                results.add(new Figure(name(kind, direction), "ns", p50, of.getPercentile(99), of.getPercentile(99.9),
                        of.getMax(), OptionalDouble.of(budget), "", p50 <= budget, beside));
            }
        }
    }

    /** By method, and by the parameter {@code codec} where there is one. */
    private Map<String, Statistics> measure(String include, MessageKind kind) throws IOException {
        ChainedOptionsBuilder options = new OptionsBuilder().include(include).param("kind", kind.name())
                .verbosity(VerboseMode.SILENT).forks(quick ? 0 : FORKS).warmupIterations(quick ? 3 : 4)
                .warmupTime(TimeValue.milliseconds(quick ? 150 : 400)).measurementIterations(quick ? 5 : 7)
                .measurementTime(TimeValue.milliseconds(quick ? 100 : 250));
        Map<String, Statistics> found = new LinkedHashMap<>();
        try {
            Collection<RunResult> runs = new Runner(options.build()).run();
            for (RunResult run : runs) {
                String method = run.getParams().getBenchmark();
                String codec = run.getParams().getParam("codec");
                found.put(method.substring(method.lastIndexOf('.') + 1) + (codec == null ? "" : " " + codec),
                        run.getPrimaryResult().getStatistics());
            }
        } catch (RunnerException e) {
            throw new IOException("JMH could not run " + include + ": " + e.getMessage(), e);
        }
        return found;
    }
}
