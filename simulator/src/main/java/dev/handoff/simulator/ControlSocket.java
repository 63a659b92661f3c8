package dev.handoff.simulator;

import java.util.ArrayDeque;

import dev.handoff.posix.Errno;

/** The path of the incumbent's control socket, and who listens behind it. */
final class ControlSocket {

    /** One bound and listening socket; a renamed one is another. */
    static final class Listener {
        private final Daemon owner;
        private final ArrayDeque<SocketEnd> backlog = new ArrayDeque<>(0);
        private boolean open = true;

        private Listener(Daemon owner) {
            this.owner = owner;
        }

        /** The next supervisor's connection, or null. */
        SocketEnd accept() {
            return backlog.poll();
        }

        boolean someoneWaits() {
            return !backlog.isEmpty();
        }

        /** Its process closed it: who waits is reset. */
        void close() {
            open = false;
            for (SocketEnd waiting : backlog) {
                waiting.release();
            }
            backlog.clear();
        }
    }

    private final World world;
    private Listener placed;

    ControlSocket(World world) {
        this.world = world;
    }

    /** Binds beside the path: nothing leads there yet. */
    Listener bindBeside(Daemon owner) {
        return new Listener(owner);
    }

    /** Renames it to the path, in place of whatever is there. */
    void place(Listener listener) {
        Listener before = placed;
        placed = listener;
        if (before != null && before != listener && before.open) {
            before.owner.lookAtControlPath();
        }
    }

    boolean leadsTo(Listener listener) {
        return placed == listener;
    }

    /** The path leads to a closed socket now: living daemons see that when they look. */
    void ownerDied(Listener listener) {
        listener.close();
        if (placed == listener) {
            for (SimulatedProcess process : world.processes().living()) {
                if (process instanceof Daemon daemon) {
                    daemon.lookAtControlPath();
                }
            }
        }
    }

    /** The machine restarted: sockets are gone, and so is a path on a tmpfs. */
    void vanish() {
        placed = null;
    }

    /** connect(2): the caller's end, held by nobody yet, or null with {@link #connectErrno}. */
    SocketEnd connect(long callerPid) {
        if (connectErrno() != 0) {
            return null;
        }
        SocketEnd mine = SocketEnd.pair(world, callerPid, placed.owner.pid());
        SocketEnd theirs = mine.peer();
        theirs.hold();
        placed.backlog.add(theirs);
        placed.owner.after(world.wakeUpNs(), placed.owner::supervisorWaits);
        return mine;
    }

    /** Who would answer a connect, or null. */
    Daemon owner() {
        return connectErrno() == 0 ? placed.owner : null;
    }

    /** Why a connect would fail now, or 0. */
    int connectErrno() {
        return placed == null ? Errno.ENOENT : placed.open ? 0 : Errno.ECONNREFUSED;
    }
}
