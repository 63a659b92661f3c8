package dev.handoff.cli;

import java.nio.charset.StandardCharsets;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.joran.spi.ConsoleTarget;
import ch.qos.logback.core.spi.ContextAwareBase;

/**
 * Logs go to stderr, one line each: time, level, message, which names the service and the handoff. {@code HANDOFF_LOG} (a system
 * property or an environment variable) sets the level. Nothing may reach stdout, which is for results.
 *
 * <p>
 * Logback finds it through {@code META-INF/services}. In code, because the XML machinery would take longer than the rest of the
 * logging at a start; {@code -Dlogback.configurationFile} still wins.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_HIGH_PRIORITY)
public final class StderrLogging extends ContextAwareBase implements Configurator {

    private static final String LEVEL = "HANDOFF_LOG";

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        if (System.getProperty("logback.configurationFile") != null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setCharset(StandardCharsets.UTF_8);
        encoder.setPattern("%d{HH:mm:ss.SSS} %-5level %msg%n");
        encoder.start();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setTarget(ConsoleTarget.SystemErr.getName());
        appender.setEncoder(encoder);
        appender.start();
        // Chronicle tells of its own start at INFO, and warns that it cannot pin threads to cores, which nobody asks it to.
        context.getLogger("net.openhft").setLevel(Level.WARN);
        context.getLogger("net.openhft.affinity").setLevel(Level.ERROR);
        context.getLogger("io.netty").setLevel(Level.WARN);
        var root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.toLevel(chosenLevel(), Level.WARN));
        root.addAppender(appender);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    private static String chosenLevel() {
        String property = System.getProperty(LEVEL);
        return property != null ? property : System.getenv().getOrDefault(LEVEL, "WARN");
    }
}
