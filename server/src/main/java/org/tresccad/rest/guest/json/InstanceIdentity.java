package org.tresccad.rest.guest.json;

/**
 * {@code /latest/dynamic/instance-identity/document}, in EC2's spelling: {@code {"version": "2017-09-30", "accountId":
 * "aaaa...", "architecture": "x86_64", "availabilityZone": "nova", "imageId": "ami-0123456789abcdef0", "instanceId":
 * "6f0c...", "instanceType": "tiny", "pendingTime": "2026-11-20T12:00:00Z", "privateIp": "10.99.0.2", "region":
 * "RegionOne"}}.
 */
public record InstanceIdentity(
        String version,
        String accountId,
        String architecture,
        String availabilityZone,
        String imageId,
        String instanceId,
        String instanceType,
        String pendingTime,
        String privateIp,
        String region) {}
