package dev.handoff.replay.verify;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Capabilities;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ExitStatus;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.loop.Fact;
import dev.handoff.coordinator.loop.JournalLog;
import dev.handoff.coordinator.loop.StateSnapshots;
import dev.handoff.journal.Journal;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalOptions;
import org.agrona.ExpandableArrayBuffer;

/**
 * The production core over a real journal, with daemons that answer at once: as many handoffs as a test wants, in the mix of records
 * that real ones have. What the core orders is done in the loop's order. One thread.
 */
final class BusyCoordinator implements AutoCloseable {

    private static final int SERVICE = 1;
    private static final long SMALL_BLOCK_BYTES = 256 << 10;
    private static final long FIRST_PID = 100;
    private static final long FIRST_TIME_NS = 1_795_380_000_000_000_000L;
    private static final long STEP_NS = 40_000;
    private static final int SHARDS = 4;
    private static final int PROGRESS = 3;
    private static final int HEARTBEATS = 6;

    private final Journal journal;
    private final long[] today;
    private final JournalLog log;
    private final Fold fold = new Fold();
    private final FrameEncoder frames = new FrameEncoder();
    private final ExpandableArrayBuffer frame = new ExpandableArrayBuffer();
    private final ArrayDeque<Runnable> answers = new ArrayDeque<>();
    private final Map<Long, Long> streams = new HashMap<>();
    private long nowNs = FIRST_TIME_NS;
    private long lastPid = FIRST_PID;
    private long lastRequest;
    private long revision;
    private long incumbentPid;
    private long successorPid;
    private boolean healthy = true;

    private BusyCoordinator(Journal journal, long[] today) {
        this.journal = journal;
        this.today = today;
        this.log = new JournalLog(journal);
    }

    /** A coordinator's first start on a new journal, to the point where its daemon serves. */
    static BusyCoordinator start(Path directory) {
        return start(directory, SMALL_BLOCK_BYTES);
    }

    /** The same in files that grow by blocks of this size. */
    static BusyCoordinator start(Path directory, long blockBytes) {
        StateSnapshots snapshots = new StateSnapshots();
        long[] today = {FIRST_TIME_NS / 1_000_000};
        BusyCoordinator coordinator = new BusyCoordinator(JournalDirectory.open(
                JournalOptions.of(directory).withBuild("test").withSnapshots(snapshots).withBlockBytes(blockBytes)
                        .withClockMs(() -> today[0]))
                .journalOrThrow(), today);
        snapshots.follow(coordinator.fold);
        coordinator.happened(stamp -> new Event.CoordinatorStarted(stamp, 42, "test", "boot"), Stamp.COORDINATOR,
                HandoffId.NONE);
        coordinator.input(stamp -> new Event.ServiceConfigured(stamp, "kv", "/opt/kv", policy(), false));
        return coordinator;
    }

    private static ServicePolicy policy() {
        ServicePolicy base = ServicePolicy.DEFAULT;
        return new ServicePolicy(base.drainGraceMs(), base.deadlineMs(), base.helloMs(), base.startMs(), base.exitMs(),
                base.killGraceMs(), base.restartMs(), base.restartLimit(), true, base.restartUnresponsive());
    }

    /** The journal goes on in a new file. */
    BusyCoordinator nextDay() {
        today[0] += 24L * 60 * 60 * 1000;
        return this;
    }

    /** One handoff, which commits. */
    BusyCoordinator handoff() {
        return handoff(true);
    }

    /** One handoff; a successor that is not healthy is refused by its gate, and the incumbent resumes. */
    BusyCoordinator handoff(boolean successorIsHealthy) {
        healthy = successorIsHealthy;
        lastRequest++;
        long request = lastRequest;
        happened(stamp -> new Event.SwapRequested(stamp, request, 1000, 77, "", ""), SERVICE,
                HandoffId.of(new UUID(0x5EED, lastRequest)));
        answerAll();
        return this;
    }

    long records() {
        return journal.lastSequence();
    }

    @Override
    public void close() {
        journal.close();
    }

    // ---- The loop's order --------------------------------------------------------------------------------------------

    private Stamp stamp(int service, HandoffId id) {
        nowNs += STEP_NS;
        return new Stamp(nowNs, service, id);
    }

    private HandoffId inFlight() {
        Service service = fold.state().services().get(SERVICE);
        return service == null ? HandoffId.NONE : service.state().handoffId();
    }

    /** An input, and all that comes of it. */
    private void input(Fact fact) {
        happened(fact, SERVICE, inFlight());
        answerAll();
    }

    private void answerAll() {
        for (Runnable next = answers.poll(); next != null; next = answers.poll()) {
            next.run();
        }
    }

    private void happened(Fact fact, int service, HandoffId id) {
        Event event = fact.at(stamp(service, id));
        log.append(event);
        fold.apply(event).forEach(this::run);
    }

