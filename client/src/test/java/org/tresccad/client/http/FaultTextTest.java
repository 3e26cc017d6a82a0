package org.tresccad.client.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FaultTextTest {
    @Test
    void findsNovasMessageUnderItsFirstKey() {
        assertThat(FaultText.of("{\"conflictingRequest\": {\"code\": 409, \"message\": \"It is busy.\"}}", 409))
                .isEqualTo("It is busy.");
    }

    @Test
    void findsKeystonesMessage() {
        assertThat(FaultText.of(
                        "{\"error\": {\"code\": 401, \"message\": \"Bad password.\", \"title\": \"Unauthorized\"}}",
                        401))
                .isEqualTo("Bad password.");
    }

    @Test
    void findsTheSentenceInGlancesHtml() {
        assertThat(FaultText.of("""
                        <html>
                         <head>
                          <title>409 Conflict</title>
                         </head>
                         <body>
                          <h1>409 Conflict</h1>
                          Image ID &quot;x&quot; &lt;exists&gt;<br /><br />
                         </body>
                        </html>""", 409)).isEqualTo("Image ID \"x\" <exists>");
    }

    @Test
    void takesPlainTextAsItIsAndSaysWhenThereIsNone() {
        assertThat(FaultText.of("upstream is down\n", 502)).isEqualTo("upstream is down");
        assertThat(FaultText.of("", 500)).isEqualTo("no reason given (HTTP 500)");
        assertThat(FaultText.of("[1]", 500)).isEqualTo("[1]");
    }

    @Test
    void letsNoControlCharactersThroughAndNoNovels() {
        assertThat(FaultText.of("{\"message\": \"a\\u001b[31mb\\nc\\u202ed\"}", 400))
                .isEqualTo("a [31mb c d");
        assertThat(FaultText.of("x".repeat(5000), 400)).hasSizeLessThan(700);
    }
}
