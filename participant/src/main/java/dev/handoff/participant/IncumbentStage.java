package dev.handoff.participant;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;

/** This process is the incumbent: it accepts connections and may be asked, at any time, to hand over. */
public final class IncumbentStage implements AutoCloseable {

    private final Generation generation;
    private final DataDirLock lock;
    private final ControlSocket socket;
    private final ConnectionIntake intake;
    private final StopSignal stop = new StopSignal();
    private final AtomicReference<Thread> server = new AtomicReference<>();

    IncumbentStage(Generation generation, DataDirLock lock, ControlSocket socket, ConnectionIntake intake) {
        this.generation = generation;
        this.lock = lock;
        this.socket = socket;
        this.intake = intake;
    }

    /**
     * Serves the control socket on the calling thread until this process's time is over. Once.
     *
     * @param drainable runs on a thread of its own
     * @throws ParticipantEndedException if the process has no descriptor left to begin with
     */
    public Served serve(Drainable drainable) throws ParticipantEndedException {
        if (!server.compareAndSet(null, Thread.currentThread())) {
            throw new IllegalStateException("serve was called before");
        }
        try (IncumbentLoop loop = IncumbentLoop.open(generation, lock, socket, intake, drainable, stop)) {
            return loop.untilOver();
        } catch (IOException e) {
            throw new ParticipantEndedException(1, "cannot serve the control socket: " + e.getMessage(), e);
        }
    }

    /** Makes {@link #serve} return {@link Served.Stopped}, even while a hook runs. Any thread, such as a shutdown hook's. */
    public void stop() {
        stop.raise();
    }

    /** Removes the control socket and releases the lock, as far as they are still ours. After {@link #serve} has returned. */
    @Override
    public void close() {
        socket.close();
        lock.release();
    }
}
