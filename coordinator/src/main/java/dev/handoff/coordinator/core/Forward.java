package dev.handoff.coordinator.core;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Message;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Gate;
import dev.handoff.codec.event.Outcome;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.codec.event.Verdict;
import dev.handoff.coordinator.core.State.AwaitingBinary;
import dev.handoff.coordinator.core.State.AwaitingDrained;
import dev.handoff.coordinator.core.State.AwaitingIncumbentHello;
import dev.handoff.coordinator.core.State.AwaitingLockSeen;
import dev.handoff.coordinator.core.State.AwaitingReady;
import dev.handoff.coordinator.core.State.AwaitingSealComplete;
import dev.handoff.coordinator.core.State.AwaitingSuccessorHello;
import dev.handoff.coordinator.core.State.AwaitingSuccessorSpawn;
import dev.handoff.coordinator.core.State.Serving;
import dev.handoff.coordinator.core.State.Undo;

/** A handoff on its way to the commit: greet, spawn, drain, seal, begin, the gates. */
final class Forward {

    private Forward() {}

    static void binaryResolved(Turn turn, Event.BinaryResolved e) {
        // An aborted handoff's hash may still be under way: its answer is not this one's.
        if (!(turn.state() instanceof AwaitingBinary awaiting)
                || !e.stamp().handoffId().equals(awaiting.handoff().id())) {
            return;
        }
        Handoff handoff = awaiting.handoff().withBinary(e.path());
        if (awaiting.incumbent().connected()) {
            // The session of an earlier handoff: its HelloAck was written then.
            spawnSuccessor(turn, handoff.withSent(handoff.sent().and(Side.INCUMBENT, MessageKind.HELLO_ACK)),
                    awaiting.incumbent());
            return;
        }
        greet(turn, handoff, awaiting.incumbent());
    }

    static void greet(Turn turn, Handoff handoff, Peer incumbent) {
        long session = turn.newSession();
        turn.order(turn.connectToPark(session, incumbent));
        turn.become(new AwaitingIncumbentHello(handoff, incumbent.withSession(session)));
    }

    static void binaryRejected(Turn turn, Event.BinaryRejected e) {
        if (turn.state() instanceof AwaitingBinary awaiting && e.stamp().handoffId().equals(awaiting.handoff().id())) {
            Rollback.rollBack(turn, awaiting, e.reason());
        }
    }

    static void spawnSuccessor(Turn turn, Handoff handoff, Peer incumbent) {
        long session = turn.newSession();
        turn.order(new Effect.SpawnSuccessor(turn.number(), handoff.id(), session, handoff.binary()));
        turn.become(new AwaitingSuccessorSpawn(handoff, incumbent, session));
    }

    static void successorSpawned(Turn turn, AwaitingSuccessorSpawn spawn, long pid, long startTicks) {
        Daemon successor = new Daemon(pid, startTicks, spawn.handoff().binary(), "");
        turn.arm(TimerKind.HELLO, turn.policy().helloMs());
        turn.become(new AwaitingSuccessorHello(spawn.handoff(), spawn.incumbent(),
                Peer.of(successor).withSession(spawn.session())));
    }

    static void incumbentGreeted(Turn turn, AwaitingIncumbentHello a, Message.Hello hello) {
        turn.cancel(TimerKind.HELLO);
        Peer incumbent = a.incumbent().greeted(hex(hello.buildId()), hello.capabilities());
        if (!speaksOurs(hello)) {
            turn.close(incumbent.session());
            Rollback.rolledBack(turn, a.handoff(), incumbent.disconnected(), noCommonVersion("incumbent", hello), "");
            return;
        }
        turn.sendToIncumbent(incumbent, new Message.HelloAck(Message.PROTOCOL_VERSION, a.handoff().id()));
        Watch.firstHeartbeat(turn, incumbent, Side.INCUMBENT);
        spawnSuccessor(turn, a.handoff(), incumbent);
    }

    static void drained(Turn turn, AwaitingDrained a) {
        turn.cancel(TimerKind.DRAIN);
        Handoff handoff = a.handoff().withGapStart(turn.nowNs());
        requestSeal(turn, handoff, a.incumbent(), a.successor());
    }

