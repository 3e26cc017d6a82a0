package org.tresccad;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The server's shape: arrows only downwards, each foreign library behind the one package that is for it. */
@AnalyzeClasses(packages = "org.tresccad", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    @ArchTest
    static final ArchRule arrowsPointDownwards = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("daemon")
            .definedBy("org.tresccad.daemon..")
            .layer("rest")
            .definedBy("org.tresccad.rest..")
            .layer("migration")
            .definedBy("org.tresccad.migration..")
            .layer("metadata")
            .definedBy("org.tresccad.metadata..")
            .layer("instance")
            .definedBy("org.tresccad.instance..")
            .layer("vmpackage")
            .definedBy("org.tresccad.vmpackage..")
            .layer("handover")
            .definedBy("org.tresccad.handover..")
            .layer("hypervisor")
            .definedBy("org.tresccad.hypervisor..")
            .layer("image")
            .definedBy("org.tresccad.image..")
            .layer("network")
            .definedBy("org.tresccad.network..")
            .layer("cloud")
            .definedBy("org.tresccad.cloud..")
            .layer("ground")
            .definedBy(
                    "org.tresccad.job..",
                    "org.tresccad.identity..",
                    "org.tresccad.process..",
                    "org.tresccad.state..",
                    "org.tresccad.error..")
            .layer("client")
            .definedBy("org.tresccad.client..")
            .whereLayer("daemon")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("rest")
            .mayOnlyBeAccessedByLayers("daemon")
            .whereLayer("migration")
            .mayOnlyBeAccessedByLayers("daemon", "rest")
            .whereLayer("metadata")
            .mayOnlyBeAccessedByLayers("daemon", "rest")
            .whereLayer("instance")
            .mayOnlyBeAccessedByLayers("daemon", "rest", "migration", "metadata")
            .whereLayer("vmpackage")
            .mayOnlyBeAccessedByLayers("daemon", "rest", "migration", "instance")
            .whereLayer("handover")
            .mayOnlyBeAccessedByLayers("daemon", "rest", "migration", "metadata", "instance")
            .whereLayer("hypervisor")
            .mayOnlyBeAccessedByLayers("daemon", "rest", "migration", "metadata", "instance", "vmpackage")
            .whereLayer("image")
            .mayOnlyBeAccessedByLayers("daemon", "rest", "migration", "metadata", "instance", "vmpackage")
            .whereLayer("network")
            .mayOnlyBeAccessedByLayers("daemon", "rest", "migration", "metadata", "instance", "vmpackage", "hypervisor")
            .whereLayer("cloud")
            .mayOnlyBeAccessedByLayers("daemon", "migration", "image")
            .whereLayer("client")
            .mayOnlyBeAccessedByLayers("daemon", "migration", "image", "cloud");

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching("org.tresccad.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule onlyTheLibvirtAdapterKnowsLibvirt = noClasses()
            .that()
            .resideOutsideOfPackage("org.tresccad.hypervisor.libvirt..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.libvirt..", "com.sun.jna..");

    @ArchTest
    static final ArchRule onlyProcessStartsPrograms = noClasses()
            .that()
            .resideOutsideOfPackage("org.tresccad.process..")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.lang.ProcessBuilder");

    @ArchTest
    static final ArchRule onlyRestKnowsJaxRs = noClasses()
            .that()
            .resideOutsideOfPackages("org.tresccad.rest..", "org.tresccad.daemon..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("jakarta.ws.rs..", "org.glassfish..");

    @ArchTest
    static final ArchRule onlyVmpackageKnowsArchives = noClasses()
            .that()
            .resideOutsideOfPackage("org.tresccad.vmpackage..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.commons.compress..", "com.github.luben..");

    @ArchTest
    static final ArchRule theServerNeverUsesTheCommandLine = noClasses()
            .that()
            .resideOutsideOfPackage("org.tresccad.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.tresccad.cli..");

    @ArchTest
    static final ArchRule wireRecordsStayAtTheEdge = classes()
            .that()
            .resideInAPackage("org.tresccad.rest..json..")
            .should()
            .onlyBeAccessed()
            .byAnyPackage("org.tresccad.rest..", "org.tresccad.daemon..");

    @ArchTest
    static final ArchRule namesSayWhatAClassIs = noClasses()
            .should()
            .haveSimpleNameEndingWith("Impl")
            .orShould()
            .haveSimpleNameEndingWith("Manager")
            .orShould()
            .haveSimpleNameEndingWith("Helper")
            .orShould()
            .haveSimpleNameEndingWith("Util")
            .orShould()
            .haveSimpleNameEndingWith("Utils");
}
