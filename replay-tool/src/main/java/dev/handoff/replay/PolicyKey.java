package dev.handoff.replay;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import dev.handoff.codec.event.ServicePolicy;

/**
 * A key of the configuration by which the core decides, named and measured as there. {@code lock_gate} is no key of its own there: it
 * is true where {@code data_dir} is given.
 */
public enum PolicyKey {
    DRAIN_GRACE_SECS("drain_grace_secs", 0),
    DEADLINE_SECS("deadline_secs", 1),
    HELLO_SECS("hello_secs", 1),
    START_SECS("start_secs", 1),
    EXIT_SECS("exit_secs", 0),
    LOCK_GATE("lock_gate", -1),
    RESTART_UNRESPONSIVE("restart_unresponsive", -1);

    private static final long DAY_SECS = 86_400;
    private static final int MS_DIGITS = 3;

    private final String key;
    /** Of the seconds; negative for a key that is true or false. */
    private final long least;

    PolicyKey(String key, long least) {
        this.key = key;
        this.least = least;
    }

    /** As the configuration writes it. */
    public String key() {
        return key;
    }

    /** The key of this name. */
    public static Optional<PolicyKey> of(String key) {
        return Arrays.stream(values()).filter(each -> each.key.equals(key)).findFirst();
    }

    /** All names, in their order. */
    public static List<String> keys() {
        return Arrays.stream(values()).map(PolicyKey::key).toList();
    }

    /** What a value has to be, for complaints. */
    public String expected() {
        return least < 0 ? "true or false" : "a number of seconds from " + least + " to " + DAY_SECS;
    }

    /** The policy's value, as the configuration would write it. */
    public String shown(ServicePolicy policy) {
        return switch (this) {
            case DRAIN_GRACE_SECS -> secs(policy.drainGraceMs());
            case DEADLINE_SECS -> secs(policy.deadlineMs());
            case HELLO_SECS -> secs(policy.helloMs());
            case START_SECS -> secs(policy.startMs());
            case EXIT_SECS -> secs(policy.exitMs());
            case LOCK_GATE -> Boolean.toString(policy.lockGate());
            case RESTART_UNRESPONSIVE -> Boolean.toString(policy.restartUnresponsive());
        };
    }

    private static String secs(long ms) {
        return BigDecimal.valueOf(ms, MS_DIGITS).stripTrailingZeros().toPlainString();
    }

    /** The policy with this value instead; empty where it is not as {@link #expected}. */
    public Optional<ServicePolicy> with(ServicePolicy policy, String value) {
        return least < 0 ? flag(value).map(on -> with(policy, on ? 1 : 0)) : ms(value).map(ms -> with(policy, ms));
    }

    private static Optional<Boolean> flag(String value) {
        return value.equals("true") || value.equals("false") ? Optional.of(value.equals("true")) : Optional.empty();
    }

    private Optional<Long> ms(String value) {
        if (!value.matches("[0-9]{1,9}(\\.[0-9]{1,9})?")) {
            return Optional.empty();
        }
        BigDecimal secs = new BigDecimal(value);
        boolean fits = secs.compareTo(BigDecimal.valueOf(least)) >= 0
                && secs.compareTo(BigDecimal.valueOf(DAY_SECS)) <= 0;
        return fits ? Optional.of(secs.movePointRight(MS_DIGITS).longValue()) : Optional.empty();
    }

    private ServicePolicy with(ServicePolicy p, long value) {
        return new ServicePolicy(this == DRAIN_GRACE_SECS ? value : p.drainGraceMs(),
                this == DEADLINE_SECS ? value : p.deadlineMs(), this == HELLO_SECS ? value : p.helloMs(),
                this == START_SECS ? value : p.startMs(), this == EXIT_SECS ? value : p.exitMs(), p.killGraceMs(),
                p.restartMs(), p.restartLimit(), this == LOCK_GATE ? value != 0 : p.lockGate(),
                this == RESTART_UNRESPONSIVE ? value != 0 : p.restartUnresponsive());
    }
}