    static void requestSeal(Turn turn, Handoff handoff, Peer incumbent, Peer successor) {
        turn.sendToIncumbent(incumbent, new Message.SealRequest(handoff.id()));
        turn.become(new AwaitingSealComplete(handoff, incumbent, successor, 0, 0, false));
        Watch.watch(turn);
    }

    static void successorGreeted(Turn turn, AwaitingSuccessorHello a, Message.Hello hello) {
        turn.cancel(TimerKind.HELLO);
        Handoff handoff = a.handoff();
        String build = hex(hello.buildId());
        Peer successor = a.successor().greeted(build, hello.capabilities());
        if (hello.pid() != successor.daemon().pid()) {
            Rollback.killSuccessor(turn, a, a.incumbent(), successor, Undo.NOTHING,
                    "the successor says it is pid " + hello.pid() + ", but pid " + successor.daemon().pid()
                            + " was started; a wrapper script must exec the daemon");
            return;
        }
        if (!speaksOurs(hello)) {
            Rollback.killSuccessor(turn, a, a.incumbent(), successor, Undo.NOTHING,
                    noCommonVersion("successor", hello));
            return;
        }
        if (!handoff.expectedBuild().isEmpty()) {
            boolean fits = handoff.expectedBuild().equals(build);
            turn.judge(handoff, Gate.BUILD, fits ? Verdict.PASSED : Verdict.FAILED, build);
            if (!fits) {
                Rollback.killSuccessor(turn, a, a.incumbent(), successor, Undo.NOTHING,
                        "the successor is build " + build + ", but " + handoff.expectedBuild() + " was asked for");
                return;
            }
        }
        turn.sendToSuccessor(successor, new Message.HelloAck(Message.PROTOCOL_VERSION, handoff.id()));
        Watch.firstHeartbeat(turn, successor, Side.SUCCESSOR);
        if (!a.incumbent().alive()) {
            begin(turn, handoff, a.incumbent(), successor, new Sealed.Never());
            return;
        }
        if (!a.incumbent().connected()) {
            // Its session closed, and PARTING has not told yet whether it died: that decides.
            turn.become(new AwaitingDrained(handoff, a.incumbent(), successor, false));
            return;
        }
        prepare(turn, handoff, a.incumbent(), successor);
    }

    static void prepare(Turn turn, Handoff handoff, Peer incumbent, Peer successor) {
        long leftMs = Math.max(0, (handoff.deadlineNs() - turn.nowNs()) / Turn.NS_PER_MS);
        turn.sendToIncumbent(incumbent, new Message.PrepareHandoff(handoff.id(), successor.daemon().pid(), leftMs,
                turn.policy().drainGraceMs()));
        turn.arm(TimerKind.DRAIN, turn.policy().drainGraceMs() + Turn.REPLY_ALLOWANCE_MS);
        turn.become(new AwaitingDrained(handoff, incumbent, successor, false));
        Watch.watch(turn);
    }

    private static boolean speaksOurs(Message.Hello hello) {
        return hello.protoMin() <= Message.PROTOCOL_VERSION && Message.PROTOCOL_VERSION <= hello.protoMax();
    }

    private static String noCommonVersion(String who, Message.Hello hello) {
        return "the " + who + " speaks protocol versions " + hello.protoMin() + " to " + hello.protoMax()
                + ", this coordinator speaks " + Message.PROTOCOL_VERSION;
    }

    /** Cues the successor. With {@link Sealed.Never} the handoff goes forward although the incumbent never sealed. */
    static void begin(Turn turn, Handoff handoff, Peer incumbent, Peer successor, Sealed sealed) {
        turn.cancel(TimerKind.DRAIN);
        turn.cancel(TimerKind.PARTING);
        turn.sendToSuccessor(successor, new Message.Begin(handoff.id()));
        turn.become(new AwaitingReady(handoff.withGapStart(turn.nowNs()), incumbent, successor, sealed));
        Watch.watch(turn);
    }

