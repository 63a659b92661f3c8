package dev.handoff.replay;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.State;

/**
 * What the core ordered, in words that two courses of one handoff can be compared by: without times, heartbeats, timers and answers to
 * whoever asked, none of which decides anything. One handoff; any thread.
 */
final class Orders {

    static final String LOOK_AT_LOCK = "ask the kernel who holds the lock";

    private final HandoffSummary summary;

    Orders(HandoffSummary summary) {
        this.summary = summary;
    }

    /**
     * The decisions among the effects, in their order.
     *
     * @param before the service before them, whose sessions tell who is hung up on
     */
    List<String> decisions(List<Effect> effects, Optional<Service> before) {
        List<String> decisions = new ArrayList<>();
        for (Effect effect : effects) {
            decision(effect, before).ifPresent(decisions::add);
        }
        return decisions;
    }

    private Optional<String> decision(Effect effect, Optional<Service> before) {
        return switch (effect) {
            case Effect.SendToIncumbent e -> told("incumbent", e.message());
            case Effect.SendToSuccessor e -> told("successor", e.message());
            case Effect.Connect _ -> Optional.of("connect to the incumbent");
            case Effect.CloseSession e -> Optional.of("end the session with the "
                    + (isIncumbents(e.session(), before) ? "incumbent" : "successor"));
            case Effect.ResolveBinary _ -> Optional.of("look for the binary");
            case Effect.SpawnSuccessor _ -> Optional.of("start the successor");
            case Effect.SpawnIncumbent _ -> Optional.of("start the daemon from cold");
            case Effect.Terminate e -> Optional.of("send SIGTERM to " + who(e.daemon().pid()));
            case Effect.Kill e -> Optional.of("send SIGKILL to " + who(e.daemon().pid()));
            case Effect.Fence _ -> Optional.of("put a fence behind what was sent to the incumbent");
            case Effect.LookAtLock _ -> Optional.of(LOOK_AT_LOCK);
            case Effect.Note(Event.GateJudged e) ->
                Optional.of("gate " + e.gate().wireName() + ": " + e.verdict().wireName());
            case Effect.Note(Event.HandoffEnded e) -> Optional.of("end it: " + e.outcome().wireName()
                    + (e.reason().isEmpty() ? "" : ", " + e.reason()));
            case Effect.ArmTimer _,Effect.CancelTimer _,Effect.Respond _,Effect.Exit _ -> Optional.empty();
        };
    }

    private static Optional<String> told(String whom, Message message) {
        return message instanceof Message.Heartbeat
                ? Optional.empty()
                : Optional.of("tell the " + whom + " " + message.kind().wireName());
    }

    private String who(long pid) {
        return side(pid).map(side -> "the " + Sentences.word(side)).orElse("process " + pid);
    }

    /** The part that a process has in this handoff, if any. */
    Optional<Side> side(long pid) {
        return pid == summary.incumbent().pid()
                ? Optional.of(Side.INCUMBENT)
                : pid == summary.successor().pid() ? Optional.of(Side.SUCCESSOR) : Optional.empty();
    }

    private static boolean isIncumbents(long session, Optional<Service> before) {
        return before.map(Service::state).map(state -> switch (state) {
            case State.InHandoff flight -> flight.incumbent().session() == session;
            case State.Serving serving -> serving.incumbent().session() == session;
            case State.AwaitingIncumbentUp up -> up.incumbent().session() == session;
            case State.Stopped _,State.AwaitingSpawn _,State.AwaitingRestart _,State.Failed _,State.AwaitingExit _ ->
                false;
        }).orElse(false);
    }

    /** Whom the decisions of one course touch that the other course did not take in the same moment. */
    static Set<Side> touched(List<String> decisions, List<String> others) {
        Set<Side> touched = EnumSet.noneOf(Side.class);
        for (String decision : without(decisions, others)) {
            if (decision.contains("the incumbent") && !decision.startsWith("put a fence")) {
                touched.add(Side.INCUMBENT);
            } else if (decision.contains("the successor")) {
                touched.add(Side.SUCCESSOR);
            }
        }
        return touched;
    }

    /** Those of the decisions that the others do not hold. */
    static List<String> without(List<String> decisions, List<String> others) {
        return decisions.stream().filter(decision -> !others.contains(decision)).toList();
    }

    /** Whether an order is about this service, or about the coordinator as a whole. */
    static boolean areFor(Effect effect, int service) {
        return switch (effect) {
            case Effect.SendToIncumbent e -> e.service() == service;
            case Effect.SendToSuccessor e -> e.service() == service;
            case Effect.Connect e -> e.service() == service;
            case Effect.CloseSession e -> e.service() == service;
            case Effect.ResolveBinary e -> e.service() == service;
            case Effect.SpawnSuccessor e -> e.service() == service;
            case Effect.SpawnIncumbent e -> e.service() == service;
            case Effect.Terminate e -> e.service() == service;
            case Effect.Kill e -> e.service() == service;
            case Effect.ArmTimer e -> e.service() == service;
            case Effect.CancelTimer e -> e.service() == service;
            case Effect.Fence e -> e.service() == service;
            case Effect.LookAtLock e -> e.service() == service;
            case Effect.Note(Event.Decision decision) -> decision.stamp().service() == service;
            case Effect.Respond _,Effect.Exit _ -> true;
        };
    }
}
