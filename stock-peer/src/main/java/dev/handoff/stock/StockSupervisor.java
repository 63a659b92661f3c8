package dev.handoff.stock;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

import dev.handoff.codec.Decoded;
import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Signals;
import dev.handoff.posix.Spawn;
import dev.handoff.posix.SpawnPlan;
import dev.handoff.posix.UnixSockets;

/**
 * A stock supervisor, for tests of participants: one blocking call performs one handoff, and nothing survives it. What makes
 * it stock: it sends no heartbeat, sets no LISTEN_PID, judges a peer dead only while it waits for it and after 10 s of
 * silence, believes any {@code Ready} whose id is right, and kills its successor without a SIGTERM. One thread.
 */
public final class StockSupervisor {

    private static final long LIVENESS_TIMEOUT_MS = 10_000;
    private static final long WIRE_SLACK_MS = 1_000;
    private static final long MIN_READ_TIMEOUT_MS = 100;

    /**
     * What to start and how long it may take.
     *
     * @param environment
     *            the whole environment but for what the protocol sets
     * @param listenerNames
     *            in the order of {@code listeners}
     * @param listeners
     *            descriptors of this process, which it keeps
     * @param helloTimeoutMs
     *            what a peer has for its {@code Hello}: 5,000 in the Rust implementation, which a JVM's start can pass on a busy
     *            machine
     */
    public record Plan(Path controlSocket, Path binary, List<String> arguments, Map<String, String> environment,
            List<String> listenerNames, List<Integer> listeners, long helloTimeoutMs, long deadlineMs,
            long drainGraceMs) {
        public Plan {
            arguments = List.copyOf(arguments);
            environment = Map.copyOf(environment);
            listenerNames = List.copyOf(listenerNames);
            listeners = List.copyOf(listeners);
        }
    }

    /** How a handoff ended. */
    public sealed interface Outcome {

        /** The successor serves; it is the caller's to reap. */
        record Committed(HandoffId handoffId, int successorPid, Message.Ready ready) implements Outcome {}

        /** The incumbent was told to go on, or said itself that its seal failed. The successor is reaped. */
        record RolledBack(HandoffId handoffId, String reason) implements Outcome {}

        /** It broke off; the incumbent sees its session end. The successor, if any, is reaped. */
        record BrokenOff(HandoffId handoffId, String reason) implements Outcome {}
    }

    /** Where the protocol breaks off, said to the one place that ends the handoff. */
    private static final class BrokenOffException extends Exception {
        private static final long serialVersionUID = 1L;

        BrokenOffException(String reason) {
            super(reason);
        }
    }

    /** Watches a handoff from outside, to disturb it. */
    @FunctionalInterface
    public interface Witness {

        /**
         * Before {@code next} is written to its receiver.
         *
         * @return whether the supervisor goes on; else it breaks off as after a peer's failure
         */
        boolean goesOn(Message next, int successorPid);
    }

    private final Plan plan;
    private final Witness witness;
    private final HandoffId handoffId = HandoffId.of(UUID.randomUUID());
    private final long deadlineNs;
    private int successorPid;

    private StockSupervisor(Plan plan, Witness witness) {
        this.plan = plan;
        this.witness = witness;
        this.deadlineNs = SteadyClock.nowNs() + plan.deadlineMs() * 1_000_000;
    }

    /** Starts a daemon without an incumbent: its pid. */
    public static int startCold(Plan plan) {
        return switch (Spawn.spawn(spawnPlan(plan, Map.of(), plan.listeners()))) {
            case Spawn.Spawned(int pid) -> pid;
            case Spawn.SpawnFailed(int errno, String what) -> throw new IllegalStateException(what);
        };
    }

    /** Performs one handoff, from the connection to the incumbent to {@code Commit} or the rollback. */
    public static Outcome performHandoff(Plan plan) {
        return performHandoff(plan, (_, _) -> true);
    }

    /** As above, under the eyes of somebody who may kill either participant in between. */
    public static Outcome performHandoff(Plan plan, Witness witness) {
        return new StockSupervisor(plan, witness).perform();
    }

