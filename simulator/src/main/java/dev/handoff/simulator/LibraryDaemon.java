package dev.handoff.simulator;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

import dev.handoff.participant.AbortedAt;
import dev.handoff.participant.DrainReport;
import dev.handoff.participant.SealResult;
import dev.handoff.participant.session.IncumbentAction;
import dev.handoff.participant.session.IncumbentInput;
import dev.handoff.participant.session.IncumbentSession;
import dev.handoff.participant.session.IncumbentState;
import dev.handoff.participant.session.SessionTerms;
import dev.handoff.participant.session.SessionTimes;
import dev.handoff.participant.session.SuccessorAction;
import dev.handoff.participant.session.SuccessorInput;
import dev.handoff.participant.session.SuccessorSession;

/** A daemon on our participant library: drives the library's own sessions, as its loops do with real sockets. */
final class LibraryDaemon extends Daemon {

    private static final int READ_BYTES = 4_096;
    private static final int HEARTBEAT_MS = 1_000;
    private static final long LOOK_EVERY_NS = 1_000_000_000;
    private static final long ABORTED_DRAIN_NS = 200_000;

    private final SessionTerms terms;
    private final byte[] bytes = new byte[READ_BYTES];
    private SuccessorSession successor;
    private IncumbentSession session;
    private SocketEnd end;
    private boolean serving;
    private boolean lookPlanned;
    private long armedMs = SessionTimes.NEVER;

    LibraryDaemon(World world, DaemonPlan plan, Optional<SocketEnd> channel, String mark) {
        super(world, plan, channel, mark);
        terms = new SessionTerms(plan.wrongPid() ? pid() + 1_000_000 : pid(), plan.build(),
                OptionalInt.of(HEARTBEAT_MS), Keeper.HOLD_NS / 1_000_000, Agenda.ORIGIN_NS / 1_000_000);
    }

    private long nowMs() {
        return world().agenda().nowMs();
    }

    // ---- As a successor

    @Override
    void startAsSuccessor(SocketEnd channel) {
        end = channel;
        successor = new SuccessorSession(terms);
        end.watch(this, this::channelReadable, this::flushSuccessor);
        successorTurn(successor.connected(nowMs()));
    }

    private void channelReadable() {
        if (successor == null || end == null) {
            return;
        }
        int count = end.read(bytes, world().pieceOf(READ_BYTES));
        if (count > 0) {
            end.remind();
            successorTurn(successor.received(ByteBuffer.wrap(bytes, 0, count), nowMs()));
        } else if (count != -dev.handoff.posix.Errno.EAGAIN) {
            successorTurn(successor.happened(new SuccessorInput.Lost("the supervisor closed the channel"), nowMs()));
        }
    }

    private void successorTurn(List<SuccessorAction> actions) {
        carryOutAsSuccessor(actions);
        flushSuccessor();
        armTimer();
    }

    private void flushSuccessor() {
        while (successor != null && end != null && successor.outgoing().hasRemaining()) {
            int written = write(successor.outgoing());
            if (written == 0) {
                return;
            }
            carryOutAsSuccessor(written > 0
                    ? successor.wrote(written, nowMs())
                    : successor.happened(new SuccessorInput.Lost("the supervisor is gone"), nowMs()));
        }
    }

    private void carryOutAsSuccessor(List<SuccessorAction> actions) {
        for (SuccessorAction action : actions) {
            String name = action.getClass().getSimpleName();
            reached(name);
            switch (action) {
                case SuccessorAction.Send _,SuccessorAction.WarmUp _ -> {
                }
                case SuccessorAction.TakeLock() -> carryOutAsSuccessor(successor.happened(tryLock()
                        ? new SuccessorInput.LockTaken()
                        : new SuccessorInput.LockNotTaken("held"), nowMs()));
                case SuccessorAction.OpenState() -> after(plan().openNs(), this::openedAsSuccessor);
                case SuccessorAction.BecomeIncumbent() -> {
                    successor = null;
                    placeControl();
                    startAccepting();
                }
                case SuccessorAction.CloseChannel() -> closeAfterReading();
                case SuccessorAction.ExitFailed(String reason) -> exit(1, reason);
            }
            reached(name + ".after");
        }
        if (successor == null && !serving) {
            serveAsIncumbent();
        }
    }

    private void openedAsSuccessor() {
        if (!plan().opens()) {
            exit(1, "the data directory cannot be opened");
        }
        open();
        bindControl();
        successorTurn(successor.happened(new SuccessorInput.Opened(List.of(), plan().healthy(), advertised()),
                nowMs()));
    }

    // ---- As the incumbent

    @Override
    void serveAsIncumbent() {
        serving = true;
        supervisorWaits();
    }

    @Override
    void supervisorWaits() {
        if (!serving) {
            return;
        }
        if (session != null) {
            planLook();
            return;
        }
        SocketEnd next = control().orElseThrow().accept();
        if (next == null) {
            return;
        }
        hold(next);
        next.release();
        end = next;
        session = new IncumbentSession(terms);
        end.watch(this, this::sessionReadable, this::flush);
        turn(session.connected(nowMs()));
    }

    @Override
    void lookAtControlPath() {
        if (serving) {
            planLook();
        }
    }

    /** The library looks every second; here only while there is something to be seen. */
    private void planLook() {
        if (!lookPlanned) {
            lookPlanned = true;
            after(LOOK_EVERY_NS, this::look);
        }
    }

