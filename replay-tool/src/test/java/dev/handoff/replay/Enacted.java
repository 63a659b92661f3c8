package dev.handoff.replay;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Capabilities;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ExitStatus;
import dev.handoff.codec.event.Found;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.State;

/**
 * A journal of service {@code kv} that tells what a coordinator would have written: the test says what peers and the machine do, and
 * the production core decides. Incumbent and successor announce no extension unless told to. Times are milliseconds since the journal's beginning,
 * 2026-11-22 20:40 UTC.
 */
final class Enacted implements AutoCloseable {

    static final HandoffId FIRST = HandoffId.parse("0b51cbd2-9d51-4cde-8d3f-1d0d8c1d5b4a");
    static final HandoffId SECOND = HandoffId.parse("7c0ffee0-0000-4000-8000-000000000002");
    static final long T0 = 1_795_380_000_000_000_000L;
    static final ServicePolicy POLICY = new ServicePolicy(25_000, 60_000, 5_000, 60_000, 30_000, 1_000, 100, 10, false,
            false);

    private static final int KV = 1;

    private final Path directory;
    private SampleJournal journal;
    private final Fold fold = new Fold();
    private long nowNs = T0;
    private Capabilities capabilities = Capabilities.NONE;
    private long incumbentPid = 100;
    private String incumbentBuild = "build-0";

    private Enacted(Path directory) {
        this.directory = directory;
        this.journal = SampleJournal.create(directory);
    }

    /** The daemon serves, with pid 100 and build-0. */
    static Enacted serving(Path directory, ServicePolicy policy) {
        Enacted enacted = new Enacted(directory);
        enacted.happened(new Event.CoordinatorStarted(Stamp.ofCoordinator(T0), 42, "0.1.0", "boot"));
        enacted.happened(new Event.ServiceConfigured(new Stamp(T0, KV, HandoffId.NONE), "kv", "/opt/kv/0", policy,
                false));
        enacted.happened(new Event.Spawned(enacted.stamp(), Side.INCUMBENT, 100, 1));
        enacted.happened(new Event.SessionConnected(enacted.stamp(), enacted.session(), 100));
        enacted.incumbent(enacted.hello(Side.INCUMBENT, 100, "build-0"));
        return enacted;
    }

    /** From the next Hello on, participants announce heartbeats. */
    Enacted withHeartbeats() {
        capabilities = new Capabilities(Capabilities.HEARTBEATS);
        return this;
    }

    Enacted at(long ms) {
        nowNs = T0 + ms * 1_000_000;
        return this;
    }

    private Stamp stamp() {
        Service service = fold.state().services().get(KV);
        return new Stamp(nowNs, KV, service == null ? HandoffId.NONE : service.state().handoffId());
    }

    private State state() {
        return fold.state().services().get(KV).state();
    }

    private long session() {
        return switch (state()) {
            case State.AwaitingIncumbentUp up -> up.incumbent().session();
            case State.InHandoff flight -> flight.incumbent().session();
            case State.Serving serving -> serving.incumbent().session();
            case State.Stopped _,State.AwaitingSpawn _,State.AwaitingRestart _,State.Failed _,State.AwaitingExit _ -> 0;
        };
    }

    private Message hello(Side role, long pid, String build) {
        return new Message.Hello(role, pid, BuildId.of(build.getBytes(StandardCharsets.US_ASCII)), 1, 1, capabilities);
    }

    /** Appends the event and steps, and so with what the loop itself journals of what is ordered. */
    Enacted happened(Event event) {
        journal.append(event);
        fold.apply(event).forEach(this::run);
        return this;
    }

    private void run(Effect effect) {
        nowNs += 100_000;
        switch (effect) {
            case Effect.SendToIncumbent e ->
                happened(new Event.MessageSending(e.message() instanceof Message.Commit commit
                        ? new Stamp(nowNs, KV, commit.handoffId())
                        : stamp(), e.session(), Side.INCUMBENT, e.message()));
            case Effect.SendToSuccessor e ->
                happened(new Event.MessageSending(stamp(), e.session(), Side.SUCCESSOR, e.message()));
            case Effect.SpawnSuccessor e -> happened(new Event.SpawnOrdered(stamp(), Side.SUCCESSOR, e.binary()));
            case Effect.SpawnIncumbent e -> happened(new Event.SpawnOrdered(stamp(), Side.INCUMBENT, e.binary()));
            case Effect.Note e -> happened(e.decision().at(new Stamp(nowNs, KV, e.decision().stamp().handoffId())));
            case Effect.Connect _,Effect.CloseSession _,Effect.ResolveBinary _,Effect.Terminate _,Effect.Kill _,Effect.ArmTimer _,Effect.CancelTimer _,Effect.Fence _,Effect.LookAtLock _,Effect.Respond _,Effect.Exit _ ->
                nowNs -= 100_000;
        }
    }