    private void run(Effect effect) {
        switch (effect) {
            case Effect.SendToIncumbent e -> sendToIncumbent(e);
            case Effect.SendToSuccessor e -> sendToSuccessor(e);
            case Effect.Connect e -> later(() -> {
                happened(stamp -> new Event.SessionConnected(stamp, e.session(), e.expectedPid()), SERVICE, inFlight());
                receive(e.session(), Side.INCUMBENT, hello(Side.INCUMBENT, e.expectedPid()));
            });
            case Effect.ResolveBinary e ->
                later(() -> happened(stamp -> new Event.BinaryResolved(stamp, e.inUse(), 8, 9,
                        Fingerprint.of(new byte[Fingerprint.BYTES])), SERVICE, e.handoffId()));
            case Effect.SpawnIncumbent e -> {
                happened(stamp -> new Event.SpawnOrdered(stamp, Side.INCUMBENT, e.binary()), SERVICE, HandoffId.NONE);
                later(() -> {
                    lastPid++;
                    incumbentPid = lastPid;
                    happened(stamp -> new Event.Spawned(stamp, Side.INCUMBENT, incumbentPid, incumbentPid * 7), SERVICE,
                            HandoffId.NONE);
                });
            }
            case Effect.SpawnSuccessor e -> {
                happened(stamp -> new Event.SpawnOrdered(stamp, Side.SUCCESSOR, e.binary()), SERVICE, e.handoffId());
                later(() -> {
                    lastPid++;
                    successorPid = lastPid;
                    happened(stamp -> new Event.Spawned(stamp, Side.SUCCESSOR, successorPid, successorPid * 7), SERVICE,
                            e.handoffId());
                    receive(e.session(), Side.SUCCESSOR, hello(Side.SUCCESSOR, successorPid));
                });
            }
            case Effect.Terminate e -> later(() -> exited(e.daemon().pid()));
            case Effect.Fence e -> {
                happened(stamp -> new Event.MessageSending(stamp, e.session(), Side.INCUMBENT,
                        new Message.Heartbeat(stamp.timeNs() / 1_000_000)), SERVICE, inFlight());
                later(() -> happened(stamp -> new Event.FencePassed(stamp, e.session()), SERVICE, inFlight()));
            }
            case Effect.LookAtLock e -> later(
                    () -> happened(stamp -> new Event.LockSeen(stamp, successorPid), SERVICE, e.handoffId()));
            case Effect.Note(Event.Decision decision) ->
                happened(decision::at, SERVICE, decision.stamp().handoffId());
            case Effect.CloseSession _,Effect.Kill _,Effect.ArmTimer _,Effect.CancelTimer _,Effect.Respond _,Effect.Exit _ ->
                {
                }
        }
    }

    private void later(Runnable answer) {
        answers.add(answer);
    }

    private void exited(long pid) {
        happened(stamp -> new Event.ProcessExited(stamp, pid, new ExitStatus.Exited(0)), SERVICE, inFlight());
    }

    private void receive(long session, Side from, Message message) {
        long offset = streams.getOrDefault(session, 0L);
        streams.put(session, offset + frames.encode(message, frame, 0));
        happened(stamp -> new Event.MessageReceived(stamp, session, from, offset, Message.PROTOCOL_VERSION, message),
                SERVICE, inFlight());
    }

    private void heartbeats(long session, Side from) {
        for (int i = 0; i < HEARTBEATS; i++) {
            receive(session, from, new Message.Heartbeat(nowNs / 1_000_000));
        }
    }

    // ---- Daemons -----------------------------------------------------------------------------------------------------

    private static Message hello(Side role, long pid) {
        return new Message.Hello(role, pid, BuildId.of(new byte[]{1, 2, 3, 4}), 1, 1, Capabilities.NONE);
    }

    private ShardRevisions revisions() {
        long[] all = new long[SHARDS];
        Arrays.fill(all, revision);
        return ShardRevisions.of(all);
    }

    private void sendToIncumbent(Effect.SendToIncumbent e) {
        happened(stamp -> new Event.MessageSending(stamp, e.session(), Side.INCUMBENT, e.message()), SERVICE,
                idOf(e.message()));
        switch (e.message()) {
            case Message.PrepareHandoff _ -> later(() -> {
                heartbeats(e.session(), Side.INCUMBENT);
                receive(e.session(), Side.INCUMBENT, new Message.Drained(0, true));
            });
            case Message.SealRequest m -> later(() -> {
                revision += 1000;
                for (int i = 1; i <= PROGRESS; i++) {
                    receive(e.session(), Side.INCUMBENT, new Message.SealProgress(i, SHARDS, revision));
                }
                receive(e.session(), Side.INCUMBENT, new Message.SealComplete(m.handoffId(), revisions(),
                        Fingerprint.of(new byte[Fingerprint.BYTES])));
            });
            case Message.Commit _ -> {
                long pid = incumbentPid;
                later(() -> exited(pid));
                incumbentPid = successorPid;
            }
            case Message.HelloAck _,Message.Abort _,Message.ResumeAfterAbort _,Message.Heartbeat _ -> {
            }
        }
    }

    private void sendToSuccessor(Effect.SendToSuccessor e) {
        happened(stamp -> new Event.MessageSending(stamp, e.session(), Side.SUCCESSOR, e.message()), SERVICE,
                idOf(e.message()));
        if (e.message() instanceof Message.Begin begin) {
            later(() -> {
                heartbeats(e.session(), Side.SUCCESSOR);
                receive(e.session(), Side.SUCCESSOR,
                        new Message.Ready(begin.handoffId(), List.of("main"), healthy, revisions()));
            });
        }
    }

    private HandoffId idOf(Message message) {
        return switch (message) {
            case Message.HelloAck m -> m.handoffId();
            case Message.PrepareHandoff m -> m.handoffId();
            case Message.SealRequest m -> m.handoffId();
            case Message.Begin m -> m.handoffId();
            case Message.Commit m -> m.handoffId();
            case Message.Abort m -> m.handoffId();
            case Message.ResumeAfterAbort m -> m.handoffId();
            case Message.Hello _,Message.Drained _,Message.SealProgress _,Message.SealComplete _,Message.SealFailed _,Message.Ready _,Message.Heartbeat _ ->
                inFlight();
        };
    }
}
