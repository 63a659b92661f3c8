package dev.handoff.simulator;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;

import dev.handoff.codec.Message;
import dev.handoff.posix.Errno;
import dev.handoff.stock.DrainOutcome;
import dev.handoff.stock.LockOutcome;
import dev.handoff.stock.SealOutcome;
import dev.handoff.stock.StockAction;
import dev.handoff.stock.StockIncumbentSession;
import dev.handoff.stock.StockSuccessorSession;

/**
 * A stock version 1 daemon: one thread that reads, waits for its hook, or is stuck in a write, never two of them. It drives the
 * stock sessions that the system tests run as processes.
 */
final class StockDaemon extends Daemon {

    private static final int READ_BYTES = 4_096;
    private static final long BLOCKED_WRITE_NS = 10_000_000_000L;

    private final byte[] bytes = new byte[READ_BYTES];
    private final ArrayDeque<StockAction> todo = new ArrayDeque<>();
    private StockSuccessorSession successor;
    private StockIncumbentSession session;
    private SocketEnd end;
    private boolean serving;
    private boolean hookRuns;
    private byte[] writing;
    private int written;
    private int writes;
    private long armedNs = StockIncumbentSession.NO_DEADLINE;

    StockDaemon(World world, DaemonPlan plan, Optional<SocketEnd> channel, String mark) {
        super(world, plan, channel, mark);
    }

    private long nowNs() {
        return world().agenda().nowNs();
    }

    @Override
    void startAsSuccessor(SocketEnd channel) {
        end = channel;
        int said = (int) (plan().wrongPid() ? pid() + 1_000_000 : pid());
        successor = new StockSuccessorSession(said, plan().build(), plan().announcesOpening());
        end.watch(this, this::pump, this::pump);
        todo.addAll(successor.open());
        pump();
    }

    @Override
    void serveAsIncumbent() {
        serving = true;
        supervisorWaits();
    }

    @Override
    void supervisorWaits() {
        if (!serving || session != null) {
            return;
        }
        SocketEnd next = control().orElseThrow().accept();
        if (next == null) {
            return;
        }
        hold(next);
        next.release();
        end = next;
        session = new StockIncumbentSession((int) pid(), plan().build());
        end.watch(this, this::pump, this::pump);
        todo.addAll(session.open(nowNs()));
        pump();
    }

    /** A stock daemon never looks. */
    @Override
    void lookAtControlPath() {}

    // ---- The thread

    /** Goes on until there is something to wait for. */
    private void pump() {
        while (successor != null || session != null) {
            if (writing != null || !todo.isEmpty()) {
                if (!carryOut()) {
                    return;
                }
            } else if (session != null && session.ended()) {
                session = null;
                after(world().wakeUpNs(), this::supervisorWaits);
            } else if (successor != null && successor.ended()) {
                successor = null;
                serveAsIncumbent();
                return;
            } else if (nowNs() >= deadlineNs()) {
                todo.addAll(successor != null ? successor.tick(nowNs()) : session.tick(nowNs()));
            } else if (hookRuns || bytesWanted() == 0 || !read()) {
                arm();
                return;
            }
        }
    }

    private int bytesWanted() {
        return successor != null ? successor.bytesWanted() : session.bytesWanted();
    }

    private long deadlineNs() {
        return successor != null ? successor.nextDeadlineNs() : session.nextDeadlineNs();
    }

    /** Whether anything came. */
    private boolean read() {
        int count = end.read(bytes, Math.min(bytesWanted(), world().pieceOf(READ_BYTES)));
        if (count == -Errno.EAGAIN) {
            return false;
        }
        if (successor != null) {
            todo.addAll(count > 0 ? successor.received(bytes, count, nowNs()) : successor.endOfStream());
        } else {
            todo.addAll(count > 0 ? session.received(bytes, count, nowNs()) : session.endOfStream(nowNs()));
        }
        return true;
    }

