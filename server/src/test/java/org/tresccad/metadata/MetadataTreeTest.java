package org.tresccad.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MetadataTreeTest {
    private final MetadataTree tree = new MetadataTree.Builder()
            .put("b", "two\nlines")
            .put("a/x", "1")
            .put("a/y/z", "2")
            .put("ab", "3")
            .put("keys/0/openssh-key", "ssh-rsa")
            .label("keys/0", "0=me")
            .build();

    @Test
    void theRootListsEverythingOnceWithSlashesBehindWhatHasMore() {
        assertThat(tree.find("")).contains("a/\nab\nb\nkeys/");
        assertThat(tree.find("/")).isEqualTo(tree.find(""));
    }

    @Test
    void slashesAtTheEndsDoNotMatter() {
        assertThat(tree.find("/a/")).contains("x\ny/");
        assertThat(tree.find("a")).contains("x\ny/");
        assertThat(tree.find("/a/y/z/")).contains("2");
        assertThat(tree.find("b")).contains("two\nlines");
    }

    @Test
    void aLabelStandsInTheListAndNotInThePath() {
        assertThat(tree.find("keys/")).contains("0=me");
        assertThat(tree.find("keys/0")).contains("openssh-key");
        assertThat(tree.find("keys/0=me")).isEmpty();
    }

    @Test
    void whatIsNotThereIsNotFoundNorIsAPartOfAName() {
        assertThat(tree.find("c")).isEmpty();
        assertThat(tree.find("a/y/zz")).isEmpty();
        assertThat(tree.find("key")).isEmpty();
        assertThat(tree.find("b/c")).isEmpty();
    }
}
