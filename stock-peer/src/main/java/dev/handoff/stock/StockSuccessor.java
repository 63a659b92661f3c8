package dev.handoff.stock;

import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import dev.handoff.codec.Message;
import dev.handoff.posix.Processes;

/**
 * The blocking face of {@link StockSuccessorSession}, up to the moment when the process is the incumbent. One thread; the
 * state is opened on another, so that heartbeats can go out meanwhile.
 */
final class StockSuccessor {

    private final StockSuccessorSession session;
    private final ControlStream stream;
    private final StockLock lock;
    private final Supplier<StockSuccessorSession.Readiness> openState;
    private final StockWorld world;
    private final BlockingQueue<Supplier<List<StockAction.OfSuccessor>>> opened = new ArrayBlockingQueue<>(1);
    private boolean opening;
    private boolean incumbent;

    StockSuccessor(ControlStream stream, StockLock lock, StockDaemonOptions options,
            Supplier<StockSuccessorSession.Readiness> openState, StockWorld world) {
        this.session = new StockSuccessorSession(Processes.ownPid(), options.buildId(),
                options.heartbeatsWhileOpening());
        this.stream = stream;
        this.lock = lock;
        this.openState = openState;
        this.world = world;
    }

    /** Takes part until the process may bind its control socket; false when it was told to exit instead. */
    boolean succeed() {
        world.reached(StockPoint.SUCCESSOR_BEFORE_HELLO);
        run(session.open());
        while (!session.ended()) {
            if (opening) {
                awaitOpened();
            } else {
                read();
            }
            run(session.tick(SteadyClock.nowNs()));
        }
        return incumbent;
    }

    private void read() {
        int count = stream.read(session.bytesWanted(), -1);
        if (count == ControlStream.ENDED) {
            run(session.endOfStream());
        } else if (count > 0) {
            run(session.received(stream.bytes(), count, SteadyClock.nowNs()));
        }
    }

    private void awaitOpened() {
        long deadlineNs = session.nextDeadlineNs();
        try {
            Supplier<List<StockAction.OfSuccessor>> result = deadlineNs == StockIncumbentSession.NO_DEADLINE
                    ? opened.take()
                    : opened.poll(Math.max(0, deadlineNs - SteadyClock.nowNs()), TimeUnit.NANOSECONDS);
            if (result != null) {
                opening = false;
                run(result.get());
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts the successor's thread", e);
        }
    }

    private void run(List<StockAction.OfSuccessor> actions) {
        for (StockAction.OfSuccessor action : actions) {
            switch (action) {
                case StockAction.Write write -> {
                    if (write.message() instanceof Message.Ready) {
                        world.reached(StockPoint.SUCCESSOR_BEFORE_READY);
                    }
                    if (!stream.write(world.altered(write).frame())) {
                        run(session.writeFailed());
                        return;
                    }
                    if (write.message() instanceof Message.Hello) {
                        world.reached(StockPoint.SUCCESSOR_AFTER_HELLO);
                    }
                }
                case StockAction.TakeLock() -> {
                    world.reached(StockPoint.SUCCESSOR_AFTER_BEGIN);
                    run(session.lockTried(lock.take()));
                }
                case StockAction.OpenState() -> {
                    world.reached(StockPoint.SUCCESSOR_AFTER_LOCK);
                    opening = true;
                    Thread.ofPlatform().name("open").daemon().start(this::open);
                }
                case StockAction.Close(String reason) -> {
                    world.log("channel closed: " + reason);
                    stream.close();
                }
                case StockAction.BindControlSocket() -> {
                    world.reached(StockPoint.SUCCESSOR_AFTER_READY);
                    incumbent = true;
                }
                case StockAction.Exit(int code, String reason) -> world.exit(code, reason);
            }
        }
    }

    private void open() {
        try {
            StockSuccessorSession.Readiness readiness = openState.get();
            opened.add(() -> session.stateOpened(readiness));
        } catch (RuntimeException e) {
            opened.add(() -> session.stateNotOpened(e.toString()));
        }
    }
}
