package dev.handoff.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import com.sun.management.ThreadMXBean;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.Side;
import dev.handoff.coordinator.shell.LoopRig;

/**
 * The coordinator's loop over real Unix sockets, with its journal on disk and peers that answer at once: what it adds to each step of a
 * handoff, alone and with a thousand services.
 */
final class LoopFigures {

    private static final long PACE_NS = TimeUnit.MILLISECONDS.toNanos(1);
    static final int SERVICES = 1000;
    static final int AT_ONCE = 100;
    private static final int BURSTS_A_ROUND = 5;
    private static final int HEARTBEATS = 5_000;

    private final Results results;
    private final boolean quick;

    LoopFigures(Results results, boolean quick) {
        this.results = results;
        this.quick = quick;
    }

    /** Reactions one at a time, a millisecond apart, from one service. */
    void single(Path scratch, double rustSchemeUs) throws IOException {
        Latencies reactions = new Latencies();
        Latencies shares = new Latencies();
        Latencies whole = new Latencies();
        Latencies inProcess = new Latencies();
        int warmUp = quick ? 300 : 1_000;
        int measured = quick ? 1_500 : 10_000;
        try (Scratch directory = new Scratch(scratch); LoopRig rig = new LoopRig(directory.path("journal"), 1)) {
            for (int i = 0; i < warmUp + measured; i++) {
                Latencies into = i < warmUp ? new Latencies() : reactions;
                handoff(rig, 0, into, i < warmUp ? new Latencies() : shares, i < warmUp ? new Latencies() : whole,
                        true);
                if (i >= warmUp) {
                    inProcess.add(rig.requestReactionNs(0));
                }
            }
        }
        results.add(inProcess.figure("reaction.in_process", "us", 0).unbudgeted());
        results.add(reactions.figure("reaction.unix", "us", 30).demanding("p99 <= 100 us",
                reactions.percentileNs(99) <= 100_000));
        results.add(shares.figure("coordinator.share", "us", 100).with("rust scheme", rustSchemeUs)
                .demanding("10 x below the Rust scheme", shares.percentileNs(50) / 1e3 * 10 <= rustSchemeUs));
        results.add(wholeFigure(measured, scratch));
    }

    /** The same without pauses, as handoffs are: from the PrepareHandoff on its socket to the Commit read by its peer. */
    private Figure wholeFigure(int handoffs, Path scratch) throws IOException {
        Latencies whole = new Latencies();
        try (Scratch directory = new Scratch(scratch); LoopRig rig = new LoopRig(directory.path("journal"), 1)) {
            for (int i = 0; i < handoffs; i++) {
                handoff(rig, 0, new Latencies(), new Latencies(), i < handoffs / 5 ? new Latencies() : whole, false);
            }
        }
        return whole.figure("handoff.prepare_to_commit", "ms", 1);
    }

    private static void handoff(LoopRig rig, int service, Latencies reactions, Latencies shares, Latencies whole,
            boolean paced) {
        HandoffId id = rig.begin(service);
        long share = 0;
        share += reaction(rig, service, Side.INCUMBENT, new Message.Drained(0, true), Side.INCUMBENT,
                MessageKind.SEAL_REQUEST, reactions, paced);
        share += reaction(rig, service, Side.INCUMBENT, LoopRig.sealed(id), Side.SUCCESSOR, MessageKind.BEGIN,
                reactions, paced);
        share += reaction(rig, service, Side.SUCCESSOR, LoopRig.ready(id), Side.INCUMBENT, MessageKind.COMMIT,
                reactions, paced);
        shares.add(share);
        whole.add(System.nanoTime() - rig.preparedNs(service));
        rig.endIncumbent(service);
        rig.settle();
    }

    /** From just before the peer writes to just after the loop has written; gives it in nanoseconds. */
    private static long reaction(LoopRig rig, int service, Side side, Message message, Side answeredTo,
            MessageKind with,
            Latencies into, boolean paced) {
        if (paced) {
            // Idle before, as a coordinator is: the reaction begins with threads that sleep.
            long due = System.nanoTime() + PACE_NS;
            while (System.nanoTime() < due) {
                java.util.concurrent.locks.LockSupport.parkNanos(due - System.nanoTime());
            }
        }
        long before = rig.say(service, side, message);
        rig.await(service, answeredTo, with);
        // It was written before it was read. The loop's own clock says so more exactly, where the kernel has not put this thread in its
        // place in the meantime; waiting for that here would keep the loop from its processor.
        long readNs = System.nanoTime() - before;
        long writtenNs = rig.writtenNs(service) - before;
        long ns = writtenNs < 0 ? readNs : Math.min(readNs, writtenNs);
        into.add(ns);
        return ns;
    }

