package dev.handoff.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.Optional;

import org.junit.jupiter.api.Test;

class PlatformTest {

    private static final Optional<String> GLIBC = Optional.of("2.36");
    private static final String NEEDED = "handoff needs Linux 5.10 or newer on x86-64 or aarch64 with glibc 2.34 or newer";

    @Test
    void thisMachineIsSupported() {
        assertEquals(new Platform.Outcome.Supported(), Platform.check());
    }

    @Test
    void bothArchitecturesAreSupportedFromTheOldestVersionsOn() {
        Platform.Outcome supported = new Platform.Outcome.Supported();
        assertEquals(supported, Platform.check("Linux", "amd64", "5.10.0-8-amd64", Optional.of("2.34")));
        assertEquals(supported, Platform.check("Linux", "aarch64", "6.1", GLIBC));
        assertEquals(supported, Platform.check("Linux", "aarch64", "10.0.1", Optional.of("3.0")));
    }

    @Test
    void saysWhatIsNeededAndWhatIsThere() {
        assertEquals(NEEDED + "; this is Mac OS X", reason("Mac OS X", "aarch64", "24.1", Optional.empty()));
        assertEquals(NEEDED + "; the architecture is riscv64", reason("Linux", "riscv64", "6.1", GLIBC));
        assertEquals(NEEDED + "; the kernel is 5.9.16", reason("Linux", "amd64", "5.9.16", GLIBC));
        assertEquals(NEEDED + "; the kernel is 4.19.0", reason("Linux", "amd64", "4.19.0", GLIBC));
        assertEquals(NEEDED + "; the kernel is unheard of", reason("Linux", "amd64", "unheard of", GLIBC));
        assertEquals(NEEDED + "; the C library is not glibc", reason("Linux", "amd64", "6.1", Optional.empty()));
        assertEquals(NEEDED + "; the C library is glibc 2.31", reason("Linux", "amd64", "6.1", Optional.of("2.31")));
    }

    private static String reason(String os, String arch, String kernel, Optional<String> glibc) {
        return assertInstanceOf(Platform.Outcome.Unsupported.class, Platform.check(os, arch, kernel, glibc)).reason();
    }
}
