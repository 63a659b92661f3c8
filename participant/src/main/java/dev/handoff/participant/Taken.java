package dev.handoff.participant;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

import dev.handoff.codec.ShardRevisions;

/**
 * The data directory is this process's: it opens its state, but does not accept yet. A successor whose handoff ends meanwhile is
 * told by {@link ParticipantConfig#onAbandoned}. Owned by the daemon's main thread.
 */
public final class Taken {

    private final Generation generation;
    private final DataDirLock lock;
    private final Optional<SuccessorChannel> channel;

    private Taken(Generation generation, DataDirLock lock, Optional<SuccessorChannel> channel) {
        this.generation = generation;
        this.lock = lock;
        this.channel = channel;
    }

    static Taken afterColdStart(Generation generation, DataDirLock lock) {
        return new Taken(generation, lock, Optional.empty());
    }

    static Taken afterBegin(Generation generation, DataDirLock lock, SuccessorChannel channel) {
        return new Taken(generation, lock, Optional.of(channel));
    }

    /** The listeners inherited from the supervisor. */
    public InheritedListeners listeners() {
        return generation.listeners();
    }

    /**
     * The state is open and healthy. Binds the control socket, tells the supervisor, and puts the socket in place. The daemon
     * may accept as soon as this returns, and not before.
     *
     * @param listeningOn addresses, for people; together well under 1 MiB
     * @param revisions   one for each shard, none below the sealed ones
     * @throws ParticipantEndedException if the control socket cannot be bound, or the handoff is over: the lock is released
     */
    public IncumbentStage ready(List<String> listeningOn, ShardRevisions revisions) throws ParticipantEndedException {
        ControlSocket socket;
        try {
            socket = ControlSocket.bindBeside(generation.config().controlSocket());
        } catch (ParticipantEndedException e) {
            giveUp();
            throw e;
        }
        try {
            if (channel.isPresent()) {
                channel.get().becomeIncumbent(socket, listeningOn, revisions);
            } else {
                socket.place();
            }
        } catch (ParticipantEndedException e) {
            socket.close();
            lock.release();
            throw e;
        } catch (IOException e) {
            socket.close();
            lock.release();
            throw new ParticipantEndedException(1,
                    "cannot put the control socket in place at " + generation.config().controlSocket() + ": " + e, e);
        }
        ConnectionIntake intake = channel.map(SuccessorChannel::intake)
                .orElseGet(() -> ConnectionIntake.none(generation));
        intake.serving();
        return new IncumbentStage(generation, lock, socket, intake);
    }

    /**
     * The state is open but the daemon is not fit to serve: tells the supervisor so, and waits until it rolls back.
     *
     * @throws ParticipantEndedException always: the process has to exit
     */
    public void unhealthy(List<String> listeningOn, ShardRevisions revisions) throws ParticipantEndedException {
        try {
            if (channel.isPresent()) {
                channel.get().reportUnhealthy(listeningOn, revisions);
            }
            throw new ParticipantEndedException(1, "the daemon found itself unfit to serve");
        } finally {
            lock.release();
        }
    }

    private void giveUp() {
        channel.ifPresent(SuccessorChannel::giveUp);
        lock.release();
    }
}
