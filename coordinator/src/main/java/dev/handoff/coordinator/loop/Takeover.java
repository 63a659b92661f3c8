package dev.handoff.coordinator.loop;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ExitStatus;
import dev.handoff.codec.event.Found;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.coordinator.core.CoordinatorState;
import dev.handoff.coordinator.core.Service;

/**
 * A coordinator's first turns: tells the loop what is configured and what was found of an earlier coordinator, in the order that
 * lets deaths and lost sessions take their ordinary path.
 *
 * <p>
 * Invariant: what a peer had said is read before its session's end or its own is told ({@link #catchUp}).
 */
public final class Takeover {

    /** One service of the configuration. */
    public record Configured(int service, String name, String binary, ServicePolicy policy) {}

    /**
     * What is true at the start.
     *
     * @param pid
     *            of the coordinator
     * @param damage
     *            as in {@link Past}
     * @param found
     *            one for each configured service
     */
    public record Facts(long pid, String build, String bootId, String damage, List<Found> found) {
        public Facts {
            found = List.copyOf(found);
        }
    }

    private Takeover() {}

    /** Numbers for services by name, in the order given: those that the state knows keep theirs. */
    public static Map<Integer, String> numbers(CoordinatorState state, List<String> names) {
        int highest = Stamp.COORDINATOR;
        for (Service service : state.services().values()) {
            highest = Math.max(highest, service.number());
        }
        Map<Integer, String> numbers = new LinkedHashMap<>();
        for (String name : names) {
            int number = 0;
            for (Service service : state.services().values()) {
                if (service.name().equals(name)) {
                    number = service.number();
                }
            }
            numbers.put(number == 0 ? ++highest : number, name);
        }
        return numbers;
    }

    /**
     * Runs the start on the loop thread. The wire has the sessions whose sockets were handed back, the processes found are
     * watched.
     */
    public static void run(LoopAgent loop, List<Configured> configured, Facts facts) {
        CoordinatorState before = loop.fold().state();
        if (isFirst(before, facts)) {
            happened(loop, Stamp.COORDINATOR,
                    stamp -> new Event.CoordinatorStarted(stamp, facts.pid(), facts.build(), facts.bootId()));
            configure(loop, configured, false);
            return;
        }
        configure(loop, configured, true);
        happened(loop, Stamp.COORDINATOR, stamp -> new Event.CoordinatorRestarted(stamp, facts.pid(), facts.build(),
                facts.bootId(), facts.damage(), facts.found()));
        for (Found found : facts.found()) {
            catchUp(loop, before.services().get(found.service()), found);
        }
    }

    /** Nobody was here before. */
    private static boolean isFirst(CoordinatorState before, Facts facts) {
        return before.services().size() == 0 && facts.damage().isEmpty()
                && facts.found().stream().allMatch(found -> found.holderPid() == 0 && found.spawnedPid() == 0);
    }

    private static void configure(LoopAgent loop, List<Configured> configured, boolean takeover) {
        for (Configured service : configured) {
            happened(loop, service.service(), stamp -> new Event.ServiceConfigured(stamp, service.name(),
                    service.binary(), service.policy(), takeover));
        }
    }

    private static void catchUp(LoopAgent loop, Service before, Found found) {
        loop.readAllOf(found.service());
        loop.endOfInput();
        if (before == null) {
            return;
        }
        Set<Long> handedBack = new HashSet<>(found.sessions());
        for (Named.NamedSession session : Named.sessions(before)) {
            if (!handedBack.contains(session.number())) {
                happened(loop, found.service(), stamp -> new Event.SessionClosed(stamp, session.number(),
                        session.side(), "not handed back"));
            }
        }
        for (long pid : found.gone()) {
            happened(loop, found.service(), stamp -> new Event.ProcessExited(stamp, pid, new ExitStatus.Unknown()));
        }
    }

    private static void happened(LoopAgent loop, int service, Fact fact) {
        loop.happened(fact, service,
                service == Stamp.COORDINATOR ? HandoffId.NONE : loop.handoffIdOf(service));
        loop.endOfInput();
    }
}
