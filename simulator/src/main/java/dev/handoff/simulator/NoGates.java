package dev.handoff.simulator;

import dev.handoff.codec.Decoded;
import dev.handoff.codec.FrameDecoder;
import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.FrameLayout;
import dev.handoff.codec.Message;
import dev.handoff.codec.MessageKind;
import dev.handoff.coordinator.loop.Session;
import dev.handoff.coordinator.loop.Wire;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** A mutant: every {@code Ready} is read as a healthy one. */
record NoGates() implements Mutant {

    @Override
    public Wiring wiring(World world) {
        return new Wiring() {
            @Override
            public Wire wire(Wire inner) {
                return new Rosy(inner);
            }
        };
    }

    private static final class Rosy extends ForwardingWire {

        private final FrameDecoder decoder = new FrameDecoder();
        private final FrameEncoder encoder = new FrameEncoder();

        Rosy(Wire wire) {
            super(wire);
        }

        @Override
        public int peek(Session session) {
            int available = super.peek(session);
            DirectBuffer peeked = peeked();
            if (available > FrameLayout.LENGTH_BYTES
                    && FrameDecoder.peekKind(peeked, 0, available) == MessageKind.READY.discriminant()
                    && decoder.decode(peeked, 0,
                            available) instanceof Decoded.Frame(int version, Message.Ready ready, int _)) {
                byte[] rosy = encoder.encode(new Message.Ready(ready.handoffId(), ready.listeningOn(), true,
                        ready.advertisedRevisionPerShard()), version);
                ((UnsafeBuffer) peeked).putBytes(0, rosy);
            }
            return available;
        }
    }
}
