package org.tresccad.hypervisor;

/**
 * A domain whose memory was written to a file.
 *
 * @param xml libvirt's XML of the frozen domain, for the package; {@link DomainXml#readHardware} reads it anywhere
 * @param hardware what was read from it by the allow-list
 * @param wasRunning whether its CPUs ran before; false when its user had paused it
 */
public record FrozenDomain(String xml, SavedHardware hardware, boolean wasRunning) {}
