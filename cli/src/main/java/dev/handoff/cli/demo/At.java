package dev.handoff.cli.demo;

import java.util.Optional;

import dev.handoff.coordinator.fault.Step;

/** Where the demo kills, as {@code --at} says. */
sealed interface At {

    /** Nowhere: print the steps there are. */
    record Listing() implements At {}

    /** Before and after every record that the journal has of a handoff, one swap each. */
    record Every() implements At {}

    /** Before and after every effect that the core orders in a handoff, one swap each. */
    record Effects() implements At {}

    /** At a step chosen by lot, in each swap another. */
    record Random() implements At {}

    /** At a moment chosen by lot, from outside: between two steps as well as at one. */
    record AnyTime() implements At {}

    /** At the step that is called so; what tells two of a kind apart may be left out where there is only one. */
    record Named(Step step) implements At {}

    static Optional<At> parse(String text) {
        return switch (text) {
            case "list" -> Optional.of(new Listing());
            case "every" -> Optional.of(new Every());
            case "effects" -> Optional.of(new Effects());
            case "random" -> Optional.of(new Random());
            case "anytime" -> Optional.of(new AnyTime());
            default -> Step.parse(text).map(Named::new);
        };
    }
}
