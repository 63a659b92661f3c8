package dev.handoff.simulator;

import dev.handoff.coordinator.loop.Effects;
import dev.handoff.coordinator.loop.EventLog;
import dev.handoff.coordinator.loop.Wire;
import dev.handoff.journal.MemoryJournal;
import dev.handoff.participant.session.IncumbentAction;
import dev.handoff.stock.StockAction;

/** A deliberately broken variant: what {@link Safety} must catch. Each is a decorator around production code. */
interface Mutant {

    /** Nothing is broken. */
    Mutant NONE = new Mutant() {
    };

    /** The decorators around one coordinator's loop. */
    interface Wiring {

        /** Nothing is broken. */
        Wiring PLAIN = new Wiring() {
        };

        default EventLog log(EventLog log) {
            return log;
        }

        default Effects effects(Effects effects) {
            return effects;
        }

        default Wire wire(Wire wire) {
            return wire;
        }
    }

    /** For a coordinator that starts. */
    default Wiring wiring(World world) {
        return Wiring.PLAIN;
    }

    /** A daemon on our library is about to do this. */
    default void before(Daemon daemon, IncumbentAction action) {}

    /** A stock daemon is about to do this. */
    default void before(Daemon daemon, StockAction action) {}

    /** Whether the store keeps what it is given. */
    default boolean parks() {
        return true;
    }

    /** The journal's disk loses the newest records. */
    default void loseEnd(MemoryJournal.Storage storage, int records) {
        storage.truncate(records);
    }
}
