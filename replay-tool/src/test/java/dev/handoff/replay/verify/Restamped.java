package dev.handoff.replay.verify;

import dev.handoff.codec.event.DecodedEvent;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventCodec;
import dev.handoff.codec.event.EventKind;
import org.agrona.ExpandableArrayBuffer;

/** The same event at another time: the time stands in the record's header alone. */
final class Restamped {

    private Restamped() {}

    static Event at(Event event, long timeNs) {
        EventCodec codec = new EventCodec();
        ExpandableArrayBuffer payload = new ExpandableArrayBuffer();
        int length = codec.encode(event, payload, 0);
        return ((DecodedEvent.Intact) codec.decode(EventKind.of(event).number(), timeNs, payload, 0, length)).event();
    }
}
