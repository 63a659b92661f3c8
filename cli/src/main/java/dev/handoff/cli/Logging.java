package dev.handoff.cli;

/**
 * Points Logback at this command's own configuration, which writes to stderr only. Called before the first logger is
 * made. Our file has a name of its own, for a {@code logback.xml} may also be in the jar of an example daemon.
 */
final class Logging {

    private static final String CONFIGURATION = "logback.configurationFile";
    private static final String LEVEL = "HANDOFF_LOG";

    private Logging() {}

    static void configure() {
        if (System.getProperty(CONFIGURATION) == null) {
            System.setProperty(CONFIGURATION, "dev/handoff/cli/logback.xml");
        }
    }

    /** The level unless the user chose one with {@code HANDOFF_LOG}; for commands that run in the foreground for long. */
    static void defaultLevel(String level) {
        if (System.getProperty(LEVEL) == null && System.getenv(LEVEL) == null) {
            System.setProperty(LEVEL, level);
        }
    }
}
