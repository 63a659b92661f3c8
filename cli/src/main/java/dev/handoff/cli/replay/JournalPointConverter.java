package dev.handoff.cli.replay;

import dev.handoff.replay.JournalPoint;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A {@link JournalPoint} on the command line. */
final class JournalPointConverter implements ITypeConverter<JournalPoint> {

    @Override
    public JournalPoint convert(String value) {
        return JournalPoint.parse(value).orElseThrow(
                () -> new TypeConversionException("'" + value + "' is neither of these: " + JournalPoint.FORMS));
    }
}
