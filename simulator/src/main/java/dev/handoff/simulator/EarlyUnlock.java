package dev.handoff.simulator;

import dev.handoff.participant.session.IncumbentAction;
import dev.handoff.stock.StockAction;

/** A mutant: the lock goes when the seal begins. */
record EarlyUnlock() implements Mutant {

    @Override
    public void before(Daemon daemon, IncumbentAction action) {
        if (action instanceof IncumbentAction.RunSeal) {
            daemon.unlock();
        }
    }

    @Override
    public void before(Daemon daemon, StockAction action) {
        if (action instanceof StockAction.RunSeal) {
            daemon.unlock();
        }
    }
}