    Enacted incumbent(Message message) {
        return happened(new Event.MessageReceived(stamp(), session(), Side.INCUMBENT, 0, Message.PROTOCOL_VERSION,
                message));
    }

    Enacted successor(Message message) {
        State.WithSuccessor with = (State.WithSuccessor) state();
        return happened(new Event.MessageReceived(stamp(), with.successor().session(), Side.SUCCESSOR, 0,
                Message.PROTOCOL_VERSION, message));
    }

    /** Somebody asks for a swap; the binary is found 5 ms later. */
    Enacted swap(HandoffId id, String binary) {
        happened(new Event.SwapRequested(new Stamp(nowNs, KV, id), 5, 1000, 4242, binary, ""));
        nowNs += 5_000_000;
        return happened(new Event.BinaryResolved(stamp(), binary, 8, 9, Fingerprint.of(new byte[32])));
    }

    /** The incumbent answers within 2 ms, and the successor is started with this pid 10 ms later. */
    Enacted greet(long successorPid) {
        nowNs += 1_000_000;
        happened(new Event.SessionConnected(stamp(), session(), incumbentPid));
        nowNs += 1_000_000;
        incumbent(hello(Side.INCUMBENT, incumbentPid, incumbentBuild));
        nowNs += 10_000_000;
        return happened(new Event.Spawned(stamp(), Side.SUCCESSOR, successorPid, 2));
    }

    Enacted warm(String build) {
        State.WithSuccessor with = (State.WithSuccessor) state();
        return successor(hello(Side.SUCCESSOR, with.successor().daemon().pid(), build));
    }

    Enacted drained() {
        return incumbent(new Message.Drained(0, true));
    }

    Enacted sealed(long... revisions) {
        return incumbent(new Message.SealComplete(state().handoffId(), ShardRevisions.of(revisions),
                Fingerprint.of(new byte[32])));
    }

    Enacted ready(boolean healthy, long... revisions) {
        return successor(new Message.Ready(state().handoffId(), List.of("127.0.0.1:6390"), healthy,
                ShardRevisions.of(revisions)));
    }

    Enacted successorHangsUp() {
        State.WithSuccessor with = (State.WithSuccessor) state();
        return happened(new Event.SessionClosed(stamp(), with.successor().session(), Side.SUCCESSOR, "end of stream"));
    }

    Enacted fire(TimerKind kind) {
        long dueNs = fold.state().services().get(KV).timers().get(kind);
        nowNs = Math.max(nowNs, dueNs);
        return happened(new Event.TimerFired(stamp(), kind, dueNs));
    }

    Enacted exited(long pid, ExitStatus status) {
        return happened(new Event.ProcessExited(stamp(), pid, status));
    }

    Enacted lockSeen(long pid) {
        return happened(new Event.LockSeen(stamp(), pid));
    }

    Enacted fencePassed() {
        return happened(new Event.FencePassed(stamp(), session()));
    }

    /** The incumbent that the next handoff greets. */
    Enacted servedBy(long pid, String build) {
        incumbentPid = pid;
        incumbentBuild = build;
        return this;
    }

    /** The coordinator dies and another takes over, with every session handed back. */
    Enacted takenOver(Long... sessions) {
        journal.close();
        journal = SampleJournal.create(directory);
        Service service = fold.state().services().get(KV);
        happened(new Event.ServiceConfigured(new Stamp(nowNs, KV, HandoffId.NONE), "kv", service.configured(),
                service.policy(), true));
        return happened(new Event.CoordinatorRestarted(Stamp.ofCoordinator(nowNs), 43, "0.1.0", "boot", "",
                List.of(new Found(KV, List.of(sessions), List.of(), 0, 0, 0, 0))));
    }

    /** A swap that commits: asked for at {@code ms}, 2 s of warming up, 20 ms each for drain, seal and begin. */
    Enacted commits(HandoffId id, long ms, long successorPid, String build) {
        return at(ms).swap(id, "/opt/kv/" + build).greet(successorPid).at(ms + 2_000).warm(build).at(ms + 2_020)
                .drained().at(ms + 2_040).sealed(1, 2).at(ms + 2_060).ready(true, 1, 2).at(ms + 2_100)
                .exited(incumbentPid, new ExitStatus.Exited(0)).servedBy(successorPid, build);
    }

    @Override
    public void close() {
        journal.close();
    }
}
