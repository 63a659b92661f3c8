package dev.handoff.cli.replay;

import java.util.List;
import java.util.Optional;

import dev.handoff.coordinator.config.Suggestions;
import dev.handoff.journal.JournalReader;
import dev.handoff.replay.EntryFilter;
import dev.handoff.replay.EntryKinds;
import dev.handoff.replay.JournalPoint;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which records of a journal are wanted. A picocli mixin. */
final class FilterOptions {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--from", paramLabel = "SEQ|TIME", converter = JournalPointConverter.class, description = "Only from here on: a record's number, or a time in UTC, as much of it as you like.")
    private Optional<JournalPoint> from = Optional.empty();

    @Option(names = "--to", paramLabel = "SEQ|TIME", converter = JournalPointConverter.class, description = "Only up to here, this included; 2026-11-23T08:38 is all of that minute.")
    private Optional<JournalPoint> to = Optional.empty();

    @Option(names = "--service", paramLabel = "NAME", description = "Only the records about this service.")
    private Optional<String> service = Optional.empty();

    @Option(names = "--handoff", paramLabel = "ID", description = "Only the records of this handoff: its id, as much of it as tells it from others, or 'last'.")
    private Optional<String> handoff = Optional.empty();

    @Option(names = "--kind", paramLabel = "KIND", description = "Only records of this kind, or that hold this message; several with commas, or by repeating it.")
    private List<String> kinds = List.of();

    Optional<String> service() {
        return service;
    }

    /** Whether {@link #complete} has to look for a handoff. */
    boolean namesHandoff() {
        return handoff.isPresent();
    }

    /** Refuses what is no kind before anything is read. */
    private Optional<EntryKinds> kinds() {
        if (kinds.isEmpty()) {
            return Optional.empty();
        }
        return switch (EntryKinds.parse(kinds)) {
            case EntryKinds.Parsed.Known known -> Optional.of(known.kinds());
            case EntryKinds.Parsed.Unknown unknown -> throw new ParameterException(command.commandLine(),
                    "there is no kind '" + unknown.name() + "'"
                            + Suggestions.closest(unknown.name(), EntryKinds.all())
                                    .map(close -> "; did you mean " + close + "?")
                                    .orElse("; there are " + String.join(", ", EntryKinds.all())));
        };
    }

    /** Everything but the handoff, which has to be looked for in the journal. */
    EntryFilter withoutHandoff() {
        return new EntryFilter(from, to, service, Optional.empty(), kinds());
    }

    /**
     * The whole filter.
     *
     * @param base   of {@link #withoutHandoff}
     * @param reader stands at the journal's beginning again afterwards
     * @return empty where the handoff that was named is none, after a complaint on stderr
     */
    Optional<EntryFilter> complete(EntryFilter base, JournalReader reader, StoryFinder finder) {
        if (handoff.isEmpty()) {
            return Optional.of(base);
        }
        return finder.findSummary(reader, handoff.get()).map(found -> {
            reader.seek(0);
            return new EntryFilter(base.from(), base.to(), base.service(), Optional.of(found.id()), base.kinds());
        });
    }
}
