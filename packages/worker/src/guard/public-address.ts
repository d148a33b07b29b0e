import ipaddr from 'ipaddr.js';

/** All that has been given out of IPv6 to the public. What embeds an IPv4 address in a prefix of its own is not. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether a numeric address is one of the public Internet. False for everything that leads, or could be translated,
 * into a network of our own: private, loopback, link-local, carrier-grade NAT, unique-local, multicast, reserved,
 * 0.0.0.0/8, IPv4 inside of IPv6 (mapped, NAT64, 6to4, Teredo), and for what is not an address.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || (parsed as ipaddr.IPv6).match(GLOBAL_UNICAST);
}
