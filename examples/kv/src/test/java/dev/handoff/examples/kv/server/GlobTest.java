package dev.handoff.examples.kv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            * | abc | true
            * | '' | true
            '' | '' | true
            '' | a | false
            a*c | abbc | true
            a*c | abbcd | false
            a*b*c | aXbYc | true
            **a | bba | true
            h?llo | hello | true
            h?llo | hllo | false
            h[ae]llo | hallo | true
            h[ae]llo | hillo | false
            h[^e]llo | hallo | true
            h[^e]llo | hello | false
            h[a-b]llo | hbllo | true
            h[b-a]llo | hallo | true
            h[a-b]llo | hcllo | false
            \\* | * | true
            \\* | a | false
            a[\\]] | a] | true
            a[b | ab | true
            a[ | ab | false
            a\\ | a\\ | true
            """)
    void matchesAsRedisDoes(String pattern, String text, boolean matches) {
        assertEquals(matches,
                new Glob(pattern.getBytes(StandardCharsets.UTF_8)).matches(text.getBytes(StandardCharsets.UTF_8)));
    }
}