    /** An incumbent of ours that was rolled back past {@code Ready} binds its socket again, a moment after it serves again. */
    private static int connect(Path socket, long timeoutMs) {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        while (true) {
            int fd = UnixSockets.connect(socket);
            boolean mayCome = fd == -Errno.ECONNREFUSED || fd == -Errno.ENOENT;
            if (!mayCome || System.nanoTime() - endNs >= 0) {
                return fd;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    private Outcome perform() {
        int fd = connect(plan.controlSocket(), plan.helloTimeoutMs());
        if (fd < 0) {
            return new Outcome.BrokenOff(handoffId, "cannot reach the incumbent: " + Errno.message(fd));
        }
        try (Peer incumbent = new Peer(fd)) {
            incumbent.exchangeHello(Side.INCUMBENT, 0);
            try (Peer successor = new Peer(spawnSuccessor())) {
                return perform(incumbent, successor);
            }
        } catch (BrokenOffException e) {
            killSuccessor();
            return new Outcome.BrokenOff(handoffId, e.getMessage());
        }
    }

    private Outcome perform(Peer incumbent, Peer successor) throws BrokenOffException {
        successor.exchangeHello(Side.SUCCESSOR, successorPid);
        incumbent.writeWatched(
                new Message.PrepareHandoff(handoffId, successorPid, remainingMs(), plan.drainGraceMs()));
        incumbent.await("Drained", plan.drainGraceMs() + WIRE_SLACK_MS, Message.Drained.class::isInstance);

        incumbent.writeWatched(new Message.SealRequest(handoffId));
        Message sealed;
        try {
            sealed = incumbent.await("SealComplete", remainingMs() + WIRE_SLACK_MS, this::endsSeal);
        } catch (BrokenOffException e) {
            successor.tryWrite(new Message.Abort(handoffId, e.getMessage()));
            throw e;
        }
        if (sealed instanceof Message.SealFailed failed) {
            String reason = "seal failed: " + failed.error();
            successor.tryWrite(new Message.Abort(handoffId, reason));
            killSuccessor();
            return new Outcome.RolledBack(handoffId, reason);
        }

        try {
            successor.writeWatched(new Message.Begin(handoffId));
            Message.Ready ready = (Message.Ready) successor.await("Ready", remainingMs() + WIRE_SLACK_MS,
                    Message.Ready.class::isInstance);
            if (!ready.handoffId().equals(handoffId)) {
                throw new BrokenOffException("Ready carries the id " + ready.handoffId());
            }
            Message.Commit commit = new Message.Commit(handoffId);
            if (!witness.goesOn(commit, successorPid)) {
                throw new BrokenOffException("told not to commit");
            }
            incumbent.tryWrite(commit);
            return new Outcome.Committed(handoffId, successorPid, ready);
        } catch (BrokenOffException e) {
            successor.tryWrite(new Message.Abort(handoffId, e.getMessage()));
            killSuccessor();
            incumbent.write(new Message.ResumeAfterAbort(handoffId));
            return new Outcome.RolledBack(handoffId, e.getMessage());
        }
    }

    private boolean endsSeal(Message message) {
        return switch (message) {
            case Message.SealComplete complete -> complete.handoffId().equals(handoffId);
            case Message.SealFailed failed -> failed.handoffId().equals(handoffId);
            case Message other -> false;
        };
    }

    private long remainingMs() {
        return Math.max(MIN_READ_TIMEOUT_MS, (deadlineNs - SteadyClock.nowNs()) / 1_000_000);
    }

    /** Our end of the successor's channel. */
    private int spawnSuccessor() throws BrokenOffException {
        long pair = UnixSockets.socketPair();
        if (pair < 0) {
            throw new BrokenOffException("no socket pair: " + Errno.message((int) pair));
        }
        List<Integer> inherited = new ArrayList<>(plan.listeners());
        inherited.add(Descriptors.high(pair));
        Map<String, String> role = Map.of("HANDOFF_ROLE", "successor", "HANDOFF_SOCK_FD",
                Integer.toString(3 + plan.listeners().size()));
        Spawn.Outcome outcome = Spawn.spawn(spawnPlan(plan, role, inherited));
        Descriptors.close(Descriptors.high(pair));
        return switch (outcome) {
            case Spawn.Spawned(int pid) -> {
                successorPid = pid;
                yield Descriptors.low(pair);
            }
            case Spawn.SpawnFailed(int errno, String what) -> {
                Descriptors.close(Descriptors.low(pair));
                throw new BrokenOffException(what);
            }
        };
    }

    private static SpawnPlan spawnPlan(Plan plan, Map<String, String> role, List<Integer> inherited) {
        Map<String, String> environment = new HashMap<>(plan.environment());
        environment.putAll(role);
        environment.put("LISTEN_FDS", Integer.toString(plan.listeners().size()));
        environment.put("LISTEN_FDNAMES", String.join(":", plan.listenerNames()));
        List<String> argv = new ArrayList<>();
        argv.add(plan.binary().toString());
        argv.addAll(plan.arguments());
        return new SpawnPlan(plan.binary(), argv, environment, inherited, Optional.empty(), false);
    }

    private void killSuccessor() {
        if (successorPid != 0) {
            Processes.kill(successorPid, Signals.SIGKILL);
            Processes.waitFor(successorPid, false);
            successorPid = 0;
        }
    }

    /** One participant's connection. */
    private final class Peer implements AutoCloseable {
        private final ControlStream stream;
        private final FrameReader reader = new FrameReader();
        private final FrameEncoder encoder = new FrameEncoder();

        Peer(int fd) {
            this.stream = new ControlStream(fd);
        }

        void exchangeHello(Side role, int pid) throws BrokenOffException {
            Message first = read("the " + role.wireName().toLowerCase(Locale.ROOT) + "'s Hello", plan.helloTimeoutMs());
            if (!(first instanceof Message.Hello hello)) {
                throw new BrokenOffException(first.kind() + " instead of Hello");
            }
            if (hello.role() != role) {
                throw new BrokenOffException("Hello says " + hello.role() + ", expected " + role);
            }
            if (pid != 0 && hello.pid() != pid) {
                throw new BrokenOffException("Hello says pid " + hello.pid() + ", spawned was " + pid);
            }
            if (hello.protoMin() > Message.PROTOCOL_VERSION || hello.protoMax() < Message.PROTOCOL_VERSION) {
                throw new BrokenOffException("no common protocol version");
            }
            write(new Message.HelloAck(Message.PROTOCOL_VERSION, handoffId));
        }

        /** Skips heartbeats and progress; anything else that is not wanted breaks the handoff off. */
        Message await(String what, long budgetMs, Predicate<Message> wanted) throws BrokenOffException {
            long endNs = SteadyClock.nowNs() + Math.max(budgetMs, MIN_READ_TIMEOUT_MS) * 1_000_000;
            while (true) {
                long leftMs = (endNs - SteadyClock.nowNs()) / 1_000_000;
                if (leftMs <= 0) {
                    throw new BrokenOffException("timed out waiting for " + what);
                }
                Message message = read(what,
                        Math.max(MIN_READ_TIMEOUT_MS, Math.min(leftMs, LIVENESS_TIMEOUT_MS)));
                if (wanted.test(message)) {
                    return message;
                }
                if (!(message instanceof Message.Heartbeat) && !(message instanceof Message.SealProgress)) {
                    throw new BrokenOffException("expected " + what + ", got " + message.kind());
                }
            }
        }

        private Message read(String what, long timeoutMs) throws BrokenOffException {
            while (true) {
                int count = stream.read(reader.bytesWanted(), (int) timeoutMs);
                if (count == ControlStream.TIMED_OUT) {
                    throw new BrokenOffException("timed out waiting for " + what);
                }
                if (count == ControlStream.ENDED) {
                    throw new BrokenOffException("the peer left before " + what);
                }
                switch (reader.take(stream.bytes(), count)) {
                    case Decoded.Incomplete incomplete -> {
                        // The rest of the frame is still to come.
                    }
                    case Decoded.Malformed malformed -> throw new BrokenOffException(malformed.reason());
                    case Decoded.Frame frame -> {
                        return frame.message();
                    }
                }
            }
        }

        void write(Message message) throws BrokenOffException {
            if (!tryWrite(message)) {
                throw new BrokenOffException(message.kind() + " could not be written");
            }
        }

        void writeWatched(Message message) throws BrokenOffException {
            if (!witness.goesOn(message, successorPid)) {
                throw new BrokenOffException("told not to send " + message.kind());
            }
            write(message);
        }

        boolean tryWrite(Message message) {
            return stream.write(encoder.encode(message));
        }

        @Override
        public void close() {
            stream.close();
        }
    }
}
