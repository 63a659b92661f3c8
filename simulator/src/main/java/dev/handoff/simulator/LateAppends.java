package dev.handoff.simulator;

import dev.handoff.codec.event.Event;
import dev.handoff.coordinator.loop.EventLog;
import dev.handoff.coordinator.loop.Session;
import dev.handoff.coordinator.loop.Wire;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/** A mutant: frames reach the journal only after what should follow from that. */
record LateAppends(Which which) implements Mutant {

    /** Which frames. */
    enum Which {
        SENT,
        RECEIVED
    }

    @Override
    public Wiring wiring(World world) {
        return new Late(which);
    }

    private static final class Late implements Wiring {

        private final Which which;
        private final ExpandableArrayBuffer kept = new ExpandableArrayBuffer();
        private EventLog log;
        private EventLog.Frame keptAt;
        private int keptLength;

        Late(Which which) {
            this.which = which;
        }

        private void keep(EventLog.Frame at, DirectBuffer frame, int offset, int length) {
            kept.putBytes(0, frame, offset, length);
            keptAt = at;
            keptLength = length;
        }

        /** The loop sets its frame's place anew only before the next append, which comes here first. */
        private void append() {
            EventLog.Frame at = keptAt;
            keptAt = null;
            if (at == null) {
                return;
            }
            switch (which) {
                case SENT -> log.appendSending(at, kept, 0, keptLength);
                case RECEIVED -> log.appendReceived(at, kept, 0, keptLength);
            }
        }

        @Override
        public EventLog log(EventLog inner) {
            log = inner;
            return new EventLog() {
                @Override
                public void append(Event event) {
                    inner.append(event);
                }

                @Override
                public void appendReceived(Frame at, DirectBuffer frame, int offset, int length) {
                    if (which == Which.RECEIVED) {
                        keep(at, frame, offset, length);
                    } else {
                        inner.appendReceived(at, frame, offset, length);
                    }
                }

                @Override
                public void appendSending(Frame at, DirectBuffer frame, int offset, int length) {
                    if (which == Which.SENT) {
                        keep(at, frame, offset, length);
                    } else {
                        inner.appendSending(at, frame, offset, length);
                    }
                }

                @Override
                public long lastSequence() {
                    return inner.lastSequence();
                }

                @Override
                public void endOfBatch() {
                    inner.endOfBatch();
                }
            };
        }

        @Override
        public Wire wire(Wire inner) {
            return new ForwardingWire(inner) {
                @Override
                public int write(Session session, int length) {
                    int result = super.write(session, length);
                    append();
                    return result;
                }

                @Override
                public void consume(Session session, int length) {
                    super.consume(session, length);
                    append();
                }
            };
        }
    }
}