    private void look() {
        lookPlanned = false;
        boolean idle = session == null || session.state() instanceof IncumbentState.AwaitingPrepare
                || session.state() instanceof IncumbentState.AwaitingHelloAck;
        boolean waits = control().orElseThrow().someoneWaits();
        if (idle) {
            restoreControl();
            if (session != null && waits) {
                turn(session.happened(new IncumbentInput.AnotherWaits(), nowMs()));
            }
        }
        if (!inPlace() || (session != null && control().orElseThrow().someoneWaits())) {
            planLook();
        } else if (session == null) {
            supervisorWaits();
        }
    }

    private void sessionReadable() {
        if (session == null || end == null) {
            return;
        }
        int count = end.read(bytes, world().pieceOf(READ_BYTES));
        if (count > 0) {
            end.remind();
            turn(session.received(ByteBuffer.wrap(bytes, 0, count), nowMs()));
        } else if (count != -dev.handoff.posix.Errno.EAGAIN) {
            turn(session.happened(new IncumbentInput.Lost("the supervisor closed the session"), nowMs()));
        }
    }

    private void turn(List<IncumbentAction> actions) {
        carryOut(actions);
        flush();
        armTimer();
    }

    private void flush() {
        while (session != null && end != null && session.outgoing().hasRemaining()) {
            int written = write(session.outgoing());
            if (written == 0) {
                return;
            }
            if (written > 0) {
                session.wrote(written, nowMs());
                continue;
            }
            // What the supervisor said before it went still counts, a Commit most of all.
            int count = end == null ? 0 : end.read(bytes, READ_BYTES);
            while (end != null && count > 0) {
                carryOut(session.received(ByteBuffer.wrap(bytes, 0, count), nowMs()));
                count = end == null ? 0 : end.read(bytes, READ_BYTES);
            }
            if (end != null) {
                carryOut(session.happened(new IncumbentInput.Lost("the supervisor is gone"), nowMs()));
            }
        }
    }

    private void carryOut(List<IncumbentAction> actions) {
        for (IncumbentAction action : actions) {
            String name = action.getClass().getSimpleName();
            reached(name);
            world().mutant().before(this, action);
            switch (action) {
                case IncumbentAction.Send _ -> {
                }
                case IncumbentAction.RunDrain _ -> {
                    stopAccepting();
                    hook(plan().drainNs(), this::drainEnded);
                }
                case IncumbentAction.AbortDrain() -> hook(ABORTED_DRAIN_NS, this::drainEnded);
                case IncumbentAction.RunSeal _ -> {
                    sealing();
                    hook(plan().sealNs(), this::sealOver);
                }
                case IncumbentAction.ReleaseLock() -> unlock();
                case IncumbentAction.TakeLock() -> carryOut(session.happened(tryLock()
                        ? new IncumbentInput.LockTaken()
                        : new IncumbentInput.LockNotTaken("held"), nowMs()));
                case IncumbentAction.RunResume(AbortedAt _) -> hook(plan().resumeNs(), () -> turn(session.happened(
                        resumed() ? new IncumbentInput.Resumed() : new IncumbentInput.ResumeFailed("told to fail"),
                        nowMs())));
                case IncumbentAction.RestoreControlSocket() -> restoreControl();
                case IncumbentAction.CloseSession(String reason) -> {
                    world().note(this, () -> "closes its session: " + reason);
                    closeAfterReading();
                }
                case IncumbentAction.AcceptAgain() -> {
                    session = null;
                    after(world().wakeUpNs(), this::supervisorWaits);
                }
                case IncumbentAction.ExitCommitted _ -> {
                    serving = false;
                    after(plan().exitNs(), () -> exit(0, "committed"));
                }
                case IncumbentAction.ExitFailed(String reason) -> exit(1, reason);
            }
            reached(name + ".after");
        }
    }

    private void drainEnded() {
        if (drained()) {
            if (session.state() instanceof IncumbentState.Draining draining && !draining.aborted()) {
                saysDrained();
            }
            turn(session.happened(new IncumbentInput.DrainEnded(new DrainReport(0, true)), nowMs()));
        } else {
            turn(session.happened(new IncumbentInput.DrainFailed("told to fail"), nowMs()));
        }
    }

    private void sealOver() {
        if (world().dice().perMille(300)) {
            turn(session.happened(new IncumbentInput.SealProgressed(0, 1, revision()), nowMs()));
        }
        turn(session.happened(new IncumbentInput.SealEnded(sealEnded()
                ? new SealResult.Sealed(revisions(), fingerprint())
                : new SealResult.NotSealed("told to fail", "")), nowMs()));
    }

    // ---- Both

    private int write(ByteBuffer outgoing) {
        int length = Math.min(outgoing.remaining(), READ_BYTES);
        byte[] out = new byte[length];
        outgoing.get(outgoing.position(), out);
        return end.write(out, 0, length);
    }

    private void closeAfterReading() {
        if (end == null) {
            return;
        }
        end.drop();
        close(end);
        end = null;
    }

    private void armTimer() {
        long dueMs = successor != null
                ? successor.dueAtMs()
                : session != null ? session.dueAtMs() : SessionTimes.NEVER;
        if (dueMs < armedMs) {
            armedMs = dueMs;
            world().agenda().at(Agenda.ORIGIN_NS + dueMs * 1_000_000, () -> run(() -> timeUp(dueMs)));
        }
    }

    private void timeUp(long dueMs) {
        if (dueMs != armedMs) {
            return;
        }
        armedMs = SessionTimes.NEVER;
        if (successor != null && nowMs() >= successor.dueAtMs()) {
            successorTurn(successor.timePassed(nowMs()));
        } else if (session != null && nowMs() >= session.dueAtMs()) {
            turn(session.timePassed(nowMs()));
        } else {
            armTimer();
        }
    }
}
