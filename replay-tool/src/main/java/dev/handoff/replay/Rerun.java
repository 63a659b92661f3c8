package dev.handoff.replay;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.Service;
import dev.handoff.journal.JournalReader;
import dev.handoff.journal.ReplayEnd;

/** The production core from a handoff's beginning on, under another policy. One thread. */
final class Rerun {

    private final HandoffSummary summary;
    private final UnaryOperator<ServicePolicy> change;
    private final StateTrack track = new StateTrack();
    private Optional<Alternative.Course.Ended> ended = Optional.empty();
    private long nowNs;

    private Rerun(HandoffSummary summary, UnaryOperator<ServicePolicy> change) {
        this.summary = summary;
        this.change = change;
        this.nowNs = summary.startNs();
    }

    /** Stands before the handoff's first record, under the policy of then. */
    static Rerun before(JournalReader reader, HandoffSummary summary, UnaryOperator<ServicePolicy> change) {
        Rerun rerun = new Rerun(summary, change);
        reader.seek(summary.replayFrom());
        ReplayEnd _ = reader.replay(new EntryDecoder(new ServiceNames(), entry -> {
            boolean reached = entry instanceof Entry.Recorded recorded
                    && recorded.header().sequence() >= summary.first().sequence();
            if (!reached) {
                List<Effect> _ = rerun.track.take(entry);
            }
            return !reached;
        }));
        return rerun;
    }

    /** Puts the other policy into force, as a configuration that was read anew would. */
    void changePolicy() {
        Service service = service().orElseThrow();
        List<Effect> _ = take(new Event.ServiceConfigured(new Stamp(nowNs, summary.service(), HandoffId.NONE),
                service.name(), service.configured(), change.apply(service.policy()), true));
    }

    /** A later coordinator configures the service again: under the other policy, too. */
    Event underChangedPolicy(Event event) {
        return event instanceof Event.ServiceConfigured e && e.stamp().service() == summary.service()
                ? new Event.ServiceConfigured(e.stamp(), e.name(), e.binary(), change.apply(e.policy()), e.takeover())
                : event;
    }

    /** Steps on the event; what is ordered for this service. */
    List<Effect> take(Event event) {
        nowNs = Math.max(nowNs, event.stamp().timeNs());
        if (event instanceof Event.HandoffEnded e && e.stamp().handoffId().equals(summary.id())) {
            ended = Optional.of(new Alternative.Course.Ended(e.outcome(), e.reason(), e.stamp().timeNs()));
        }
        return track.take(new Entry.Happened(new Entry.Header(0, event.stamp().timeNs(), 0), event)).stream()
                .filter(effect -> Orders.areFor(effect, summary.service())).toList();
    }

    /** Steps on what the loop would have journaled by itself of these orders. */
    void enact(List<Effect> ordered) {
        for (Effect effect : ordered) {
            switch (effect) {
                case Effect.SendToIncumbent e -> sent(e.session(), Side.INCUMBENT, e.message());
                case Effect.SendToSuccessor e -> sent(e.session(), Side.SUCCESSOR, e.message());
                case Effect.SpawnSuccessor e -> stepOn(new Event.SpawnOrdered(stamp(), Side.SUCCESSOR, e.binary()));
                case Effect.SpawnIncumbent e -> stepOn(new Event.SpawnOrdered(stamp(), Side.INCUMBENT, e.binary()));
                case Effect.Note(Event.Decision decision) -> stepOn(decision);
                case Effect.Connect _,Effect.CloseSession _,Effect.ResolveBinary _,Effect.Terminate _,Effect.Kill _,Effect.ArmTimer _,Effect.CancelTimer _,Effect.Fence _,Effect.LookAtLock _,Effect.Respond _,Effect.Exit _ ->
                    {
                    }
            }
        }
    }

    private void sent(long session, Side to, Message message) {
        stepOn(new Event.MessageSending(stamp(), session, to, message));
    }

    /** What the loop journals by itself orders nothing more. */
    private void stepOn(Event event) {
        List<Effect> _ = take(event);
    }

    private Stamp stamp() {
        return new Stamp(nowNs, summary.service(),
                service().map(service -> service.state().handoffId()).orElse(HandoffId.NONE));
    }

    /** The timer as it would have come due; never before what was taken already. */
    Event.TimerFired timer(TimerKind kind, long dueNs) {
        nowNs = Math.max(nowNs, dueNs);
        return new Event.TimerFired(stamp(), kind, dueNs);
    }

    Optional<Service> service() {
        return track.service(summary.service());
    }

    boolean isReliable() {
        return track.isReliable();
    }

    /** How it ended in this course, once it has. */
    Optional<Alternative.Course.Ended> ended() {
        return ended;
    }

    /** Nanoseconds since 1970. */
    long nowNs() {
        return nowNs;
    }
}