    /** Bytes that the loop's thread allocates for a heartbeat, from its socket to the state. */
    void heartbeatAllocation(Path scratch) throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        double least = Double.MAX_VALUE;
        try (Scratch directory = new Scratch(scratch); LoopRig rig = new LoopRig(directory.path("journal"), 1)) {
            HandoffId _ = rig.begin(0);
            for (int round = 0; round < 8 && least > 0; round++) {
                long before = threads.getThreadAllocatedBytes(rig.loopThreadId());
                for (int i = 0; i < HEARTBEATS; i++) {
                    long _ = rig.say(0, Side.INCUMBENT, new Message.Heartbeat(1_795_329_600_123L + i));
                    rig.awaitTaken(0, Side.INCUMBENT);
                }
                long after = threads.getThreadAllocatedBytes(rig.loopThreadId());
                least = Math.min(least, (double) (after - before) / HEARTBEATS);
            }
        }
        // The bean's own answer costs the asking thread, not the loop's; a rounding below one byte is the JVM's.
        results.add(Figure.single("loop.heartbeat.alloc_bytes", "bytes", Math.floor(least), 0));
    }

    /** A hundred handoffs at once among a thousand services. */
    void thousandServices(Path scratch) throws IOException {
        Latencies alone = new Latencies();
        Latencies reactions = new Latencies();
        Latencies crowd = new Latencies();
        int rounds = quick ? 3 : 20;
        try (Scratch directory = new Scratch(scratch); LoopRig rig = new LoopRig(directory.path("journal"), SERVICES)) {
            for (int i = 0; i < rounds * AT_ONCE; i++) {
                handoff(rig, i % SERVICES, i < AT_ONCE ? new Latencies() : alone, new Latencies(), new Latencies(),
                        true);
            }
            // As with single reactions, the first ones only have the code compiled that a batch goes through.
            int warmUp = rounds;
            for (int round = 0; round < warmUp + BURSTS_A_ROUND * rounds; round++) {
                together(rig, round * AT_ONCE % SERVICES, round < warmUp ? new Latencies() : crowd);
            }
        }
        try (Scratch directory = new Scratch(scratch); LoopRig rig = new LoopRig(directory.path("journal"), 1)) {
            for (int i = 0; i < rounds * AT_ONCE; i++) {
                handoff(rig, 0, i < AT_ONCE ? new Latencies() : reactions, new Latencies(), new Latencies(), true);
            }
        }
        double one = reactions.percentileNs(50) / 1e3;
        results.add(alone.figure("services_1000.reaction", "us", 2 * one).with("one service", one));
        results.add(crowd.figure("services_1000.burst", "us", 2_000).demanding("p99 <= 2 ms",
                crowd.percentileNs(99) <= 2_000_000));
    }

    static void together(LoopRig rig, int first, Latencies into) {
        HandoffId[] ids = new HandoffId[AT_ONCE];
        for (int i = 0; i < AT_ONCE; i++) {
            ids[i] = rig.begin(first + i);
        }
        step(rig, first, into, Side.INCUMBENT, _ -> new Message.Drained(0, true), Side.INCUMBENT,
                MessageKind.SEAL_REQUEST);
        step(rig, first, into, Side.INCUMBENT, i -> LoopRig.sealed(ids[i]), Side.SUCCESSOR, MessageKind.BEGIN);
        step(rig, first, into, Side.SUCCESSOR, i -> LoopRig.ready(ids[i]), Side.INCUMBENT, MessageKind.COMMIT);
        for (int i = 0; i < AT_ONCE; i++) {
            rig.endIncumbent(first + i);
        }
        rig.settle();
    }

    private static void step(LoopRig rig, int first, Latencies into, Side side,
            java.util.function.IntFunction<Message> message, Side answeredTo, MessageKind with) {
        long[] before = new long[AT_ONCE];
        for (int i = 0; i < AT_ONCE; i++) {
            before[i] = rig.say(first + i, side, message.apply(i));
        }
        for (int i = 0; i < AT_ONCE; i++) {
            rig.await(first + i, answeredTo, with);
        }
        // What was read was written, and behind this the loop has noted when.
        rig.settle();
        for (int i = 0; i < AT_ONCE; i++) {
            into.add(rig.writtenNs(first + i) - before[i]);
        }
    }
}
