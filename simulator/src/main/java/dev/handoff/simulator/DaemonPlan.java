package dev.handoff.simulator;

import dev.handoff.codec.BuildId;

/**
 * How one generation of the daemon behaves. Drawn before its handoff begins, so that leaving other handoffs out does not
 * change it.
 *
 * @param stock whether it is a stock version 1 daemon, else one on our library
 * @param startNs from the spawn to its first step
 * @param openNs to open the data directory
 * @param drainNs how long the drain hook takes; {@code sealNs}, {@code resumeNs} alike
 * @param exitNs from {@code Commit} to its exit
 * @param failedDrains so many calls of the hook fail, then it works; {@code failedSeals}, {@code failedResumes} alike
 * @param healthy what {@code Ready} says
 * @param behind how many revisions {@code Ready} is short of
 * @param opens whether it can open the data directory as a successor at all
 * @param announcesOpening a stock successor that asks for heartbeats between {@code Begin} and {@code Ready}
 * @param wrongPid whether its {@code Hello} names another pid, as that of a wrapper's child does
 */
record DaemonPlan(int generation, boolean stock, long startNs, long openNs, long drainNs, long sealNs, long resumeNs,
        long exitNs, int failedDrains, int failedSeals, int failedResumes, boolean healthy, int behind, boolean opens,
        boolean announcesOpening, boolean wrongPid) {

    private static final long MS = 1_000_000;

    /** A daemon without faults, as fast as one can be. */
    static DaemonPlan plain(int generation, boolean stock) {
        return new DaemonPlan(generation, stock, MS, MS, MS, MS, MS, MS, 0, 0, 0, true, 0, true, false, false);
    }

    static DaemonPlan draw(int generation, FaultProfile profile, Dice dice) {
        boolean stock = dice.perMille(500);
        if (!profile.misbehaves()) {
            return plain(generation, stock);
        }
        long longest = dice.perMille(60) ? 9_000 * MS : 40 * MS;
        return new DaemonPlan(generation, stock, dice.spread(MS, 200 * MS), dice.spread(MS, longest),
                dice.spread(MS / 10, longest), dice.spread(MS / 10, longest), dice.spread(MS / 10, 50 * MS),
                dice.spread(MS / 10, dice.perMille(20) ? 60_000 * MS : 20 * MS),
                dice.perMille(30) ? 1 : 0, dice.perMille(30) ? 1 : 0, dice.perMille(15) ? 1 : 0,
                !dice.perMille(30), dice.perMille(30) ? 1 : 0, !dice.perMille(20), dice.perMille(500),
                dice.perMille(10));
    }

    /** Whether nothing of it keeps a handoff to it, or from it, from its commit. */
    boolean isSound() {
        return failedDrains + failedSeals + failedResumes + behind == 0 && healthy && opens && !wrongPid
                && Math.max(Math.max(startNs, openNs), Math.max(drainNs, sealNs)) <= 500 * MS;
    }

    /** The path that stands for this generation's binary. */
    String binary() {
        return "/g/" + generation;
    }

    BuildId build() {
        return BuildId.parse(String.format("%08x", generation));
    }
}
