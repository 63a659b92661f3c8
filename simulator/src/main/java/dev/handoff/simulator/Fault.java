package dev.handoff.simulator;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * One thing that goes wrong in a handoff.
 *
 * @param atPoint
 *            at which point, counted from the handoff's request
 * @param durationNs
 *            how long the coordinator is away, a process stopped, or the disk full
 * @param detail
 *            which record, which socket, or how many
 */
record Fault(long atPoint, Kind kind, long durationNs, int detail) {

    private static final long MS = 1_000_000;

    /** The points of an undisturbed handoff, and of most recoveries, are fewer. */
    private static final int USUAL_POINTS = 280;

    /** What goes wrong. */
    enum Kind {
        KILL_COORDINATOR,
        KILL_INCUMBENT,
        KILL_SUCCESSOR,
        STOP_COORDINATOR,
        STOP_INCUMBENT,
        STOP_SUCCESSOR,
        MACHINE_DIES,
        SPAWN_FAILS,
        ABORT_ASKED,
        DISK_FULL,
        JOURNAL_LOSES_END,
        JOURNAL_FLIPS_BIT,
        STORE_LOSES
    }

    /** What goes wrong in the next handoff, in the order of the points. */
    static List<Fault> draw(FaultProfile profile, Dice dice) {
        List<Fault> faults = new ArrayList<>();
        if (profile.kills()) {
            int count = dice.perMille(250) ? 0 : 1 + dice.below(3);
            for (int i = 0; i < count; i++) {
                faults.add(killOrStop(dice));
            }
            if (dice.perMille(10)) {
                faults.add(at(dice, Kind.SPAWN_FAILS, 0, 0));
            }
        }
        if (profile.misbehaves() && dice.perMille(20)) {
            faults.add(at(dice, Kind.ABORT_ASKED, 0, 0));
        }
        if (profile.damages() && dice.perMille(profile == FaultProfile.DISK ? 500 : 60)) {
            faults.add(switch (dice.below(4)) {
                case 0 -> at(dice, Kind.DISK_FULL, dice.spread(10 * MS, 20_000 * MS), 0);
                case 1 -> at(dice, Kind.JOURNAL_LOSES_END, dice.spread(MS, 2_000 * MS), 1 + dice.below(8));
                case 2 -> at(dice, Kind.JOURNAL_FLIPS_BIT, dice.spread(MS, 2_000 * MS), dice.below(1 << 20));
                default -> at(dice, Kind.STORE_LOSES, dice.spread(MS, 2_000 * MS), dice.below(4));
            });
        }
        faults.sort(Comparator.comparingLong(Fault::atPoint));
        return faults;
    }

    private static Fault killOrStop(Dice dice) {
        int which = dice.below(1_000);
        if (which < 500) {
            return at(dice, Kind.KILL_COORDINATOR, away(dice), 0);
        }
        if (which < 620) {
            return at(dice, Kind.KILL_INCUMBENT, 0, 0);
        }
        if (which < 740) {
            return at(dice, Kind.KILL_SUCCESSOR, 0, 0);
        }
        long stoppedNs = dice.spread(MS, 40_000 * MS);
        if (which < 820) {
            return at(dice, Kind.STOP_COORDINATOR, stoppedNs, 0);
        }
        if (which < 900) {
            return at(dice, Kind.STOP_INCUMBENT, stoppedNs, 0);
        }
        return which < 985
                ? at(dice, Kind.STOP_SUCCESSOR, stoppedNs, 0)
                : at(dice, Kind.MACHINE_DIES, dice.spread(100 * MS, 5_000 * MS), dice.below(1_000));
    }

    /** Mostly back at once; seldom away for longer than the hold. */
    private static long away(Dice dice) {
        return dice.perMille(30) ? dice.between(10_000 * MS, 16_000 * MS) : dice.spread(MS, 8_000 * MS);
    }

    private static Fault at(Dice dice, Kind kind, long durationNs, int detail) {
        return new Fault(1 + dice.below(USUAL_POINTS), kind, durationNs, detail);
    }

    @Override
    public String toString() {
        return kind + " at point " + atPoint + (durationNs == 0 ? "" : " for " + durationNs / MS + " ms");
    }
}
