package org.tresccad.client;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("org.tresccad");

    @Test
    void theLibraryKnowsNothingOfTheCommandLine() {
        noClasses()
                .that()
                .resideInAPackage("org.tresccad.client..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.tresccad.cli..", "picocli..", "me.tongfei..", "com.github.freva..")
                .check(OURS);
    }

    @Test
    void onlyHttpKnowsOkHttpAndJsch() {
        noClasses()
                .that()
                .resideOutsideOfPackage("org.tresccad.client.http")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("okhttp3..", "okio..", "com.jcraft..")
                .check(OURS);
    }

    @Test
    void theLibraryNeitherExitsNorPrints() {
        noClasses()
                .that()
                .resideInAPackage("org.tresccad.client..")
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(OURS);
    }

    @Test
    void packagesDependInOneDirectionOnly() {
        slices().matching("org.tresccad.client.(*)..").should().beFreeOfCycles().check(OURS);
    }

    @Test
    void noClassIsNamedAfterNothing() {
        classes()
                .that()
                .resideInAPackage("org.tresccad..")
                .should()
                .haveNameNotMatching(".*(Impl|Manager|Helper|Util|Utils)$")
                .check(OURS);
    }
}
