package dev.handoff.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

import dev.handoff.cli.BenchSuite;
import dev.handoff.codec.MessageKind;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** All figures, in the order of the table. Main thread. */
public final class Suite implements BenchSuite {

    /** A group of figures that are measured together, by the names they have. */
    private record Group(List<String> names, Job job) {
        boolean answers(String only) {
            return names.stream().anyMatch(name -> name.startsWith(only));
        }
    }

    @FunctionalInterface
    private interface Job {
        void run(Results results, Request request, Path scratch) throws IOException, InterruptedException;
    }

    /** The window of a handoff in which the Rust implementation writes its state, each time with two fsyncs. */
    private static final int RUST_STEPS_IN_WINDOW = 3;

    private final List<Group> groups = List.of(
            new Group(List.of(codec(MessageKind.HEARTBEAT, "encode"), codec(MessageKind.HEARTBEAT, "decode"),
                    codec(MessageKind.HELLO, "encode"), codec(MessageKind.HELLO, "decode"),
                    codec(MessageKind.SEAL_COMPLETE, "encode"), codec(MessageKind.SEAL_COMPLETE, "decode")),
                    (results, request, _) -> new CodecFigures(results, request.quick()).run()),
            new Group(
                    List.of("journal.append", "journal.append_synced", "journal.append_batch_of_16",
                            "journal.append_grown"),
                    (results, request, scratch) -> new JournalFigures(results, scratch, request.quick())
                            .run(JournalFigures.rustStepUs(scratch, request.quick() ? 50 : 300))),
            new Group(List.of("loop.heartbeat.alloc_bytes"),
                    (results, request, scratch) -> new LoopFigures(results, request.quick())
                            .heartbeatAllocation(scratch)),
            new Group(List.of("reaction.in_process", "reaction.unix", "coordinator.share", "handoff.prepare_to_commit"),
                    (results, request, scratch) -> new LoopFigures(results, request.quick()).single(scratch,
                            RUST_STEPS_IN_WINDOW * JournalFigures.rustStepUs(scratch, request.quick() ? 50 : 300))),
            new Group(List.of("services_1000.reaction", "services_1000.burst"),
                    (results, request, scratch) -> new LoopFigures(results, request.quick())
                            .thousandServices(scratch)),
            new Group(List.of("services_1000.rss"),
                    (results, request, scratch) -> results.add(CrowdMemory.measure(scratch, request.quick()))),
            new Group(List.of("core.step"),
                    (results, request, scratch) -> CoreFigure.run(results, scratch, request.quick())),
            new Group(List.of("recovery.aged_journal"),
                    (results, request, scratch) -> results.add(AgeFigure.measure(scratch, request.quick()))),
            new Group(List.of("start.cold"),
                    (results, request, scratch) -> results.add(StartFigure.measure(scratch, request.quick()))),
            new Group(List.of("replay.rate"),
                    (results, request, scratch) -> results.add(ReplayFigure.measure(scratch, request.quick()))),
            new Group(List.of("recovery.kill_to_going_on", "cpu.coordinator_idle", "rss.coordinator", "rss.keeper",
                    "recovery.with_spare"),
                    (results, request, scratch) -> new SystemFigures(results, request, scratch).run()),
            new Group(List.of("kv.longest_pause", "kv.restart_pause"),
                    (results, request, scratch) -> new KvFigures(results, request, scratch).run()));

    private static String codec(MessageKind kind, String direction) {
        return CodecFigures.name(kind, direction);
    }

    @Override
    public boolean knows(String only) {
        return groups.stream().anyMatch(group -> group.answers(only));
    }

    @Override
    public void runJmh(String pattern) throws IOException {
        try {
            Collection<RunResult> _ = new Runner(
                    new OptionsBuilder().include(pattern).shouldFailOnError(true).build()).run();
        } catch (RunnerException e) {
            throw new IOException("JMH could not run '" + pattern + "': " + e.getMessage(), e);
        }
    }

    @Override
    public void run(Request request) throws IOException, InterruptedException {
        Results results = new Results(request.quick());
        Path scratch = Files.createDirectories(Path.of(System.getProperty("handoff.home", "."), "target", "bench"));
        for (Group group : groups) {
            if (group.answers(request.only())) {
                System.err.println("measuring " + String.join(", ", group.names()) + " ...");
                group.job().run(results, request, scratch);
            }
        }
        results.keep(request.only());
        results.print(System.out);
        if (request.json().isPresent()) {
            results.write(request.json().get());
        }
    }
}
