package dev.handoff.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.Side;
import dev.handoff.coordinator.loop.Recovery;
import dev.handoff.coordinator.shell.LoopRig;
import dev.handoff.journal.Journal;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalOptions;
import dev.handoff.journal.JournalReader;
import dev.handoff.journal.ReplayEnd;

/** How many records a second are read, checked by their CRC and folded: whole handoffs, with the heartbeats of some minutes among them. */
final class ReplayFigure {

    /** A handoff of a quarter of a minute, a heartbeat a second from its peer: what most records of a real journal are. */
    private static final int HEARTBEATS = 15;
    private static final double BUDGET = 5e6;
    private static final int LEAST_RUNS = 8;

    private ReplayFigure() {}

    /** In a process of its own, with the heap of {@code handoff replay}. */
    static Figure measure(Path scratch, boolean quick) throws IOException, InterruptedException {
        String[] rates = OwnProcess
                .run(ReplayFigure.class, List.of("-Xms64m", "-Xmn32m"), scratch.toString(), quick ? "1500" : "10000",
                        Long.toString(TimeUnit.SECONDS.toNanos(quick ? 4 : 20)))
                .split(" ", -1);
        double median = Double.parseDouble(rates[0]);
        double slowest = Double.parseDouble(rates[2]);
        // Of a rate the bad end is the low one.
        return new Figure("replay.rate", "records/s", median, Double.parseDouble(rates[1]), slowest, slowest,
                OptionalDouble.of(BUDGET), "at least; p99, p99.9 and max are the slowest", median >= BUDGET, Map.of());
    }

    /** Three arguments: where to put the journal, how many handoffs, for how many nanoseconds. Prints three rates. */
    public static void main(String[] arguments) throws IOException {
        int handoffs = Integer.parseInt(arguments[1]);
        try (Scratch directory = new Scratch(Path.of(arguments[0]))) {
            Path journal = directory.path("journal");
            long records;
            try (LoopRig rig = new LoopRig(journal, 1)) {
                for (int i = 0; i < handoffs; i++) {
                    handoff(rig);
                }
                records = rig.records();
            }
            List<Double> warm = rates(journal, records, Long.parseLong(arguments[2]));
            System.out.println(warm.get(warm.size() / 2) + " " + warm.get(warm.size() / 100) + " " + warm.getFirst());
        }
    }

    /** A whole handoff with its heartbeats, to the commit. */
    static void handoff(LoopRig rig) {
        HandoffId id = rig.begin(0);
        for (int beat = 0; beat < HEARTBEATS; beat++) {
            long _ = rig.say(0, Side.INCUMBENT, new Message.Heartbeat(beat));
        }
        long _ = rig.say(0, Side.INCUMBENT, new Message.Drained(0, true));
        rig.await(0, Side.INCUMBENT, MessageKind.SEAL_REQUEST);
        rig.commit(0, id);
    }

    /** Records a second, ascending, read for so long; without the first half, which is the JIT's. */
    private static List<Double> rates(Path journal, long records, long forNs) throws IOException {
        List<Double> rates = new ArrayList<>();
        try (Journal open = JournalDirectory.open(JournalOptions.of(journal).withSnapshotEvery(0)).journalOrThrow()) {
            long startNs = System.nanoTime();
            while (rates.size() < LEAST_RUNS || System.nanoTime() - startNs < forNs) {
                long before = System.nanoTime();
                Recovery recovery = Recovery.begin();
                try (JournalReader reader = open.reader()) {
                    ReplayEnd end = reader.replay(recovery);
                    if (!(recovery.outcome(open.id(), end) instanceof Recovery.Replayed)) {
                        throw new IllegalStateException("the journal was not understood: " + end);
                    }
                }
                rates.add(records * 1e9 / (System.nanoTime() - before));
            }
        }
        return rates.subList(rates.size() / 2, rates.size()).stream().sorted().toList();
    }
}
