package org.tresccad.daemon.config;

/**
 * The whole configuration, checked. {@code config/tresccad.yaml} describes every key.
 *
 * @param host {@code host}
 * @param http {@code api} and {@code guest_api}
 * @param hypervisor {@code hypervisor}
 * @param network {@code network}
 * @param tenancy {@code projects}, {@code users}, {@code token}, {@code flavors}, {@code quotas}
 * @param moves {@code destinations}, {@code guests}, {@code migration}
 */
public record Config(
        HostConfig host,
        HttpConfig http,
        HypervisorConfig hypervisor,
        NetworkConfig network,
        TenancyConfig tenancy,
        MovesConfig moves) {}
