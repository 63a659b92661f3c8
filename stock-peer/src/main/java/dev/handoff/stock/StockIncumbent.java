package dev.handoff.stock;

import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Message;
import dev.handoff.posix.Errno;
import dev.handoff.posix.Processes;
import dev.handoff.posix.UnixSockets;

/**
 * The blocking face of {@link StockIncumbentSession}: accepts one supervisor at a time and carries out what its session asks
 * for. Hooks run on a thread of their own, so that heartbeats go out meanwhile; everything else on the thread that serves.
 */
final class StockIncumbent {

    private final int listener;
    private final StockLock lock;
    private final BuildId buildId;
    private final StockHooks hooks;
    private final StockWorld world;

    /** What the running hook will have the session do next; one at most. */
    private final BlockingQueue<Function<Long, List<StockAction.OfIncumbent>>> hookResults = new ArrayBlockingQueue<>(
            1);
    private boolean hookRuns;

    StockIncumbent(int listener, StockLock lock, BuildId buildId, StockHooks hooks, StockWorld world) {
        this.listener = listener;
        this.lock = lock;
        this.buildId = buildId;
        this.hooks = hooks;
        this.world = world;
    }

    /** Serves supervisors until a session says that the process ends. */
    void serve() {
        while (true) {
            int fd = UnixSockets.accept(listener);
            if (fd < 0) {
                if (fd == -Errno.EINTR) {
                    continue;
                }
                world.exit(1, "cannot accept a supervisor: " + Errno.message(fd));
                return;
            }
            try (ControlStream stream = new ControlStream(fd)) {
                serve(stream);
            }
        }
    }

    private void serve(ControlStream stream) {
        StockIncumbentSession session = new StockIncumbentSession(Processes.ownPid(), buildId);
        run(session.open(SteadyClock.nowNs()), session, stream);
        while (!session.ended()) {
            if (hookRuns) {
                awaitHook(session, stream);
            } else if (session.bytesWanted() > 0) {
                read(session, stream);
            } else {
                awaitDeadline(session);
            }
            run(session.tick(SteadyClock.nowNs()), session, stream);
        }
    }

    private void read(StockIncumbentSession session, ControlStream stream) {
        int count = stream.read(session.bytesWanted(),
                ControlStream.timeoutMs(session.nextDeadlineNs(), SteadyClock.nowNs()));
        long nowNs = SteadyClock.nowNs();
        if (count == ControlStream.ENDED) {
            run(session.endOfStream(nowNs), session, stream);
        } else if (count > 0) {
            run(session.received(stream.bytes(), count, nowNs), session, stream);
        }
    }

    private void awaitHook(StockIncumbentSession session, ControlStream stream) {
        long deadlineNs = session.nextDeadlineNs();
        try {
            var result = deadlineNs == StockIncumbentSession.NO_DEADLINE
                    ? hookResults.take()
                    : hookResults.poll(Math.max(0, deadlineNs - SteadyClock.nowNs()), TimeUnit.NANOSECONDS);
            if (result != null) {
                hookRuns = false;
                run(result.apply(SteadyClock.nowNs()), session, stream);
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static void awaitDeadline(StockIncumbentSession session) {
        try {
            TimeUnit.NANOSECONDS.sleep(session.nextDeadlineNs() - SteadyClock.nowNs());
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private void run(List<StockAction.OfIncumbent> actions, StockIncumbentSession session, ControlStream stream) {
        for (StockAction.OfIncumbent action : actions) {
            switch (action) {
                case StockAction.Write write -> {
                    if (!stream.write(world.altered(write).frame())) {
                        run(session.writeFailed(SteadyClock.nowNs()), session, stream);
                        return;
                    }
                    reachedAfter(write.message());
                }
                case StockAction.RunDrain(long graceMs) -> runHook(StockPoint.INCUMBENT_IN_DRAIN,
                        () -> hooks.drain(graceMs), outcome -> nowNs -> session.drainEnded(outcome, nowNs));
                case StockAction.RunSeal() -> runHook(StockPoint.INCUMBENT_IN_SEAL, hooks::seal,
                        outcome -> nowNs -> session.sealEnded(outcome, nowNs));
                case StockAction.RunResume() -> runHook(StockPoint.INCUMBENT_IN_RESUME, hooks::resume,
                        resumed -> nowNs -> session.resumeEnded(resumed, nowNs));
                case StockAction.ReleaseLock() -> {
                    lock.release();
                    world.reached(StockPoint.INCUMBENT_AFTER_LOCK_RELEASED);
                }
                case StockAction.TakeLock() ->
                    run(session.lockTried(lock.take(), SteadyClock.nowNs()), session, stream);
                case StockAction.Close(String reason) -> {
                    world.log("session closed: " + reason);
                    stream.close();
                }
                case StockAction.Exit(int code, String reason) -> {
                    if (code == 0) {
                        world.reached(StockPoint.INCUMBENT_AFTER_COMMIT);
                    }
                    world.exit(code, reason);
                }
            }
        }
    }

    private void reachedAfter(Message message) {
        if (message instanceof Message.Drained) {
            world.reached(StockPoint.INCUMBENT_AFTER_DRAINED);
        } else if (message instanceof Message.SealComplete) {
            world.reached(StockPoint.INCUMBENT_AFTER_SEAL_COMPLETE);
        }
    }

    private <T> void runHook(StockPoint point, Supplier<T> hook,
            Function<T, Function<Long, List<StockAction.OfIncumbent>>> answer) {
        hookRuns = true;
        Thread.ofPlatform().name("hook").daemon().start(() -> {
            world.reached(point);
            hookResults.add(answer.apply(hook.get()));
        });
    }

    private static IllegalStateException interrupted(InterruptedException e) {
        return new IllegalStateException("nobody interrupts the serving thread", e);
    }
}