    static void ready(Turn turn, AwaitingReady a, Message.Ready ready) {
        turn.judge(a.handoff(), Gate.HEALTH, ready.healthzOk() ? Verdict.PASSED : Verdict.FAILED, "");
        if (!ready.healthzOk()) {
            Rollback.killSuccessor(turn, a, a.incumbent(), a.successor(), Rollback.undoOf(a),
                    "the successor reports that it is not healthy");
            return;
        }
        switch (a.sealed()) {
            case Sealed.Never _ -> turn.judge(a.handoff(), Gate.REVISION, Verdict.NOT_APPLICABLE,
                    "the incumbent died before it sealed");
            case Sealed.Complete sealed -> {
                String behind = behind(sealed, ready);
                turn.judge(a.handoff(), Gate.REVISION, behind.isEmpty() ? Verdict.PASSED : Verdict.FAILED, behind);
                if (!behind.isEmpty()) {
                    Rollback.killSuccessor(turn, a, a.incumbent(), a.successor(), Rollback.undoOf(a),
                            "the successor is behind: " + behind);
                    return;
                }
            }
        }
        if (turn.policy().lockGate()) {
            turn.order(new Effect.LookAtLock(turn.number(), a.handoff().id()));
            turn.become(new AwaitingLockSeen(a.handoff(), a.incumbent(), a.successor(), a.sealed()));
        } else {
            commit(turn, a.handoff(), a.incumbent(), a.successor(), a.sealed());
        }
    }

    /** Where the advertised revisions fall short of the sealed ones, or nothing. */
    private static String behind(Sealed.Complete sealed, Message.Ready ready) {
        int shards = sealed.revisions().size();
        if (ready.advertisedRevisionPerShard().size() != shards) {
            return ready.advertisedRevisionPerShard().size() + " shards advertised, " + shards + " sealed";
        }
        for (int shard = 0; shard < shards; shard++) {
            long advertised = ready.advertisedRevisionPerShard().get(shard);
            if (Long.compareUnsigned(advertised, sealed.revisions().get(shard)) < 0) {
                return "shard " + shard + " at revision " + Long.toUnsignedString(advertised) + ", sealed at "
                        + Long.toUnsignedString(sealed.revisions().get(shard));
            }
        }
        return "";
    }

    static void lockSeen(Turn turn, Event.LockSeen e) {
        if (!(turn.state() instanceof AwaitingLockSeen a) || !a.handoff().id().equals(e.stamp().handoffId())) {
            return;
        }
        long successorPid = a.successor().daemon().pid();
        if (e.holderPid() == successorPid) {
            turn.judge(a.handoff(), Gate.LOCK, Verdict.PASSED, "held by pid " + successorPid);
            commit(turn, a.handoff(), a.incumbent(), a.successor(), a.sealed());
            return;
        }
        String holder = e.holderPid() > 0
                ? "held by pid " + e.holderPid()
                : e.holderPid() == 0 ? "held by nobody" : "its holder cannot be told";
        turn.judge(a.handoff(), Gate.LOCK, Verdict.FAILED, holder);
        Rollback.killSuccessor(turn, a, a.incumbent(), a.successor(), Rollback.undoOf(a),
                "the successor is ready without the data directory's lock (" + holder + ")");
    }

    private static void commit(Turn turn, Handoff handoff, Peer incumbent, Peer successor, Sealed sealed) {
        if (incumbent.alive() && incumbent.connected()) {
            turn.sendToIncumbent(incumbent, new Message.Commit(handoff.id()));
        }
        turn.closeIfOpen(successor.session());
        turn.cancelAll();
        turn.runFromNowOn(handoff.binary());
        if (incumbent.alive()) {
            turn.depart(incumbent.daemon(), incumbent.session(), handoff.id(), turn.policy().exitMs(), false);
        }
        turn.note(new Event.HandoffEnded(turn.stamp(handoff.id()), Outcome.COMMITTED,
                incumbent.alive() ? "" : switch (sealed) {
                    case Sealed.Never _ -> "recovered forward: the incumbent died before it sealed";
                    case Sealed.Complete _ -> "the incumbent died after it had sealed";
                }));
        turn.respond(handoff.requestId(), new Answer.Committed(handoff.id(), incumbent.daemon(), successor.daemon(),
                turn.nowNs() - handoff.requestedNs(), turn.gapNs(handoff)));
        turn.become(new Serving(successor.disconnected(), turn.nowNs(), "", 0));
    }

    static String hex(BuildId build) {
        return build.toString();
    }
}
