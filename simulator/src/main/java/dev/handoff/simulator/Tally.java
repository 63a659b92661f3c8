package dev.handoff.simulator;

/** What has been counted over a run's worlds. */
final class Tally {

    private long handoffs;
    private long committed;
    private long rolledBack;
    private long indeterminate;
    private long recovered;
    private long crashes;

    void ended(Handoffs.Ended end) {
        handoffs++;
        switch (end.outcome()) {
            case COMMITTED -> committed++;
            case ROLLED_BACK -> rolledBack++;
            case INDETERMINATE -> indeterminate++;
        }
        if (end.recovered()) {
            recovered++;
        }
    }

    void crashes(long more) {
        crashes += more;
    }

    long handoffs() {
        return handoffs;
    }

    long committed() {
        return committed;
    }

    long rolledBack() {
        return rolledBack;
    }

    long indeterminate() {
        return indeterminate;
    }

    /** Handoffs that a later coordinator found in the journal and brought to their end. */
    long recovered() {
        return recovered;
    }

    long crashes() {
        return crashes;
    }
}
