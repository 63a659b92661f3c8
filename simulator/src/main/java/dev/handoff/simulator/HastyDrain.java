package dev.handoff.simulator;

import dev.handoff.participant.session.IncumbentAction;
import dev.handoff.stock.StockAction;

/** A mutant: the drain stops accepting and forgets what is in flight. */
record HastyDrain() implements Mutant {

    @Override
    public void before(Daemon daemon, IncumbentAction action) {
        if (action instanceof IncumbentAction.RunDrain) {
            daemon.leaveInFlight();
        }
    }

    @Override
    public void before(Daemon daemon, StockAction action) {
        if (action instanceof StockAction.RunDrain) {
            daemon.leaveInFlight();
        }
    }
}
