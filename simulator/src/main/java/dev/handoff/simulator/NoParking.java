package dev.handoff.simulator;

/** A mutant: whatever is parked is lost when the coordinator dies. */
record NoParking() implements Mutant {

    @Override
    public boolean parks() {
        return false;
    }
}