    private void arm() {
        long dueNs = deadlineNs();
        if (dueNs < armedNs) {
            armedNs = dueNs;
            world().agenda().at(dueNs, () -> run(() -> {
                if (armedNs == dueNs) {
                    armedNs = StockIncumbentSession.NO_DEADLINE;
                    pump();
                }
            }));
        }
    }

    /** Does the next of what the session wants; whether it went on, or is stuck in a write. */
    private boolean carryOut() {
        if (writing != null) {
            return goOnWriting();
        }
        StockAction action = todo.poll();
        String name = action instanceof StockAction.Write write
                ? write.message().getClass().getSimpleName()
                : action.getClass().getSimpleName();
        reached(name);
        world().mutant().before(this, action);
        switch (action) {
            case StockAction.Write write -> {
                if (write.message() instanceof Message.Drained) {
                    saysDrained();
                }
                writing = write.frame();
                written = 0;
                return goOnWriting();
            }
            case StockAction.RunDrain _ -> {
                hookRuns = true;
                stopAccepting();
                hook(plan().drainNs(), () -> hookEnded(session.drainEnded(drained()
                        ? new DrainOutcome.Drained(0, true)
                        : new DrainOutcome.Failed("told to fail"), nowNs())));
            }
            case StockAction.RunSeal() -> {
                hookRuns = true;
                sealing();
                hook(plan().sealNs(), () -> hookEnded(session.sealEnded(sealEnded()
                        ? new SealOutcome.Sealed(revisions(), fingerprint())
                        : new SealOutcome.Failed("told to fail"), nowNs())));
            }
            case StockAction.RunResume() -> {
                hookRuns = true;
                hook(plan().resumeNs(), () -> hookEnded(session.resumeEnded(resumed(), nowNs())));
            }
            case StockAction.ReleaseLock() -> unlock();
            case StockAction.TakeLock() -> {
                LockOutcome outcome = tryLock() ? LockOutcome.TAKEN : LockOutcome.HELD;
                todo.addAll(successor != null ? successor.lockTried(outcome) : session.lockTried(outcome, nowNs()));
            }
            case StockAction.OpenState() -> {
                hookRuns = true;
                hook(plan().openNs(), this::openedAsSuccessor);
            }
            case StockAction.BindControlSocket() -> {
                bindControl();
                placeControl();
            }
            case StockAction.Close(String reason) -> {
                world().note(this, () -> "closes its session: " + reason);
                close(end);
                end = null;
            }
            case StockAction.Exit(int code, String reason) -> {
                session = null;
                successor = null;
                serving = false;
                after(code == 0 ? plan().exitNs() : 0, () -> exit(code, reason));
            }
        }
        reached(name + ".after");
        return true;
    }

    private void openedAsSuccessor() {
        if (!plan().opens()) {
            hookEnded(successor.stateNotOpened("told to fail"));
            return;
        }
        open();
        // A stock program serves before it says that it is ready.
        startAccepting();
        hookEnded(successor.stateOpened(
                new StockSuccessorSession.Readiness(List.of(), plan().healthy(), advertised())));
    }

    private void hookEnded(List<? extends StockAction> actions) {
        hookRuns = false;
        todo.addAll(actions);
        pump();
    }

    // ---- A write that waits for its reader keeps the whole thread

    private boolean goOnWriting() {
        while (written < writing.length) {
            int count = end == null ? -Errno.EPIPE : end.write(writing, written, writing.length - written);
            if (count < 0) {
                writeFailed();
                return true;
            }
            if (count == 0) {
                limitWrite();
                return false;
            }
            written += count;
        }
        writing = null;
        writes++;
        reached("Write.after");
        return true;
    }

    private void limitWrite() {
        int mine = writes;
        after(BLOCKED_WRITE_NS, () -> {
            if (writes == mine) {
                writeFailed();
                pump();
            }
        });
    }

    private void writeFailed() {
        writing = null;
        writes++;
        todo.clear();
        todo.addAll(successor != null ? successor.writeFailed() : session.writeFailed(nowNs()));
    }
}
