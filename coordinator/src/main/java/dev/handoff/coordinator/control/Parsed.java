package dev.handoff.coordinator.control;

/** What a line turned out to be. */
public sealed interface Parsed<T> {

    record Understood<T>(T value) implements Parsed<T> {}

    /**
     * Not a line of this API.
     *
     * @param reason for the person at the other end, one line
     */
    record NotUnderstood<T>(String reason) implements Parsed<T> {
        public NotUnderstood {
            reason = ControlJson.oneLine(reason);
        }
    }
}
