package org.tresccad.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.tresccad.image.TestingImages.ADMIN;
import static org.tresccad.image.TestingImages.ANN;
import static org.tresccad.image.TestingImages.BOB;
import static org.tresccad.image.TestingImages.READER;
import static org.tresccad.image.TestingImages.assertKind;
import static org.tresccad.image.TestingImages.raw;

import java.io.InputStream;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.tresccad.error.ErrorKind;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;

/** Who sees an image of another project, and who may do what to it. */
final class ImageSharingTest extends StoredImagesFixture {
    @Test
    void aPrivateImageDoesNotExistForOthers() {
        Image image = images.create(ANN, raw("mine"));

        assertThat(images.list(BOB)).isEmpty();
        assertKind(ErrorKind.NOT_FOUND, () -> images.get(BOB, image.id()));
        assertKind(ErrorKind.NOT_FOUND, () -> images.delete(BOB, image.id()));
        assertKind(
                ErrorKind.NOT_FOUND,
                () -> images.upload(
                        BOB, image.id(), InputStream.nullInputStream(), new Progress(), new Cancellation()));
        assertThat(images.get(ADMIN, image.id())).isEqualTo(image);
    }

    @Test
    void aCommunityImageIsListedOnlyWhenAskedForAndChangedOnlyByItsOwner() {
        Image image = images.create(ANN, visible(Visibility.COMMUNITY));

        assertThat(images.list(BOB)).isEmpty();
        assertThat(images.list(BOB, Optional.of(Visibility.COMMUNITY), Optional.empty()))
                .containsExactly(image);
        assertThat(images.get(BOB, image.id())).isEqualTo(image);
        assertKind(ErrorKind.FORBIDDEN, () -> images.tag(BOB, image.id(), "x"));
    }

    @Test
    void onlyAnAdministratorMakesAnImagePublic() {
        assertKind(ErrorKind.FORBIDDEN, () -> images.create(ANN, visible(Visibility.PUBLIC)));

        Image image = images.create(ADMIN, visible(Visibility.PUBLIC));
        assertThat(images.list(BOB)).containsExactly(image);
    }

    @Test
    void aSharedImageIsListedOnceItIsAccepted() {
        Image image = images.create(ANN, visible(Visibility.SHARED));
        assertKind(ErrorKind.NOT_FOUND, () -> images.get(BOB, image.id()));

        service.members.add(ANN, image.id(), BOB.projectId());
        assertThat(images.get(BOB, image.id())).isEqualTo(image);
        assertThat(images.list(BOB)).isEmpty();
        assertThat(images.list(BOB, Optional.of(Visibility.SHARED), Optional.of(MemberStatus.PENDING)))
                .containsExactly(image);

        service.members.answer(BOB, image.id(), BOB.projectId(), MemberStatus.ACCEPTED);
        assertThat(images.list(BOB)).containsExactly(image);

        service.members.remove(ANN, image.id(), BOB.projectId());
        assertKind(ErrorKind.NOT_FOUND, () -> images.get(BOB, image.id()));
    }

    @Test
    void onlyTheOwnerSharesAndOnlyTheMemberAnswers() {
        Image image = images.create(ANN, visible(Visibility.SHARED));
        service.members.add(ANN, image.id(), BOB.projectId());

        assertKind(ErrorKind.CONFLICT, () -> service.members.add(ANN, image.id(), BOB.projectId()));
        assertKind(ErrorKind.FORBIDDEN, () -> service.members.add(BOB, image.id(), ADMIN.projectId()));
        assertKind(
                ErrorKind.FORBIDDEN,
                () -> service.members.answer(ANN, image.id(), BOB.projectId(), MemberStatus.ACCEPTED));
        Image own = images.create(ANN, raw("private"));
        assertKind(ErrorKind.FORBIDDEN, () -> service.members.add(ANN, own.id(), BOB.projectId()));
    }

    @Test
    void aReaderOnlyReads() {
        Image image = images.create(ANN, raw("disk"));

        assertThat(images.get(READER, image.id())).isEqualTo(image);
        assertKind(ErrorKind.FORBIDDEN, () -> images.create(READER, raw("x")));
        assertKind(ErrorKind.FORBIDDEN, () -> images.delete(READER, image.id()));
        assertKind(ErrorKind.FORBIDDEN, () -> images.tag(READER, image.id(), "x"));
    }

    private static NewImage visible(Visibility visibility) {
        NewImage plain = raw("disk");
        return new NewImage(
                Optional.empty(),
                plain.name(),
                visibility,
                plain.diskFormat(),
                plain.containerFormat(),
                0,
                0,
                false,
                false,
                plain.tags(),
                plain.properties());
    }
}
