"""A service catalog of Keystone's as Nova's contexts have it."""

from typing import Any, Dict, List, Mapping, Sequence


def as_nova_has_it(catalog: Sequence[Mapping[str, Any]]) -> List[Dict[str, Any]]:
    """Version 3 as version 2: each endpoint of a region with all its URLs (keystonemiddleware does
    the same for requests with a token)."""
    return [
        {"type": service["type"], "name": service.get("name", ""), "endpoints": _endpoints(service)}
        for service in catalog
    ]


def _endpoints(service: Mapping[str, Any]) -> List[Dict[str, str]]:
    regions: Dict[str, Dict[str, str]] = {}
    for endpoint in service["endpoints"]:
        region = endpoint.get("region_id") or endpoint.get("region") or ""
        found = regions.setdefault(region, {"region": region})
        found[f"{endpoint['interface']}URL"] = endpoint["url"]
    return list(regions.values())
