package dev.handoff.coordinator.core;

import java.util.List;

import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;

/**
 * The state that a sequence of events leads to. The loop folds each event as it happens; recovery and the replay tool fold
 * the journal's events and arrive at the same state. Confined to one thread.
 */
public final class Fold {

    private CoordinatorState state;
    private final LastHeard heard;

    /** Starts from nothing, before a journal's first event. */
    public Fold() {
        this(CoordinatorState.EMPTY, new LastHeard());
    }

    /** Goes on from a snapshot, which belongs to this fold from now on. */
    public Fold(CoordinatorState state, LastHeard heard) {
        this.state = state;
        this.heard = heard;
    }

    /** Steps on {@code event} and gives the effects that the shell would run; a replay drops them. */
    public List<Effect> apply(Event event) {
        long nowNs = event.stamp().timeNs();
        int service = event.stamp().service();
        switch (event) {
            case Event.MessageReceived e -> {
                if (isCurrent(service, e.session(), e.from())) {
                    heard.heard(service, e.from(), nowNs);
                    heard.tookWhole(service, e.from());
                }
            }
            case Event.FragmentReceived e -> {
                if (isCurrent(service, e.session(), e.from())) {
                    heard.heard(service, e.from(), nowNs);
                    heard.tookPart(service, e.from(), e.session(), e.bytes().length());
                }
            }
            case Event.CoordinatorRestarted e -> e.found().forEach(found -> heard.startAnew(found.service(), nowNs));
            case Event.MessageSending _,Event.GateJudged _,Event.TimerFired _,Event.CoordinatorStarted _,Event.ServiceConfigured _,Event.StopRequested _,Event.SwapRequested _,Event.AbortRequested _,Event.BinaryResolved _,Event.BinaryRejected _,Event.SpawnOrdered _,Event.Spawned _,Event.SpawnFailed _,Event.ProcessExited _,Event.SessionConnected _,Event.ConnectFailed _,Event.FrameRejected _,Event.SessionClosed _,Event.FencePassed _,Event.LockSeen _,Event.HandoffEnded _ ->
                {
                }
        }
        Transition transition = Core.step(state, event, heard);
        state = transition.next();
        heard.follow(event);
        return transition.effects();
    }

    /**
     * Takes the {@code MessageReceived} of a heartbeat without an object, where it changes nothing but when its sender was last
     * heard. Live run and replay ask this first for every heartbeat. Allocates nothing.
     *
     * @param protoVersion the version in the frame's header
     * @return whether it was taken; if not, nothing happened, and the event must be given to {@link #apply}
     */
    public boolean takeHeartbeat(int service, long session, Side from, int protoVersion, long timeNs) {
        Service known = state.services().get(service);
        if (known == null || !Messages.isQuiet(known.state(), session, from, protoVersion)) {
            return false;
        }
        heardWhole(service, from, timeNs);
        return true;
    }

    /**
     * Takes the {@code MessageReceived} of a {@code SealProgress} by which nothing changes but the two counts and when its sender was last
     * heard: nearly all that a long seal writes into a journal. A recovery asks this first, as with {@link #takeHeartbeat}; the loop, which
     * has a seal's time for each, does not.
     *
     * @param protoVersion the version in the frame's header
     * @param shardsSealed 0..2^32-1
     * @param shardsTotal  0..2^32-1
     * @return whether it was taken; if not, nothing happened, and the event must be given to {@link #apply}
     */
    public boolean takeSealProgress(int service, long session, Side from, int protoVersion, long shardsSealed,
            long shardsTotal, long timeNs) {
        Service known = state.services().get(service);
        if (known == null || from != Side.INCUMBENT
                || !(known.state() instanceof State.AwaitingSealComplete sealing) || session == Peer.NO_SESSION
                || sealing.incumbent().session() != session || protoVersion != Message.PROTOCOL_VERSION) {
            return false;
        }
        state = state.with(known.progressed(sealing.progressed(shardsSealed, shardsTotal)));
        heardWhole(service, from, timeNs);
        return true;
    }

    private void heardWhole(int service, Side from, long timeNs) {
        heard.heard(service, from, timeNs);
        heard.tookWhole(service, from);
        heard.noDoubt();
    }

    /** Only the session that the side has now counts: a late word of a departing incumbent says nothing about the new one. */
    private boolean isCurrent(int service, long session, Side from) {
        Service known = state.services().get(service);
        return known != null && Messages.isCurrent(known.state(), session, from);
    }

    public CoordinatorState state() {
        return state;
    }

    public LastHeard lastHeard() {
        return heard;
    }
}
