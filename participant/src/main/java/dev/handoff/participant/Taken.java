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
    private final Optional<Succession> succession;

    /** What a successor has beside the lock: its session, and the control socket, bound beside its path. */
    private record Succession(SuccessorChannel channel, ControlSocket socket) {}

    private Taken(Generation generation, DataDirLock lock, Optional<Succession> succession) {
        this.generation = generation;
        this.lock = lock;
        this.succession = succession;
    }

    static Taken afterColdStart(Generation generation, DataDirLock lock) {
        return new Taken(generation, lock, Optional.empty());
    }

    static Taken afterBegin(Generation generation, DataDirLock lock, SuccessorChannel channel, ControlSocket socket) {
        return new Taken(generation, lock, Optional.of(new Succession(channel, socket)));
    }

    /** The listeners inherited from the supervisor. */
    public InheritedListeners listeners() {
        return generation.listeners();
    }

    /**
     * The state is open and healthy. Tells the supervisor, and puts the control socket in place. The daemon may accept as soon as this
     * returns, and not before.
     *
     * @param listeningOn addresses, for people; together well under 1 MiB
     * @param revisions   one for each shard, none below the sealed ones
     * @throws ParticipantEndedException if the control socket cannot be bound, which a successor has done before, or the handoff is over: the
     *                                   lock is released
     */
    public IncumbentStage ready(List<String> listeningOn, ShardRevisions revisions) throws ParticipantEndedException {
        ControlSocket socket;
        try {
            socket = succession.isPresent()
                    ? succession.get().socket()
                    : ControlSocket.bindBeside(generation.config().controlSocket());
        } catch (ParticipantEndedException e) {
            lock.release();
            throw e;
        }
        try {
            if (succession.isPresent()) {
                succession.get().channel().becomeIncumbent(socket, listeningOn, revisions);
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
        ConnectionIntake intake = succession.map(with -> with.channel().intake())
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
            if (succession.isPresent()) {
                succession.get().channel().reportUnhealthy(listeningOn, revisions);
            }
            throw new ParticipantEndedException(1, "the daemon found itself unfit to serve");
        } finally {
            succession.ifPresent(with -> with.socket().close());
            lock.release();
        }
    }
}
