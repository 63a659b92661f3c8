package dev.handoff.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.coordinator.core.Service;

/**
 * Two handoffs beside each other: what they have in common, and where they parted.
 *
 * @param rows   the steps of both, aligned, each story's in its order
 * @param parted where the first decision differs; empty where both decided alike to the end
 */
public record HandoffDiff(HandoffStory a, HandoffStory b, List<Row> rows, Optional<Parted> parted) {

    /** Beyond this many pairs of steps nobody would read the result, and aligning them takes long. */
    private static final long MOST_PAIRS = 25_000_000;

    public HandoffDiff {
        rows = List.copyOf(rows);
    }

    /** One step, of either or of both. */
    record Row(Optional<DiffSteps.Step> a, Optional<DiffSteps.Step> b) {}

    /**
     * The first decision of each that the other did not take there; empty where one had nothing more to decide.
     *
     * @param before the last decision that both took, as {@code a} took it
     */
    record Parted(Optional<DiffSteps.Step> before, Optional<DiffSteps.Step> a, Optional<DiffSteps.Step> b) {}

    /** Compares them. */
    public static HandoffDiff of(HandoffStory a, HandoffStory b) {
        List<DiffSteps.Step> ofA = DiffSteps.of(a);
        List<DiffSteps.Step> ofB = DiffSteps.of(b);
        return new HandoffDiff(a, b, align(ofA, ofB), parted(ofA, ofB));
    }

    private static Optional<Parted> parted(List<DiffSteps.Step> a, List<DiffSteps.Step> b) {
        List<DiffSteps.Step> ofA = a.stream().filter(DiffSteps.Step::decision).toList();
        List<DiffSteps.Step> ofB = b.stream().filter(DiffSteps.Step::decision).toList();
        int same = 0;
        while (same < Math.min(ofA.size(), ofB.size()) && ofA.get(same).label().equals(ofB.get(same).label())) {
            same++;
        }
        int at = same;
        return at == ofA.size() && at == ofB.size()
                ? Optional.empty()
                : Optional.of(
                        new Parted(ofA.stream().limit(at).reduce((_, last) -> last), ofA.stream().skip(at).findFirst(),
                                ofB.stream().skip(at).findFirst()));
    }

    /** The longest common subsequence of their labels, and everything else around it. */
    private static List<Row> align(List<DiffSteps.Step> a, List<DiffSteps.Step> b) {
        if ((long) a.size() * b.size() > MOST_PAIRS) {
            List<Row> apart = new ArrayList<>();
            a.forEach(step -> apart.add(new Row(Optional.of(step), Optional.empty())));
            b.forEach(step -> apart.add(new Row(Optional.empty(), Optional.of(step))));
            return apart;
        }
        int[][] common = new int[a.size() + 1][b.size() + 1];
        for (int i = a.size() - 1; i >= 0; i--) {
            for (int j = b.size() - 1; j >= 0; j--) {
                common[i][j] = a.get(i).label().equals(b.get(j).label())
                        ? common[i + 1][j + 1] + 1
                        : Math.max(common[i + 1][j], common[i][j + 1]);
            }
        }
        List<Row> rows = new ArrayList<>();
        int i = 0;
        int j = 0;
        while (i < a.size() || j < b.size()) {
            if (i < a.size() && j < b.size() && a.get(i).label().equals(b.get(j).label())) {
                rows.add(new Row(Optional.of(a.get(i)), Optional.of(b.get(j))));
                i++;
                j++;
            } else if (j == b.size() || (i < a.size() && common[i + 1][j] >= common[i][j + 1])) {
                rows.add(new Row(Optional.of(a.get(i)), Optional.empty()));
                i++;
            } else {
                rows.add(new Row(Optional.empty(), Optional.of(b.get(j))));
                j++;
            }
        }
        return rows;
    }

    /** The keys of the policy that differ. */
    List<PolicyKey> otherKeys() {
        Optional<ServicePolicy> ofA = policy(a);
        Optional<ServicePolicy> ofB = policy(b);
        return ofA.isEmpty() || ofB.isEmpty()
                ? List.of()
                : Arrays.stream(PolicyKey.values()).filter(key -> !key.shown(ofA.get()).equals(key.shown(ofB.get())))
                        .toList();
    }

    /** The policy under which it began; empty where records before it are lost. */
    static Optional<ServicePolicy> policy(HandoffStory story) {
        return story.moments().stream().findFirst().flatMap(Moment::before).map(Service::policy);
    }

    /** The phases that either had, with the time that each took; -1 where it did not have it. */
    Map<Phase, long[]> phases() {
        Map<Phase, long[]> phases = new LinkedHashMap<>();
        for (Phase phase : Phase.values()) {
            long ofA = a.summary().inPhaseNs(phase).orElse(-1);
            long ofB = b.summary().inPhaseNs(phase).orElse(-1);
            if (ofA >= 0 || ofB >= 0) {
                phases.put(phase, new long[]{ofA, ofB});
            }
        }
        return phases;
    }
}
